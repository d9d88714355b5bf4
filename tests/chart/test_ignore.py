from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.chart.ignore import IgnoreRules
from pypkg.errors import ChartError
from tests.chart.building import CHART, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


def ignored(rules: str, path: str, *, is_folder: bool = False) -> bool:
    return IgnoreRules.parse(rules).ignores(path, is_folder=is_folder)


@pytest.mark.parametrize(
    ("rule", "path", "expected"),
    [
        ("*.txt", "a.txt", True),
        ("*.txt", "deep/a.txt", True),
        ("*.txt", "a.txt.bak", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("[a-c].x", "b.x", True),
        ("[^a-c].x", "b.x", False),
        ("[^a-c].x", "d.x", True),
        (r"\*.x", "*.x", True),
        (r"\*.x", "a.x", False),
        ("docs/*.md", "docs/a.md", True),
        ("docs/*.md", "docs/deep/a.md", False),
        ("docs/*.md", "other/docs/a.md", False),
        ("/a.txt", "a.txt", True),
        ("/a.txt", "deep/a.txt", False),
        ("docs/", "docs", False),
        ("# a", "a", False),
        ("  a  ", "a", True),
        ("", "a", False),
    ],
)
def test_a_rule_leaves_out_what_it_matches(
    rule: str, path: str, *, expected: bool
) -> None:
    assert ignored(rule, path) is expected


def test_a_slash_at_the_end_means_folders_only() -> None:
    assert ignored("docs/", "docs", is_folder=True)
    assert ignored("docs/", "deep/docs", is_folder=True)


def test_a_negated_rule_leaves_out_everything_else() -> None:
    assert ignored("!*.yaml", "a.txt")
    assert not ignored("!*.yaml", "a.yaml")
    assert ignored("!*.yaml\na.yaml", "a.yaml")


def test_hidden_files_in_templates_are_always_left_out() -> None:
    assert ignored("", "templates/.swp")
    assert not ignored("", "templates/deep/.swp")
    assert not ignored("", ".hidden")


@pytest.mark.parametrize("rule", ["**/a", "a**"])
def test_double_stars_are_refused(rule: str) -> None:
    with pytest.raises(ChartError, match=r"rules:2: double-star \(\*\*\) syntax"):
        IgnoreRules.parse(f"a\n{rule}", source="rules")


@pytest.mark.parametrize("rule", ["[", "[]", "[a", "[a-", "[-a]", "a\\", "[\\"])
def test_a_malformed_pattern_is_refused(rule: str) -> None:
    with pytest.raises(ChartError, match="syntax error in pattern"):
        IgnoreRules.parse(rule)


@pytest.mark.oracle
@pytest.mark.parametrize(
    "rule",
    ["*.txt", "a?", "[a-c]*", "[^a]*", "d/*", "d/", "/a.txt", "!*.txt", "!d/", "d",
     "*/a.txt", "[", "x**", r"\a.txt", "[]", "!a*\nb*", "d/d/", "?", "[/]a.txt",
     "d[/]a.txt"],
)  # fmt: skip
def test_rules_agree_with_helm(rule: str, real_helm: Command, tmp_path: Path) -> None:
    names = ["a.txt", "b", "ab", "d/a.txt", "d/b.txt", "d/d/c", "e/a.txt"]
    chart = write(tmp_path / "chart", dict.fromkeys(names, "x"))
    # Chart.yaml itself must not fall victim to the rule.
    write(chart, {".helmignore": rule, "Chart.yaml": CHART})
    (chart / "templates").mkdir()
    script = "{{ range $name, $_ := .Files }}- {{ $name }}\n{{ end }}"
    (chart / "templates/out.yaml").write_text("files:\n" + script)
    result = real_helm("template", chart)
    try:
        rules = IgnoreRules.parse(rule)
    except ChartError:
        assert result.code == 1
        return
    if rules.ignores("Chart.yaml", is_folder=False):
        assert "Chart.yaml file is missing" in result.err
        return
    if rules.ignores("templates", is_folder=True) or rules.ignores(
        "templates/out.yaml", is_folder=False
    ):
        assert "files:" not in result.out
        return

    def kept(name: str) -> bool:
        parts = name.split("/")
        folders = ["/".join(parts[:n]) for n in range(1, len(parts))]
        return not rules.ignores(name, is_folder=False) and not any(
            rules.ignores(folder, is_folder=True) for folder in folders
        )

    listed = {line[2:] for line in result.out.splitlines() if line.startswith("- ")}
    assert listed - {".helmignore"} == {name for name in names if kept(name)}
