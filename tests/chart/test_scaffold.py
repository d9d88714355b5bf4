from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from pypkg import yamlio
from pypkg.chart.loader import load_chart
from pypkg.chart.packager import package
from pypkg.chart.scaffold import STARTERS, create, create_from
from pypkg.errors import ChartError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

Engine = Literal["jinja", "gotemplate"]
ENGINES: list[Engine] = ["jinja", "gotemplate"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_new_chart_loads_and_packs(engine: Engine, tmp_path: Path) -> None:
    folder = create("my-web", tmp_path / "new", engine=engine)
    assert folder == tmp_path / "new/my-web"
    chart = load_chart(folder)
    assert (chart.name, chart.version) == ("my-web", "0.1.0")
    assert chart.values["service"] == {"type": "ClusterIP", "port": 80}
    assert chart.schema is not None
    assert (folder / "charts").is_dir()
    assert package(folder, tmp_path, environ={}).name == "my-web-0.1.0.tgz"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_name_is_put_in_everywhere(engine: Engine, tmp_path: Path) -> None:
    folder = create("my-web", tmp_path, engine=engine)
    for file in folder.rglob("*"):
        assert not file.is_file() or b"CHARTNAME" not in file.read_bytes()


def test_both_starters_have_the_same_templates() -> None:
    def names(engine: str) -> set[str]:
        folder = STARTERS / engine
        return {
            str(f.relative_to(folder)).removesuffix(".j2") for f in folder.rglob("*")
        }

    only = {"templates/_macros", "templates/_helpers.tpl"}
    assert names("jinja") - only == names("gotemplate") - only


def test_the_suffix_tells_the_language(tmp_path: Path) -> None:
    templates = load_chart(create("web", tmp_path)).templates
    assert all(file.name.endswith(".j2") for file in templates)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "ä", "x" * 251])
def test_what_cannot_name_a_chart_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ChartError, match=r"chart name .* is invalid"):
        create(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/mine").write_text("mine")
    with pytest.raises(ChartError, match="exists already"):
        create("web", tmp_path)
    assert [file.name for file in (tmp_path / "web").iterdir()] == ["mine"]
    (tmp_path / "file").write_text("")
    with pytest.raises(ChartError, match="exists already"):
        create("file", tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChartError, match="cannot write"):
        create("web", tmp_path / "file")


EVERYTHING = """
ingress:
  enabled: true
  className: x
  annotations: {a: b}
  tls: [{secretName: s, hosts: [h]}]
autoscaling: {enabled: true, targetMemoryUtilizationPercentage: 5}
httpRoute: {enabled: true, rules: [{matches: [{path: {type: Exact, value: /x}}]}]}
resources: {limits: {cpu: "1"}}
podLabels: {x: a}
podAnnotations: {x: a}
volumes: [{name: v, emptyDir: {}}]
volumeMounts: [{name: v, mountPath: /v}]
nodeSelector: {a: b}
tolerations: [{key: k}]
affinity: {podAffinity: {}}
securityContext: {runAsUser: 1}
podSecurityContext: {fsGroup: 1}
imagePullSecrets: [{name: p}]
serviceAccount: {annotations: {k: v}}
"""


@pytest.mark.oracle
@pytest.mark.parametrize(
    "values", ["{}", EVERYTHING, "nameOverride: web", "fullnameOverride: full",
               "serviceAccount: {create: false}", "service: {type: NodePort}"],
)  # fmt: skip
def test_a_new_chart_makes_what_helms_makes(
    values: str, real_helm: Command, pypkg: Command, tmp_path: Path
) -> None:
    (tmp_path / "values.yaml").write_text(values)
    (tmp_path / "theirs").mkdir()
    real_helm.ok("create", tmp_path / "theirs/my-web")
    arguments = ("template", "web", "--values", "values.yaml")

    def objects(text: str) -> list[Any]:
        documents = [d for d in yamlio.load_all(text) if d]
        return sorted(documents, key=lambda d: (d["kind"], d["metadata"]["name"]))

    expected = objects(real_helm.ok(*arguments, tmp_path / "theirs/my-web"))
    for engine in ENGINES:
        folder = create("my-web", tmp_path / engine, engine=engine)
        assert objects(pypkg.ok(*arguments, folder)) == expected
    assert objects(real_helm.ok(*arguments, tmp_path / "gotemplate/my-web")) == expected


def write_starter(folder: Path) -> Path:
    files = {
        "Chart.yaml": "apiVersion: v2\nname: base\nversion: 9.9.9\n"
        "dependencies: [{name: dep, version: 1.0.0, repository: https://x.example}]\n",
        "values.yaml": "name: <CHARTNAME> # a remark\n",
        "templates/map.yaml": "kind: ConfigMap\nname: <CHARTNAME>\n",
        "files/a.txt": "<CHARTNAME>\n",
        "README.md": "# <CHARTNAME>\n",
        ".helmignore": "*.bak\n",
        "old.bak": "x\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.oracle
def test_a_chart_made_after_a_starter_is_the_one_helm_makes(
    real_helm: Command, tmp_path: Path
) -> None:
    starter = write_starter(tmp_path / "base")
    theirs = tmp_path / "theirs" / "web"
    theirs.parent.mkdir()
    real_helm.ok("create", theirs, "--starter", starter)
    ours = create_from(starter, "web", tmp_path / "ours")
    assert contents(ours) == contents(theirs)


def test_a_starter_may_be_an_archive(tmp_path: Path) -> None:
    base = write_starter(tmp_path / "base")
    (base / "Chart.yaml").write_text("apiVersion: v2\nname: base\nversion: 1.0.0\n")
    archive = package(base, tmp_path, environ={})
    made = create_from(archive, "web", tmp_path / "new")
    assert load_chart(made).name == "web"
    assert (made / "values.yaml").read_text() == "name: web # a remark\n"


def test_a_starter_must_be_a_chart(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(ChartError, match="is no chart"):
        create_from(tmp_path / "none", "web", tmp_path)
