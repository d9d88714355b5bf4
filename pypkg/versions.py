"""Versions and version constraints, as Helm reads them (Masterminds/semver 3.5)."""

from __future__ import annotations

import re
from functools import cache, lru_cache, total_ordering
from typing import TYPE_CHECKING

from pypkg.errors import VersionError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

# Masterminds' limits.
MAX_LENGTH = 256
MAX_CONSTRAINT_LENGTH = 512
MAX_GROUPS = 32
_MAX_UINT64 = 2**64 - 1

_LABELS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(
    rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({_LABELS}))?(?:\+({_LABELS}))?",
    re.ASCII,
)
# A version in a constraint may have a wildcard for each number. The bar stands in
# Masterminds' own expression; a text that has one fails later, as a number.
_PART = r"[0-9|xX*]+"
_PATTERN = rf"v?{_PART}(?:\.{_PART})?(?:\.{_PART})?(?:-{_LABELS})?(?:\+{_LABELS})?"
_OPERATOR = r"=|!=|>|<|>=|=>|<=|=<|~|~>|\^|"
_SPACE = r"[\t\n\f\r ]"


class _Grammar(Struct):
    """The expressions that read constraints, compiled when the first one is read.

    Attributes:
        term: An operator and a version.
        terms: All of a group.
        hyphen: A range, ``1.2 - 2``.
        parts: The numbers of a version, and its prerelease with the dash.
    """

    term: re.Pattern[str]
    terms: re.Pattern[str]
    hyphen: re.Pattern[str]
    parts: re.Pattern[str]


@cache
def _grammar() -> _Grammar:
    term = rf"(?:{_OPERATOR}){_SPACE}*{_PATTERN}{_SPACE}*"
    between = rf"(?:{_SPACE}+|,{_SPACE}*)"
    ends = rf"{_SPACE}*({_PATTERN}){_SPACE}+-{_SPACE}+({_PATTERN}){_SPACE}*"
    numbers = rf"v?({_PART})(?:\.({_PART}))?(?:\.({_PART}))?"
    return _Grammar(
        term=re.compile(rf"({_OPERATOR}){_SPACE}*({_PATTERN})"),
        terms=re.compile(rf"{_SPACE}*{term}(?:{between}{term})*"),
        hyphen=re.compile(ends),
        parts=re.compile(rf"{numbers}(-{_LABELS})?(?:\+{_LABELS})?"),
    )


@total_ordering
class Version(Struct):
    """A semantic version; build metadata takes no part in comparisons.

    Attributes:
        major: First number.
        minor: Second number, 0 where the text has none.
        patch: Third number, 0 where the text has none.
        prerelease: What follows ``-``, or "".
        build: What follows ``+``, or "".
        original: The text as given.
    """

    major: int
    minor: int
    patch: int
    prerelease: str = ""
    build: str = ""
    original: str = ""

    @classmethod
    def parse(cls, text: str, *, strict: bool = False) -> Version:
        """Read a version.

        Args:
            text: ``1.2.3-rc.1+build``; unless strict also ``v1.2``, ``1``, ``01.2``.
            strict: Accept only what semver.org does.

        Raises:
            VersionError: It is no version.
        """
        match = _VERSION.fullmatch(text) if len(text) <= MAX_LENGTH else None
        if match is None:
            raise _invalid(text)
        major, minor, patch, prerelease, build = match.groups()
        numbers = int(major), int(minor or 0), int(patch or 0)
        if max(numbers) > _MAX_UINT64:
            raise _invalid(text, "a number is too large")
        if prerelease and any(_padded(part) for part in prerelease.split(".")):
            raise _invalid(text, "a number in the prerelease starts with 0")
        version = cls(*numbers, prerelease or "", build or "", text)
        if strict and str(version) != text:
            raise _invalid(text, "three numbers are required")
        return version

    @property
    def release(self) -> tuple[int, int, int]:
        """The three numbers."""
        return (self.major, self.minor, self.patch)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self.release == other.release and self.prerelease == other.prerelease

    def __lt__(self, other: Version) -> bool:
        if self.release != other.release:
            return self.release < other.release
        return _earlier(self.prerelease, other.prerelease)

    def __hash__(self) -> int:
        return hash((self.release, self.prerelease))

    def __str__(self) -> str:
        """Give the canonical text: three numbers, no leading ``v``."""
        text = f"{self.major}.{self.minor}.{self.patch}"
        if self.prerelease:
            text += f"-{self.prerelease}"
        return f"{text}+{self.build}" if self.build else text


