"""A case: a chart of one template, its values, and the outcome."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parent / "cases"

# The template is printed through another, so that its text comes out byte for byte.
TEMPLATE = "templates/_case.tpl"
OUTER = (
    '{{- $text := include "case/templates/_case.tpl" . }}\n'
    "apiVersion: v1\n"
    "kind: ConfigMap\n"
    "metadata: {name: case}\n"
    'data: {text: {{ $text | replace "<no value>" "" | b64enc | quote }}}\n'
)
CHART = """\
apiVersion: v2
name: case
version: 1.2.3
appVersion: "4.5.6"
description: A chart of one template.
type: application
keywords: [one, two]
home: https://example.com
sources: [https://example.com/source]
maintainers:
- name: Ann
  email: ann@example.com
annotations:
  note: "yes"
"""
_TEXT = re.compile(r"^data: \{text: \"(.*)\"\}$", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """What became of a template.

    Attributes:
        output: Its text, or None where it failed.
        error: The core of Helm's message, without the places it names, or None.
    """

    output: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Case:
    """A template with all that it may see.

    Attributes:
        area: The file that it is kept in.
        template: The source text.
        values: The chart's values.
        files: More files of the chart: path to text.
        expected: What Helm made of it, or None where that is not recorded.
    """

    area: str
    template: str
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    expected: Outcome | None = None

    @classmethod
    def from_dict(cls, area: str, data: dict[str, Any]) -> Case:
        """Read a case as it stands in its file."""
        recorded = "output" in data or "error" in data
        expected = Outcome(data.get("output"), data.get("error"))
        return cls(
            area,
            data["template"],
            data.get("values", {}),
            data.get("files", {}),
            expected if recorded else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Write the case as it stands in its file."""
        data: dict[str, Any] = {"template": self.template}
        if self.values:
            data["values"] = self.values
        if self.files:
            data["files"] = self.files
        if self.expected is not None:
            if self.expected.output is not None:
                data["output"] = self.expected.output
            if self.expected.error is not None:
                data["error"] = self.expected.error
        return data

    def write(self, folder: Path) -> None:
        """Write the chart."""
        files = {
            "Chart.yaml": CHART,
            "values.yaml": json.dumps(self.values),
            "templates/out.yaml": OUTER,
            TEMPLATE: self.template,
            **self.files,
        }
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def text_of(manifest: str) -> str:
    """Give the template's text back from the chart's rendered manifest."""
    found = _TEXT.search(manifest)
    assert found, manifest
    return base64.b64decode(found[1]).decode("utf-8", "surrogateescape")


# What Helm puts before the heart of a message: places, one inside the other.
_PLACES = re.compile(
    r"^(?:Error: )?(?:"
    r"(?:parse|execution) error at \([^)]*\): "
    r"|(?:\n*\S+:\d+:\d+)\n +executing \"[^\"]*\" at <.*?>:\n +"
    r"|template: \S+: executing \"[^\"]*\" at <.*?>: "
    r"|error calling (?:include|tpl):\s+(?=template: \S+: executing |\S+:\d+:\d+\n)"
    r"|error calling tpl: error during tpl function execution for \".*\":"
    r" (?=template: )"
    r")",
    re.DOTALL,
)


def core(stderr: str) -> str:
    """Cut Helm's message down to what is wrong."""
    lines = [line for line in stderr.splitlines() if not line.startswith("level=")]
    text = "\n".join(lines).split("\n\nUse --debug flag")[0].strip()
    before = None
    while before != text:
        before, text = text, _PLACES.sub("", text)
    return re.sub(r"\s+", " ", text).strip()


@dataclass
class Area:
    """A file of cases.

    Attributes:
        name: The file's, without ``.yaml``.
        about: What its cases have in common.
        values: The values of those cases that have none of their own.
        files: The same for more files of the chart.
        cases: In the file's order.
    """

    name: str
    about: str
    values: dict[str, Any]
    files: dict[str, str]
    cases: list[Case]

    @classmethod
    def load(cls, path: Path) -> Area:
        """Read a file."""
        data = yaml.safe_load(path.read_text())
        values, files = data.get("values", {}), data.get("files", {})
        cases = [
            Case.from_dict(path.stem, {"values": values, "files": files, **case})
            for case in data["cases"]
        ]
        return cls(path.stem, data["about"], values, files, cases)

    def dump(self) -> None:
        """Write the file."""
        data: dict[str, Any] = {"about": self.about}
        if self.values:
            data["values"] = self.values
        if self.files:
            data["files"] = self.files
        shared = {"values": self.values, "files": self.files}
        data["cases"] = [
            {k: v for k, v in case.to_dict().items() if shared.get(k) != v}
            for case in self.cases
        ]
        text = yaml.dump(
            data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
        )
        path = CASES / f"{self.name}.yaml"
        path.write_text(text.replace("\n- template:", "\n\n- template:"))


def areas() -> list[Area]:
    """Read all files of cases."""
    return [Area.load(path) for path in sorted(CASES.glob("*.yaml"))]


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and everything in full."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip("\n") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
