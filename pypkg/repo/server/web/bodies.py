"""Receiving what clients send, never more than they may."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from pypkg.repo.server.refusals import RefusedError, TooLargeError, UnacceptableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from starlette.requests import Request

_PATIENCE = 30.0  # seconds that a client may be silent
_MAX_PARTS = 8


class TooSlowError(RefusedError):
    """The client sends too slowly."""

    status = 408


@dataclass(frozen=True, slots=True)
class Form:
    """The files of an upload form.

    Attributes:
        chart: The archive, or None.
        provenance: The provenance file, or None.
    """

    chart: bytes | None
    provenance: bytes | None


async def stream(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """Give a body in pieces.

    Raises:
        TooLargeError: It has more than ``limit`` bytes, or says so.
        TooSlowError: The client is silent for too long.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise TooLargeError(f"the request is larger than {limit} bytes")
    room = limit
    pieces = request.stream()
    while True:
        try:
            piece = await asyncio.wait_for(anext(pieces), _PATIENCE)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise TooSlowError("the client has stopped sending") from None
        except ClientDisconnect as error:
            raise UnacceptableError("the client went away") from error
        room -= len(piece)
        if room < 0:
            raise TooLargeError(f"the request is larger than {limit} bytes")
        yield piece


async def read(request: Request, limit: int) -> bytes:
    """Give a whole body; raises as :func:`stream`."""
    return b"".join([piece async for piece in stream(request, limit)])


async def save(request: Request, path: Path, limit: int, *, mode: str = "xb") -> int:
    """Write a body to a file, and give its size; raises as :func:`stream`.

    The file is gone if the body does not come whole, unless it is appended to.
    """
    size = 0
    try:
        with path.open(mode) as file:
            async for piece in stream(request, limit):
                file.write(piece)
                size += len(piece)
    except BaseException:
        if mode == "xb":
            path.unlink(missing_ok=True)  # noqa: ASYNC240 - a name on the local disk
        raise
    return size


async def form(request: Request, limit: int) -> Form:
    """Read an upload form as ChartMuseum takes it: ``chart`` and ``prov``.

    Raises:
        UnacceptableError: It is no such form.
        TooLargeError: See :func:`stream`.
    """
    parser = MultiPartParser(
        request.headers, stream(request, limit), max_files=_MAX_PARTS, max_fields=8
    )
    try:
        data = await parser.parse()
    except MultiPartException as error:
        raise UnacceptableError(f"the form cannot be read: {error.message}") from error
    except KeyError as error:  # a boundary is missing
        raise UnacceptableError("the form cannot be read") from error
    try:
        found: dict[str, bytes] = {}
        for field in ("chart", "prov"):
            value = data.get(field)
            if isinstance(value, UploadFile):
                found[field] = await value.read()
            elif isinstance(value, str):
                found[field] = value.encode("utf-8", "surrogateescape")
        return Form(found.get("chart"), found.get("prov"))
    finally:
        await data.close()
