from __future__ import annotations

import pytest

from tests.sandbox.world import World


@pytest.fixture
def world() -> World:
    return World(controllers=False)
