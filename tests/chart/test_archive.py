from __future__ import annotations

import gzip
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pypkg.chart.archive import MAX_CHART_BYTES, Budget, expand, read_archive
from pypkg.errors import ArchiveError
from tests.chart.building import member, tar, tgz

if TYPE_CHECKING:
    from pathlib import Path


def read(*members: tuple[tarfile.TarInfo, bytes]) -> dict[str, bytes]:
    files = read_archive(gzip.compress(tar(*members), 1), name="x.tgz")
    return {file.name: file.data for file in files}


def link(name: str, target: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    entry, data = member(name, kind=kind)
    entry.linkname = target
    return entry, data


def test_files_are_named_relative_to_the_top_folder() -> None:
    folder, _ = member("web/templates", kind=tarfile.DIRTYPE)
    one, other = member("web/a", "1"), member("web/templates/b", "2")
    assert read((folder, b""), one, other) == {"a": b"1", "templates/b": b"2"}


def test_names_are_normalised_and_bom_is_dropped() -> None:
    members = member("web/./x/../a", b"\xef\xbb\xbftext"), member("web\\b\\c", "2")
    assert read(*members) == {"a": b"text", "b/c": b"2"}


def test_times_are_kept() -> None:
    entry, data = member("web/a", "1")
    entry.mtime = 1_600_000_000
    [file] = read_archive(gzip.compress(tar((entry, data))), name="x.tgz")
    assert file.modified_ns == 1_600_000_000 * 10**9


def test_an_archive_of_several_gzip_members_is_read_whole() -> None:
    raw = tar(member("web/a", "1"), member("web/b", "2"))
    data = gzip.compress(raw[:700]) + gzip.compress(raw[700:])
    assert len(read_archive(data, name="x.tgz")) == 2


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (member("web/../../etc/passwd"), "leads out of the chart"),
        (member("web/.."), "leads out of the chart"),
        (member("/etc/passwd"), "absolute path"),
        (member("web//etc/passwd"), "absolute path"),
        (member("web/c:/windows"), "absolute path"),
        (member("web\\..\\..\\a"), "leads out of the chart"),
        (member("a"), "outside the chart's folder"),
        (member("web/."), "outside the chart's folder"),
        (member("Chart.yaml"), "outside a folder of the chart"),
        (link("web/a", "/etc/passwd", tarfile.SYMTYPE), "no regular file"),
        (link("web/a", "web/b", tarfile.LNKTYPE), "no regular file"),
        (member("web/a", kind=tarfile.CHRTYPE), "no regular file"),
        (member("web/a", kind=tarfile.FIFOTYPE), "no regular file"),
    ],
)
def test_what_could_do_harm_is_refused(
    entry: tuple[tarfile.TarInfo, bytes], reason: str
) -> None:
    with pytest.raises(ArchiveError, match=reason):
        read(entry)


def test_a_name_that_only_seems_to_lead_out_stays_inside() -> None:
    # The first part is the chart's folder, whatever its name; only the rest counts.
    assert read(member("../web/a", "1")) == {"web/a": b"1"}


def test_the_same_file_twice_is_refused() -> None:
    with pytest.raises(ArchiveError, match="holds a twice"):
        read(member("web/a", "1"), member("web/./a", "2"))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(MAX_CHART_BYTES * 7 // 4), 1)
    with pytest.raises(ArchiveError, match="more than the 100 MiB"):
        read_archive(bomb, name="bomb.tgz")


def test_a_sparse_file_counts_with_its_whole_size() -> None:
    entry, _ = member("web/a")
    raw = bytearray(tar((entry, b"")))
    # The header's size field says 8 GiB - 1, and nothing follows.
    raw[124:136] = b"77777777777\0"
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    with pytest.raises(ArchiveError, match="more than the 100 MiB"):
        read_archive(gzip.compress(bytes(raw)), name="sparse.tgz")


def test_the_number_of_files_is_limited() -> None:
    budget = Budget(files=2)
    with pytest.raises(ArchiveError, match="more than"):
        read_archive(tgz({"a": "", "b": ""}), name="x.tgz", budget=budget)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "x.tgz is not a chart archive"),
        (b"name: web\n", "x.tgz is not a chart archive"),
        (tgz({})[:40], "x.tgz is cut off"),
        (tgz({})[:-6] + b"\0" * 6, "x.tgz is a broken archive"),
        (gzip.compress(b"no tar, but long enough" * 100), "x.tgz is a broken archive"),
        (gzip.compress(b""), "x.tgz is a broken archive"),
        (gzip.compress(tar()), "x.tgz holds no files"),
    ],
    ids=["empty", "text", "cut", "checksum", "no tar", "nothing", "no files"],
)
def test_what_is_no_archive_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(ArchiveError, match=reason):
        read_archive(data, name="x.tgz")


def test_a_yaml_file_gets_a_hint() -> None:
    with pytest.raises(ArchiveError, match="seems to be a YAML file") as caught:
        read_archive(b"a: 1", name="values.yaml")
    assert caught.value.hint == "pass a values file with --values"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(tar(member("web/Chart.yaml", "name: web"), member("web/a", "1")))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        files = read_archive(gzip.compress(bytes(raw), 1), name="x.tgz")
    except ArchiveError:
        return
    assert all(not file.name.startswith(("/", "../")) for file in files)


def test_files_are_written_below_the_folder(tmp_path: Path) -> None:
    files = read_archive(tgz({"templates/a.yaml": "a: 1"}), name="x.tgz")
    expand(files, tmp_path / "web")
    assert (tmp_path / "web/templates/a.yaml").read_text() == "a: 1"
