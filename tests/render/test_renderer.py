"""Charts to manifests, as Helm does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import pypkg
from pypkg.errors import (
    ChartError,
    ManifestError,
    RenderError,
    SchemaError,
    TemplateExecutionError,
)
from pypkg.render.renderer import Settings, render_text

if TYPE_CHECKING:
    from tests.render.conftest import MakeChart, SameAsHelm

OBJECT = "apiVersion: v1\nkind: {}\nmetadata:\n  name: {}\n"


def kinds(*names: str) -> str:
    return "---\n".join(OBJECT.format(name, name.lower()) for name in names)


@pytest.mark.oracle
def test_documents_come_in_helms_order(same_as_helm: SameAsHelm) -> None:
    text = same_as_helm(
        {
            "templates/z.yaml": kinds("Deployment", "Service", "Zebra", "Namespace"),
            "templates/a.yaml": kinds("Service", "Zebra", "Apple", "ConfigMap"),
            "templates/sub/b.yaml": kinds("Ingress", "Service"),
            "charts/s/templates/c.yaml": kinds("Service", "Secret"),
            "charts/s/charts/t/templates/d.yaml": kinds("Service"),
            "templates/nothing.yaml": "{{- if false }}x{{ end }}\n",
            "templates/_partial.yaml": "{{ fail `not rendered` }}",
        }
    )
    assert text.startswith("---\n# Source: c/templates/z.yaml\n")


@pytest.mark.oracle
def test_context_is_helms(same_as_helm: SameAsHelm) -> None:
    files = {
        "Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\nappVersion: 1.10\n"
        "keywords: [a]\nmaintainers: [{name: x}]\nannotations: {a: b}\n"
        "dependencies:\n- {name: s, version: '*', repository: '', alias: also,"
        " tags: [x]}\n- {name: d.e, version: '*', repository: ''}\n",
        "values.yaml": "big: 1234567\nalso: {a: 2, list: [1]}\nd.e: {a: 3}\n",
        "templates/a.yaml": """\
a: |
  {{ .Chart | toJson }}
  {{ .Release | toJson }}
  {{ .Template | toJson }}
  {{ .Values | toJson }} {{ .Values.big }}
  {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }}
  {{ .Capabilities.APIVersions.Has "x/v1" }} {{ .Capabilities.HelmVersion }}
  {{ .Subcharts.also.Values | toJson }} {{ .Subcharts.also.Template.Name }}
  {{ range $k, $_ := .Subcharts }}{{ $k }} {{ end }}
""",
        "charts/s/values.yaml": "a: 1\nb: {c: 1}\n",
        "charts/s/templates/b.yaml": """\
a: |
  {{ .Chart.Name }} {{ .Chart.IsRoot }} {{ .Values | toJson }}
  {{ .Template | toJson }} {{ .Files | toJson }} {{ .Subcharts | toJson }}