class Constraint(Struct):
    """A set of versions, written as ``>=1.2, <2 || ^3.1``.

    A prerelease is allowed only by a group (between ``||``) that names one itself.

    Attributes:
        text: The constraint as given.
    """

    text: str
    _groups: tuple[tuple[_Term, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """Read a constraint: ``^1.2``, ``>=1, <2``, ``1.x``, ``1.2 - 2``, ``~1 || 3``.

        Raises:
            VersionError: It is no constraint.
        """
        if len(text) > MAX_CONSTRAINT_LENGTH or text.count("||") >= MAX_GROUPS:
            raise _improper(text[:40] + "...: too long")
        spread = _grammar().hyphen.sub(r" >= \1, <= \2 ", text)
        return cls(text, tuple(map(_group, spread.split("||"))))

    def allows(self, version: Version) -> bool:
        """Tell whether the version satisfies the constraint."""
        return any(
            (not version.prerelease or any(t.version.prerelease for t in group))
            and all(term.allows(version) for term in group)
            for group in self._groups
        )

    def __str__(self) -> str:
        """Give the constraint as it was written."""
        return self.text


class _Term(Struct):
    """One operator and its version.

    Attributes:
        operator: As written, "" where there is none.
        version: With 0 for every number that is missing or a wildcard.
        given: How many numbers stand before the first missing one or wildcard: 0-3.
    """

    operator: str
    version: Version
    given: int

    def allows(self, version: Version) -> bool:
        return _OPERATORS[self.operator](version, self)


@lru_cache(maxsize=1024)
def satisfies(constraint: str, version: str) -> bool:
    """Tell whether a version satisfies a constraint; False if either is malformed.

    This is how Helm matches a dependency with a chart (``IsCompatibleRange``).
    """
    try:
        return Constraint.parse(constraint).allows(Version.parse(version))
    except VersionError:
        return False


def _invalid(text: str, reason: str = "") -> VersionError:
    because = f": {reason}" if reason else ""
    return VersionError(
        f"{text[:80]!r} is not a semantic version{because}",
        hint="write it as 1.2.3, or 1.2.3-rc.1 for a prerelease",
    )


def _improper(text: str) -> VersionError:
    return VersionError(
        f"improper constraint: {text}",
        hint="examples: 1.2.3, ^1.2, ~1.2.3, >=1.2 <2, 1.x || 2.x",
    )


def _padded(identifier: str) -> bool:
    return len(identifier) > 1 and identifier[0] == "0" and identifier.isdigit()


def _earlier(prerelease: str, other: str) -> bool:
    """Order two prereleases of one release; the release itself comes after both."""
    if prerelease == other or not prerelease or not other:
        return bool(prerelease) and not other
    import semver  # noqa: PLC0415 - start-up time, and seldom needed

    return semver.Version(0, 0, 0, prerelease) < semver.Version(0, 0, 0, other)


def _group(text: str) -> tuple[_Term, ...]:
    if not _grammar().terms.fullmatch(text):
        raise _improper(text)
    return tuple(_term(*match.groups()) for match in _grammar().term.finditer(text))


def _term(operator: str, pattern: str) -> _Term:
    match = _grammar().parts.fullmatch(pattern)
    if match is None:
        raise _improper(operator + pattern)
    *parts, prerelease = match.groups()
    given = next((n for n, part in enumerate(parts) if part in _WILDCARDS), len(parts))
    numbers = [*parts[:given], "0", "0", "0"][:3]
    try:
        version = Version.parse(".".join(numbers) + (prerelease or ""))
    except VersionError:
        raise _improper(operator + pattern) from None
    return _Term(operator, version, given)


_WILDCARDS = frozenset({"x", "X", "*", None})


def _equal(version: Version, term: _Term) -> bool:
    if term.given < len(version.release):
        return _tilde(version, term)
    return version == term.version


def _not_equal(version: Version, term: _Term) -> bool:
    given = term.given
    # != * excludes 0.0.0 alone, and != 1.2.x-rc its own prerelease: Masterminds'.
    if given == 0 or given == len(version.release):
        return version != term.version
    if version.release[:given] != term.version.release[:given]:
        return True
    return given > 1 and version.prerelease != term.version.prerelease


def _greater(version: Version, term: _Term) -> bool:
    if 0 < term.given < len(version.release):
        return version.release[: term.given] > term.version.release[: term.given]
    return version > term.version


def _less(version: Version, term: _Term) -> bool:
    return version < term.version


def _at_least(version: Version, term: _Term) -> bool:
    return version >= term.version


def _at_most(version: Version, term: _Term) -> bool:
    if term.given == len(version.release):
        return version <= term.version
    same = 1 if term.given == 1 else 2
    return version.release[:same] <= term.version.release[:same]


def _tilde(version: Version, term: _Term) -> bool:
    low = term.version
    if version < low:
        return False
    if low.release == (0, 0, 0) and term.given in (0, 3):
        return True
    same = min(term.given, 2)
    return version.release[:same] == low.release[:same]


def _caret(version: Version, term: _Term) -> bool:
    low = term.version
    if version < low:
        return False
    if low.major > 0 or term.given == 1:
        same = 1
    elif low.minor > 0 or term.given == 2:  # noqa: PLR2004 - two numbers
        same = 2
    else:
        same = 3
    return version.release[:same] == low.release[:same]


_OPERATORS: dict[str, Callable[[Version, _Term], bool]] = {
    "": _equal,
    "=": _equal,
    "!=": _not_equal,
    ">": _greater,
    "<": _less,
    ">=": _at_least,
    "=>": _at_least,
    "<=": _at_most,
    "=<": _at_most,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}
