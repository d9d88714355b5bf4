"""What the API server's refusals say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg.sandbox.statuses import StatusError

if TYPE_CHECKING:
    from tests.sandbox.world import World

Object = dict[str, Any]


def messages(error: StatusError) -> list[str]:
    return [f"{c['field']}: {c['message']}" for c in error.details["causes"]]


def refusal(world: World, obj: Object) -> StatusError:
    with pytest.raises(StatusError) as caught:
        world.put(obj)
    assert (caught.value.code, caught.value.reason) == (422, "Invalid")
    return caught.value
