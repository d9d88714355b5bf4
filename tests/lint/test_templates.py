from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pypkg.lint.deprecations import deprecation
from pypkg.render.capabilities import KubeVersion
from tests.chart.building import CHART
from tests.lint.linting import CLEAN, FILES, OBJECT, findings

if TYPE_CHECKING:
    from pathlib import Path

SUBDOMAIN = "a lowercase RFC 1123 subdomain must consist"


def named(kind: str, name: str) -> str:
    return f"kind: {kind}\nmetadata: {{name: {json.dumps(name)}}}\n"


def of_template(folder: Path, text: str, name: str = "templates/a.yaml") -> list[str]:
    return findings(folder, {name: text})


def test_the_folder_should_be_there(tmp_path: Path) -> None:
    for name, text in FILES.items():
        if not name.startswith("templates/"):
            (tmp_path / name).write_text(text)
    from pypkg.lint.linter import lint

    [finding] = lint(tmp_path, {}).findings
    assert str(finding) == "[WARNING] templates/: directory does not exist"
    (tmp_path / "templates").write_text("")
    [finding] = lint(tmp_path, {}).findings
    assert str(finding) == "[ERROR] templates/: not a directory"


@pytest.mark.parametrize("text", ["{{ fail 1 }}", '{{ required "x" .Values.gone }}'])
def test_fail_and_required_pass(text: str, tmp_path: Path) -> None:
    text = text.replace("fail 1", 'fail "x"')
    assert of_template(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("{{ .Values.x.y }}", "templates/a.yaml", "web/templates/a.yaml:1:"),
        ("{{ if }}", "templates/a.yaml", "web/templates/a.yaml:1:"),
        ("{{ .Values.x.y }}", "templates/NOTES.txt", "web/templates/NOTES.txt:1:"),
        ("{{ end }}", "templates/_a.tpl", "web/templates/_a.tpl:1:"),
        ("a: {{ Values.x }}", "templates/a.yaml.j2", "web/templates/a.yaml.j2:1:"),
        ("{% if %}", "templates/a.yaml.j2", "web/templates/a.yaml.j2:1:"),
        ("\n{% macro a( %}", "templates/_a.j2", "web/templates/_a.j2:2:"),
        ("{{ x | nofilter }}", "templates/_a.j2", "web/templates/_a.j2:1:"),
    ],
)
def test_a_template_that_does_not_render_is_an_error(
    text: str, name: str, place: str, tmp_path: Path
) -> None:
    [finding] = of_template(tmp_path, text, name)
    assert finding.startswith(f"[ERROR] templates/: {place}")


def test_every_template_that_fails_is_found(tmp_path: Path) -> None:
    files = {
        "templates/a.yaml": "{{ .Values.x.y }}",
        "templates/b.yaml.j2": "{{ gone }}",
    }
    found = findings(tmp_path, files)
    assert len(found) == 2
    assert {"a.yaml" in line for line in found} == {True, False}


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.json", ".json"), ("a", ""), ("a.YAML", ".YAML"), ("a.json.j2", ".json")],
)
def test_a_strange_extension_is_an_error(
    name: str, extension: str, tmp_path: Path
) -> None:
    path = f"templates/{name}"
    assert of_template(tmp_path, "", path) == [
        f"[ERROR] {path}: file extension '{extension}' not valid."
        " Valid extensions are .yaml, .yml, .tpl, or .txt"
    ]


@pytest.mark.parametrize("name", ["a.yml", "a.tpl", "a.txt", "a.yaml.j2", "_macros.j2"])
def test_a_known_extension_is_fine(name: str, tmp_path: Path) -> None:
    assert of_template(tmp_path, "", f"templates/{name}") == []


def test_an_indented_first_line_is_a_warning(tmp_path: Path) -> None:
    text = "\n\n  kind: A\n  metadata: {name: a}\n"
    assert of_template(tmp_path, text) == [
        "[WARNING] templates/a.yaml: document starts with an illegal indent:"
        ' "  kind: A", which may cause parsing problems'
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: b: c", "templates/a.yaml:1:5: mapping values are not allowed"),
        ("- a", "it must hold a mapping"),
        ("metadata: text", "metadata must be a mapping"),
        ("kind: [a]", "kind must be text, it is a list"),
        (
            f"{OBJECT}---apiVersion: v1",
            "invalid Yaml document separator: apiVersion: v1",
        ),
    ],
)
def test_a_document_that_is_no_object_is_an_error(
    text: str, reason: str, tmp_path: Path
) -> None:
    [finding] = of_template(tmp_path, text)
    assert finding.startswith(
        f"[ERROR] templates/a.yaml: unable to parse YAML: {reason}"
    )


