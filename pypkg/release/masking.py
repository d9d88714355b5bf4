"""Keeping the contents of Secrets out of what is shown.

Both sides of a comparison are masked together: whether a value changes, and how long
it is, stays to be seen. The words are those of the helm-diff plugin.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.cluster.client import Object

SAME = "REDACTED"
OLD = "--------"
NEW = "++++++++"


class Masked(str):
    """What is shown instead of a secret value: the text of a YAML scalar."""

    __slots__ = ()

    @classmethod
    def of(cls, word: str, content: bytes) -> Masked:
        """Mask a value.

        Args:
            word: :data:`SAME`, :data:`OLD` or :data:`NEW`.
            content: The value, of which only the length is told.
        """
        plural = "" if len(content) == 1 else "s"
        return cls(f"{word} # ({len(content)} byte{plural})")


def is_secret(obj: Mapping[str, Any] | None) -> bool:
    """Tell whether an object's contents are to be masked."""
    return obj is not None and str(obj.get("kind")).lower() == "secret"


def as_stored(obj: Object) -> Object:
    """Give a Secret with its ``stringData`` where the server keeps it: in ``data``."""
    texts = obj.get("stringData")
    if not is_secret(obj) or not isinstance(texts, dict):
        return obj
    data = {
        key: base64.b64encode(_encoded(text)).decode() for key, text in texts.items()
    }
    rest = {key: value for key, value in obj.items() if key != "stringData"}
    return {**rest, "data": {**(obj.get("data") or {}), **data}}


def masked(
    old: Object | None, new: Object | None
) -> tuple[Object | None, Object | None]:
    """Mask both sides of a comparison, if they are Secrets.

    ``stringData`` is shown as the ``data`` that the server makes of it.
    """
    if not is_secret(old) and not is_secret(new):
        return old, new
    before, after = _contents(old), _contents(new)
    return _covered(old, before, after, OLD), _covered(new, after, before, NEW)


def _covered(
    obj: Object | None, own: Mapping[str, bytes], other: Mapping[str, bytes], word: str
) -> Object | None:
    if obj is None:
        return None
    data = {
        key: Masked.of(SAME if other.get(key) == content else word, content)
        for key, content in own.items()
    }
    rest = {k: v for k, v in obj.items() if k not in {"data", "stringData"}}
    return {**rest, "data": data} if data else rest


def _contents(obj: Object | None) -> dict[str, bytes]:
    """Give the values of a Secret, whatever form they have."""
    found: dict[str, bytes] = {}
    for field, read in (("data", decoded), ("stringData", _encoded)):
        given = (obj or {}).get(field)
        if isinstance(given, dict):
            found |= {str(key): read(value) for key, value in given.items()}
        elif given is not None:
            # No Secret that a server takes; still nothing of it is shown.
            found[f"({field})"] = _encoded(given)
    return found


def decoded(value: Any) -> bytes:
    """Give what a value of ``data`` stands for; as it is where it is no base64."""
    try:
        return base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        return _encoded(value)


def _encoded(value: Any) -> bytes:
    return b"" if value is None else str(value).encode("utf-8", "surrogatepass")
