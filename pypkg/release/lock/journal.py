"""What an operation is about to do, kept where the next one finds it.

The record of a revision says most: a pending one holds the objects that were to be
applied. The journal adds whose record it is, which tells an operation of pypkg that
died from one of Helm that may still run, and what an uninstall was asked for.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pypkg.release.options import Cascade, UninstallOptions
from pypkg.release.records.record import Status

if TYPE_CHECKING:
    from pypkg.release.records.record import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """The revision that an operation works on.

    Attributes:
        revision: Its number.
        status: Its state meanwhile: pending, or uninstalling.
        deployed: When it was made, as its record says: two revisions of one number
            differ in it.
        keep_history: Whether the uninstall keeps the record.
        disable_hooks: Whether the uninstall runs no hooks.
        cascade: What the uninstall does with dependents.
        description: What the uninstall puts into the record.
    """

    revision: int
    status: Status
    deployed: str = ""
    keep_history: bool = False
    disable_hooks: bool = False
    cascade: Cascade = Cascade.BACKGROUND
    description: str = ""

    @classmethod
    def of(cls, release: Release) -> Journal:
        """Begin to work on a revision."""
        return cls(
            revision=release.revision, status=release.status, deployed=_moment(release)
        )

    @classmethod
    def of_uninstall(cls, release: Release, options: UninstallOptions) -> Journal:
        """Begin to uninstall a release, whose last revision is given."""
        return cls(
            revision=release.revision,
            status=Status.UNINSTALLING,
            deployed=_moment(release),
            keep_history=options.keep_history,
            disable_hooks=options.disable_hooks,
            cascade=options.cascade,
            description=options.description,
        )

    @classmethod
    def parse(cls, text: str) -> Journal | None:
        """Read what :meth:`text` wrote; None for what is no journal."""
        try:
            wire = json.loads(text)
            return cls(
                revision=int(wire["revision"]),
                status=Status(wire["status"]),
                deployed=str(wire.get("deployed") or ""),
                keep_history=bool(wire.get("keep_history")),
                disable_hooks=bool(wire.get("disable_hooks")),
                cascade=Cascade(wire.get("cascade") or Cascade.BACKGROUND),
                description=str(wire.get("description") or ""),
            )
        except (KeyError, TypeError, ValueError):
            return None

    def text(self) -> str:
        """Write it as JSON, for an annotation."""
        return json.dumps({k: v for k, v in asdict(self).items() if v})

    def is_about(self, release: Release) -> bool:
        """Tell whether a record is the one that the operation was working on."""
        return release.revision == self.revision and _moment(release) == self.deployed

    def uninstall_options(self, name: str) -> UninstallOptions:
        """Give what the uninstall was asked for, to finish it."""
        return UninstallOptions(
            name=name,
            keep_history=self.keep_history,
            disable_hooks=self.disable_hooks,
            cascade=self.cascade,
            description=self.description,
        )


def _moment(release: Release) -> str:
    made = release.info.last_deployed
    return made.rfc3339() if made is not None else ""
