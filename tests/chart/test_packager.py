from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from pypkg.chart.loader import load_chart
from pypkg.chart.packager import package, source_date
from pypkg.errors import ChartError, DependencyError, VersionError
from tests.chart.building import CHART, tgz, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

FILES = {
    "Chart.yaml": "# a comment\nversion: 0.1.0+b\nname: web\napiVersion: v2\n"
    "appVersion: 1.10\ndescription: 'a <b> & c'\nannotations: {b: x, a: yes}\n"
    "dependencies: [{name: db, version: '*',"
    " import-values: [a, {parent: p, child: c}]}]",
    "Chart.lock": 'generated: "2020-01-01T00:00:00.123456789+02:00"\ndigest: d\n'
    "dependencies: [{name: db, version: 0.1.0}]",
    "values.yaml": "a: 1 # kept\n",
    "values.schema.json": '{"type": "object"}',
    "README.md": "read me",
    ".helmignore": "*.bak\n",
    "left.bak": "out",
    "crds/c.yaml": "k: v",
    "templates/b.yaml": "b: 1",
    "templates/NOTES.txt": "notes",
    "templates/tests/t.yaml": "t: 1",
    "charts/db/Chart.yaml": CHART.replace("web", "db"),
    "charts/db/templates/d.yaml": "d: 1",
    "charts/x.tgz.prov": "signature",
    f"{'deep/' * 30}file": "deep",
    "ünï.txt": "not ASCII",
}


def entries(archive: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(archive) as tar:
        read = [(entry, tar.extractfile(entry)) for entry in tar]
        return [(entry, content.read() if content else b"") for entry, content in read]


def test_the_archive_has_helms_order(tmp_path: Path) -> None:
    path = package(write(tmp_path / "src", FILES), tmp_path / "out", environ={})
    assert path == tmp_path / "out/web-0.1.0+b.tgz"
    names = [entry.name for entry, _ in entries(path)]
    assert names == [
        "web/Chart.yaml", "web/Chart.lock", "web/values.yaml", "web/values.schema.json",
        "web/templates/NOTES.txt", "web/templates/b.yaml", "web/templates/tests/t.yaml",
        "web/.helmignore", "web/README.md", "web/charts/x.tgz.prov", "web/crds/c.yaml",
        f"web/{'deep/' * 30}file", "web/ünï.txt",
        "web/charts/db/Chart.yaml", "web/charts/db/templates/d.yaml",
    ]  # fmt: skip


def test_chart_yaml_is_written_anew_and_values_are_not(tmp_path: Path) -> None:
    path = package(write(tmp_path / "src", FILES), tmp_path, environ={})
    content = {entry.name: data.decode() for entry, data in entries(path)}
    assert content["web/values.yaml"] == "a: 1 # kept\n"
    assert content["web/Chart.yaml"] == (
        'annotations:\n  a: "true"\n  b: x\napiVersion: v2\nappVersion: "1.1"\n'
        "dependencies:\n- import-values:\n  - a\n  - child: c\n    parent: p\n"
        "  name: db\n  repository: \"\"\n  version: '*'\n"
        "description: a <b> & c\nname: web\nversion: 0.1.0+b\n"
    )


def test_entries_have_plain_modes_and_their_files_times(tmp_path: Path) -> None:
    source = write(tmp_path / "src", FILES)
    for file in source.rglob("*"):
        if file.is_file():
            file.chmod(0o600)
    path = package(source, tmp_path, environ={})
    for entry, _ in entries(path):
        assert (entry.mode, entry.uid, entry.gid) == (0o644, 0, 0)
        assert (entry.uname, entry.gname, entry.type) == ("", "", tarfile.REGTYPE)
    [readme] = [e for e, _ in entries(path) if e.name == "web/README.md"]
    assert abs(readme.mtime - (source / "README.md").stat().st_mtime) <= 1


def test_the_header_is_that_of_helms_archives(tmp_path: Path) -> None:
    data = package(write(tmp_path / "src", {}), tmp_path, environ={}).read_bytes()
    assert data[:10] == b"\x1f\x8b\x08\x14\0\0\0\0\0\xff"
    assert data[56:61] == b"Helm\0"
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as tar:
        assert tar.getnames() == ["web/Chart.yaml"]


def test_source_date_epoch_gives_the_same_bytes(tmp_path: Path) -> None:
    environ = {"SOURCE_DATE_EPOCH": "1600000000"}
    one = package(write(tmp_path / "a", FILES), tmp_path / "1", environ=environ)
    other = package(write(tmp_path / "b", FILES), tmp_path / "2", environ=environ)
    assert one.read_bytes() == other.read_bytes()
    assert {entry.mtime for entry, _ in entries(one)} == {1_600_000_000}
    [lock] = [data for entry, data in entries(one) if entry.name == "web/Chart.lock"]
    assert b'generated: "2020-09-13T12:26:40Z"' in lock


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "१"])
def test_a_source_date_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ChartError, match="invalid SOURCE_DATE_EPOCH"):
        source_date({"SOURCE_DATE_EPOCH": text})


