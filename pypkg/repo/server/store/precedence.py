"""The order of versions as text that a database can sort."""

from __future__ import annotations

from pypkg.versions import Version

_FIRST_LENGTH = ord("A")  # a number's digits, counted by a letter: 9 < 10


def precedence(version: str) -> str:
    """Give a text that sorts as the version does among others.

    It holds SemVer's rules: numbers by their value, a release after its prereleases,
    identifiers one by one, numeric ones before others; build metadata takes no part.

    Raises:
        VersionError: It is no version.
    """
    parsed = Version.parse(version)
    numbers = "".join(map(_number, map(str, parsed.release)))
    if not parsed.prerelease:
        return f"{numbers}~"
    # "!" sorts before every character that an identifier may have.
    parts = map(_identifier, parsed.prerelease.split("."))
    return numbers + "".join(f"{part}!" for part in parts)


def _identifier(text: str) -> str:
    return f"N{_number(text)}" if text.isdigit() else f"S{text}"


def _number(digits: str) -> str:
    # Longer numbers than letters can count are text of equal length and sort so.
    return f"{chr(min(_FIRST_LENGTH + len(digits), 0x10FFFF))}{digits}"
