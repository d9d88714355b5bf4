"""The Python API: its names, what it costs, and that it does what it says."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pypkg

if TYPE_CHECKING:
    from pathlib import Path


def test_the_names_are_sorted_and_exist() -> None:
    assert pypkg.__all__ == sorted(pypkg.__all__)
    for name in pypkg.__all__:
        assert getattr(pypkg, name) is not None
        assert name in dir(pypkg)


def test_there_is_no_other_public_name() -> None:
    # Subpackages become attributes when they are imported, "render" among them.
    public = {n for n in vars(pypkg) if not n.startswith("_")} - {"TYPE_CHECKING"}
    packages = {n for n in public if f"pypkg.{n}" in sys.modules}
    assert public - packages <= set(pypkg.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(pypkg, "rendr")


def test_a_bare_import_loads_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import pypkg;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["pypkg", "pypkg._version"]


def test_a_go_chart_renders_without_jinja2(tmp_path: Path) -> None:
    write_chart(tmp_path, "templates/a.yaml", "kind: {{ .Chart.Name }}")
    code = (
        "import sys, pypkg;"
        f"print(pypkg.render(pypkg.load_chart({str(tmp_path)!r})).manifest);"
        "print('jinja2' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["---", "#", "Source:", "web/templates/a.yaml",
                                   "kind:", "web", "False"]  # fmt: skip


def test_render_is_a_function_whatever_is_imported(tmp_path: Path) -> None:
    importlib.import_module("pypkg.render.renderer")
    write_chart(tmp_path, "templates/a.yaml.j2", "kind: {{ Values.kind }}")
    rendered = pypkg.render(
        pypkg.load_chart(tmp_path), {"kind": "Pod"}, pypkg.ReleaseInfo("shop")
    )
    assert isinstance(rendered, pypkg.Rendered)
    assert [manifest.kind for manifest in rendered.manifests] == ["Pod"]


def write_chart(folder: Path, name: str, text: str) -> None:
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0\n")
    (folder / name).parent.mkdir()
    (folder / name).write_text(text)
