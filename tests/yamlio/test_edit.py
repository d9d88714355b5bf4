from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg import jsonio, yamlio
from pypkg.yamlio.edit import with_entry, without_entry

PLACE = ("metadata", "annotations", "example.com/from")

PLACES = {
    "in a block": (
        "# é\nmetadata:  # here\n    annotations:\n"
        "      a: |\n        x\n      # end\n",
        "# é\nmetadata:  # here\n    annotations:\n      example.com/from: 'it''s'\n"
        "      a: |\n        x\n      # end\n",
    ),
    "in a flow": (
        '{"metadata": {"annotations": {"a": "b"}}}  # end\n',
        '{"metadata": {"annotations": {example.com/from: \'it\'\'s\', "a": "b"}}}'
        "  # end\n",
    ),
    "with a mapping": (
        "kind: A\nmetadata:\n  # note\n  name: x\n# end\n",
        "kind: A\nmetadata:\n  # note\n  annotations: {example.com/from: 'it''s'}\n"
        "  name: x\n# end\n",
    ),
    "with two mappings": (
        "# note\nkind: A\n# end\n",
        "# note\nmetadata: {annotations: {example.com/from: 'it''s'}}\n"
        "kind: A\n# end\n",
    ),
    "over a merge key": (
        "a: &a {b: c}\nmetadata:\n  annotations:\n    <<: *a\n",
        "a: &a {b: c}\nmetadata:\n  annotations:\n    example.com/from: 'it''s'\n"
        "    <<: *a\n",
    ),
}


@pytest.mark.parametrize(("text", "expected"), PLACES.values(), ids=PLACES)
def test_an_entry_is_put_in_and_out_and_all_else_stays(
    text: str, expected: str
) -> None:
    changed = with_entry(text, PLACE, "it's")
    assert changed == expected
    assert without_entry(changed, PLACE) == text


@pytest.mark.parametrize(
    "text",
    [
        "# a\nmetadata:  # b\nkind: A\n",
        "# a\nmetadata: ~  # b\nkind: A\n",
        "# a\nmetadata: {}  # b\nkind: A\n",
        "# a\nmetadata:\n  annotations:  # b\nkind: A\n",
    ],
)
def test_nothing_makes_place_and_goes_with_the_entry(text: str) -> None:
    changed = with_entry(text, PLACE, "x")
    assert "# b" in changed
    assert without_entry(changed, PLACE) == "# a\nkind: A\n"


def test_the_last_entry_of_a_flow_takes_its_comma_along() -> None:
    text = "metadata: {annotations: {a: b, example.com/from: x}, name: y}\n"
    assert without_entry(text, PLACE) == "metadata: {annotations: {a: b}, name: y}\n"


def test_what_an_alias_shares_is_not_changed() -> None:
    text = "data: &a\n  b: c\nmetadata:\n  annotations: *a\n"
    changed = yamlio.load(with_entry(text, PLACE, "x"))
    assert changed["data"] == {"b": "c"}
    assert changed["metadata"]["annotations"] == {"b": "c", "example.com/from": "x"}


@pytest.mark.parametrize("text", ["", "# a\n", "{}\n"])
@pytest.mark.parametrize("value", ["x", "\n"])
def test_a_document_of_nothing_takes_an_entry_and_holds_nothing_again(
    text: str, value: str
) -> None:
    changed = with_entry(text, PLACE, value)
    assert yamlio.load(changed) == {"metadata": {"annotations": {PLACE[-1]: value}}}
    assert yamlio.load(without_entry(changed, PLACE)) == {}


TEXTS = st.text("ab :#-'\"\n{}é", max_size=8)
TREES = st.recursive(
    TEXTS | st.none() | st.booleans(),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(TEXTS, below),
    max_leaves=8,
)


@given(
    st.dictionaries(TEXTS, TREES),
    st.dictionaries(TEXTS, TREES) | st.none(),
    st.dictionaries(TEXTS, TEXTS),
    TEXTS,
    st.booleans(),
)
def test_any_document_takes_an_entry_and_gives_it_back(
    data: dict[str, Any],
    metadata: dict[str, Any] | None,
    annotations: dict[str, str],
    value: str,
    as_json: bool,  # noqa: FBT001 - hypothesis passes by position
) -> None:
    if metadata is not None:
        data |= {"metadata": {"name": "x", **metadata}}
        if annotations:
            data["metadata"]["annotations"] = annotations
    text = jsonio.dumps(data) if as_json else yamlio.dump(data)
    changed = with_entry(text, PLACE, value)
    found = yamlio.load(changed)
    assert found["metadata"]["annotations"].pop(PLACE[-1]) == value
    assert yamlio.load(without_entry(changed, PLACE)) == data
