from __future__ import annotations

import random
import textwrap
from itertools import permutations
from types import MappingProxyType

import pytest

from pypkg import yamlio
from pypkg.yamlio.keyorder import sorted_keys


def test_lists_stand_under_their_key_and_maps_are_indented() -> None:
    value = {"b": [1, {"c": 2, "a": [3]}, [4, [5]]], "a": {}, "c": []}
    assert yamlio.dump(value) == textwrap.dedent("""\
        a: {}
        b:
        - 1
        - a:
          - 3
          c: 2
        - - 4
          - - 5
        c: []
        """)


def test_lists_are_indented_where_it_is_to_be_pretty() -> None:
    value = {"b": [1, {"c": 2, "a": [3]}, [4, [5]]]}
    assert yamlio.dump_pretty(value) == textwrap.dedent("""\
        b:
          - 1
          - a:
              - 3
            c: 2
          - - 4
            - - 5
        """)


def test_long_text_folds_after_80_columns_but_not_where_it_is_to_be_pretty() -> None:
    value = {"key": "word " * 20 + "end"}
    first, second = yamlio.dump(value).splitlines()
    assert first == "key: " + " ".join(["word"] * 16)
    assert second == "  word word word word end"
    assert yamlio.dump_pretty(value).count("\n") == 1


def test_a_long_key_is_written_after_a_question_mark() -> None:
    assert yamlio.dump({"k" * 129: [1]}) == f"? {'k' * 129}\n: - 1\n"


def test_keys_are_sorted_with_digits_as_numbers() -> None:
    for keys in permutations(["a1", "a2", "a10", "a_b", "ab", "A"]):
        mapping = dict.fromkeys(keys)
        assert sorted_keys(mapping, digits_join=False) == [
        "A", "a_b", "a1", "a2", "a10", "ab",
    ]  # fmt: skip


def test_keys_without_digits_are_sorted_as_if_compared_one_by_one() -> None:
    source = random.Random(1)  # noqa: S311 - the same keys in every run
    for _ in range(200):
        keys = {"".join(source.choices("aB.-_/ [~", k=3)) for _ in range(8)}
        quick = sorted_keys(dict.fromkeys(keys), digits_join=False)
        # One key with a digit, which sorts first, takes the longer way.
        longer = sorted_keys(dict.fromkeys([*keys, ""]), digits_join=False)
        assert longer == ["", *(key for key in quick if key)]


def test_mappings_and_tuples_of_other_classes_are_written_too() -> None:
    value = MappingProxyType({"b": (1, 2), "a": MappingProxyType({})})
    assert yamlio.dump(value) == "a: {}\nb:\n- 1\n- 2\n"
    # As a struct of Go, it keeps its order where go-yaml v3 writes it.
    assert yamlio.dump_pretty(value) == "b:\n  - 1\n  - 2\na: {}\n"


def test_other_classes_are_written_as_the_caller_says() -> None:
    text = yamlio.dump({"a": {1}, "b": [{2}], "c": set()}, default=sorted)
    assert text == "a:\n- 1\nb:\n- - 2\nc: []\n"


def test_other_classes_are_refused_without_that() -> None:
    with pytest.raises(TypeError, match="cannot write a set as YAML"):
        yamlio.dump({"a": {1}})


def test_whole_floats_are_written_as_integers_as_far_as_64_bits_go() -> None:
    assert yamlio.dump([1.0, 1e15, 2.0**63, 1e20, -0.0, 0.5, 1e-7]) == (
        "- 1\n- 1000000000000000\n- 9223372036854776000\n- 1e+20\n- 0\n- 0.5\n- 1e-07\n"
    )
    assert yamlio.dump_pretty([1.0, 1e15, 1e6]) == "- 1\n- 1e+15\n- 1e+06\n"


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_what_json_cannot_hold_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="unsupported value"):
        yamlio.dump({"a": value})


def test_what_json_cannot_hold_can_be_written_pretty() -> None:
    assert yamlio.dump_pretty([float("inf"), float("nan")]) == "- .inf\n- .nan\n"


def test_keys_of_any_number_of_digits_are_sorted() -> None:
    assert yamlio.dump_pretty({"9" * 5000: 1, "8" * 5000: 2}).count("? ") == 2
