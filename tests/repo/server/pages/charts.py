"""Charts with everything that a page can show, and with what attackers put there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pypkg.chart.packager import package
from pypkg.chart.scaffold import create

if TYPE_CHECKING:
    from pathlib import Path


EVIL = '"><script>document.title="owned"</script>'
SCHEMA = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {"$ref": "#/definitions/image"},
        "replicas": {"type": ["integer", "null"], "default": 1, "enum": [1, 2]},
        "hosts": {"type": "array", "items": {"type": "string"}},
    },
    "definitions": {
        "image": {
            "type": "object",
            "description": "What to run",
            "properties": {"tag": {"type": "string"}},
        }
    },
}
README = f"""# Web shop

Sells <b>things</b>. <script>document.title="owned"</script>

[safe](https://example.com) [unsafe](javascript:alert(1))
![logo](https://example.com/logo.png) <img src=x onerror=document.title="owned">

| Name | Value |
|------|-------|
| a    | {EVIL} |
"""


def chart(folder: Path, name: str, version: str, **metadata: object) -> bytes:
    """Pack a chart with everything that a page can show."""
    place = folder / f"{name}-{version}"
    place.mkdir()
    create(name, place, engine="gotemplate")
    root = place / name
    path = root / "Chart.yaml"
    lines = [
        line
        for line in path.read_text().splitlines()
        if line.partition(":")[0] not in metadata
    ]
    lines += [f"{key}: {json.dumps(value)}" for key, value in metadata.items()]
    path.write_text("\n".join(lines) + "\n")
    (root / "README.md").write_text(README)
    (root / "values.schema.json").write_text(json.dumps(SCHEMA | {"required": []}))
    made = package(root, place, version=version)
    return made.read_bytes()