""",
        "charts/s/own.txt": "own",
        "charts/d.e/templates/b.yaml": "a: {{ .Values | toJson | quote }}\n",
        "charts/d.e/values.yaml": "a: 1\n",
    }
    for upgrade in (False, True):
        same_as_helm(
            files, {"also": {"b": {"d": 5}}}, upgrade=upgrade, api_versions=["x/v1"],
            kube_version="1.28.3-x",
        )  # fmt: skip


@pytest.mark.oracle
def test_library_charts_only_lend_their_partials(same_as_helm: SameAsHelm) -> None:
    text = same_as_helm(
        {
            "templates/a.yaml": 'a: {{ include "lib.name" . }}\n',
            "charts/lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 1.0.0\n"
            "type: library\n",
            "charts/lib/templates/_names.tpl": '{{ define "lib.name" }}x{{ end }}',
            "charts/lib/templates/ignored.yaml": "{{ fail `not rendered` }}",
        }
    )
    assert "ignored" not in text


@pytest.mark.oracle
def test_the_shallowest_definition_wins(same_as_helm: SameAsHelm) -> None:
    define = '{{{{ define "name" }}}}{}{{{{ end }}}}'
    text = same_as_helm(
        {
            "templates/a.yaml": 'a: {{ include "name" . }}\n',
            "templates/_b.tpl": define.format("b"),
            "templates/_a.tpl": define.format("a"),
            "charts/s/templates/_a.tpl": define.format("s"),
        }
    )
    assert "a: a\n" in text


@pytest.mark.oracle
def test_crds_and_hooks_are_where_helm_has_them(same_as_helm: SameAsHelm) -> None:
    hook = OBJECT.format("Pod", "{}") + '  annotations:\n    "helm.sh/hook": {}\n'
    files = {
        "crds/b.yaml": "kind: B\n",
        "crds/a.yaml": "kind: A\n---\nkind: A2\n",
        "crds/sub/c.yml": "kind: C\n",
        "crds/readme.md": "no",
        "charts/s/crds/d.yaml": "kind: D\n",
        "templates/a.yaml": kinds("Service")
        + "---\n" + hook.format("h1", "pre-install")
        + "---\n" + hook.format("h2", "test,post-install")
        + "---\n" + hook.format("h3", "never-heard-of"),
        "templates/b.yaml": hook.format("h4", "test").replace("Pod", "ConfigMap"),
    }  # fmt: skip
    for option in ("crds", "skip_tests", "no_hooks", "upgrade"):
        same_as_helm(files, None, **{option: True})


@pytest.mark.oracle
@pytest.mark.parametrize(
    "patterns",
    [
        ["templates/a.yaml"],
        ["templates/b.yaml", "templates/a.yaml"],
        ["templates/*.yaml"],
        ["templates/?.yaml", "templates/[a]*"],
        ["charts/*/templates/*"],
        ["templates/sub/c.yaml"],
        ["crds/x.yaml"],
    ],
)
def test_show_only_shows_what_helm_shows(
    patterns: list[str], same_as_helm: SameAsHelm
) -> None:
    same_as_helm(
        {
            "crds/x.yaml": "kind: X\n",
            "templates/a.yaml": kinds("Service", "ConfigMap") + "\n\n",
            "templates/b.yaml": kinds("Secret")
            + '  annotations: {"helm.sh/hook": test}\n',
            "templates/sub/c.yaml": kinds("Pod"),
            "charts/s/templates/d.yaml": kinds("Pod"),
        },
        show=patterns,
        crds=True,
    )


def test_hooks_are_not_in_the_manifest(chart: MakeChart) -> None:
    text = kinds("Service") + "---\n" + OBJECT.format("Job", "j") + (
        '  annotations: {"helm.sh/hook": pre-install, "helm.sh/hook-weight": "3"}\n'
    )  # fmt: skip
    rendered = pypkg.render(chart({"templates/a.yaml": text}))
    assert [m.name for m in rendered.manifests] == ["service"]
    assert [(h.name, h.weight) for h in rendered.hooks] == [("j", 3)]
    assert "job" not in rendered.manifest.lower()


NOTES = {
    "templates/NOTES.txt": "root {{ .Release.Name }}\n",
    "charts/b/templates/NOTES.txt": "b\n",
    "charts/a/templates/NOTES.txt": "a\n",
    "charts/a/templates/x.yaml": "kind: X\n",
}


def test_notes_are_the_root_charts(chart: MakeChart) -> None:
    rendered = pypkg.render(chart(dict(NOTES)), release=pypkg.ReleaseInfo("r"))
    assert rendered.notes == "root r\n"
    assert [m.kind for m in rendered.manifests] == ["X"]


def test_notes_of_subcharts_come_in_the_order_of_rendering(chart: MakeChart) -> None:
    rendered = pypkg.render(chart(dict(NOTES)), settings=Settings(subchart_notes=True))
    assert rendered.notes == "b\n\na\n\nroot release-name\n"


def test_notes_may_be_jinja2(chart: MakeChart) -> None:
    rendered = pypkg.render(
        chart({"templates/NOTES.txt.j2": "{{ Release.Name }}!", **SOMETHING})
    )
    assert rendered.notes == "release-name!"


SOMETHING = {"templates/something.yaml": "kind: Something\n"}


def test_the_engines_see_the_same_but_for_numbers(chart: MakeChart) -> None:
    rendered = pypkg.render(
        chart(
            {
                "values.yaml": "big: 1234567\nname: x\n",
                "templates/a.yaml": "go: {{ .Values.big }}-{{ .Values.name }}\n",
                "templates/b.yaml.j2": "jinja: {{ Values.big }}-{{ Values.name }}\n",
            }
        )
    )
    assert [m.content for m in rendered.manifests] == [
        "go: 1.234567e+06-x\n",
        "jinja: 1234567-x\n",
    ]


def test_jinja2_includes_go_templates_with_its_own_objects(chart: MakeChart) -> None:
    rendered = pypkg.render(
        chart(
            {
                "values.yaml": "num: 5\n",
                "charts/lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 1.0.0\n"
                "type: library\n",
                "charts/lib/templates/_x.tpl": (
                    '{{ define "one" }}{{ .Chart.Name }} {{ .Values.num }}'
                    " {{ typeOf .Values.num }} {{ .Template.Name }}{{ end }}"
                    '{{ define "two" }}{{ .num }} {{ include "one" .ctx }}{{ end }}'
                ),
                "templates/a.yaml.j2": (
                    "one: {{ include('one') }}\n"
                    "two: {{ include('two', {'num': 1, 'ctx': Context}) }}\n"
                ),
                "charts/s/templates/b.yaml.j2": "one: {{ include('one') }}\n",
                "charts/s/values.yaml": "num: 6\n",
            }
        )
    )
    by_path = {m.path: m.object for m in rendered.manifests}
    own = "c 5 float64 c/templates/a.yaml.j2"
    assert by_path["c/templates/a.yaml.j2"] == {"one": own, "two": f"1 {own}"}
    assert by_path["c/charts/s/templates/b.yaml.j2"] == {
        "one": "s 6 float64 c/charts/s/templates/b.yaml.j2"
    }


def test_a_failing_go_template_names_the_jinja2_template(chart: MakeChart) -> None:
    loaded = chart(
        {
            "templates/_x.tpl": '{{ define "x" }}\n{{ fail "no" }}{{ end }}',
            "templates/a.yaml.j2": "\nx: {{ include('x') }}\n",
        }
    )
    with pytest.raises(TemplateExecutionError) as raised:
        pypkg.render(loaded)
    assert raised.value.location is not None
    assert raised.value.location.name == "c/templates/_x.tpl"
    assert "c/templates/a.yaml.j2:2:7" in [str(p) for p in raised.value.includes]


def test_values_fit_the_schema_or_are_refused(chart: MakeChart) -> None:
    loaded = chart(
        {"values.schema.json": '{"properties": {"a": {"type": "string"}}}', **SOMETHING}
    )
    with pytest.raises(SchemaError):
        pypkg.render(loaded, {"a": 1})
    settings = Settings(validate_schema=False)
    assert pypkg.render(loaded, {"a": 1}, settings=settings).values["a"] == 1


def test_a_chart_may_ask_for_a_version_of_kubernetes(chart: MakeChart) -> None:
    loaded = chart(
        {
            "Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n"
            "kubeVersion: '>=1.30'\n",
            **SOMETHING,
        }
    )
    assert pypkg.render(loaded).manifests
    old = pypkg.Capabilities().with_kube_version("1.29.1")
    with pytest.raises(ChartError, match=r"with Kubernetes v1\.29\.1"):
        pypkg.render(loaded, capabilities=old)
    # A distribution's suffix is no prerelease.
    new = pypkg.Capabilities().with_kube_version("1.31.0-gke.1")
    assert pypkg.render(loaded, capabilities=new).manifests


def test_lookup_reads_the_cluster(chart: MakeChart) -> None:
    def lookup(*asked: str) -> dict[str, Any]:
        return {"asked": list(asked)}

    loaded = chart(
        {
            "templates/a.yaml": 'a: {{ (lookup "v1" "Pod" "x" "p").asked | toJson }}',
            "templates/b.yaml.j2": "b: {{ lookup('v1', 'Pod', '', '') | toJson }}",
        }
    )
    rendered = pypkg.render(loaded, lookup=lookup)
    assert rendered.manifests[0].object == {"a": ["v1", "Pod", "x", "p"]}
    assert rendered.manifests[1].object == {"b": {"asked": ["v1", "Pod", "", ""]}}


def test_the_chart_and_the_values_are_not_changed(chart: MakeChart) -> None:
    loaded = chart(
        {
            "values.yaml": "a: {b: 1}\n",
            "templates/a.yaml": '{{ $_ := set .Values.a "b" 2 }}a: {{ .Values.a.b }}\n',
        }
    )
    values = {"a": {"c": 3}}
    for _ in range(2):
        assert pypkg.render(loaded, values).manifests[0].object == {"a": 2}
    assert values == {"a": {"c": 3}}
    assert loaded.values == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("template", "problem", "line", "template_line"),
    [
        ("kind: A\nb: c: d\n", "mapping values are not allowed", 2, 2),
        ("kind: A\n---\n\n\nkind: B\nb: {{ .Values.x }}: d\n", "not allowed", 6, 6),
        ("{{ if true }}\nkind: A\n{{ end }}\n  b: {\n", "not allowed", 4, 4),
        ("kind: A\nb: [{{ 1 }}\nc: {{ 2 }}\n", "did not find", 3, 3),
        ("a: {{ `b: c` }}\n", "not allowed", 1, 1),
        ("a:\n    spec: 1\n spec: 2\n", "did not find", 3, 3),
        ("just text\n", "must be a mapping", 1, 1),
        ("kind: [a]\n", "must be text", 1, 1),
    ],
)
def test_output_that_is_no_manifest_is_shown(
    template: str,
    problem: str,
    line: int,
    template_line: int,
    chart: MakeChart,
) -> None:
    with pytest.raises(ManifestError) as raised:
        pypkg.render(chart({"templates/a.yaml": template}), {"x": "y"})
    error = raised.value
    assert problem in str(error)
    assert error.line == line
    assert str(error.template) == f"c/templates/a.yaml:{template_line}"
    assert str(error).startswith("YAML parse error on c/templates/a.yaml: ")
    assert f"{line} | " in str(error)
    assert error.rendered


def test_no_line_is_blamed_where_several_could_be(chart: MakeChart) -> None:
    template = (
        "{{ range list 1 2 }}\na: b: c\n{{ end }}\n{{ if 0 }}\na: b: c\n{{ end }}"
    )
    with pytest.raises(ManifestError) as raised:
        pypkg.render(chart({"templates/a.yaml": template}))
    assert raised.value.template == "c/templates/a.yaml"


@pytest.mark.oracle
def test_helm_says_the_same_of_output_that_is_no_yaml(
    chart: MakeChart, real_helm: Any, tmp_path: Any
) -> None:
    loaded = chart({"templates/a.yaml": "kind: A\n\na:\n  b: c: d\n"})
    said = real_helm.fails("template", tmp_path / "c")
    with pytest.raises(ManifestError) as raised:
        pypkg.render(loaded)
    assert str(raised.value).splitlines()[0] in said


def test_a_text_may_stand_alone() -> None:
    assert render_text("name", '{{ "a-b" | upper }}') == "A-B"
    assert render_text("name", "{{ .a }}-{{ .b }}", {"a": 1}) == "1-<no value>"
    with pytest.raises(RenderError):
        render_text("name", "{{ fail `x` }}")
