"""Generated templates through pypkg and the real Helm, compared.

``python -m tests.fuzz_gotemplate --count 20000`` writes random templates over a fixed
set of values, most of them sound. Those that pypkg renders go to Helm many at a time,
since one run of Helm takes as long for a hundred templates as for one; those that
pypkg refuses go one by one, since one that fails ends the run. Ends with status 1 if
the two disagree on whether a template is refused, or on the text of one that is not.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg.chart.loader import load_chart
from pypkg.errors import RenderError
from pypkg.render.release import ReleaseInfo
from pypkg.render.renderer import render
from tests import clients
from tests.conformance.case import core
from tests.generated_templates import VALUES, Generator

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 100
CHUNK = 1000
_LINE = re.compile(r'^  c(\d+): "([^"]*)"$', re.MULTILINE)
_PLACE = re.compile(r"_case-(\d+)\.tpl")


@dataclass(frozen=True)
class Answer:
    """What a program makes of a template: its text in base64, or the error."""

    text: str | None = None
    error: str | None = None

    def __str__(self) -> str:
        if self.text is None:
            return f"error: {self.error}"
        return repr(base64.b64decode(self.text).decode("utf-8", "replace"))


@dataclass(frozen=True)
class Comparison:
    """One template, and what both made of it."""

    number: int
    template: str
    mine: Answer
    real: Answer

    @property
    def difference(self) -> str:
        """How the answers differ: "", or a word."""
        if self.mine.text is not None and self.real.text is not None:
            return "" if self.mine.text == self.real.text else "output"
        if self.mine.error is not None and self.real.error is not None:
            return "" if self.real.error in self.mine.error else "message"
        return "accepts" if self.mine.text is not None else "refuses"

    def __str__(self) -> str:
        title = f"--- {self.number}: {self.difference}"
        return f"{title}\n{self.template}\n  helm  {self.real}\n  pypkg {self.mine}"


def write_chart(folder: Path, templates: dict[int, str]) -> None:
    """Write a chart that prints each template's text on a line of its own."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: fuzz\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(json.dumps(VALUES))
    lines = ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fuzz}\ndata:\n"]
    for number, text in templates.items():
        (folder / f"templates/_case-{number}.tpl").write_text(text)
        name = f"fuzz/templates/_case-{number}.tpl"
        lines.append(
            f'  c{number}: {{{{ include "{name}" .Values'
            ' | replace "<no value>" "" | b64enc | quote }}\n'
        )
    (folder / "templates/out.yaml").write_text("".join(lines))


def ask_pypkg(number: int, template: str) -> Answer:
    """Render a template with pypkg."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "fuzz"
        write_chart(folder, {number: template})
        try:
            text = render(load_chart(folder), {}, ReleaseInfo("rel")).manifest
        except RenderError as error:
            return Answer(error=re.sub(r"\s+", " ", str(error)))
    return Answer(text=dict(_LINE.findall(text))[str(number)])


def run_helm(helm: Path, templates: dict[int, str]) -> tuple[dict[int, str], str]:
    """Render templates with Helm: the texts, or the error of the first that fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "fuzz"
        write_chart(folder, templates)
        environ = {**os.environ, "HOME": name, "HELM_CACHE_HOME": name}
        done = subprocess.run(
            [helm, "template", "rel", folder],
            capture_output=True,
            env=environ,
            check=False,
        )
    if done.returncode:
        return {}, done.stderr.decode("utf-8", "replace")
    found = _LINE.findall(done.stdout.decode("utf-8", "replace"))
    return {int(number): text for number, text in found}, ""


def ask_helm(helm: Path, templates: dict[int, str]) -> dict[int, Answer]:
    """Render templates with Helm, without those on which it fails."""
    answers: dict[int, Answer] = {}
    left = dict(templates)
    while left:
        texts, error = run_helm(helm, left)
        if not error:
            answers.update((n, Answer(text=texts.get(n))) for n in left)
            break
        named = [int(n) for n in _PLACE.findall(error) if int(n) in left]
        failed = named[-1:] if named else list(left)[:1]
        for number in failed:
            answers[number] = Answer(error=core(error))
            del left[number]
    return answers


def run(helm: Path, seed: int, numbers: range) -> Iterator[Comparison]:
    """Compare the templates of these numbers."""
    templates = {n: Generator(chance(seed, n), n).template() for n in numbers}
    mine = {n: ask_pypkg(n, text) for n, text in templates.items()}
    good = [n for n in templates if mine[n].error is None]
    groups = [good[at : at + BATCH] for at in range(0, len(good), BATCH)]
    groups += [[n] for n in templates if mine[n].error is not None]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for answers in pool.map(
            lambda group: ask_helm(helm, {n: templates[n] for n in group}), groups
        ):
            for number, real in answers.items():
                found = Comparison(number, templates[number], mine[number], real)
                if found.difference == "output":
                    # One before may have changed the values, which all of a run share.
                    alone = ask_helm(helm, {number: templates[number]})[number]
                    found = replace(found, real=alone)
                yield found


def chance(seed: int, number: int) -> random.Random:
    """Give the randomness of one template, the same in every run."""
    return random.Random(f"{seed}-{number}")  # noqa: S311 - no secret


def main() -> None:
    """Run as the command line says, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messages", action="store_true", help="show other messages")
    parser.add_argument("--show", type=int, default=20, help="how many to print")
    options = parser.parse_args()
    clients.fetch()
    helm = clients.find("helm")
    assert helm is not None
    tally: Counter[str] = Counter()
    shown = 0
    for start in range(0, options.count, CHUNK):
        numbers = range(start, min(start + CHUNK, options.count))
        for comparison in run(helm, options.seed, numbers):
            difference = comparison.difference
            tally[difference] += 1
            tally["refused"] += comparison.mine.error is not None
            wanted = difference and (difference != "message" or options.messages)
            if wanted and shown < options.show:
                shown += 1
                sys.stdout.write(f"{comparison}\n")
    wrong = {
        word: tally[word] for word in ("output", "accepts", "refuses") if tally[word]
    }
    sys.stdout.write(
        f"{options.count} templates, {tally['refused']} refused: {tally['']} agree,"
        f" {tally['message']} are refused with another message,"
        f" {wrong or 'none'} disagree\n"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
