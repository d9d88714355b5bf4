"""Semantic versions: taking them apart, and testing them against constraints."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from pypkg.errors import VersionError
from pypkg.render.engine import GoObject
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.gostrings import go_quote
from pypkg.structs import Struct
from pypkg.versions import Constraint, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.render.functions.signature import TemplateFunction


class SemanticVersion(GoObject, Struct):
    """Masterminds' ``*semver.Version``, with the methods that templates can call."""

    version: Version

    go_type: ClassVar[str] = "*semver.Version"
    go_methods: ClassVar[Mapping[str, str]] = {
        "Compare": "compare",
        "Equal": "equal",
        "GreaterThan": "greater_than",
        "GreaterThanEqual": "greater_than_equal",
        "IncMajor": "inc_major",
        "IncMinor": "inc_minor",
        "IncPatch": "inc_patch",
        "LessThan": "less_than",
        "LessThanEqual": "less_than_equal",
        "Major": "major",
        "Metadata": "metadata",
        "Minor": "minor",
        "Original": "original",
        "Patch": "patch",
        "Prerelease": "prerelease",
        "String": "__str__",
    }

    def __str__(self) -> str:
        """Give the canonical text."""
        return str(self.version)

    def json(self) -> str:
        """Give its form in JSON."""
        return str(self.version)

    def major(self) -> int:
        """Give the first number."""
        return self.version.major

    def minor(self) -> int:
        """Give the second number."""
        return self.version.minor

    def patch(self) -> int:
        """Give the third number."""
        return self.version.patch

    def prerelease(self) -> str:
        """Give what follows ``-``."""
        return self.version.prerelease

    def metadata(self) -> str:
        """Give what follows ``+``."""
        return self.version.build

    def original(self) -> str:
        """Give the text as it was read."""
        return self.version.original

    def compare(self, other: SemanticVersion) -> int:
        """Give -1, 0 or 1."""
        return (self.version > other.version) - (self.version < other.version)

    def equal(self, other: SemanticVersion) -> bool:
        """Tell whether both have the same precedence."""
        return self.version == other.version

    def less_than(self, other: SemanticVersion) -> bool:
        """Tell whether it comes before the other."""
        return self.version < other.version

    def less_than_equal(self, other: SemanticVersion) -> bool:
        """Tell whether it does not come after the other."""
        return self.version <= other.version

    def greater_than(self, other: SemanticVersion) -> bool:
        """Tell whether it comes after the other."""
        return self.version > other.version

    def greater_than_equal(self, other: SemanticVersion) -> bool:
        """Tell whether it does not come before the other."""
        return self.version >= other.version

    def inc_major(self) -> SemanticVersion:
        """Give the next major version."""
        return _version(self.version.major + 1, 0, 0)

    def inc_minor(self) -> SemanticVersion:
        """Give the next minor version."""
        return _version(self.version.major, self.version.minor + 1, 0)

    def inc_patch(self) -> SemanticVersion:
        """Give the next patch version; of a prerelease, its release."""
        step = 0 if self.version.prerelease else 1
        return _version(
            self.version.major, self.version.minor, self.version.patch + step
        )


def _version(major: int, minor: int, patch: int) -> SemanticVersion:
    version = Version(major, minor, patch)
    return SemanticVersion(version.replace(original=str(version)))


@lru_cache(maxsize=256)
def _parse(text: str) -> Version:
    try:
        return Version.parse(text)
    except VersionError:
        raise FunctionError("invalid semantic version") from None


@lru_cache(maxsize=256)
def _constraint(text: str) -> Constraint:
    try:
        return Constraint.parse(text)
    except VersionError as error:
        # Its message ends with the part of the constraint that is wrong.
        part = str(error).removeprefix("improper constraint: ")
        raise FunctionError(f"improper constraint: {go_quote(part)}") from None


def semver(text: str) -> SemanticVersion:
    """Read a version, for its ``.Major``, ``.Minor``, ``.Patch``, ``.Prerelease``."""
    return SemanticVersion(_parse(text))


def semver_compare(constraint: str, version: str) -> bool:
    """Tell whether a version satisfies a constraint such as ``>=1.20-0``, ``^1.2``."""
    wanted = _constraint(constraint)
    return wanted.allows(_parse(version))


FUNCTIONS: dict[str, TemplateFunction] = {
    "semver": semver,
    "semverCompare": semver_compare,
}
