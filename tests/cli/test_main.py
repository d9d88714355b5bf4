from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pypkg import __version__
from pypkg.cli.grammar import Group, HelmGrammar
from pypkg.cli.main import ALIASES, SECTIONS, root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Command as Program


def every_command() -> Iterator[tuple[str, HelmGrammar]]:
    top = root()
    for section in SECTIONS.values():
        for name in section:
            found = top.find(name)
            assert isinstance(found, HelmGrammar)
            yield from below(name, found)


def below(name: str, found: HelmGrammar) -> Iterator[tuple[str, HelmGrammar]]:
    yield name, found
    if isinstance(found, Group):
        for child in found.commands.values():
            yield from below(f"{name} {child.name}", child)


COMMANDS = dict(every_command())


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_explains_itself(path: str) -> None:
    command = COMMANDS[path]
    text = command.help_page(f"pypkg {path}")
    assert f"pypkg {path}" in text
    assert command.help
    assert command.help.split("\n")[0].endswith(".")
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("path", COMMANDS)
def test_no_flag_is_declared_twice(path: str) -> None:
    names = [name for one in COMMANDS[path].flags() for name in one.opts]
    assert sorted(set(names)) == sorted(names)


def test_aliases_lead_to_commands_that_name_them() -> None:
    for alias, name in ALIASES.items():
        assert alias in COMMANDS[name].aliases
    told = {a for name, one in COMMANDS.items() if " " not in name for a in one.aliases}
    assert told == set(ALIASES)


def test_help_lists_every_command(pypkg: Program) -> None:
    for words in (["--help"], ["-h"], ["help"], []):
        text = pypkg.ok(*words)
        for section in SECTIONS.values():
            for name, line in section.items():
                assert f"  {name} " in text
                assert line in text


def test_flags_may_stand_before_and_after_the_command(pypkg: Program) -> None:
    for words in (["-n", "x", "env"], ["env", "-n", "x"], ["-n", "y", "env", "-nx"]):
        assert 'PYPKG_NAMESPACE="x"' in pypkg.ok(*words)


def test_variables_set_what_flags_do_and_helms_count_too(pypkg: Program) -> None:
    pypkg.environ["HELM_NAMESPACE"] = "of-helm"
    assert 'PYPKG_NAMESPACE="of-helm"' in pypkg.ok("env")
    pypkg.environ["PYPKG_NAMESPACE"] = "own"
    assert 'PYPKG_NAMESPACE="own"' in pypkg.ok("env")
    assert 'PYPKG_NAMESPACE="flag"' in pypkg.ok("env", "--namespace=flag")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["frob"], 'Error: unknown command "frob" for "pypkg"'),
        (["instal"], "did you mean install?"),
        (["get", "value"], "did you mean values?"),
        (["version", "--shrt"], "did you mean --short?"),
        (["version", "--template", "{{.Nope}}"], "field Nope in type version.Build"),
        (["list", "--all-n"], "did you mean --all-namespaces?"),
        (["list", "-a"], "Helm 4 has no -a: all states are listed"),
        (["status", "--show-desc"], "Helm 4 has no --show-desc"),
        (["install", "--forc"], "did you mean --force-replace?"),  # --force is old
        (["install", "--frobnicate"], "Hint: run 'pypkg install --help' for usage"),
        (["version", "x"], 'Error: "pypkg version" accepts no arguments'),
        (["template"], 'Error: "pypkg template" requires at least 1'),
        (["upgrade", "x"], 'Error: "pypkg upgrade" requires 2 arguments'),
        (["uninstall"], 'Error: "pypkg uninstall" requires at least 1 argument'),
        (["--color", "blue", "version"], 'invalid argument "blue" for "--color'),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(
    pypkg: Program, words: list[str], message: str
) -> None:
    assert message in pypkg.fails(*words)


def test_the_version_is_told_in_both_places(pypkg: Program) -> None:
    assert pypkg.ok("--version") == f"pypkg v{__version__}\n"
    assert pypkg.ok("version", "--short") == f"v{__version__}\n"


def test_the_version_is_printed_by_a_template(pypkg: Program) -> None:
    said = pypkg.ok("version", "--template", "{{.Version}} of {{.KubeClientVersion}}")
    assert said == f"v{__version__} of v1.37"


def test_two_clusters_are_one_too_many(pypkg: Program) -> None:
    said = pypkg.fails("--sandbox", "list", "--kube-context", "production")
    assert "--kube-context production and --sandbox name different clusters" in said


def test_limits_on_requests_are_taken_and_change_nothing(pypkg: Program) -> None:
    assert pypkg.ok("env", "--qps", "5.5", "--burst-limit=10")


def test_colours_are_for_terminals_unless_asked_for(pypkg: Program) -> None:
    assert "\x1b[" not in pypkg("frob").err
    assert "\x1b[" not in pypkg.ok("version", "--help")


def test_a_reader_that_goes_away_ends_it_quietly(pypkg: Program) -> None:
    line = f"{sys.executable} -m pypkg --help | true; exit ${{PIPESTATUS[0]}}"
    done = type(pypkg)(("bash", "-c", line), pypkg.environ, pypkg.folder)()
    assert done.code in {0, 141}
    assert done.err == ""
