"""What the registry protocol does to the library: manifests and tags."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.repo.digests import digest_of
from pypkg.repo.oci.manifest import CHART, CONFIG, PROVENANCE
from pypkg.repo.oci.reference import tag_of
from pypkg.repo.server.refusals import (
    ExistsError,
    MissingError,
    UnacceptableError,
)
from pypkg.repo.server.registry.refusals import (
    DigestError,
    UnknownNameError,
    UnknownPartError,
)
from pypkg.repo.server.store import manifests
from pypkg.repo.server.store.clock import stamp
from pypkg.repo.server.store.holdings import (
    keep_manifest,
    publish,
    withdraw_manifest,
)
from pypkg.repo.server.store.intake import examine
from pypkg.repo.server.store.storage import blob_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pypkg.repo.server.store.catalogue import Writer
    from pypkg.repo.server.store.intake import Examined
    from pypkg.repo.server.store.library import Library
    from pypkg.repo.server.store.manifests import ManifestContent
    from pypkg.repo.server.store.uploads import Uploads

_PLACE = "(SELECT id FROM repository WHERE name = ?)"


@dataclass(frozen=True, slots=True)
class Stored:
    """A manifest of the library.

    Attributes:
        digest: Of its bytes: ``sha256:...``.
        media_type: What the client said that it is.
        body: Its bytes.
    """

    digest: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Pushed:
    """A manifest that was taken.

    Attributes:
        digest: Its digest.
        subject: The digest of what it is about, or None.
        chart: The chart that it is of, or None.
    """

    digest: str
    subject: str | None
    chart: Examined | None


class Artifacts:
    """The library as a registry has it: a repository's chart is a name there.

    Args:
        library: The library.
        uploads: What takes charts in and out.
        clock: Tells the time.
    """

    def __init__(
        self, library: Library, uploads: Uploads, clock: Callable[[], datetime]
    ) -> None:
        self._library = library
        self._uploads = uploads
        self._clock = clock

    def manifest(self, repository: str, name: str, reference: str) -> Stored:
        """Find a manifest by its tag or digest.

        Raises:
            MissingError: There is none.
        """
        rows = self._library.catalogue
        digest = reference
        if not reference.startswith("sha256:"):
            row = rows.row(
                f"SELECT digest FROM tag WHERE repository = {_PLACE}"  # noqa: S608 - a constant
                " AND name = ? AND tag = ?",
                repository,
                name,
                reference,
            )
            digest = row[0] if row else ""
        row = rows.row(
            f"SELECT digest, media_type, body FROM manifest WHERE repository = {_PLACE}"  # noqa: S608 - a constant
            " AND name = ? AND digest = ?",
            repository,
            name,
            digest,
        )
        if row is None:
            raise MissingError(f"manifest unknown: {reference}")
        return Stored(*row)

    def tags(self, repository: str, name: str) -> list[str]:
        """Give a name's tags in order.

        Raises:
            UnknownNameError: There is no such name.
        """
        rows = self._library.catalogue.rows(
            f"SELECT tag FROM tag WHERE repository = {_PLACE} AND name = ?"  # noqa: S608 - a constant
            " ORDER BY tag",
            repository,
            name,
        )
        if not rows:
            full = f"{repository}/{name}" if repository else name
            raise UnknownNameError(f"repository name not known to registry: {full}")
        return [tag for (tag,) in rows]

    def names(self) -> list[tuple[str, str]]:
        """Give every repository and name that has a tag."""
        return self._library.catalogue.rows(
            "SELECT DISTINCT r.name, t.name FROM tag t"
            " JOIN repository r ON r.id = t.repository ORDER BY r.name, t.name"
        )

    def referrers(
        self, repository: str, name: str, digest: str
    ) -> list[dict[str, Any]]:
        """Describe the manifests that are about another."""
        rows = self._library.catalogue.rows(
            f"SELECT digest, media_type, body FROM manifest WHERE repository = {_PLACE}"  # noqa: S608 - a constant
            " AND name = ? AND subject = ? ORDER BY digest",
            repository,
            name,
            digest,
        )
        found = []
        for own, media_type, body in rows:
            content = manifests.read(body)
            annotations = json.loads(body).get("annotations")
            found.append(
                {
                    "mediaType": media_type,
                    "digest": own,
                    "size": len(body),
                    "artifactType": content.config_type,
                    **({"annotations": annotations} if annotations else {}),
                }
            )
        return found

    def put(self, repository: str, name: str, reference: str, stored: Stored) -> Pushed:
        """Take a manifest, and the chart that it is of.

        Args:
            repository: The repository.
            name: The chart.
            reference: The tag, or the digest.
            stored: The manifest; its digest is of its bytes.

        Raises:
            RefusedError: It names what is not there, is of another chart, or its
                place is taken.
        """
        content = manifests.read(stored.body)
        if reference.startswith("sha256:") and reference != stored.digest:
            raise DigestError(f"the manifest's digest is {stored.digest}")
        self._check_parts(repository, name, content)
        chart = self._chart(repository, name, content)
        now = stamp(self._clock())
        with self._library.catalogue.writing() as writer:
            place = writer.repository(repository, now)
            if chart is not None:
                self._enter(writer, place, chart, content, now=now)
            keep_manifest(
                writer, place, name, stored.body, now, media_type=stored.media_type
            )
            if chart is not None:
                proof = content.layers.get(PROVENANCE)
                publish(writer, place, chart, manifest=stored.digest, provenance=proof)
                writer.changed(place, now)
            if not reference.startswith("sha256:"):
                self._tag(writer, place, name, reference, stored.digest)
        return Pushed(stored.digest, content.subject, chart)

    def delete(self, repository: str, name: str, reference: str) -> str | None:
        """Remove a manifest, or a tag that is no version's.

        Returns:
            The version of the chart that went with it, or None.

        Raises:
            MissingError: There is none.
        """
        stored = self.manifest(repository, name, reference)
        row = self._library.catalogue.row(
            f"SELECT version FROM chart WHERE repository = {_PLACE}"  # noqa: S608 - a constant
            " AND name = ? AND manifest = ?",
            repository,
            name,
            stored.digest,
        )
        is_tag = reference != stored.digest
        if row is not None and not (is_tag and reference != tag_of(row[0])):
            self._uploads.delete(repository, name, row[0])
            return str(row[0])
        with self._library.catalogue.writing() as writer:
            place = writer.repository(repository, stamp(self._clock()))
            if is_tag:
                writer.execute(
                    "DELETE FROM tag WHERE repository = ? AND name = ? AND tag = ?",
                    place,
                    name,
                    reference,
                )
            else:
                withdraw_manifest(writer, place, name, stored.digest)
        return None

    def _check_parts(
        self, repository: str, name: str, content: ManifestContent
    ) -> None:
        """Refuse a manifest of what this repository has not got."""
        for digest in content.parts:
            try:
                self._library.content(repository, digest)
            except MissingError:
                try:
                    self.manifest(repository, name, digest)
                except MissingError:
                    raise UnknownPartError(f"blob unknown: {digest}") from None

    def _chart(
        self, repository: str, name: str, content: ManifestContent
    ) -> Examined | None:
        """Look at the chart of a manifest; None where it is of something else."""
        layer = content.layers.get(CHART)
        if content.config_type != CONFIG or layer is None:
            return None
        archive = self._library.content(repository, layer)
        if archive.size > self._uploads.policy.upload_bytes:
            raise UnacceptableError("the chart is too large")
        examined = examine(b"".join(self._library.read(archive)))
        if examined.name != name:
            raise UnacceptableError(
                f"the chart's name is {examined.name}, it was pushed as {name}"
            )
        proof = content.layers.get(PROVENANCE)
        if proof is not None:
            found = self._library.content(repository, proof)
            provenance = b"".join(self._library.read(found))
            data = b"".join(self._library.read(archive))
            self._uploads.check_provenance(provenance, data, examined)
        elif self._uploads.policy.require_provenance:
            raise UnacceptableError("this server takes signed charts only")
        return examined

    def _enter(
        self,
        writer: Writer,
        place: int,
        chart: Examined,
        content: ManifestContent,
        *,
        now: str,
    ) -> None:
        """Enter the chart, unless it is there: pushing it again does no harm."""
        row = writer.row(
            "SELECT digest, provenance, manifest FROM chart"
            " WHERE repository = ? AND name = ? AND version = ?",
            place,
            chart.name,
            chart.version,
        )
        if row is None or row[0] != chart.digest:
            self._uploads.add(writer, place, chart, key=blob_key(chart.digest), now=now)
            return
        proof = content.layers.get(PROVENANCE)
        if row[1] not in (None, proof) and not self._uploads.policy.replaces(
            force=False
        ):
            raise ExistsError("the chart has another provenance file already")
        withdraw_manifest(writer, place, chart.name, row[2])

    def _tag(
        self, writer: Writer, place: int, name: str, tag: str, digest: str
    ) -> None:
        """Let a tag lead to a manifest, unless it is another chart's version."""
        version = writer.row(
            "SELECT c.version FROM tag t JOIN chart c ON c.repository = t.repository"
            " AND c.name = t.name AND c.manifest = t.digest"
            " WHERE t.repository = ? AND t.name = ? AND t.tag = ? AND t.digest != ?",
            place,
            name,
            tag,
            digest,
        )
        is_version = version is not None and tag_of(version[0]) == tag
        if is_version and not self._uploads.policy.replaces(force=False):
            raise ExistsError(f"the tag {tag} is a chart's version")
        writer.execute(
            "INSERT OR REPLACE INTO tag VALUES (?, ?, ?, ?)", place, name, tag, digest
        )


def manifest_from(body: bytes, media_type: str) -> Stored:
    """Give a manifest that a client sent."""
    return Stored(digest_of(body), media_type, body)
