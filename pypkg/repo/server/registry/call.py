"""A request about one name of the registry."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg.repo.server import names
from pypkg.repo.server.registry.refusals import DigestError
from pypkg.repo.server.web.replies import Resource, reply

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

Handler = Callable[..., Awaitable["Response | None"]]
"""Answers a call, given the rest of its path; None where it has sent the answer."""

Routes = list[tuple[re.Pattern[str], dict[str, Handler]]]
"""Paths below ``/v2/``, and what answers each method."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request below ``/v2/NAME/``.

    Attributes:
        request: The request.
        name: The name: ``team/web``.
        repository: The repository that it stands for: ``team``.
        chart: The chart: ``web``.
    """

    request: Request
    name: str
    repository: str
    chart: str

    async def send(self, resource: Resource) -> None:
        """Answer with a resource, or the part of it that is asked for."""
        request = self.request
        head = request.method == "HEAD"
        made = reply(resource, dict(request.scope["headers"]), head=head)
        await made.send(request._send)  # noqa: SLF001 - starlette has no public name


def checked_digest(digest: str) -> str:
    """Give a digest that a client has sent.

    Raises:
        DigestError: It is none that is known here.
    """
    if not names.is_digest(digest):
        raise DigestError("only digests of the form sha256:... are known here")
    return digest
