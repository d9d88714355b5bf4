from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pypkg import yamlio
from pypkg.chart.loader import MAX_DEPTH, load_archive, load_chart
from pypkg.errors import ArchiveError, ChartError, MetadataError, YamlError
from tests.chart.building import CHART, tgz, write

if TYPE_CHECKING:
    from pypkg.chart.chart import Chart, File
    from tests.conftest import Command

SUB = CHART.replace("web", "db")
PARITY = Path(__file__).parents[3] / "shared/parity/charts"


def names(files: tuple[File, ...]) -> list[str]:
    return [file.name for file in files]


def test_the_parts_of_a_chart_find_their_places(tmp_path: Path) -> None:
    files = {
        "values.yaml": "a: 1 # one\n", "values.schema.json": "{}", "README.md": "read",
        "templates/b.yaml": "", "templates/a.yaml": "", "templates/tests/t.yaml": "",
        "crds/c.yaml": "", "charts/db/Chart.yaml": SUB, "charts/db/values.yaml": "b: 2",
        "charts/db/crds/d.json": "", "charts/db/crds/README.md": "",
        "Chart.lock": "digest: d", "charts/x.tgz.prov": "signature",
    }  # fmt: skip
    chart = load_chart(write(tmp_path / "web", files))
    assert (chart.name, chart.version) == ("web", "0.1.0")
    assert chart.values == {"a": 1}
    assert chart.values_text == b"a: 1 # one\n"
    assert chart.schema == b"{}"
    assert chart.lock is not None
    assert chart.lock.digest == "d"
    assert names(chart.templates) == [
        "templates/a.yaml", "templates/b.yaml", "templates/tests/t.yaml"
    ]  # fmt: skip
    assert names(chart.files) == ["README.md", "charts/x.tgz.prov", "crds/c.yaml"]
    assert [path for path, _ in chart.walk()] == ["web", "web/charts/db"]
    assert [crd.name for crd in chart.crds()] == [
        "web/crds/c.yaml", "web/charts/db/crds/d.json"
    ]  # fmt: skip
    assert chart.dependencies[0].values == {"b": 2}


def test_a_folder_and_its_archive_give_the_same_chart(tmp_path: Path) -> None:
    files = {
        "values.yaml": "a: 1",
        "templates/a.yaml": "x",
        "charts/db/Chart.yaml": SUB,
    }
    archive = tmp_path / "web.tgz"
    archive.write_bytes(tgz(files))

    def parts(chart: Chart) -> Any:
        templates = [(file.name, file.data) for file in chart.templates]
        return chart.metadata, chart.values, templates, chart.dependencies[0].metadata

    folder = write(tmp_path / "web", files)
    assert parts(load_chart(folder)) == parts(load_chart(archive))


def test_subcharts_may_be_archives_in_archives() -> None:
    leaf = tgz({"Chart.yaml": CHART.replace("web", "leaf")}, "leaf")
    middle = tgz({"Chart.yaml": SUB, "charts/leaf.tgz": leaf}, "db")
    chart = load_archive(tgz({"charts/db-1.tgz": middle}), name="web.tgz")
    assert [path for path, _ in chart.walk()] == [
        "web", "web/charts/db", "web/charts/db/charts/leaf"
    ]  # fmt: skip


def test_entries_of_charts_that_begin_with_a_mark_are_left_alone(
    tmp_path: Path,
) -> None:
    files = {"charts/_x/Chart.yaml": "bad", "charts/.y/z": "", "charts/.keep": ""}
    assert load_chart(write(tmp_path, files)).dependencies == ()


def test_requirements_of_a_v1_chart_are_its_dependencies(tmp_path: Path) -> None:
    files = {
        "Chart.yaml": "name: web\nversion: 1.0.0\n",
        "requirements.yaml": "dependencies: [{name: db, version: 1.x}]",
        "requirements.lock": "digest: d",
    }
    chart = load_chart(write(tmp_path, files))
    assert chart.metadata.api_version == "v1"
    assert chart.metadata.dependencies[0].name == "db"
    assert names(chart.files) == ["requirements.lock", "requirements.yaml"]
    assert chart.lock is not None


