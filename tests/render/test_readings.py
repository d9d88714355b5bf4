from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg import yamlio
from pypkg.chart.loader import load_chart
from pypkg.errors import YamlError
from pypkg.objects.manifest import Manifest
from pypkg.render.cache import CodeCache
from pypkg.render.documents import read_manifests
from pypkg.render.readings import Readings

if TYPE_CHECKING:
    from pathlib import Path

MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  annotations: {{a: b}}
"""


@pytest.fixture
def cache(tmp_path: Path) -> CodeCache:
    return CodeCache(str(tmp_path / "cache"))


def forbid_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        pytest.fail("a text is parsed again")

    monkeypatch.setattr(yamlio, "load_all", fail, raising=False)
    monkeypatch.setattr(yamlio, "load", fail, raising=False)


def parse(readings: Readings, text: bytes, *, unique_keys: bool = True) -> list[Any]:
    return readings.parse(text, source="values.yaml", unique_keys=unique_keys)


def test_a_text_is_parsed_once(
    cache: CodeCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Readings(cache, "web")
    assert parse(first, b"a: [1, 2.5, x, null]") == [{"a": [1, 2.5, "x", None]}]
    first.keep()
    forbid_parsing(monkeypatch)
    again = Readings(cache, "web")
    assert parse(again, b"a: [1, 2.5, x, null]") == [{"a": [1, 2.5, "x", None]}]


def test_what_is_given_belongs_to_the_caller(cache: CodeCache) -> None:
    readings = Readings(cache, "web")
    parse(readings, b"a: {}")[0]["a"]["changed"] = True
    readings.keep()
    again = Readings(cache, "web")
    parse(again, b"a: {}")[0]["a"]["changed"] = True
    assert parse(again, b"a: {}") == [{"a": {}}]


def test_another_subject_has_readings_of_its_own(cache: CodeCache) -> None:
    readings = Readings(cache, "web")
    parse(readings, b"a: 1")
    readings.keep()
    assert Readings(cache, "db").get(b"a: 1") is None


def test_a_text_that_changes_each_time_is_not_written_each_time(
    cache: CodeCache,
) -> None:
    for turn in range(3):
        readings = Readings(cache, "web")
        for number in range(9):
            parse(readings, b"a: %d" % number)
        parse(readings, b"random: %d" % turn)
        readings.keep()
    assert Readings(cache, "web").get(b"random: 0") == [{"random": 0}]
    assert Readings(cache, "web").get(b"random: 2") is None


def test_a_fault_is_told_again_each_time(cache: CodeCache) -> None:
    for _ in range(2):
        readings = Readings(cache, "web")
        with pytest.raises(YamlError):
            parse(readings, b"a: 1\na: 2")
        assert parse(readings, b"a: 1\na: 2", unique_keys=False) == [{"a": 2}]
        parse(readings, b"b: 1")
        readings.keep()


def test_an_entry_of_something_else_is_no_reading(cache: CodeCache) -> None:
    cache.store(cache.key(("readings", "web")), ["foreign"])
    assert Readings(cache, "web").get(b"a: 1") is None


def test_a_chart_is_loaded_without_parsing_what_is_known(
    cache: CodeCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = tmp_path / "web"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0\n")
    (chart / "values.yaml").write_text("a: {b: 1}\n")
    readings = Readings(cache, "web")
    loaded = load_chart(chart, parse=readings.parse)
    readings.keep()
    forbid_parsing(monkeypatch)
    assert load_chart(chart, parse=Readings(cache, "web").parse) == loaded


def test_a_document_is_the_same_manifest_whether_parsed_or_known(
    cache: CodeCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = {"web/templates/a.yaml": f"{MAP.format(name='x')}---\n# nothing\n"}
    readings = Readings(cache, "web")
    parsed = list(read_manifests(outputs, {}, readings))
    readings.keep()
    known = Readings(cache, "web")
    with monkeypatch.context() as forbidding:
        forbid_parsing(forbidding)
        assert list(read_manifests(outputs, {}, known)) == parsed
    assert parsed[0] == Manifest.parse("web/templates/a.yaml", MAP.format(name="x"))
    found = list(read_manifests(outputs, {}, known))
    assert found[0].object == parsed[0].object
