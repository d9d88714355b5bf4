"""What tests of repositories ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.repo import servers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def nginx_program() -> Path:
    """The real nginx, or the test is skipped."""
    if not servers.NGINX.exists():
        pytest.skip(f"there is no {servers.NGINX}: run `make services`")
    return servers.NGINX
