"""Digests, password hashes and symmetric encryption."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import zlib
from typing import TYPE_CHECKING

from pypkg.render.functions.encoding import b64dec
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.gostrings import decode, encode

if TYPE_CHECKING:
    from pypkg.render.functions.signature import TemplateFunction

Uint32 = int
"""Go's uint32, which only a literal number can be."""

_BCRYPT_COST = 10
_BCRYPT_LONGEST = 72
_AES_BLOCK = 16
_AES_KEY = 32

# The Master Password algorithm's templates, and the letters that each class stands for.
_SEED = b"com.lyndir.masterpassword"
_TEMPLATES = {
    "maximum": ("anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"),
    "long": (
        "CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv",
        "CvccCvcvnoCvcv", "CvccCvcvCvcvno", "CvcvnoCvccCvcv", "CvcvCvccnoCvcv",
        "CvcvCvccCvcvno", "CvcvnoCvcvCvcc", "CvcvCvcvnoCvcc", "CvcvCvcvCvccno",
        "CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno", "CvcvnoCvccCvcc",
        "CvcvCvccnoCvcc", "CvcvCvccCvccno", "CvccnoCvcvCvcc", "CvccCvcvnoCvcc",
        "CvccCvcvCvccno",
    ),
    "medium": ("CvcnoCvc", "CvcCvcno"),
    "short": ("Cvcn",),
    "basic": ("aaanaaan", "aannaaan", "aaannaaa"),
    "pin": ("nnnn",),
}  # fmt: skip
_CLASSES = {
    "V": "AEIOU",
    "C": "BCDFGHJKLMNPQRSTVWXYZ",
    "v": "aeiou",
    "c": "bcdfghjklmnpqrstvwxyz",
    "a": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
    "n": "0123456789",
    "o": "@&%?,=[]_:-+*$#!'^~;()/.",
    "x": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
}


def sha1sum(text: str) -> str:
    """Give the SHA-1 digest in hexadecimal."""
    return hashlib.sha1(encode(text), usedforsecurity=False).hexdigest()


def sha256sum(text: str) -> str:
    """Give the SHA-256 digest in hexadecimal."""
    return hashlib.sha256(encode(text)).hexdigest()


def sha512sum(text: str) -> str:
    """Give the SHA-512 digest in hexadecimal."""
    return hashlib.sha512(encode(text)).hexdigest()


def adler32sum(text: str) -> str:
    """Give the Adler-32 checksum in decimal."""
    return str(zlib.adler32(encode(text)))


def bcrypt_hash(password: str) -> str:
    """Hash a password with bcrypt, cost 10; over 72 bytes, give the error's text."""
    import bcrypt  # noqa: PLC0415 - start-up time

    data = encode(password)
    if len(data) > _BCRYPT_LONGEST:
        return (
            "failed to encrypt string with bcrypt:"
            " bcrypt: password length exceeds 72 bytes"
        )
    salt = bcrypt.gensalt(_BCRYPT_COST, prefix=b"2a")
    return bcrypt.hashpw(data, salt).decode("ascii")


def htpasswd(user: str, password: str) -> str:
    """Give an entry of an htpasswd file, hashed with bcrypt."""
    if ":" in user:
        return f"invalid username: {user}"
    return f"{user}:{bcrypt_hash(password)}"


def derive_password(
    counter: Uint32, kind: str, password: str, user: str, site: str
) -> str:
    """Derive a site's password from a master password, always the same.

    KIND is maximum, long, medium, short, basic or pin; another gives the error's
    text.
    """
    templates = _TEMPLATES.get(kind)
    if templates is None:
        return f"cannot find password template {kind}"
    salt = _SEED + _sized(user)
    key = hashlib.scrypt(
        encode(password), salt=salt, n=32768, r=8, p=2, maxmem=1 << 26, dklen=64
    )
    message = _SEED + _sized(site) + counter.to_bytes(4, "big")
    seed = hmac.digest(key, message, "sha256")
    template = templates[seed[0] % len(templates)]
    return "".join(
        _CLASSES[kind][byte % len(_CLASSES[kind])]
        for kind, byte in zip(template, seed[1:], strict=False)
    )


def _sized(text: str) -> bytes:
    data = encode(text)
    return len(data).to_bytes(4, "big") + data


def encrypt_aes(password: str, text: str) -> str:
    """Encrypt with AES-256-CBC under the password's first 32 bytes, in base64."""
    if not text:
        return ""
    cipher, _ = _aes(password, start := os.urandom(_AES_BLOCK))
    data = encode(text)
    padding = _AES_BLOCK - len(data) % _AES_BLOCK
    data = cipher.update(data + bytes([padding]) * padding) + cipher.finalize()
    return base64.b64encode(start + data).decode("ascii")


def decrypt_aes(password: str, text: str) -> str:
    """Decrypt what encryptAES gave; a text that is none is an error."""
    if not text:
        return ""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise FunctionError(b64dec(text)) from None
    if len(data) < _AES_BLOCK:
        raise FunctionError(
            f"runtime error: slice bounds out of range [:16] with capacity {len(data)}"
        )
    if len(data) % _AES_BLOCK:
        raise FunctionError("crypto/cipher: input not full blocks")
    _, cipher = _aes(password, data[:_AES_BLOCK])
    plain = cipher.update(data[_AES_BLOCK:]) + cipher.finalize()
    if not plain:
        raise FunctionError("runtime error: index out of range [-1]")
    padding = plain[-1]
    if padding > len(plain):
        raise FunctionError(
            f"runtime error: slice bounds out of range [:{len(plain) - padding}]"
        )
    return decode(plain[: len(plain) - padding])


def _aes(password: str, start: bytes) -> tuple[CipherContext, CipherContext]:
    from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 - start-up time
        Cipher,
        algorithms,
        modes,
    )

    key = encode(password)[:_AES_KEY].ljust(_AES_KEY, b"\0")
    cipher = Cipher(algorithms.AES256(key), modes.CBC(start))
    return cipher.encryptor(), cipher.decryptor()


if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

FUNCTIONS: dict[str, TemplateFunction] = {
    "adler32sum": adler32sum,
    "bcrypt": bcrypt_hash,
    "decryptAES": decrypt_aes,
    "derivePassword": derive_password,
    "encryptAES": encrypt_aes,
    "htpasswd": htpasswd,
    "sha1sum": sha1sum,
    "sha256sum": sha256sum,
    "sha512sum": sha512sum,
}
