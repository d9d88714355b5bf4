"""What holds for any argument."""

from __future__ import annotations

import base64
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pypkg.render.functions.catalog import catalog
from pypkg.render.functions.durations import Duration, format_duration, parse_duration
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.host import Host
from pypkg.render.functions.urls import Url

FUNCTIONS = catalog(Host(zone=UTC))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_encodings_are_undone(text: str) -> None:
    assert FUNCTIONS["b64dec"](FUNCTIONS["b64enc"](text)) == text
    assert FUNCTIONS["b32dec"](FUNCTIONS["b32enc"](text)) == text


@given(st.binary())
def test_bytes_that_are_not_utf8_survive(data: bytes) -> None:
    text = FUNCTIONS["b64dec"](base64.b64encode(data).decode())
    assert FUNCTIONS["b64enc"](text) == base64.b64encode(data).decode()


@given(TEXT, st.integers(-40, 40))
def test_trunc_counts_bytes(text: str, length: int) -> None:
    data = text.encode()
    expected = data[:length] if length >= 0 else data[max(len(data) + length, 0) :]
    cut = FUNCTIONS["trunc"](length, text)
    assert cut.encode("utf-8", "surrogateescape") == expected


@settings(max_examples=20)
@given(TEXT, TEXT.filter(bool))
def test_what_was_encrypted_is_decrypted(password: str, text: str) -> None:
    sealed = FUNCTIONS["encryptAES"](password, text)
    assert FUNCTIONS["decryptAES"](password, sealed) == text


def test_what_sprig_encrypted_is_decrypted() -> None:
    sealed = "30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ="
    assert FUNCTIONS["decryptAES"]("secretkey", sealed) == "plaintext"


@given(st.integers(-(2**63), 2**63 - 1))
def test_durations_are_read_as_they_are_written(nanoseconds: int) -> None:
    assert parse_duration(format_duration(nanoseconds)) == Duration(nanoseconds)


@given(st.lists(st.none() | st.integers() | TEXT))
def test_lists_are_put_together_and_taken_apart(items: list[Any]) -> None:
    assert FUNCTIONS["concat"](items[:1], items[1:]) == items
    assert FUNCTIONS["reverse"](FUNCTIONS["reverse"](items)) == items
    assert FUNCTIONS["append"](items, 1)[:-1] == items
    assert FUNCTIONS["rest"]([0, *items]) == items
    chunks = FUNCTIONS["chunk"](3, items)
    assert [item for chunk in chunks for item in chunk] == items


@given(TEXT)
def test_words_keep_their_letters_in_any_convention(text: str) -> None:
    for name in ("camelcase", "snakecase", "kebabcase"):
        assert isinstance(FUNCTIONS[name](text), str)


@given(TEXT)
def test_a_url_is_read_or_refused(text: str) -> None:
    try:
        url = Url.parse(f"http://host/{text}")
    except FunctionError:
        return
    assert str(url).startswith("http://host/")


@given(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70))
def test_whole_numbers_stay_within_64_bits(a: int, b: int) -> None:
    for name in ("add", "sub", "mul", "max", "min"):
        assert -(2**63) <= FUNCTIONS[name](a, b) < 2**63


@pytest.mark.parametrize("name", ["toYaml", "toYamlPretty", "toJson", "toPrettyJson"])
def test_what_holds_itself_is_written_as_nothing(name: str) -> None:
    assert FUNCTIONS[name](circle()) == ""


@pytest.mark.parametrize("name", ["mustToYaml", "mustToJson", "toRawJson", "toToml"])
def test_what_holds_itself_is_an_error_where_errors_are_told(name: str) -> None:
    with pytest.raises(FunctionError, match="nested too deeply, or holds itself"):
        FUNCTIONS[name](circle())


def circle() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["self"] = value
    return value


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000, "0x" + "f" * 5000])
def test_numbers_of_any_length_are_read_or_refused(digits: str) -> None:
    assert FUNCTIONS["int"](digits) == 0
    assert FUNCTIONS["float64"](digits) == 0
    assert FUNCTIONS["atoi"](digits) in {0, 2**63 - 1, -(2**63)}
    assert FUNCTIONS["durationSeconds"](f"{digits}h") == 0
    assert FUNCTIONS["regexReplaceAll"]("a", "a", f"${digits}x") != "a"
    assert "Error" in FUNCTIONS["fromToml"](f"a = {digits}")
    assert "Error" in FUNCTIONS["fromJson"](f'{{"a": {digits}}}')
