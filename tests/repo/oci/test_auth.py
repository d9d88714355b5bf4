from __future__ import annotations

from pypkg.repo.oci.auth import Challenge


def test_a_challenge_is_read() -> None:
    header = 'Bearer realm="https://a/t?x=1,2",service="s", scope="repository:a/b:pull"'
    assert Challenge.parse(header) == Challenge(
        "bearer",
        {"realm": "https://a/t?x=1,2", "service": "s", "scope": "repository:a/b:pull"},
    )
    assert Challenge.parse('Basic realm="x"').scheme == "basic"
    assert Challenge.parse("") == Challenge("", {})
