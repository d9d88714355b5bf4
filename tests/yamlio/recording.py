"""What the real helm reads in YAML texts, and writes for values.

``reading.jsonl`` holds pairs of a text and what ``fromYaml`` made of it, as compact
JSON, or null where it was refused; ``writing.jsonl`` holds values with what ``toYaml``
and ``toYamlPretty`` wrote. To record again, also after adding lines (a text or value
alone): ``python -m tests.yamlio.recording``.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests import clients
from tests.render.functions.recording import run_template

if TYPE_CHECKING:
    from collections.abc import Sequence

READING = Path(__file__).parent / "reading.jsonl"
WRITING = Path(__file__).parent / "writing.jsonl"
_REFUSED = re.compile(r'\{"Error":"error converting YAML to JSON: ')


def lines(path: Path) -> list[list[Any]]:
    """Read a recording."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def ask_reading(helm: Path, texts: Sequence[str]) -> list[str | None]:
    """Let helm read texts; None for one that it refuses."""
    files = {f"{number}.yaml": text for number, text in enumerate(texts)}
    template = (
        f"{{{{ range $i := until {len(texts)} }}}}k{{{{ $i }}}}: "
        '{{ $.Files.Get (cat $i ".yaml" | nospace) | fromYaml | toJson | b64enc }}'
        "\n{{ end }}"
    )
    outputs = _ask(helm, template, files)
    return [None if _REFUSED.match(output) else output for [output] in outputs]


def ask_writing(helm: Path, values: Sequence[Any]) -> list[list[str]]:
    """Let helm write values with toYaml, toYamlPretty and toJson."""
    template = (
        '{{ range $i, $v := .Files.Get "values.json" | mustFromJson }}k{{ $i }}:'
        " {{ toYaml $v | b64enc }}_ {{ toYamlPretty $v | b64enc }}_"
        " {{ toJson $v | b64enc }}_\n{{ end }}"
    )
    return _ask(helm, template, {"values.json": json.dumps(values)})


def _ask(helm: Path, template: str, files: dict[str, str]) -> list[list[str]]:
    with TemporaryDirectory() as name:
        chart = Path(name) / "chart"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
        (chart / "templates" / "t.yaml").write_text(template)
        for file, text in files.items():
            (chart / file).write_bytes(text.encode("utf-8", "surrogateescape"))
        done = run_template(helm, Path(name))
    assert done.returncode == 0, done.stderr
    found = dict(re.findall(r"^k(\d+): (.*)$", done.stdout, re.MULTILINE))
    return [
        [_decoded(word.removesuffix("_")) for word in found[str(number)].split(" ")]
        for number in range(len(found))
    ]


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode("utf-8", "surrogateescape")


def main() -> None:
    """Record both files again."""
    helm = clients.find("helm")
    assert helm is not None, "the real helm is needed"
    texts = [line[0] for line in lines(READING)]
    _write(READING, list(zip(texts, ask_reading(helm, texts), strict=True)))
    values = [line[0] for line in lines(WRITING)]
    written = [outputs[:2] for outputs in ask_writing(helm, values)]
    _write(WRITING, [[v, *w] for v, w in zip(values, written, strict=True)])


def _write(path: Path, recorded: Sequence[Sequence[Any]]) -> None:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in recorded))


if __name__ == "__main__":
    main()
