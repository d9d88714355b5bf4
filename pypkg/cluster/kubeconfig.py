"""Kubeconfig files: several are merged into one, as kubectl does."""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pypkg import yamlio
from pypkg.errors import KubeconfigError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The values that are paths, relative to the file they stand in.
_CLUSTER_PATHS = ("certificate-authority",)
_USER_PATHS = ("client-certificate", "client-key", "tokenFile")


class Kubeconfig(Struct):
    """What kubeconfig files say together; of two that say a thing, the first wins.

    Attributes:
        clusters: Each cluster by its name.
        users: Each user by its name.
        contexts: Each context by its name.
        current_context: The context that is used if none is asked for, or "".
        files: The files that were read.
    """

    clusters: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    users: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    contexts: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    current_context: str = ""
    files: tuple[Path, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True where the files name no cluster, user or context at all."""
        return not (self.clusters or self.users or self.contexts)


def kubeconfig_paths(explicit: str, environ: Mapping[str, str]) -> list[Path]:
    """Give the files to read: the one asked for, $KUBECONFIG's, or the default.

    Raises:
        KubeconfigError: The file that was asked for does not exist.
    """
    if explicit:
        path = Path(explicit)
        if not path.is_file():
            raise KubeconfigError(f"there is no kubeconfig file {explicit}")
        return [path]
    if listed := environ.get("KUBECONFIG", ""):
        named = [Path(entry) for entry in listed.split(os.pathsep) if entry]
    else:
        named = [Path(environ.get("HOME") or "~").expanduser() / ".kube" / "config"]
    return [path for path in named if path.is_file()]


def load_kubeconfig(paths: Iterable[Path]) -> Kubeconfig:
    """Read and merge files.

    Raises:
        KubeconfigError: A file cannot be read, or is no kubeconfig.
        YamlError: A file does not parse.
    """
    clusters: dict[str, Mapping[str, Any]] = {}
    users: dict[str, Mapping[str, Any]] = {}
    contexts: dict[str, Mapping[str, Any]] = {}
    current = ""
    files = tuple(paths)
    for path in files:
        content = _read(path)
        _add(clusters, content, path, "cluster", _CLUSTER_PATHS)
        _add(users, content, path, "user", _USER_PATHS)
        _add(contexts, content, path, "context", ())
        current = current or str(content.get("current-context") or "")
    return Kubeconfig(clusters, users, contexts, current, files)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise KubeconfigError(f"cannot read {path}: {error.strerror}") from error
    content = yamlio.load(text, source=str(path), unique_keys=False)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise KubeconfigError(f"{path} is not a kubeconfig: it holds no mapping")
    return content


def _add(
    target: dict[str, Mapping[str, Any]],
    content: Mapping[str, Any],
    path: Path,
    kind: str,
    relative: tuple[str, ...],
) -> None:
    entries = content.get(f"{kind}s") or []
    if not isinstance(entries, list):
        raise KubeconfigError(f"{path}: {kind}s must be a list")
    for entry in entries:
        body = entry.get(kind) if isinstance(entry, dict) else None
        if not isinstance(body or {}, dict) or not isinstance(entry, dict):
            raise KubeconfigError(f"{path}: an entry of {kind}s is not a mapping")
        target.setdefault(
            str(entry.get("name") or ""), _anchored(body or {}, path, relative)
        )


def _anchored(
    body: Mapping[str, Any], path: Path, relative: tuple[str, ...]
) -> Mapping[str, Any]:
    folder = path.absolute().parent
    changed: dict[str, Any] = {
        key: str(folder / body[key]) for key in relative if body.get(key)
    }
    plugin = body.get("exec")
    # Only a command that has a folder in it is a path; others are searched in PATH.
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command") or ""):
        changed["exec"] = {**plugin, "command": str(folder / plugin["command"])}
    return {**body, **changed}
