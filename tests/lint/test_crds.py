from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lint.linting import findings

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"


def test_definitions_are_fine(tmp_path: Path) -> None:
    files = {"crds/a.yaml": f"# one\n---\n{GOOD}---\n{GOOD}", "crds/b.txt": "a: b: c"}
    assert findings(tmp_path, files) == []


def test_other_objects_are_errors(tmp_path: Path) -> None:
    files = {"crds/a.yaml": f"apiVersion: v1\nkind: Pod\n---\n{GOOD}"}
    assert findings(tmp_path, files) == [
        "[ERROR] crds/a.yaml: apiVersion is not in 'apiextensions.k8s.io'",
        "[ERROR] crds/a.yaml: object kind is not 'CustomResourceDefinition'",
    ]


def test_a_template_is_an_error(tmp_path: Path) -> None:
    [finding] = findings(tmp_path, {"crds/a.yaml": "a: {{ .Values.a }}"})
    assert finding.startswith(
        "[ERROR] crds/a.yaml: unable to parse YAML: crds/a.yaml:1:"
    )


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    assert findings(tmp_path, {"crds": ""}) == ["[ERROR] crds/: not a directory"]
