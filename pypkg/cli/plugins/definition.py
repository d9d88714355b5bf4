"""A plugin: a program with a ``plugin.yaml``, in a folder of its own.

The form is that of Helm 4 (``apiVersion: v1``). The one before it has no
``apiVersion``, and is read into this one.
"""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pypkg import yamlio
from pypkg.chart.schema import check
from pypkg.errors import PluginError, YamlError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMAND = "cli/v1"
GETTER = "getter/v1"
POST_RENDERER = "postrenderer/v1"
LEGACY = "legacy"
DEFINITION = "plugin.yaml"
_SCHEMA = Path(__file__).with_name("plugin.schema.json")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"}
_SYSTEMS = {"win32": "windows"}


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed plugin.

    Attributes:
        folder: Where it is.
        definition: Its ``plugin.yaml``, in the form of Helm 4.
    """

    folder: Path
    definition: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What it is called by."""
        return str(self.definition["name"])

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.definition.get("version") or "")

    @property
    def api_version(self) -> str:
        """The form of its definition."""
        return str(self.definition["apiVersion"])

    @property
    def type(self) -> str:
        """What it is for, such as ``postrenderer/v1``."""
        return str(self.definition.get("type") or "")

    @property
    def adds_command(self) -> bool:
        """Whether it adds a command.

        One of Helm 3 may fetch URLs, too; Helm 4 knows only that of it.
        """
        is_both = self.api_version == LEGACY and self._runtime.get("platformCommand")
        return self.type == COMMAND or bool(is_both)

    @property
    def usage(self) -> str:
        """What its command takes, such as ``[flags] NAME``; "" if it does not say."""
        return self._said("usage").removeprefix(self.name).strip()

    @property
    def summary(self) -> str:
        """What its command does, in one line."""
        return self._said("shortHelp")

    @property
    def description(self) -> str:
        """What its command does, at length."""
        return self._said("longHelp") or self.summary

    @property
    def ignores_flags(self) -> bool:
        """Whether its command is run without what follows its name."""
        return bool(self._config.get("ignoreFlags"))

    @property
    def protocols(self) -> frozenset[str]:
        """The schemes of the URLs that it fetches."""
        return frozenset(
            str(scheme)
            for one in self._runtime.get("protocolCommands") or ()
            for scheme in one.get("protocols") or ()
        )

    @property
    def archive(self) -> Path:
        """The archive that it was unpacked from, if there was one."""
        return self.folder.with_name(f"{self.name}-{self.version}.tgz")

    @property
    def provenance(self) -> Path:
        """The signature of the archive, if it is signed."""
        return self.archive.with_name(f"{self.archive.name}.prov")

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Give the variables that its program sees.

        Args:
            environ: Those of this process.
        """
        own = {"HELM_PLUGIN_NAME": self.name, "HELM_PLUGIN_DIR": str(self.folder)}
        return {**environ, **own}

    def command(self, environ: Mapping[str, str]) -> list[str]:
        """Give the words that start its program on this machine.

        Args:
            environ: The variables that its definition may name.

        Raises:
            PluginError: It is no program, or none for this machine.
        """
        return self._started(self._runtime.get("platformCommand") or (), environ)

    def getter(self, scheme: str, environ: Mapping[str, str]) -> list[str]:
        """Give the words that start what fetches URLs of a scheme.

        As in Helm, the program is looked for in the plugin's folder.

        Args:
            scheme: One of its protocols.
            environ: The variables that its definition may name.

        Raises:
            PluginError: It is no program, or none for this machine.
        """
        commands = [
            command
            for one in self._runtime.get("protocolCommands") or ()
            if scheme in (one.get("protocols") or ())
            for command in one.get("platformCommand") or ()
        ]
        program, *arguments = self._started(commands, environ)
        return [str(self.folder / program), *arguments]

    def _started(
        self, commands: Sequence[Mapping[str, Any]], environ: Mapping[str, str]
    ) -> list[str]:
        runtime = self.definition.get("runtime")
        if runtime != "subprocess":
            raise PluginError(
                f"the plugin {self.name} needs the runtime {runtime}",
                hint="pypkg runs plugins of the runtime subprocess",
            )
        words = _words(commands)
        if not words:
            raise PluginError(
                f"the plugin {self.name} has no command for this machine",
                hint=f"{self.folder / DEFINITION} lists those it has",
            )
        return [_expanded(word, environ) for word in words]

    def not_run(self, error: OSError, program: str) -> PluginError:
        """Say that its program could not be started."""
        return PluginError(
            f"the plugin {self.name} cannot be run: {error.strerror}: {program}",
            hint=f"{self.folder / DEFINITION} names the program",
        )

    def hook(self, event: str, environ: Mapping[str, str]) -> list[str]:
        """Give the words that start what it does on an event, or nothing.

        Args:
            event: ``install`` or ``delete``.
            environ: The variables that the program's name may hold; as in Helm, its
                arguments may not.
        """
        hooks = self._runtime.get("platformHooks") or {}
        program, *arguments = _words(hooks.get(event) or ()) or ("",)
        return [_expanded(program, environ), *arguments] if program else []

    @property
    def _config(self) -> Mapping[str, Any]:
        return self.definition.get("config") or {}

    @property
    def _runtime(self) -> Mapping[str, Any]:
        return self.definition.get("runtimeConfig") or {}

    def _said(self, name: str) -> str:
        return str(self._config.get(name) or "").strip()


def read(folder: Path) -> Plugin:
    """Read a plugin.

    Raises:
        PluginError: There is none, or its definition is not valid.
    """
    path = folder / DEFINITION
    try:
        definition = yamlio.load(path.read_bytes(), source=str(path))
    except OSError as error:
        raise PluginError(f"{folder} is no plugin: {error.strerror}: {path}") from error
    except YamlError as error:
        raise PluginError(f"the plugin in {folder} cannot be read: {error}") from error
    if faults := check(_SCHEMA.read_bytes(), definition, name=DEFINITION):
        listed = "".join(f"\n- {fault}" for fault in faults)
        raise PluginError(f"{path} is no plugin's definition:{listed}")
    is_legacy = "apiVersion" not in definition
    return Plugin(folder, _converted(definition) if is_legacy else definition)


def _converted(legacy: Mapping[str, Any]) -> dict[str, Any]:
    """Give a definition of Helm 3 in the form of Helm 4."""
    getters = legacy.get("downloaders") or ()
    hooks = {
        event: [{"command": "sh", "args": ["-c", line]}]
        for event, line in (legacy.get("hooks") or {}).items()
    }
    return {
        "apiVersion": LEGACY,
        "name": legacy["name"],
        "version": legacy.get("version"),
        "type": GETTER if getters else COMMAND,
        "runtime": "subprocess",
        "config": {
            "shortHelp": legacy.get("usage"),
            "longHelp": legacy.get("description"),
            "ignoreFlags": legacy.get("ignoreFlags"),
        },
        "runtimeConfig": {
            "platformCommand": legacy.get("platformCommand")
            or ([{"command": line}] if (line := legacy.get("command")) else []),
            "platformHooks": {**hooks, **(legacy.get("platformHooks") or {})},
            "protocolCommands": [
                {"protocols": one.get("protocols"), "platformCommand": [one]}
                for one in getters
            ],
        },
    }


def _words(commands: Sequence[Mapping[str, Any]]) -> list[str]:
    """Choose a command: for this system and machine, for the system, for any."""
    system = _SYSTEMS.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    machine = _MACHINES.get(machine, machine)
    for wanted in ((system, machine), (system, ""), ("", "")):
        for one in commands:
            named = one.get("os") or "", one.get("arch") or ""
            if tuple(str(part).lower() for part in named) == wanted:
                words = str(one.get("command") or "").split(" ")
                return [*words, *map(str, one.get("args") or ())] if words[0] else []
    return []


def _expanded(word: str, environ: Mapping[str, str]) -> str:
    """Put variables in, as Go's ``os.Expand``; those that are not set are empty."""
    return re.sub(
        r"\$(?:(\w+)|\{(\w+)\})", lambda m: environ.get(m[1] or m[2], ""), word
    )