def test_requirements_of_a_v2_chart_are_read_with_a_warning(tmp_path: Path) -> None:
    told: list[str] = []
    files = {"requirements.yaml": "dependencies: [{name: db, version: 1.x}]"}
    chart = load_chart(write(tmp_path, files), warn=told.append)
    assert chart.metadata.dependencies[0].name == "db"
    assert chart.files == ()
    assert "belong in Chart.yaml" in told[0]


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    bom = b"\xef\xbb\xbf"
    chart = load_chart(
        write(
            tmp_path, {"Chart.yaml": bom + CHART.encode(), "values.yaml": bom + b"a: 1"}
        )
    )
    assert chart.name == "web"
    assert chart.values == {"a": 1}


def test_documents_of_values_are_merged(tmp_path: Path) -> None:
    text = "# c\n---\na: {x: 1}\nl: [1]\n---\na: {z: 2}\nl: [2]\n---\n# end\n"
    chart = load_chart(write(tmp_path, {"values.yaml": text}))
    assert chart.values == {"a": {"x": 1, "z": 2}, "l": [2]}


def test_a_key_that_stands_twice_is_warned_of_and_the_last_wins(tmp_path: Path) -> None:
    told: list[str] = []
    chart = load_chart(write(tmp_path, {"values.yaml": "a: 1\na: 2"}), warn=told.append)
    assert chart.values == {"a": 2}
    assert "values.yaml:2:1" in told[0]
    assert "first on line 1" in told[0]


def test_each_file_is_parsed_once_through_the_seam(tmp_path: Path) -> None:
    parsed: list[str] = []

    def parse(text: bytes, *, source: str, unique_keys: bool) -> list[Any]:
        parsed.append(source.removeprefix(f"{tmp_path}/"))
        return yamlio.load_all(text, source=source, unique_keys=unique_keys)

    files = {"values.yaml": "a: 1", "charts/db/Chart.yaml": SUB}
    load_chart(write(tmp_path, files), parse=parse)
    assert parsed == ["Chart.yaml", "values.yaml", "charts/db/Chart.yaml"]


def test_links_are_followed_and_told_of(tmp_path: Path) -> None:
    other = write(tmp_path / "other", {"a.yaml": "a: 1", "d/b.yaml": "b: 2"})
    chart = write(tmp_path / "web", {"templates/x.yaml": ""})
    (chart / "templates/a.yaml").symlink_to(other / "a.yaml")
    (chart / "templates/d").symlink_to(other / "d")
    told: list[str] = []
    loaded = load_chart(chart, warn=told.append)
    assert names(loaded.templates) == [
        "templates/a.yaml", "templates/d/b.yaml", "templates/x.yaml"
    ]  # fmt: skip
    assert len(told) == 2


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        (
            {"values.yaml": "- a"},
            ChartError,
            "values.yaml must hold a mapping .* a list",
        ),
        (
            {"values.yaml": "text"},
            ChartError,
            "values.yaml must hold a mapping .* single",
        ),
        ({"values.yaml": "a: b: c"}, YamlError, "values.yaml:1:5: mapping values"),
        ({"values.yaml": b"a: \xff"}, YamlError, "values.yaml"),
        ({"Chart.yaml": "- a"}, ChartError, "Chart.yaml must hold a mapping"),
        (
            {"Chart.yaml": ""},
            MetadataError,
            "name is required\n- .*version is required",
        ),
        (
            {"Chart.yaml": "apiVersion: v9\nname: a\nversion: 1.0.0"},
            MetadataError,
            "v9",
        ),
        ({"Chart.lock": "- a"}, ChartError, "Chart.lock must hold a mapping"),
        ({"requirements.yaml": "text"}, ChartError, "requirements.yaml must hold"),
        ({"charts/README.md": "x"}, ChartError, "charts/README.md is no chart"),
        ({"charts/x/y": "z"}, ChartError, "charts/x is no chart: Chart.yaml file is"),
        ({"charts/x.tgz": "no"}, ArchiveError, "charts/x.tgz is not a chart archive"),
        ({"charts/x.tgz/Chart.yaml": SUB}, ChartError, "folder with an archive's name"),
        ({"charts/db/Chart.yaml": "a: b: c"}, YamlError, "charts/db/Chart.yaml:1:5"),
        ({".helmignore": "**"}, ChartError, ".helmignore:1: double-star"),
    ],
)
def test_a_broken_chart_is_refused_with_its_place(
    files: dict[str, str | bytes],
    error: type[Exception],
    message: str,
    tmp_path: Path,
) -> None:
    with pytest.raises(error, match=message) as caught:
        load_chart(write(tmp_path / "web", files))
    assert "web/" in str(caught.value)


