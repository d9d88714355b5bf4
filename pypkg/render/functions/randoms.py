"""What differs with every call: random texts and numbers, UUIDs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pypkg.render.functions.errors import FunctionError

if TYPE_CHECKING:
    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction

_DIGITS: Final = "0123456789"
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PRINTABLE: Final = "".join(map(chr, range(32, 127)))


class _Randoms:
    """Functions that draw from the host's source of chance."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._random = host.chance()

    def _text(self, letters: str, count: int) -> str:
        self._host.check_length("a random text", count)
        return "".join(self._random.choices(letters, k=max(count, 0)))

    def rand_alpha_num(self, count: int) -> str:
        """Give COUNT random letters and digits."""
        return self._text(_LETTERS + _DIGITS, count)

    def rand_alpha(self, count: int) -> str:
        """Give COUNT random letters."""
        return self._text(_LETTERS, count)

    def rand_numeric(self, count: int) -> str:
        """Give COUNT random digits."""
        return self._text(_DIGITS, count)

    def rand_ascii(self, count: int) -> str:
        """Give COUNT random printable ASCII characters."""
        return self._text(_PRINTABLE, count)

    def rand_bytes(self, count: int) -> str:
        """Give COUNT random bytes in base64."""
        if count < 0:
            raise FunctionError("runtime error: makeslice: len out of range")
        self._host.check_length("randBytes", count)
        import base64  # noqa: PLC0415 - start-up time

        return base64.b64encode(self._random.randbytes(count)).decode("ascii")

    def rand_int(self, least: int, bound: int) -> int:
        """Give a random number from LEAST up to BOUND, without it."""
        if bound <= least:
            raise FunctionError("invalid argument to Intn")
        return self._random.randrange(least, bound)

    def shuffle(self, text: str) -> str:
        """Give a text's letters in random order."""
        letters = list(text)
        self._random.shuffle(letters)
        return "".join(letters)

    def uuidv4(self) -> str:
        """Give a random UUID."""
        from uuid import UUID  # noqa: PLC0415 - start-up time

        return str(UUID(int=self._random.getrandbits(128), version=4))


def host_functions(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that draw from the host's source of chance."""
    randoms = _Randoms(host)
    return {
        "randAlpha": randoms.rand_alpha,
        "randAlphaNum": randoms.rand_alpha_num,
        "randAscii": randoms.rand_ascii,
        "randBytes": randoms.rand_bytes,
        "randInt": randoms.rand_int,
        "randNumeric": randoms.rand_numeric,
        "shuffle": randoms.shuffle,
        "uuidv4": randoms.uuidv4,
    }
