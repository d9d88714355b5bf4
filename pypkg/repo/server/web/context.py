"""What every handler of the server shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from pypkg.repo.server.events.happening import Happening

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from pypkg.repo.server.access.gate import Gate
    from pypkg.repo.server.access.rights import Principal, Right
    from pypkg.repo.server.store.library import Library
    from pypkg.repo.server.store.uploads import Uploads

T = TypeVar("T")
_UPLOADS_AT_ONCE = 4  # each may take the memory of an unpacked chart


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a server.

    Attributes:
        library: The charts.
        uploads: What takes charts in and out.
        gate: What decides who may do what.
        listeners: Hear what has happened.
    """

    library: Library
    uploads: Uploads
    gate: Gate
    listeners: tuple[Callable[[Happening], None], ...] = ()
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

    async def admit_somewhere(self, request: Request) -> Principal:
        """Give who makes a request, where they may do anything at all.

        Raises:
            RefusedError: They may do nothing.
        """
        principal = await self.identify(request)
        if not principal.grants:
            self.gate.require(principal, "pull", "")
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


def address_of(scope: Any) -> str:
    """Give the address that a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""
