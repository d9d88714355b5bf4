from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from unittest.mock import Mock

from pypkg.repo.server.access.passwords import check_password, hash_password

if TYPE_CHECKING:
    import pytest


def test_passwords_are_compared_in_constant_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = hash_password("right")
    assert check_password("right", stored)
    compare = Mock(side_effect=hmac.compare_digest)
    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert not check_password("wrong", stored)
    (call,) = compare.call_args_list
    assert [len(one) for one in call.args] == [64, 64]
