"""What differs with every call: random texts and numbers, UUIDs."""

from __future__ import annotations

import base64
import string
from typing import TYPE_CHECKING, Final

from pypkg.render.functions.errors import FunctionError

if TYPE_CHECKING:
    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction

_PRINTABLE: Final = "".join(map(chr, range(32, 127)))


def of_random(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that draw from the host's source of chance."""
    random = host.random

    def text_of(letters: str, count: int) -> str:
        host.check_length("a random text", count)
        return "".join(random.choices(letters, k=max(count, 0)))

    def rand_alpha_num(count: int) -> str:
        """Give COUNT random letters and digits."""
        return text_of(string.ascii_letters + string.digits, count)

    def rand_alpha(count: int) -> str:
        """Give COUNT random letters."""
        return text_of(string.ascii_letters, count)

    def rand_numeric(count: int) -> str:
        """Give COUNT random digits."""
        return text_of(string.digits, count)

    def rand_ascii(count: int) -> str:
        """Give COUNT random printable ASCII characters."""
        return text_of(_PRINTABLE, count)

    def rand_bytes(count: int) -> str:
        """Give COUNT random bytes in base64."""
        if count < 0:
            raise FunctionError("runtime error: makeslice: len out of range")
        host.check_length("randBytes", count)
        return base64.b64encode(random.randbytes(count)).decode("ascii")

    def rand_int(least: int, bound: int) -> int:
        """Give a random number from LEAST up to BOUND, without it."""
        if bound <= least:
            raise FunctionError("invalid argument to Intn")
        return random.randrange(least, bound)

    def shuffle(text: str) -> str:
        """Give a text's letters in random order."""
        letters = list(text)
        random.shuffle(letters)
        return "".join(letters)

    def uuidv4() -> str:
        """Give a random UUID."""
        from uuid import UUID  # noqa: PLC0415 - start-up time

        return str(UUID(int=random.getrandbits(128), version=4))

    return {
        "randAlpha": rand_alpha,
        "randAlphaNum": rand_alpha_num,
        "randAscii": rand_ascii,
        "randBytes": rand_bytes,
        "randInt": rand_int,
        "randNumeric": rand_numeric,
        "shuffle": shuffle,
        "uuidv4": uuidv4,
    }
