"""What every handler of the server shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from pypkg.repo.server.access import Principal, Right
    from pypkg.repo.server.gate import Gate
    from pypkg.repo.server.library import Library
    from pypkg.repo.server.pages.changes import Renderer
    from pypkg.repo.server.registry import Registry
    from pypkg.repo.server.uploads import Uploads
    from pypkg.repo.server.views import Views

T = TypeVar("T")
_UPLOADS_AT_ONCE = 4  # each may take the memory of an unpacked chart


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a server.

    Attributes:
        library: The charts.
        uploads: What takes charts in and out.
        registry: The charts as registry clients see them.
        views: The indexes.
        gate: What decides who may do what.
        listeners: Hear what has happened.
        render: Renders charts, for pages that compare versions; None compares less.
    """

    library: Library
    uploads: Uploads
    registry: Registry
    views: Views
    gate: Gate
    listeners: tuple[Callable[[Happening], None], ...] = ()
    render: Renderer | None = None
    _limiter: CapacityLimiter = field(
        default_factory=lambda: CapacityLimiter(_UPLOADS_AT_ONCE)
    )

    async def identify(self, request: Request) -> Principal:
        """Give who makes a request.

        Raises:
            RefusedError: The credentials are nobody's.
        """
        principal = await self.gate.identify(
            dict(request.scope["headers"]), address_of(request.scope)
        )
        request.state.principal = principal.name
        return principal

    async def admit(self, request: Request, right: Right, repository: str) -> Principal:
        """Give who makes a request, where they may do this.

        Raises:
            RefusedError: They may not.
        """
        principal = await self.identify(request)
        self.gate.require(principal, right, repository)
        if right != "pull":
            self.gate.count_write(address_of(request.scope))
        return principal

    async def working(self, work: Callable[[], T]) -> T:
        """Do what takes time and memory, beside the other requests."""
        return await run_sync(work, limiter=self._limiter)

    async def happened(
        self, action: str, request: Request, repository: str, name: str, version: str
    ) -> None:
        """Tell the listeners what a request has changed."""
        await self.tell(
            Happening(
                action,
                repository,
                name,
                version,
                principal=request.state.principal,
                address=address_of(request.scope),
            )
        )

    async def tell(self, happening: Happening) -> None:
        """Tell the listeners what has happened; they may write to the disk."""
        for listener in self.listeners:
            await run_sync(listener, happening)


@dataclass(frozen=True, slots=True)
class Happening:
    """A change that was made, or a request that was refused.

    Attributes:
        action: ``push``, ``delete`` or ``denied``.
        repository: Where.
        name: The chart.
        version: Its version.
        principal: Who did it; "" for nobody known.
        address: From where.
        status: The status of a request that was refused.
        path: What was asked for by a request that was refused.
    """

    action: str
    repository: str = ""
    name: str = ""
    version: str = ""
    principal: str = ""
    address: str = ""
    status: int = 0
    path: str = ""


def address_of(scope: Any) -> str:
    """Give the address that a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""
