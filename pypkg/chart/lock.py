"""Chart.lock: which versions of the dependencies were chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pypkg.chart.decoding import Decoder
from pypkg.chart.metadata import Dependency
from pypkg.errors import MetadataError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Go's zero time, which an absent ``generated`` has.
UNKNOWN_TIME = "0001-01-01T00:00:00Z"


class Lock(Struct):
    """The locked dependencies of a chart.

    Attributes:
        dependencies: Name, repository and exact version of each.
        digest: ``sha256:`` and the hash of what was required and chosen.
        generated: When, in RFC 3339.
    """

    dependencies: tuple[Dependency, ...] = ()
    digest: str = ""
    generated: str = UNKNOWN_TIME

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, path: str = "Chart.lock") -> Self:
        """Read a parsed Chart.lock or requirements.lock.

        Raises:
            MetadataError: A field has the wrong type.
        """
        decoder = Decoder(data)
        lock = cls(
            dependencies=tuple(map(Dependency.decode, decoder.structs("dependencies"))),
            digest=decoder.text("digest"),
            generated=decoder.text("generated") or UNKNOWN_TIME,
        )
        if decoder.faults:
            raise MetadataError(path, decoder.faults)
        return lock

    def to_dict(self) -> dict[str, Any]:
        """Give the wire form in Helm's field order."""
        return {
            "generated": self.generated,
            "digest": self.digest,
            "dependencies": [locked.to_dict() for locked in self.dependencies],
        }


def digest(required: Sequence[Dependency], locked: Sequence[Dependency]) -> str:
    """Hash what Chart.yaml requires together with what was chosen.

    A lock whose digest differs is out of sync with its Chart.yaml. The formula is
    Helm's: SHA-256 of ``json.Marshal`` of both lists.

    Returns:
        ``sha256:`` and 64 hexadecimal digits.
    """
    import hashlib  # noqa: PLC0415 - start-up time

    from pypkg import jsonio  # noqa: PLC0415 - start-up time

    lists = [[_wire(d) for d in required], [_wire(d) for d in locked]]
    text = jsonio.dumps(lists, sort_keys=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _wire(dependency: Dependency) -> dict[str, Any]:
    """Give a dependency as Go writes it: a struct's fields in order, maps sorted."""
    wire = dependency.to_dict()
    if dependency.import_values:
        wire["import-values"] = [
            dict(sorted(entry.items())) if isinstance(entry, dict) else entry
            for entry in dependency.import_values
        ]
    return wire
