from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg.errors import StrvalsError, ValuesError, YamlError
from pypkg.values.int64 import Int64
from pypkg.values.sources import ValueSources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Command


def reader(**files: str | bytes) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        text = files[name.replace("-", "stdin")]
        return text.encode() if isinstance(text, str) else text

    return read


def test_the_kinds_win_over_each_other_in_a_fixed_order() -> None:
    sources = ValueSources(
        files=("one", "two"),
        set_json=("c=3,d=3,e=3,f=3,g=3",),
        set=("d=4,e=4,f=4,g=4",),
        set_string=("e=5,f=5,g=5",),
        set_file=("f=text,g=text",),
        set_literal=("g=7,x",),
    )
    files = reader(one="a: 1\nb: 1\nc: 1", two="b: 2\nc: 2", text="six")
    assert sources.load(files) == {
        "a": 1, "b": 2, "c": 3, "d": 4, "e": "5", "f": "six", "g": "7,x"
    }  # fmt: skip


def test_set_integers_are_told_apart_from_those_of_files() -> None:
    values = ValueSources(files=("f",), set=("b=1",)).load(reader(f="a: 1"))
    assert type(values["a"]) is int
    assert type(values["b"]) is Int64


def test_set_changes_what_files_gave() -> None:
    sources = ValueSources(files=("f",), set=("l[0]=x,m.b=2",))
    assert sources.load(reader(f="l: [1, 2]\nm: {a: 1}")) == {
        "l": ["x", 2], "m": {"a": 1, "b": 2}
    }  # fmt: skip


def test_anchors_do_not_tie_values_together() -> None:
    sources = ValueSources(files=("f",), set=("a.k=2",))
    assert sources.load(reader(f="a: &x {k: 1}\nb: *x")) == {
        "a": {"k": 2},
        "b": {"k": 1},
    }


def test_documents_of_one_file_are_merged() -> None:
    text = "a: {x: 1}\nl: [1]\n---\n---\na: {z: 2}\nl: [2]\n"
    assert ValueSources(files=("-",)).load(reader(stdin=text)) == {
        "a": {"x": 1, "z": 2}, "l": [2]
    }  # fmt: skip


def test_a_whole_json_object_is_merged() -> None:
    sources = ValueSources(set_json=('a={"x":1}', ' {"a": {"y": null}, "b": [1]} '))
    assert sources.load(reader()) == {"a": {"x": 1, "y": None}, "b": [1]}


def test_bytes_of_a_file_survive() -> None:
    values = ValueSources(set_file=("a=f",)).load(reader(f=b"\xff\x00"))
    assert values["a"].encode("utf-8", "surrogateescape") == b"\xff\x00"


@pytest.mark.parametrize(
    ("sources", "error", "message"),
    [
        (ValueSources(files=("f",)), ValuesError, "f must hold a mapping .* a list"),
        (ValueSources(files=("-",)), ValuesError, "standard input must hold a mapping"),
        (ValueSources(files=("bad",)), YamlError, "bad:1:5: mapping values"),
        (
            ValueSources(files=("twice",)),
            YamlError,
            '"a" stands twice .* first on line 1',
        ),
        (ValueSources(set_json=("{bad}",)), StrvalsError, "--set-json value: not JSON"),
        (ValueSources(set_string=("a",)), StrvalsError, "--set-string value: key"),
    ],
)
def test_bad_input_is_named(
    sources: ValueSources, error: type[Exception], message: str
) -> None:
    files = reader(f="- a", stdin="text", bad="a: b: c", twice="a: 1\na: 2")
    with pytest.raises(error, match=message):
        sources.load(files)


@pytest.mark.oracle
def test_precedence_is_helms(real_helm: Command, tmp_path: Path) -> None:
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (chart / "templates/out.yaml").write_text("{{ toYaml .Values }}")
    texts = {
        "one": "a: {x: 1, l: [1]}\nb: 1\n---\nb: 2",
        "two": "a: {l: null, y: 2}\nc: 1",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    flags: list[tuple[str, str]] = [
        ("--set-literal", "g=1,2"), ("--set-file", "f=one"),
        ("--set-string", "e=1,f=x"), ("--set", "d=1,e=2,a.z[1]=q"),
        ("--set-json", 'd={"k":1},a.x=5'),
        ("--set-json", '{"h": {"i": [1]}}'), ("--values", "one"), ("--values", "two"),
    ]  # fmt: skip
    arguments = [word for pair in flags for word in pair]
    shown = real_helm.ok("template", chart, *arguments)

    def given(flag: str) -> tuple[str, ...]:
        return tuple(value for name, value in flags if name == flag)

    sources = ValueSources(
        files=given("--values"), set_json=given("--set-json"), set=given("--set"),
        set_string=given("--set-string"), set_file=given("--set-file"),
        set_literal=given("--set-literal"),
    )  # fmt: skip
    from pypkg import yamlio

    def read(name: str) -> bytes:
        return (tmp_path / name).read_bytes()

    expected: Any = yamlio.load(shown)
    assert sources.load(read) == expected
