"""The pages for people: the seam where they are mounted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from pypkg.repo.server.context import Context


def routes(context: Context) -> list[BaseRoute]:  # noqa: ARG001 - the seam's signature
    """Give the routes of the pages; they come after all others."""
    return []
