from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.lint.linting import findings

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = json.dumps({"required": ["z"], "properties": {"a": {"type": "string"}}})


def of_values(folder: Path, text: str | None, schema: str | None = None) -> list[str]:
    files = {"values.yaml": text, **({"values.schema.json": schema} if schema else {})}
    return [line for line in findings(folder, files) if " values.yaml: " in line]


def test_a_missing_file_is_information(tmp_path: Path) -> None:
    assert of_values(tmp_path, None) == ["[INFO] values.yaml: file does not exist"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("- a", "it must hold a mapping .* a list"),
     ("x", "it must hold .* a single value"),
     ("a: b: c", "unable to parse YAML: values.yaml:1:5")],
)  # fmt: skip
def test_what_is_no_mapping_is_an_error(text: str, reason: str, tmp_path: Path) -> None:
    [finding] = of_values(tmp_path, text)
    assert re.match(rf"\[ERROR\] values.yaml: {reason}", finding)


def test_a_key_that_stands_twice_is_a_warning_with_both_lines(tmp_path: Path) -> None:
    [finding] = of_values(tmp_path, "a: 1\nb: 2\na: 3\n")
    assert finding.startswith(
        '[WARNING] values.yaml: values.yaml:3:1: the key "a" stands'
    )
    assert "first on line 1" in finding


def test_the_schema_is_applied_to_defaults_and_overrides(tmp_path: Path) -> None:
    assert of_values(tmp_path, "a: 1", SCHEMA) == [
        "[ERROR] values.yaml: - at '': missing property 'z'\n"
        "- at '/a': got number, want string"
    ]
    files = {"values.yaml": "a: 1", "values.schema.json": SCHEMA}
    assert findings(tmp_path / "other", files, values={"a": "x", "z": 1}) == []
    assert findings(tmp_path / "third", files, skip_schema=True) == []


def test_a_broken_schema_is_an_error(tmp_path: Path) -> None:
    [finding] = of_values(tmp_path, "a: 1", "{bad")
    assert "values.schema.json of chart web is no JSON" in finding
