"""What the real helm printed for templates that call functions.

A file of ``recorded/`` holds templates, one a line, and under each what helm printed
for it, in the form of JSON, or its error::

    {{ trunc 3 "hello" }}
        = "hel"
    {{ div 1 0 }}
        ! runtime error: integer divide by zero

To record again, also after adding templates:
``python -m tests.render.functions.recording``.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests import clients

FOLDER = Path(__file__).parent / "recorded"
VALUES = {
    "a": {"b": [{"c": 1}, {"d": 2}], "x": {"y": {"z": 1}}},
    "f": 2.5,
    "n": 3,
    "s": "text",
}


@dataclass(frozen=True)
class Case:
    """A template and what helm makes of it.

    Attributes:
        template: Its text.
        output: What it prints; bytes that are not UTF-8 are surrogate escapes.
        error: The end of the error message, where it fails.
    """

    template: str
    output: str | None = None
    error: str | None = None


def read(path: Path) -> list[Case]:
    """Read a file of recordings; a template without a result has just been added."""
    cases: list[Case] = []
    for line in path.read_text().splitlines():
        if line.startswith("    = "):
            cases[-1] = Case(cases[-1].template, output=json.loads(line[6:]))
        elif line.startswith("    ! "):
            cases[-1] = Case(cases[-1].template, error=line[6:])
        elif line:
            cases.append(Case(line))
    return cases


def write(path: Path, cases: list[Case]) -> None:
    """Write a file of recordings."""
    lines = []
    for case in cases:
        lines.append(case.template)
        if case.output is not None:
            shown = json.dumps(case.output, ensure_ascii=False)
            lines.append(f"    = {_without_odd_letters(shown)}")
        else:
            lines.append(f"    ! {case.error}")
    path.write_text("\n".join(lines) + "\n")


def _without_odd_letters(text: str) -> str:
    """Escape what would not survive an editor."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def ask(helm: Path, templates: list[str]) -> list[Case]:
    """Let helm render templates, all of them in one run if none fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chart = folder / "chart"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(
            "apiVersion: v2\nname: chart\nversion: 1.0.0\n"
        )
        (chart / "values.yaml").write_text(json.dumps(VALUES))
        for number, template in enumerate(templates):
            (chart / "templates" / f"t{number}.yaml").write_text(
                _wrapped(number, template)
            )
        failures: dict[int, Case] = {}
        while True:
            done = run_template(helm, folder)
            if done.returncode == 0:
                break
            match = re.search(r"templates/t(\d+)\.yaml", done.stderr)
            assert match, done.stderr
            number = int(match[1])
            failures[number] = Case(templates[number], error=_cause(done.stderr))
            (chart / "templates" / f"t{number}.yaml").unlink()
        outputs = dict(re.findall(r'^r(\d+): "(.*)"$', done.stdout, re.MULTILINE))
    return [
        failures.get(number) or Case(template, output=_decoded(outputs[str(number)]))
        for number, template in enumerate(templates)
    ]


def _wrapped(number: int, template: str) -> str:
    # In base64, no output can disturb another, or the reading of it all.
    define = f'{{{{ define "t{number}" }}}}{template}{{{{ end }}}}'
    return f'{define}r{number}: {{{{ include "t{number}" . | b64enc | quote }}}}\n'


def run_template(helm: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``helm template`` on ``chart`` in a folder that is also its home."""
    environ = {**os.environ, "HOME": str(folder), "TZ": "UTC"}
    for kind in ("CACHE", "CONFIG", "DATA"):
        environ[f"HELM_{kind}_HOME"] = str(folder / kind)
    return subprocess.run(
        [helm, "template", "x", "chart"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def _cause(message: str) -> str:
    """Give the end of helm's message, which the function itself wrote."""
    text = message.removesuffix("Use --debug flag to render out invalid YAML\n").strip()
    return re.split(r"error calling \w+: |execution error at \(.*?\): ", text)[-1]


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode("utf-8", "surrogateescape")


def main() -> None:
    """Record every file again."""
    helm = clients.find("helm")
    assert helm is not None, "the real helm is needed"
    for path in sorted(FOLDER.glob("*.txt")):
        write(path, ask(helm, [case.template for case in read(path)]))


if __name__ == "__main__":
    main()
