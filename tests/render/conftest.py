"""Charts of files given in a test, rendered by pypkg and by the real helm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

import pypkg
from pypkg import yamlio
from pypkg.render.stream import show_only, template_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pypkg.chart.chart import Chart
    from tests.conftest import Command

CHART_YAML = "apiVersion: v2\nname: {name}\nversion: 1.0.0\n"


class MakeChart(Protocol):
    """Writes a chart and loads it."""

    def __call__(
        self, files: Mapping[str, str | bytes], *, name: str = "c"
    ) -> Chart: ...


@pytest.fixture
def chart(tmp_path: Path) -> MakeChart:
    """Make a chart of files; each folder of ``charts/`` gets a Chart.yaml."""

    def make(files: Mapping[str, str | bytes], *, name: str = "c") -> Chart:
        folder = tmp_path / name
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        for below in [folder, *folder.glob("**/charts/*")]:
            if below.is_dir() and not (below / "Chart.yaml").exists():
                (below / "Chart.yaml").write_text(CHART_YAML.format(name=below.name))
        return pypkg.load_chart(folder)

    return make


class SameAsHelm(Protocol):
    """Renders a chart with both, and gives the text that both gave."""

    def __call__(
        self, files: Mapping[str, str | bytes], values: dict[str, Any] | None = None,
        **options: Any,
    ) -> str: ...  # fmt: skip


@pytest.fixture
def same_as_helm(chart: MakeChart, real_helm: Command, tmp_path: Path) -> SameAsHelm:
    """Assert that pypkg renders a chart to the same bytes as the real helm.

    Options: ``crds``, ``skip_tests``, ``no_hooks``, ``upgrade``, ``show`` (a list),
    ``api_versions`` (a list), ``kube_version``, ``subchart_notes``.
    """

    def check(
        files: Mapping[str, str | bytes],
        values: dict[str, Any] | None = None,
        **options: Any,
    ) -> str:
        loaded = chart(files)
        (tmp_path / "values.yaml").write_text(yamlio.dump(values or {}))
        words: list[str | Path] = [
            "template",
            "r",
            tmp_path / "c",
            "-f",
            tmp_path / "values.yaml",
        ]
        flags = {
            "crds": "--include-crds",
            "skip_tests": "--skip-tests",
            "no_hooks": "--no-hooks",
            "upgrade": "--is-upgrade",
        }
        words += [flag for option, flag in flags.items() if options.get(option)]
        for pattern in options.get("show", []):
            words += ["-s", pattern]
        for version in options.get("api_versions", []):
            words += ["-a", version]
        if "kube_version" in options:
            words += ["--kube-version", options["kube_version"]]
        expected = real_helm.ok(*words)

        capabilities = pypkg.Capabilities().with_api_versions(
            options.get("api_versions", [])
        )
        if "kube_version" in options:
            capabilities = capabilities.with_kube_version(options["kube_version"])
        rendered = pypkg.render(
            loaded,
            values or {},
            pypkg.ReleaseInfo("r", is_upgrade=bool(options.get("upgrade"))),
            capabilities=capabilities,
        )
        text = template_text(
            rendered,
            include_crds=bool(options.get("crds")),
            include_hooks=not options.get("no_hooks"),
            skip_tests=bool(options.get("skip_tests")),
        )
        if "show" in options:
            text = show_only(text, options["show"])
        assert text == expected
        return text

    return check
