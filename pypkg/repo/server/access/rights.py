"""Rights in repositories, and who has them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from pypkg.errors import RepositoryError
from pypkg.repo.server.refusals import RefusedError

Right = Literal["pull", "push", "delete"]
Anonymous = Literal["none", "pull", "push"]
RIGHTS: tuple[Right, ...] = ("pull", "push", "delete")


class UnauthorizedError(RefusedError):
    """Nobody is known by these credentials, or there are none where some are needed."""

    status = 401
    code = "UNAUTHORIZED"


class ForbiddenError(RefusedError):
    """Someone known may not do this."""

    status = 403


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights in the repositories that a pattern names.

    Attributes:
        rights: What may be done.
        pattern: ``*`` for every repository, ``team/*``, or a name; the root's is "".
    """

    rights: frozenset[str]
    pattern: str = "*"

    @classmethod
    def parse(cls, text: str) -> Grant:
        """Read ``pull,push:team/*``, or ``pull`` for every repository.

        Raises:
            RepositoryError: It names no right, or one that does not exist.
        """
        rights, colon, pattern = text.partition(":")
        found = frozenset(right.strip() for right in rights.split(","))
        if not found <= set(RIGHTS):
            raise RepositoryError(
                f"{text!r} is no grant",
                hint="a grant is RIGHTS or RIGHTS:REPOSITORY, such as pull,push:team/*;"
                f" the rights are {', '.join(RIGHTS)}",
            )
        return cls(found, pattern if colon else "*")

    def __str__(self) -> str:
        """Give the text that :meth:`parse` reads."""
        return f"{','.join(r for r in RIGHTS if r in self.rights)}:{self.pattern}"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request.

    Attributes:
        name: The account's or token's name; "" for nobody known.
        grants: What they may do.
    """

    name: str
    grants: tuple[Grant, ...]

    def may(self, right: Right, repository: str) -> bool:
        """Tell whether they may do this there."""
        return any(
            right in grant.rights and fnmatchcase(repository, grant.pattern)
            for grant in self.grants
        )


def anonymous(rights: Anonymous) -> Principal:
    """Give the principal of requests without credentials."""
    granted = {"none": (), "pull": ("pull",), "push": RIGHTS}[rights]
    return Principal("", (Grant(frozenset(granted)),) if granted else ())
