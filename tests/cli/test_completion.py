from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Command


def proposed(pypkg: Command, line: str, shell: str = "bash_complete") -> list[str]:
    """Ask as a shell's script does, with the cursor at the end of a line."""
    words = line.split(" ")
    pypkg.environ.update(
        _PYPKG_COMPLETE=shell, COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)
    )
    told = pypkg.ok()
    for name in ("_PYPKG_COMPLETE", "COMP_WORDS", "COMP_CWORD"):
        del pypkg.environ[name]
    return [line for line in told.splitlines() if line]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pypkg inst", ["plain,install"]),
        ("pypkg get m", ["plain,manifest", "plain,metadata"]),
        ("pypkg --debug -n web get val", ["plain,values"]),
        (
            "pypkg upgrade --reset",
            [
                "plain,--reset-values",
                "plain,--reset-then-reuse-values",
            ],
        ),
        ("pypkg list -o j", ["plain,json"]),
        ("pypkg list --output=y", ["plain,yaml"]),
        ("pypkg --debug list --no-headers -o t", ["plain,table"]),
        ("pypkg install --atom", []),
        ("pypkg completion z", ["plain,zsh"]),
        ("pypkg install web ./w", ["file,./w"]),
        ("pypkg template -f va", ["file,va"]),
        ("pypkg lint ./w", ["file,./w"]),
        ("pypkg package w -d di", ["dir,di"]),
        ("pypkg package w --key a", []),
    ],
)
def test_a_shell_is_told_what_fits(
    pypkg: Command, line: str, expected: list[str]
) -> None:
    assert proposed(pypkg, line) == expected


def test_a_cluster_that_does_not_answer_proposes_nothing(pypkg: Command) -> None:
    assert proposed(pypkg, "pypkg status we") == []


def test_zsh_reads_what_a_command_does_unless_told_not_to(pypkg: Command) -> None:
    told = proposed(pypkg, "pypkg inst", "zsh_complete")
    assert told == ["plain", "install", "install a chart as a release"]
    told = proposed(pypkg, "pypkg inst", "zsh_complete_plain")
    assert told == ["plain", "install", "_"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_its_script(pypkg: Command, shell: str) -> None:
    script = pypkg.ok("completion", shell)
    assert f"{shell}_complete" in script
    assert "pypkg" in script
    plain = pypkg.ok("completion", shell, "--no-descriptions")
    assert f"{shell}_complete_plain" in plain


def test_bash_accepts_its_script(pypkg: Command) -> None:
    script = pypkg.ok("completion", "bash")
    bash = type(pypkg)(("bash", "--norc"), pypkg.environ, pypkg.folder)
    assert bash.ok(text=f"{script}\ncomplete -p pypkg\n").startswith("complete ")