def test_an_error_in_yaml_shows_the_lines_around_it(tmp_path: Path) -> None:
    with pytest.raises(YamlError) as caught:
        load_chart(write(tmp_path, {"values.yaml": "a: 1\nb: 2\nc: d: e\n"}))
    assert "3 | c: d: e\n  |     ^" in caught.value.source_excerpt


def test_what_is_no_chart_is_named(tmp_path: Path) -> None:
    with pytest.raises(ChartError, match=r"there is no chart at .*nowhere"):
        load_chart(tmp_path / "nowhere")
    with pytest.raises(ChartError, match=r"is no chart: Chart\.yaml file is missing"):
        load_chart(tmp_path)


def test_special_files_and_broken_links_are_refused(tmp_path: Path) -> None:
    chart = write(tmp_path / "web", {"templates/x.yaml": ""})
    (chart / "templates/gone").symlink_to("/nowhere/at/all")
    with pytest.raises(ChartError, match="templates/gone: No such file"):
        load_chart(chart)
    (chart / "templates/gone").unlink()
    os.mkfifo(chart / "pipe")
    with pytest.raises(ChartError, match="pipe is no regular file"):
        load_chart(chart)


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    chart = write(tmp_path / "web", {"templates/x.yaml": ""})
    (chart / "templates/loop").symlink_to(chart / "templates")
    with pytest.raises(ChartError, match="leads back to"):
        load_chart(chart)


def test_a_folder_that_is_too_large_is_refused(tmp_path: Path) -> None:
    chart = write(tmp_path / "web", {})
    with (chart / "big").open("wb") as stream:
        stream.truncate(101 * 1024 * 1024)
    with pytest.raises(ArchiveError, match="more than the 100 MiB"):
        load_chart(chart)


def test_archives_in_an_archive_share_its_limit() -> None:
    zeros = bytes(40 * 1024 * 1024)
    inner = {
        f"charts/c{n}.tgz": tgz(
            {"Chart.yaml": CHART.replace("web", f"c{n}"), "z": zeros}
        )
        for n in range(3)
    }
    with pytest.raises(
        ArchiveError, match=r"charts/c2\.tgz holds more than the 100 MiB"
    ):
        load_archive(tgz(inner), name="web.tgz")


def test_subcharts_nest_only_so_deep() -> None:
    data = tgz({})
    for _ in range(MAX_DEPTH + 2):
        data = tgz({"charts/x.tgz": data})
    with pytest.raises(ChartError, match=f"subcharts nest more than {MAX_DEPTH} deep"):
        load_archive(data, name="web.tgz")


@pytest.mark.oracle
@pytest.mark.skipif(not PARITY.is_dir(), reason="the folder of real charts is not here")
def test_real_charts_load_as_helm_loads_them(
    real_helm: Command, tmp_path: Path
) -> None:
    archives = sorted(PARITY.glob("*/*.tgz"))
    assert archives
    for archive in archives:
        load_chart(archive)
    # Helm is asked about every twentieth, which takes long enough.
    for archive in archives[::20]:
        chart = load_chart(archive)
        shown = yamlio.load(real_helm.ok("show", "chart", archive), unique_keys=False)
        metadata = chart.metadata.to_dict()
        if chart.metadata.api_version == "v1":
            metadata.pop("dependencies", None)
            shown.pop("dependencies", None)
        assert metadata == shown, archive.name
        values = real_helm.ok("show", "values", archive)
        assert values.rstrip() == (chart.values_text or b"").decode().rstrip()


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "web.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        entry = tarfile.TarInfo("web/values.yaml")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(ArchiveError, match="no regular file"):
        load_chart(archive)
