"""Passwords and tokens, and what is stored of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_TOKEN_PREFIX = "pypkg_"  # noqa: S105 - lets scanners of source code recognise one
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**15, 8, 1
_SCRYPT_MEMORY = 128 * 1024 * 1024


def hash_password(password: str) -> str:
    """Give what is stored of a password: ``scrypt$N$R$P$SALT$HASH``."""
    salt = secrets.token_bytes(16)
    key = _scrypt(password, salt, _SCRYPT_N, _SCRYPT_R, _SCRYPT_P)
    numbers = f"{_SCRYPT_N}${_SCRYPT_R}${_SCRYPT_P}"
    return f"scrypt${numbers}${salt.hex()}${key.hex()}"


def check_password(password: str, stored: str) -> bool:
    """Tell whether a password is the stored one, in a time that tells nothing."""
    _, n, r, p, salt, key = stored.split("$")
    made = _scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(made, bytes.fromhex(key))


def new_token() -> str:
    """Make a token."""
    return _TOKEN_PREFIX + secrets.token_urlsafe(32)


def is_token(password: str) -> bool:
    """Tell whether a password is a token: registry clients know no other place."""
    return password.startswith(_TOKEN_PREFIX)


def nobodys_password() -> str:
    """Give a stored password that nobody's is, with the usual numbers."""
    numbers = f"{_SCRYPT_N}${_SCRYPT_R}${_SCRYPT_P}"
    return f"scrypt${numbers}${'00' * 16}${'00' * 64}"


def token_digest(token: str) -> str:
    """Give what is stored of a token."""
    # A token has 256 random bits: nothing is gained by a slow hash.
    return hashlib.sha256(token.encode()).hexdigest()


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_SCRYPT_MEMORY
    )
