"""YAML is read and written as the real helm does."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from pypkg import jsonio, yamlio
from pypkg.errors import YamlError
from pypkg.yamlio.keyorder import sorted_keys
from tests.yamlio.recording import READING, WRITING, ask_reading, ask_writing, lines

if TYPE_CHECKING:
    from pathlib import Path

# Where libyaml, or pypkg on purpose, differs from go-yaml.
DIFFERENT = {
    "a: [x?]": "libyaml takes a question mark at a word's end",
    "a: [x:]": "libyaml refuses a colon at a word's end in brackets",
    "a: [x:,y]": "libyaml refuses a colon at a word's end in brackets",
    "a: {x:,y: z}": "libyaml refuses a colon at a word's end in braces",
    'a: "\\x41\\u00e9\\e\\0\\a\\N\\_\\L\\P\\/\\  x"': "libyaml knows an escaped slash",
    f"a: {'[' * 500}{']' * 500}": "pypkg's limit on nesting is lower",
}


def as_floats(value: Any) -> Any:
    """Make whole numbers floats, as JSON's are in Go."""
    match value:
        case dict():
            return {key: as_floats(item) for key, item in value.items()}
        case list():
            return [as_floats(item) for item in value]
        case int() if not isinstance(value, bool):
            return float(value)
    return value


def reading(text: str) -> str | None:
    """Read as fromYaml does: an empty text is an empty map."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        value = yamlio.load(data, numbers="float64", unique_keys=False)
    except YamlError:
        return None
    return jsonio.dumps({} if value is None else value)


@pytest.mark.parametrize(("text", "expected"), lines(READING))
def test_a_text_is_read_as_helm_reads_it(text: str, expected: str | None) -> None:
    if text in DIFFERENT:
        assert reading(text) != expected, "no longer different"
        return
    if expected is not None and expected.startswith('{"Error":"error unmarshaling'):
        # fromYaml wants a map, load takes anything.
        value = reading(text)
        assert value is not None
        assert not value.startswith("{")
    else:
        assert reading(text) == expected


@pytest.mark.parametrize(("value", "compact", "pretty"), lines(WRITING))
def test_a_value_is_written_as_helm_writes_it(
    value: Any, compact: str, pretty: str
) -> None:
    try:
        written = yamlio.dump(as_floats(value))
    except ValueError:
        written = ""
    assert written.removesuffix("\n") == compact
    assert yamlio.dump_pretty(as_floats(value)).removesuffix("\n") == pretty


@pytest.mark.oracle
def test_helm_still_reads_as_recorded(helm: Path) -> None:
    recorded = lines(READING)
    assert ask_reading(helm, [line[0] for line in recorded]) == [r for _, r in recorded]


LETTERS = "ab yn0123456789.:-#[]{},&*!|>'\"%@`?=~+_\\/\n\t\r éΩ😀\x01"
WORDS = (
    "yes",
    "null",
    "1.5",
    "0o7",
    "2020-01-02",
    "a: b",
    "- x",
    "word " * 20,
    "k" * 90,
)


def some_text(source: random.Random) -> str:
    if source.random() < 0.2:
        return source.choice(WORDS)
    return "".join(source.choices(LETTERS, k=source.choice((0, 1, 2, 5, 12, 30, 100))))


def some_value(source: random.Random, depth: int = 0) -> Any:
    kind = source.random()
    if depth < 4 and kind < 0.2:
        return [some_value(source, depth + 1) for _ in range(source.randint(0, 4))]
    if depth < 4 and kind < 0.45:
        keys = [some_text(source) for _ in range(source.randint(0, 4))]
        return {key: some_value(source, depth + 1) for key in keys}
    if kind < 0.8:
        return some_text(source)
    if kind < 0.85:
        return source.choice((True, False, None))
    if kind < 0.95:
        return source.uniform(-1, 1) * 10 ** source.randint(-9, 24)
    return source.randint(-(10**9), 10**9)


def has_one_order(value: Any) -> bool:
    """Whether go-yaml's order of keys is one: its comparison can go in circles."""
    match value:
        case dict():
            orders = {
                tuple(sorted_keys(dict.fromkeys(keys), digits_join=join))
                for join in (False, True)
                for keys in (sorted(value), sorted(value, reverse=True), [*value])
            }
            by_rule = len(orders) <= 2
            return by_rule and all(map(has_one_order, value.values()))
        case list():
            return all(map(has_one_order, value))
    return True


@pytest.mark.oracle
@pytest.mark.parametrize("seed", [1, 2])
def test_random_values_are_written_as_helm_writes_them(seed: int, helm: Path) -> None:
    source = random.Random(seed)  # noqa: S311 - the same values in every run
    candidates = (some_value(source) for _ in range(2500))
    values = [v for v in candidates if v is not None and has_one_order(v)]
    for value, (compact, pretty, text) in zip(
        values, ask_writing(helm, values), strict=True
    ):
        floats = as_floats(value)
        try:
            written = yamlio.dump(floats)
        except ValueError:
            written = ""
        assert written.removesuffix("\n") == compact, json.dumps(value)
        assert yamlio.dump_pretty(floats).removesuffix("\n") == pretty, json.dumps(
            value
        )
        assert jsonio.dumps(floats) == text, json.dumps(value)
