"""Base64 and base32."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from pypkg.render.functions.gostrings import decode, encode

if TYPE_CHECKING:
    from pypkg.render.functions.signature import TemplateFunction

_NEWLINES = str.maketrans("", "", "\r\n")
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z"
_DIGITS64 = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)
_DIGITS32 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_GROUP64, _GROUP32 = 4, 8
_LINE_BREAKS = b"\r\n"


def b64enc(text: str) -> str:
    """Encode in base64."""
    return base64.b64encode(encode(text)).decode("ascii")


def b64dec(text: str) -> str:
    """Decode from base64; a text that is none gives the error's text."""
    plain = text.translate(_NEWLINES)
    if re.match(_BASE64, plain) is None:
        return f"illegal base64 data at input byte {_fault64(encode(text))}"
    return decode(base64.b64decode(plain))


def b32enc(text: str) -> str:
    """Encode in base32."""
    return base64.b32encode(encode(text)).decode("ascii")


def b32dec(text: str) -> str:
    """Decode from base32; a text that is none gives the error's text."""
    data = encode(text.translate(_NEWLINES))
    fault = _fault32(data)
    if fault is not None:
        return f"illegal base32 data at input byte {fault}"
    digits = data.rstrip(b"=")
    return decode(base64.b32decode(digits + b"=" * (-len(digits) % _GROUP32)))


def _fault64(data: bytes) -> int:
    """Find the byte at which Go gives up on a text that is not base64."""
    held = 0
    for position, byte in enumerate(data):
        if byte in _LINE_BREAKS:
            continue
        if byte in _DIGITS64:
            held = (held + 1) % _GROUP64
            continue
        if byte != ord("=") or held < _GROUP64 - 2:
            return position
        return _fault_in_padding(data, position, _GROUP64 - 1 - held)
    return len(data) - held


def _fault_in_padding(data: bytes, position: int, more: int) -> int:
    following = [
        i for i in range(position + 1, len(data)) if data[i] not in _LINE_BREAKS
    ]
    for place in following[:more]:
        if data[place] != ord("="):
            return place - 1
    return following[more] if len(following) > more else len(data)


def _fault32(data: bytes) -> int | None:
    """Find the byte at which Go gives up on a base32 text, None if it does not."""
    held = 0
    for position, byte in enumerate(data):
        rest = len(data) - position - 1
        if byte == ord("=") and held >= 2 and rest < _GROUP32:  # noqa: PLR2004 - two digits are a byte
            if rest + held < _GROUP32 - 1:
                return len(data)
            for place in range(position + 1, position + _GROUP32 - held):
                if place < len(data) and data[place] != ord("="):
                    return place - 1
            return position if held in {3, 6} else None
        if byte not in _DIGITS32:
            return position
        held = (held + 1) % _GROUP32
    return len(data) - held if held else None


FUNCTIONS: dict[str, TemplateFunction] = {
    "b32dec": b32dec,
    "b32enc": b32enc,
    "b64dec": b64dec,
    "b64enc": b64enc,
}
