from __future__ import annotations

import pytest

from pypkg.errors import ReleaseNameError
from pypkg.release.records.names import check_name


@pytest.mark.parametrize("name", ["a", "web", "web-1", "1.2", "a" * 53, "a.b-c.d"])
def test_dns_names_are_release_names(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name", ["", "Web", "web_1", "-web", "web-", "a..b", ".a", "a" * 54, "wéb", "a\n"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ReleaseNameError):
        check_name(name)
