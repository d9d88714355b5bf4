from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.lint import addresses
from pypkg.lint.linter import lint
from tests.chart.building import CHART
from tests.lint.linting import CLEAN, findings

if TYPE_CHECKING:
    from pathlib import Path

ICON = "icon: https://e.x/i.png\n"


def of_chart_file(folder: Path, text: str) -> list[str]:
    prefix = "Chart.yaml: "
    found = findings(folder, {"Chart.yaml": text})
    return [line.replace(prefix, "", 1) for line in found if prefix in line]


def test_a_clean_chart_file_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (CHART, "[INFO] icon is recommended"),
        (f"{CHART}icon: x", "[ERROR] invalid icon URL 'x'"),
        (f"apiVersion: v2\nversion: 1.0.0\n{ICON}", "[ERROR] name is required"),
        (CLEAN.replace("web", "a/b"), '[ERROR] chart name "a/b" is invalid'),
        (
            f"name: web\nversion: 1.0.0\n{ICON}",
            '[ERROR] apiVersion is required. The value must be either "v1" or "v2"',
        ),
        (
            CLEAN.replace("v2", "v9"),
            "[ERROR] apiVersion 'v9' is not valid."
            ' The value must be either "v1" or "v2"',
        ),
        (f"apiVersion: v2\nname: web\n{ICON}", "[ERROR] version is required"),
        (CLEAN.replace("0.1.0", "x.y"), "[ERROR] version 'x.y' is not a valid SemVer"),
        (
            CLEAN.replace("0.1.0", "x.y"),
            "[WARNING] version 'x.y' is not a valid SemVerV2",
        ),
        (
            CLEAN.replace("0.1.0", "v1.2.3"),
            "[WARNING] version 'v1.2.3' is not a valid SemVerV2",
        ),
        (
            CLEAN.replace("0.1.0", "0.0.0-0"),
            '[ERROR] version "0.0.0-0" is less than or equal to "0.0.0-0"',
        ),
        (
            CLEAN.replace("0.1.0", "1.2"),
            "[ERROR] version should be of type string but it's of type float64",
        ),
        (
            f"{CLEAN}appVersion: yes",
            "[ERROR] appVersion should be of type string but it's of type bool",
        ),
        (
            f"{CLEAN}maintainers: [{{email: a@b.c}}]",
            "[ERROR] each maintainer requires a name",
        ),
        (f"{CLEAN}maintainers: [null]", "[ERROR] a maintainer entry is empty"),
        (
            f"{CLEAN}maintainers: [{{name: a, email: b}}]",
            "[ERROR] invalid email 'b' for maintainer 'a'",
        ),
        (
            f"{CLEAN}maintainers: [{{name: a, url: 'x y'}}]",
            "[ERROR] invalid url 'x y' for maintainer 'a'",
        ),
        (f"{CLEAN}sources: [ok:/x, foo]", "[ERROR] invalid source URL 'foo'"),
        (
            CLEAN.replace("v2", "v1") + "type: library",
            "[ERROR] chart type is not valid in apiVersion 'v1'."
            " It is valid in apiVersion 'v2'",
        ),
        (
            CLEAN.replace("v2", "v1") + "dependencies: [{name: db}]",
            "[ERROR] dependencies are not valid in the Chart file with apiVersion 'v1'."
            " They are valid in apiVersion 'v2'",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_found(text: str, finding: str, tmp_path: Path) -> None:
    assert finding in of_chart_file(tmp_path, text)


def test_every_unknown_field_is_named_with_a_guess(tmp_path: Path) -> None:
    text = f"{CLEAN}engine: x\nmaintainers: [{{name: a, emial: b}}]\nAppversion: '1'"
    assert of_chart_file(tmp_path, text) == [
        "[WARNING] failed to strictly parse chart metadata file\n"
        '\tunknown field "engine"\n'
        '\tunknown field "maintainers[0].emial"; did you mean "email"?'
    ]


def test_a_field_that_stands_twice_is_shown_with_both_lines(tmp_path: Path) -> None:
    [finding] = of_chart_file(tmp_path, f"{CLEAN}name: other\n")
    assert finding.startswith("[WARNING] failed to strictly parse")
    assert 'Chart.yaml:5:1: the key "name" stands twice' in finding
    assert "first on line 2" in finding


@pytest.mark.parametrize("text", ["a: b: c", "- a", "sources: text", "icon: [a]"])
def test_what_does_not_parse_ends_the_rules(text: str, tmp_path: Path) -> None:
    [finding] = of_chart_file(tmp_path, text)
    assert finding.startswith("[ERROR] unable to parse YAML\n\t")


def test_a_folder_in_its_place_is_found(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").mkdir()
    [first, *_] = lint(tmp_path, {}).findings
    assert str(first) == "[ERROR] Chart.yaml: should be a file, not a directory"


@pytest.mark.parametrize(
    ("address", "good"),
    [("https://a.b/c", True), ("ssh://x", True), ("mailto:a@b", True), ("foo", False),
     ("git@github.com:x/y", False), ("ftp//x", False), ("", False),
     ("http://a b/c", False),
     ("http://a/%zz", False), ("http://a/\n", False)],
)  # fmt: skip
def test_request_urls(address: str, *, good: bool) -> None:
    assert addresses.is_request_url(address) is good


@pytest.mark.parametrize(
    ("address", "good"),
    [("https://example.com", True), ("example.com/x", True), ("localhost:80", True),
     ("http://[::1]/", True), ("x y", False), ("a", False), ("gopher://a.b", False)],
)  # fmt: skip
def test_urls(address: str, *, good: bool) -> None:
    assert addresses.is_url(address) is good


@pytest.mark.parametrize(
    ("address", "good"),
    [("me@example.com", True), ("a.b+c@d.e.f", True), ("ä@ö.de", True), ("me", False),
     ("me@", False), ("me@host", False), ("@a.b", False), ("a b@c.d", False),
     ("a..b@c.d", False), ("a@b..c", False)],
)  # fmt: skip
def test_emails(address: str, *, good: bool) -> None:
    assert addresses.is_email(address) is good
