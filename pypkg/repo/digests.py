"""SHA-256, as indexes and as registries write it."""

from __future__ import annotations

import hashlib


def sha256(data: bytes) -> str:
    """Give the SHA-256 of some bytes, in hexadecimal, as indexes have it."""
    return hashlib.sha256(data).hexdigest()


def digest_of(data: bytes) -> str:
    """Give the digest of some bytes, ``sha256:HEX``, as registries have it."""
    return f"sha256:{sha256(data)}"
