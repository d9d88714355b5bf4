from __future__ import annotations

import pytest

from pypkg.errors import UsageError
from pypkg.release.records.label_selectors import parse_selector

LABELS = {"team": "web", "stage": "prod", "empty": ""}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "team=web",
        "team==web,stage=prod",
        "team != db",
        "missing!=x",
        "stage in (dev, prod)",
        "stage notin (dev)",
        "missing notin (dev)",
        "team",
        "!missing",
        "empty=",
        "stage in (prod),team=web,!gone",
    ],
)
def test_these_select(text: str) -> None:
    assert parse_selector(text)(LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "team=db",
        "team!=web",
        "stage in (dev)",
        "!team",
        "missing",
        "team=web,stage=dev",
    ],
)
def test_these_do_not(text: str) -> None:
    assert not parse_selector(text)(LABELS)


@pytest.mark.parametrize("text", ["=x", "a=b=c", "a in b", "a,,b", "a b"])
def test_what_does_not_parse_is_shown(text: str) -> None:
    with pytest.raises(UsageError, match="does not parse at"):
        parse_selector(text)
