from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pypkg.cli.display import diff_text
from pypkg.cluster.reference import ObjectRef
from pypkg.release.diffs.comparison import Change, Comparison, ObjectComparison, cleaned
from pypkg.release.masking import masked

# Secrets that nothing else in the output could be taken for.
SECRETS = st.text("QXZJKqxzjk0123456789", min_size=8, max_size=24).filter(
    lambda text: not text.isdigit()
)
KEYS = st.sampled_from(["password", "user", "tls.key"])


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@st.composite
def secret_objects(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """A Secret, well-formed or not, and every secret in it."""
    plain = draw(st.dictionaries(KEYS, SECRETS, max_size=3))
    data = draw(st.dictionaries(KEYS, SECRETS, max_size=3))
    raw = draw(SECRETS)
    annotation = {"kubectl.kubernetes.io/last-applied-configuration": raw}
    obj: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": draw(st.sampled_from(["Secret", "secret"])),
        "metadata": {"name": "web", "annotations": annotation},
        "data": {key: encoded(value) for key, value in data.items()},
        "stringData": plain,
    }
    if draw(st.booleans()):
        obj["data"] = draw(st.sampled_from([raw, [raw], {"password": raw}, None]))
    return obj, [*plain.values(), *data.values(), raw]


@given(st.none() | secret_objects(), secret_objects())
def test_no_byte_of_a_secret_is_shown(
    old: tuple[dict[str, Any], list[str]] | None,
    new: tuple[dict[str, Any], list[str]],
) -> None:
    before, after = masked(cleaned(old[0]) if old else None, cleaned(new[0]))
    ref = ObjectRef("v1", "Secret", "web", "shop")
    change = Change.CHANGED if old else Change.ADDED
    one = ObjectComparison(ref=ref, change=change, old=before, new=after)
    found = Comparison(name="web", namespace="shop", old=1, new=2, objects=(one,))
    shown = "\n".join(diff_text.text(found, context=-1, now=datetime.now(UTC)))
    shown += json.dumps(found.to_dict())
    for secret in (*new[1], *(old[1] if old else ())):
        assert secret not in shown
        assert encoded(secret) not in shown


def secret(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "data": data}


def test_whether_a_value_changes_and_how_long_it_is_stays_to_be_seen() -> None:
    old, new = masked(
        secret(same=encoded("admin"), other=encoded("x"), gone=encoded("abc")),
        {"kind": "Secret", "stringData": {"same": "admin", "other": "yes"}},
    )
    assert old == {
        "apiVersion": "v1",
        "kind": "Secret",
        "data": {
            "same": "REDACTED # (5 bytes)",
            "other": "-------- # (1 byte)",
            "gone": "-------- # (3 bytes)",
        },
    }
    assert new == {
        "kind": "Secret",
        "data": {"same": "REDACTED # (5 bytes)", "other": "++++++++ # (3 bytes)"},
    }


def test_other_kinds_are_left_as_they_are() -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}
    assert masked(config, None) == (config, None)
