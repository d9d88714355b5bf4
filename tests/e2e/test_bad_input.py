"""Whatever is wrong, the user reads what, where, why and what next; nothing is lost."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.e2e


def refused(pypkg: Command, *words: str | Path, says: list[str]) -> None:
    """Run a command, and expect these words in its error, in any order."""
    error = pypkg.fails(*words)
    assert error.startswith("Error: "), error
    missing = [word for word in says if word not in error]
    assert not missing, f"{missing} not in:\n{error}"


def test_no_cluster_answers(pypkg: Command, chart: Path) -> None:
    pypkg.environ["PYPKG_KUBEAPISERVER"] = "https://127.0.0.1:1"
    for words in (["list"], ["install", "web", chart], ["upgrade", "web", chart]):
        refused(
            pypkg, *words, says=["https://127.0.0.1:1", "cannot be reached", "Hint: "]
        )


def test_no_cluster_is_configured(pypkg: Command, tmp_path: Path) -> None:
    del pypkg.environ["KUBECONFIG"]
    refused(pypkg, "list", says=["no Kubernetes cluster", "--sandbox"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, ["there.yaml"]),
        ("a: [", ["there.yaml:2", "a: ["]),
        ("- a list\n", ["there.yaml"]),
        (
            "contexts: [{name: a, context: {cluster: b}}]\ncurrent-context: here\n",
            ["there.yaml", "no context named 'here'", "Hint: ", "a"],
        ),
        (
            "contexts: [{name: a, context: {cluster: b}}]\ncurrent-context: a\n",
            ["there.yaml", "no cluster named 'b'"],
        ),
    ],
)
def test_a_wrong_kubeconfig(
    pypkg: Command, tmp_path: Path, text: str | None, says: list[str]
) -> None:
    if text is not None:
        (tmp_path / "there.yaml").write_text(text)
    refused(pypkg, "list", "--kubeconfig", "there.yaml", says=says)


def test_a_context_that_is_not_there(pypkg: Command, context: str) -> None:
    refused(pypkg, "list", "--kube-context", "nope", says=["'nope'", "Hint: ", context])


def test_no_chart_there(pypkg: Command, chart: Path) -> None:
    refused(pypkg, "template", "./wbe", says=["no chart ./wbe", "did you mean web?"])
    refused(pypkg, "install", "web", "./wbe", says=["INSTALLATION FAILED: ", "./wbe"])


def test_a_folder_that_is_no_chart(pypkg: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(pypkg, "template", "empty", says=["Chart.yaml", "empty", "Hint: "])


def test_yaml_that_does_not_parse(pypkg: Command, chart: Path, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("image:\n  tag: [1\nreplicas: 2\n")
    refused(
        pypkg,
        *("template", chart, "-f", "my.yaml"),
        says=["my.yaml:3", "replicas: 2", "^"],
    )
    (chart / "Chart.yaml").write_text("name: web\n version: 1\n")
    refused(pypkg, "template", chart, says=["Chart.yaml:2", " version: 1", "^"])


def test_a_key_given_twice(pypkg: Command, chart: Path, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("replicas: 1\nkeep: true\nreplicas: 2\n")
    refused(
        pypkg,
        *("template", chart, "-f", "my.yaml"),
        says=["my.yaml:3", "replicas", "line 1"],
    )


def test_values_that_are_a_list(pypkg: Command, chart: Path, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("- replicas\n")
    refused(
        pypkg,
        *("template", chart, "-f", "my.yaml"),
        says=["my.yaml", "mapping", "list", "Hint: "],
    )


def test_a_values_file_that_is_not_there(pypkg: Command, chart: Path) -> None:
    refused(
        pypkg,
        *("template", chart, "-f", "nope.yaml"),
        says=["nope.yaml", "No such file", "Hint: "],
    )


def test_a_set_that_does_not_parse(pypkg: Command, chart: Path) -> None:
    refused(
        pypkg,
        *("template", chart, "--set", "a=1,b"),
        says=['key "b" has no value', "a=1,b", "^"],
    )


def test_an_unknown_release(pypkg: Command) -> None:
    for words in (
        ["status", "nope"],
        ["history", "nope"],
        ["get", "values", "nope"],
        ["rollback", "nope"],
        ["uninstall", "nope"],
        ["test", "nope"],
    ):
        refused(pypkg, *words, says=["nope", "not found"])
    assert pypkg.ok("uninstall", "nope", "--ignore-not-found")


def test_a_name_in_use(pypkg: Command, chart: Path) -> None:
    pypkg.ok("install", "web", chart)
    refused(
        pypkg,
        *("install", "web", chart),
        says=["INSTALLATION FAILED: ", "still in use", "upgrade", "uninstall"],
    )
    assert pypkg.ok("history", "web").count("\n") == 2


@pytest.mark.parametrize("name", ["Web", "web_1", "-web", "web-", "a" * 54, "web..x"])
def test_a_name_that_kubernetes_would_refuse(
    pypkg: Command, chart: Path, name: str
) -> None:
    refused(pypkg, "template", "--", name, chart, says=["release name"])
    refused(pypkg, "install", "--", name, chart, says=["release name"])
    assert pypkg.ok("list", "-q") == ""


def test_every_schema_violation_at_once(pypkg: Command, chart: Path) -> None:
    (chart / "values.schema.json").write_text(
        '{"required": ["owner"], "properties": {"replicas": {"type": "integer"},'
        ' "image": {"properties": {"tag": {"type": "string"}}}}}'
    )
    refused(
        pypkg,
        *("install", "web", chart, "--set", "replicas=x,image.tag=1"),
        says=["web:", "owner", "replicas", "tag"],
    )
    assert pypkg.ok("list", "-q") == ""


def test_an_object_that_the_server_refuses_leaves_a_failed_release(
    pypkg: Command, chart: Path
) -> None:
    (chart / "templates/config.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Not_A_Name}\n"
    )
    refused(
        pypkg, "install", "web", chart, says=["INSTALLATION FAILED: ", "Not_A_Name"]
    )
    assert "failed" in pypkg.ok("list", "--failed")


def test_a_label_that_is_no_text_is_found_before_anything_is_done(
    pypkg: Command, chart: Path
) -> None:
    (chart / "templates/config.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: x, labels: {a: yes, b: text}, annotations: {c: 1}}\n"
    )
    refused(
        pypkg,
        *("install", "web", chart),
        says=[
            "web/templates/config.yaml: ConfigMap: metadata.labels.a must be text",
            "metadata.annotations.c must be text, but is 1",
            "Hint: quote it",
        ],
    )
    assert pypkg.ok("list", "-q") == ""


def test_a_chart_that_does_not_render_leaves_nothing(
    pypkg: Command, chart: Path
) -> None:
    (chart / "templates/config.yaml").write_text("a: {{ .Values.image.tag.name }}\n")
    refused(pypkg, "install", "web", chart, says=["web/templates/config.yaml:1", "^"])
    assert pypkg.ok("list", "-q") == ""


def archive(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    """Write a .tgz with a valid chart and further members."""
    valid = tarfile.TarInfo("web/Chart.yaml"), b"name: web\nversion: 1.0.0\n"
    with tarfile.open(path, "w:gz") as tar:
        for info, data in (valid, *members):
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def linking(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("web/templates/x.yaml")
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    ("member", "says"),
    [
        (tarfile.TarInfo("web/../../evil"), ["evil.tgz", ".."]),
        (tarfile.TarInfo("/etc/evil"), ["evil.tgz", "/etc/evil"]),
        (
            linking(tarfile.SYMTYPE),
            ["evil.tgz", "web/templates/x.yaml", "no regular file"],
        ),
        (
            linking(tarfile.LNKTYPE),
            ["evil.tgz", "web/templates/x.yaml", "no regular file"],
        ),
        (
            linking(tarfile.CHRTYPE),
            ["evil.tgz", "web/templates/x.yaml", "no regular file"],
        ),
    ],
)
def test_an_archive_that_reaches_out(
    pypkg: Command, tmp_path: Path, member: tarfile.TarInfo, says: list[str]
) -> None:
    archive(tmp_path / "evil.tgz", (member, b""))
    before = sorted(tmp_path.rglob("*"))
    refused(pypkg, "template", "evil.tgz", says=says)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_decompression_bomb(pypkg: Command, tmp_path: Path) -> None:
    bombs = [
        (tarfile.TarInfo(f"web/files/{n}"), bytes(4 * 1024 * 1024)) for n in range(30)
    ]
    archive(tmp_path / "bomb.tgz", *bombs)
    assert (tmp_path / "bomb.tgz").stat().st_size < 1024 * 1024
    refused(pypkg, "template", "bomb.tgz", says=["bomb.tgz", "MiB"])


def test_an_archive_that_is_none(pypkg: Command, tmp_path: Path) -> None:
    (tmp_path / "web.tgz").write_bytes(b"this is no archive")
    refused(pypkg, "template", "web.tgz", says=["web.tgz"])


def test_debug_shows_where_it_happened(pypkg: Command) -> None:
    done = pypkg("status", "nope", "--debug")
    assert done.code == 1
    assert "Traceback" in done.err
    assert "Error: " in done.err
