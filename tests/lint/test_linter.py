from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pypkg.chart.scaffold import create
from pypkg.errors import VersionError
from pypkg.lint.findings import Finding, LintResult, Severity
from pypkg.lint.linter import charts_below, lint
from tests.chart.building import CHART, tgz, write
from tests.lint.linting import CLEAN, FILES, OBJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


def test_errors_fail_and_warnings_only_if_strict() -> None:
    def failed(severity: Severity, *, strict: bool) -> bool:
        findings = (Finding(severity, "a", "b"),)
        return LintResult("web", findings, strict=strict).failed

    assert failed(Severity.ERROR, strict=False)
    assert not failed(Severity.WARNING, strict=False)
    assert failed(Severity.WARNING, strict=True)
    assert not failed(Severity.INFO, strict=True)
    assert LintResult("web", failure="gone").failed


def test_information_does_not_deserve_attention() -> None:
    info = Finding(Severity.INFO, "Chart.yaml", "icon is recommended")
    assert str(info) == "[INFO] Chart.yaml: icon is recommended"
    assert not LintResult("web", (info,)).deserves_attention
    assert LintResult("web", failure="gone").deserves_attention


@pytest.mark.parametrize("engine", ["jinja", "gotemplate"])
def test_a_new_chart_has_no_faults(engine: str, tmp_path: Path) -> None:
    folder = create("web", tmp_path, engine=engine)  # type: ignore[arg-type] # one of the two
    result = lint(folder, {}, strict=True)
    assert [str(finding) for finding in result.findings] == [
        "[INFO] Chart.yaml: icon is recommended"
    ]
    assert not result.failed


def test_an_archive_is_linted(tmp_path: Path) -> None:
    archive = tmp_path / "web.tgz"
    archive.write_bytes(tgz({**FILES, "templates/a.yaml": "  a: b: c"}))
    result = lint(archive, {})
    assert result.path == str(archive)
    assert [finding.path for finding in result.findings] == ["templates/a.yaml"] * 2
    assert result.failed


@pytest.mark.parametrize("files", [{}, {"x.tgz": b"no archive"}])
def test_what_is_no_chart_is_a_failure(files: dict[str, bytes], tmp_path: Path) -> None:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    path = tmp_path / next(iter(files), "nowhere")
    result = lint(path, {})
    assert result.failed
    assert str(path) in (result.failure or "")
    assert result.findings == ()


def test_a_version_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VersionError):
        lint(write(tmp_path, FILES), {}, kube_version="new")


def test_charts_below_are_found_at_every_depth(tmp_path: Path) -> None:
    files = {
        "charts/a/Chart.yaml": CHART, "charts/a/charts/b/Chart.yaml": CHART,
        "charts/c.tgz": "", "charts/README.md": "",
    }  # fmt: skip
    write(tmp_path, files)
    assert [str(p.relative_to(tmp_path)) for p in charts_below(tmp_path)] == [
        "charts/a", "charts/a/charts/b", "charts/c.tgz"
    ]  # fmt: skip


# Charts on which every line that Helm prints is known to be the same.
SAME: dict[str, dict[str, str]] = {
    "clean": {},
    "no icon": {"Chart.yaml": CHART},
    "versions": {"Chart.yaml": "name: web\nversion: 1\nappVersion: 1.5\n"},
    "old": {"Chart.yaml": CLEAN.replace("v2", "v1") + "type: library\n"},
    "low": {"Chart.yaml": CLEAN.replace("0.1.0", "0.0.0-0")},
    "people": {"Chart.yaml": f"{CLEAN}maintainers:\n- {{name: a, email: abc}}\n"},
    "sources": {"Chart.yaml": f"{CLEAN}sources: [http://a.b, 'git@github.com:x/y']\n"},
    "extensions": {"templates/a.json": "{}", "templates/d.YAML": "", "templates/e": ""},
    "author": {"templates/a.yaml": '{{ fail "x" }}{{ required "y" .Values.q }}'},
    "indent": {"templates/a.yaml": "  a: b\n"},
    "names": {
        "templates/a.yaml": "kind: Service\nmetadata: {name: 1a}\n---\nkind: Role\n"
        "metadata: {name: 'a:b/c%'}\n---\nkind: Namespace\nmetadata: {name: a.b}\n---\n"
        "kind: CertificateSigningRequest\nmetadata: {}\n---\nkind: Foo\nmetadata: {}\n"
    },
    "apis": {
        "templates/a.yaml": "apiVersion: extensions/v1beta1\nkind: Deployment\n"
        "metadata: {name: a}\n---\napiVersion: batch/v1beta1\nkind: CronJob\n"
        "metadata: {name: a}\n---\napiVersion: policy/v1beta1\n"
        "kind: PodSecurityPolicy\nmetadata: {name: a}\n"
    },
    "list": {
        "templates/a.yaml": "apiVersion: v1\nkind: List\nitems:\n- metadata:\n"
        "    annotations: {helm.sh/resource-policy: keep}\n"
    },
    "separator": {"templates/a.yaml": f"{OBJECT}---apiVersion: v1\n"},
    "unlisted": {"charts/db/Chart.yaml": CHART.replace("web", "db")},
    "missing": {"Chart.yaml": f"{CLEAN}dependencies: [{{name: db, version: 1}}]\n"},
    "crds": {"crds/a.yaml": "apiVersion: v1\nkind: X\n"},
    "schema": {"values.schema.json": '{"required": ["z"]}'},
}


@pytest.mark.oracle
@pytest.mark.parametrize("case", sorted(SAME))
def test_findings_are_helms(case: str, real_helm: Command, tmp_path: Path) -> None:
    folder = write(tmp_path / "web", {**FILES, **SAME[case]})
    result = real_helm("lint", folder)
    shown = re.split(r"\n\d+ chart", result.out.partition("\n")[2])[0]
    ours = lint(folder, {})
    text = "\n".join(str(finding) for finding in ours.findings)
    # Helm leaves a blank line after the violations of a schema.
    lines = [line for line in shown.strip().split("\n") if line or not shown.strip()]
    assert sorted(text.split("\n")) == sorted(lines)
    assert ours.failed == bool(result.code)
