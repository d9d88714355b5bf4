from __future__ import annotations

from pypkg.repo.server.access.limits import Rate


def test_the_rate_recovers() -> None:
    now = [0.0]
    rate = Rate(6, monotonic=lambda: now[0])
    for _ in range(6):
        assert rate.allows("a")
        rate.count("a")
    assert not rate.allows("a")
    assert rate.allows("b")
    now[0] = 10.0
    assert rate.allows("a")
