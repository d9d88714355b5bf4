"""The commands, aliases and flags of ``helm COMMAND --help`` are pypkg's too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cli.main import ALIASES, root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.cli.flags import Flag
    from pypkg.cli.grammar import HelmGrammar
    from tests.conftest import Command

pytestmark = pytest.mark.oracle

LIST_OF_COMMANDS = re.compile(r"Available Commands:\n((?:  .*\n)+)")
ALIASES_OF_HELM = re.compile(r"Aliases:\n  (.*)\n")
FLAG = re.compile(
    r"^ +(?:(?P<short>-\w), )? *(?P<name>--[\w-]+)(?: (?P<type>[A-Za-z]\w*))?"
    r"(?P<bare>\[=.*?\])?   +(?P<help>.*)$",
    re.MULTILINE,
)
DEFAULT = re.compile(r"\(default (.*)\)$")
# What is left to Helm, as docs/command-line.md says: to pack and to sign plugins.
LEFT_OUT = {"plugin package": ["the command is missing"]}
# The folders of each program are its own, and a list is not one in both.
OWN_DEFAULT = {
    "--content-cache",
    "--keyring",
    "--labels",
    "--post-renderer-args",
    "--registry-config",
    "--repository-cache",
    "--repository-config",
}


def commands(helm: Command, path: str = "") -> Iterator[tuple[str, str]]:
    """Give every command of Helm's, with its help."""
    told = helm.ok(*path.split(), "--help")
    yield path, told
    below = LIST_OF_COMMANDS.search(told)
    for line in below[1].splitlines() if below else ():
        yield from commands(helm, f"{path} {line.split()[0]}".strip())


def find(path: str) -> HelmGrammar | None:
    found: Any = root()
    for name in path.split():
        found = found.find(name)
        if found is None:
            return None
    grammar: HelmGrammar = found
    return grammar


def differences(command: HelmGrammar, told: str) -> Iterator[str]:
    ours = {name: one for one in command.flags() for name in one.opts}
    for theirs in FLAG.finditer(told):
        name = theirs["name"]
        if name not in ours:
            yield f"{name} is missing"
            continue
        one = ours[name]
        if theirs["short"] and theirs["short"] not in one.opts:
            yield f"{name} is not {theirs['short']}"
        stands_alone = theirs["type"] is None or theirs["bare"] is not None
        if stands_alone != (one.bare is not None):
            yield f"{name} stands alone in one program only"
        if name not in OWN_DEFAULT and (found := shown(one)) != default(theirs):
            yield f"{name} is {found!r} instead of {default(theirs)!r}"
    names = ALIASES_OF_HELM.search(told)
    aliases = {command.name, *command.aliases}
    aliases |= {alias for alias, name in ALIASES.items() if name == command.name}
    for alias in names[1].split(", ") if names else ():
        if alias not in aliases:
            yield f"the alias {alias} is missing"


def default(theirs: re.Match[str]) -> str:
    found = DEFAULT.search(theirs["help"])
    return found[1].strip('"') if found else ""


def shown(one: Flag) -> str:
    if not one.default:
        return ""
    return one.kind.shown(one.default).replace("True", "true")


def test_every_command_and_flag_of_helm_is_there(real_helm: Command) -> None:
    found: dict[str, list[str]] = {}
    flags = 0
    for path, told in commands(real_helm):
        command = find(path)
        flags += len(FLAG.findall(told))
        if command is None:
            found[path] = ["the command is missing"]
        elif wrong := [*differences(command, told)]:
            found[path] = wrong
    assert flags > 1000
    assert found == LEFT_OUT