def test_version_and_app_version_can_be_set(tmp_path: Path) -> None:
    source = write(tmp_path / "src", FILES)
    path = package(source, tmp_path, version="2.0.0", app_version="9", environ={})
    metadata = load_chart(path).metadata
    assert path.name == "web-2.0.0.tgz"
    assert (metadata.version, metadata.app_version) == ("2.0.0", "9")
    with pytest.raises(VersionError):
        package(source, tmp_path, version="two", environ={})


def test_a_v1_chart_keeps_its_requirements_file(tmp_path: Path) -> None:
    files = {
        "Chart.yaml": "name: web\nversion: 1.0.0\n",
        "requirements.yaml": "dependencies: [{name: db, version: 0.x}]",
        "charts/db/Chart.yaml": CHART.replace("web", "db"),
    }
    path = package(write(tmp_path / "src", files), tmp_path, environ={})
    content = {entry.name: data.decode() for entry, data in entries(path)}
    assert content["web/Chart.yaml"] == "apiVersion: v1\nname: web\nversion: 1.0.0\n"
    assert content["web/requirements.yaml"] == files["requirements.yaml"]
    assert load_chart(path).metadata.dependencies[0].name == "db"


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        ({"values.schema.json": "{bad"}, ChartError, "Invalid JSON in values.schema"),
        (
            {"Chart.yaml": CHART + "dependencies: [{name: db, version: 1}]"},
            DependencyError,
            "missing in charts/ directory: db",
        ),
    ],
)
def test_a_chart_that_helm_would_not_pack_is_refused(
    files: dict[str, str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        package(write(tmp_path / "src", files), tmp_path / "out", environ={})
    assert not (tmp_path / "out").exists()


def test_an_archive_is_not_packed_again(tmp_path: Path) -> None:
    (tmp_path / "web.tgz").write_bytes(tgz({}))
    with pytest.raises(ChartError, match="is no folder"):
        package(tmp_path / "web.tgz", tmp_path, environ={})


@pytest.mark.oracle
def test_the_archive_is_the_one_that_helm_makes(
    real_helm: Command, tmp_path: Path
) -> None:
    source = write(tmp_path / "src", FILES)
    ours = package(source, tmp_path / "ours", environ={})
    real_helm.ok("package", source, "--destination", tmp_path / "theirs")
    theirs = tmp_path / "theirs" / ours.name

    def comparable(path: Path) -> list[tuple[object, ...]]:
        return [
            (e.name, e.mode, e.uid, e.gid, e.uname, e.type, data)
            for e, data in entries(path)
        ]

    assert comparable(ours) == comparable(theirs)
    assert ours.read_bytes()[:61] == theirs.read_bytes()[:61]


@pytest.mark.oracle
def test_each_loads_what_the_other_packed(real_helm: Command, tmp_path: Path) -> None:
    source = write(tmp_path / "src", FILES)
    ours = package(source, tmp_path / "ours", environ={})
    assert "a: 1 # kept" in real_helm.ok("show", "values", ours)
    real_helm.ok("package", source, "--destination", tmp_path / "theirs")
    chart = load_chart(tmp_path / "theirs" / ours.name)
    assert chart.metadata == load_chart(ours).metadata
    assert [path for path, _ in chart.walk()] == ["web", "web/charts/db"]
