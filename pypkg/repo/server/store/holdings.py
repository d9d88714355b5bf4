"""The rows of what a repository holds: content, manifests, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.repo.digests import digest_of
from pypkg.repo.oci.manifest import (
    CHART,
    MANIFEST,
    PROVENANCE,
    Descriptor,
    config_of,
    manifest_of,
)
from pypkg.repo.oci.reference import tag_of
from pypkg.repo.server.store import manifests

if TYPE_CHECKING:
    from pypkg.repo.server.store.catalogue import Writer
    from pypkg.repo.server.store.intake import Examined


def describe(
    writer: Writer,
    place: int,
    examined: Examined,
    provenance: bytes | None,
    now: str,
) -> None:
    """Give a chart the manifest under which registry clients find it."""
    keep(writer, place, config_of(examined.metadata), now)
    layers = [Descriptor(CHART, examined.digest, examined.size)]
    proof = None
    if provenance is not None:
        layers.append(Descriptor.of(PROVENANCE, provenance))
        proof = keep(writer, place, provenance, now)
    body = manifest_of(examined.metadata, layers, created=now)
    manifest = keep_manifest(writer, place, examined.name, body, now)
    publish(writer, place, examined, manifest=manifest, provenance=proof)


def publish(
    writer: Writer,
    place: int,
    examined: Examined,
    *,
    manifest: str,
    provenance: str | None,
) -> None:
    """Let a chart's row and its tag lead to a manifest that is kept."""
    here = (place, examined.name, examined.version)
    writer.execute(
        "UPDATE chart SET manifest = ?, provenance = ?"
        " WHERE repository = ? AND name = ? AND version = ?",
        manifest,
        provenance,
        *here,
    )
    writer.execute(
        "INSERT OR REPLACE INTO tag VALUES (?, ?, ?, ?)",
        place,
        examined.name,
        tag_of(examined.version),
        manifest,
    )


def keep(writer: Writer, place: int, body: bytes, now: str) -> str:
    """Keep a small blob in the catalogue, and give its digest."""
    digest = digest_of(body)
    writer.execute(
        "INSERT OR IGNORE INTO content VALUES (?, ?, ?, NULL, ?, ?)",
        place,
        digest,
        len(body),
        body,
        now,
    )
    return digest


def keep_manifest(
    writer: Writer,
    place: int,
    name: str,
    body: bytes,
    now: str,
    *,
    media_type: str = MANIFEST,
) -> str:
    """Keep a manifest, note what it consists of, and give its digest."""
    digest = digest_of(body)
    content = manifests.read(body)
    writer.execute(
        "INSERT OR IGNORE INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?)",
        place,
        name,
        digest,
        media_type,
        content.subject,
        body,
        now,
    )
    writer.execute_many(
        "INSERT OR IGNORE INTO part VALUES (?, ?, ?, ?)",
        [(place, name, digest, part) for part in content.parts],
    )
    return digest


def withdraw_manifest(writer: Writer, place: int, name: str, digest: str) -> None:
    """Remove a manifest with its tags; its parts are collected if nobody else's."""
    for table in ("manifest", "tag"):
        writer.execute(
            f"DELETE FROM {table} WHERE repository = ? AND name = ? AND digest = ?",  # noqa: S608 - one of two words
            place,
            name,
            digest,
        )
    writer.execute(
        "DELETE FROM part WHERE repository = ? AND name = ? AND manifest = ?",
        place,
        name,
        digest,
    )
