"""Lists in pages, as the distribution specification has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from pypkg.repo.server.refusals import RefusedError

if TYPE_CHECKING:
    from starlette.requests import Request

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def page(request: Request, title: str, every: list[str], **head: str) -> Response:
    """Give a part of a list: ``n`` items, after the one that was ``last``.

    Args:
        request: Says which part.
        title: What the list is called in the answer.
        every: The whole list, in order.
        **head: What the answer says before it.

    Raises:
        RefusedError: ``n`` is no number.
    """
    last = request.query_params.get("last", "")
    rest = [one for one in every if one > last] if last else every
    count = request.query_params.get("n")
    headers = {}
    if count is not None:
        if not _NUMBER.fullmatch(count):
            raise RefusedError("n is not a number")
        shown = rest[: int(count)]
        if shown and len(shown) < len(rest):
            path = request.scope["path"]
            query = f"n={count}&last={quote(shown[-1], safe='')}"
            headers["Link"] = f'<{path}?{query}>; rel="next"'
        rest = shown
    return JSONResponse({**head, title: rest}, headers=headers)