def test_a_key_that_stands_twice_is_a_warning(tmp_path: Path) -> None:
    [finding] = of_template(tmp_path, f"{OBJECT}data: {{}}\ndata: {{}}\n")
    assert finding.startswith(
        "[WARNING] templates/a.yaml: templates/a.yaml:6:1: the key"
    )
    assert "first on line 5" in finding


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        ("Deployment", "a_b", SUBDOMAIN),
        ("Foo", "", SUBDOMAIN),
        ("Foo", "a" * 254, "must be no more than 253 characters"),
        ("Service", "1a", "a DNS-1035 label must consist"),
        ("Service", "a" * 64, "must be no more than 63 characters"),
        ("Namespace", "a.b", "must not contain dots"),
        ("Namespace", "A", "a lowercase RFC 1123 label must consist"),
        ("Role", "a/b", "may not contain '/'"),
        ("clusterrole", "..", "may not be '..'"),
    ],
)
def test_a_name_that_kubernetes_refuses_is_a_warning(
    kind: str, name: str, reason: str, tmp_path: Path
) -> None:
    text = named(kind, name) + "matchLabels: {}"
    [finding] = of_template(tmp_path, text)
    assert finding.startswith(
        "[WARNING] templates/a.yaml: object name does not conform to Kubernetes naming"
        f' requirements: "{name}": metadata.name: Invalid value: "{name}": {reason}'
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Foo", "a.b-c.1"), ("Service", "a-1"), ("Role", "a:b"), ("Namespace", "1"),
     ("CertificateSigningRequest", "")],
)  # fmt: skip
def test_a_good_name_is_fine(kind: str, name: str, tmp_path: Path) -> None:
    assert of_template(tmp_path, named(kind, name)) == []


def test_all_reasons_of_a_name_are_listed(tmp_path: Path) -> None:
    [finding] = of_template(tmp_path, named("Role", "a/b%"))
    assert ": [metadata.name: Invalid value: \"a/b%\": may not contain '/', " in finding


def test_a_workload_must_select(tmp_path: Path) -> None:
    [finding] = of_template(tmp_path, named("StatefulSet", "a"))
    assert finding == (
        "[ERROR] templates/a.yaml: a StatefulSet must contain matchLabels or"
        ' matchExpressions, and "a" does not'
    )
    assert of_template(tmp_path, named("DaemonSet", "a") + "x: matchExpressions") == []


def test_a_policy_inside_a_list_is_an_error(tmp_path: Path) -> None:
    text = named("List", "a") + (
        "items: [{metadata: {annotations: {helm.sh/resource-policy: keep}}}]"
    )
    assert of_template(tmp_path, text) == [
        "[ERROR] templates/a.yaml: annotation 'helm.sh/resource-policy' within List"
        " objects are ignored"
    ]


def test_a_deprecated_api_is_a_warning_for_clusters_that_have_it(
    tmp_path: Path,
) -> None:
    files = {"templates/a.yaml": "apiVersion: batch/v1beta1\n" + named("CronJob", "a")}
    message = (
        "[WARNING] templates/a.yaml: batch/v1beta1 CronJob is deprecated in v1.21+,"
        " unavailable in v1.25+; use batch/v1 CronJob"
    )
    assert findings(tmp_path, files) == [message]
    assert findings(tmp_path, files, kube_version="1.21") == [message]
    assert findings(tmp_path, files, kube_version="v1.20.5") == []


@pytest.mark.parametrize(
    ("api_version", "kind", "message"),
    [
        ("v1", "Endpoints", "v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
        ("v1", "EndpointsList", "v1.33+; use discovery.k8s.io/v1 EndpointSliceList"),
        ("v1", "ComponentStatus", "v1.19+"),
        ("node.k8s.io/v1beta1", "RuntimeClass", "v1.22+, unavailable in v1.25+"),
    ],
)
def test_a_deprecation_says_what_to_use(
    api_version: str, kind: str, message: str
) -> None:
    found = deprecation(api_version, kind, KubeVersion("v1.37.0", "1", "37+"))
    assert found == f"{api_version} {kind} is deprecated in {message}"
    assert deprecation(api_version, "Pod", KubeVersion("v1.37.0", "1", "37")) is None


def test_templates_of_subcharts_are_rendered_and_not_looked_at(tmp_path: Path) -> None:
    db = CHART.replace("web", "db")
    files = {
        "Chart.yaml": f"{CLEAN}dependencies: [{{name: db, version: '*'}}]",
        "charts/db/Chart.yaml": db,
        "charts/db/templates/a.yaml": "  a: b: c",
    }
    assert findings(tmp_path / "one", files) == []
    files["charts/db/templates/a.yaml"] = "{{ .Values.x.y }}"
    [finding] = findings(tmp_path / "two", files)
    assert "web/charts/db/templates/a.yaml:1:" in finding


def test_a_schema_of_a_subchart_is_applied(tmp_path: Path) -> None:
    files = {
        "Chart.yaml": f"{CLEAN}dependencies: [{{name: db, version: '*'}}]",
        "charts/db/Chart.yaml": CHART.replace("web", "db"),
        "charts/db/values.schema.json": '{"required": ["x"]}',
    }
    [finding] = findings(tmp_path, files)
    assert finding.endswith("db:\n- at '': missing property 'x'")
    assert findings(tmp_path, files, skip_schema=True) == []


def test_a_library_chart_renders_nothing(tmp_path: Path) -> None:
    files = {"Chart.yaml": f"{CLEAN}type: library", "templates/a.yaml": "{{ fail }}"}
    assert findings(tmp_path, files) == []
