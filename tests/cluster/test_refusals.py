from __future__ import annotations

import pytest

from pypkg.cluster.reference import ObjectRef
from pypkg.cluster.refusals import advice
from pypkg.errors import ApiError

IMMUTABLE = "spec.x: Invalid value: 1: field is immutable"
STATEFUL_SET = "spec: Forbidden: updates to statefulset spec for fields other than 'a'"


def refused(message: str, code: int = 422) -> ApiError:
    return ApiError(message, code=code, reason="Invalid")


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("Job", IMMUTABLE, "kubectl delete job x -n shop"),
        ("Service", "may not change once set", "kubectl delete service x -n shop"),
        (
            "StatefulSet",
            f"{STATEFUL_SET} are forbidden",
            "kubectl delete statefulset x -n shop --cascade=orphan",
        ),
    ],
)
def test_an_object_that_cannot_be_changed_is_to_be_made_anew(
    kind: str, message: str, expected: str
) -> None:
    ref = ObjectRef("v1", kind, "x", "shop")
    assert expected in (advice(ref, refused(message)) or "")


def test_nobody_is_told_to_delete_what_holds_data() -> None:
    ref = ObjectRef("v1", "PersistentVolumeClaim", "data", "shop")
    said = advice(ref, refused("spec is immutable after creation")) or ""
    assert "kubectl" not in said


def test_other_refusals_have_no_such_advice() -> None:
    ref = ObjectRef("v1", "Job", "x", "shop")
    assert advice(ref, refused("spec.x: Required value")) is None
    assert advice(ref, refused(IMMUTABLE, code=403)) is None
