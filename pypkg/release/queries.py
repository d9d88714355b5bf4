"""Reading releases: which there are, and their revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.chart.coalesce import coalesce
from pypkg.release import history as revisions_of
from pypkg.release.listing import SortBy, chosen, page
from pypkg.release.records.names import check_name
from pypkg.release.records.timestamps import epoch
from pypkg.release.storage import not_found, record_labels

if TYPE_CHECKING:
    from pypkg.release.environment import Environment
    from pypkg.release.listing import ListOptions
    from pypkg.release.records.record import Release


def list_releases(env: Environment, options: ListOptions) -> list[Release]:
    """List releases: of each the last revision, if its state is wanted.

    Args:
        env: The surroundings; the storage decides whether for all namespaces.
        options: Which, in which order.

    Raises:
        UsageError: The filter or the selector does not parse.
        ClusterError: The cluster cannot be reached, or refuses.
    """
    found = chosen(env.storage.find({}, latest=options.latest), options, record_labels)
    if options.sort == SortBy.DATE:
        found.sort(key=lambda release: epoch(release.info.last_deployed))
    return page(found, options)


def history(env: Environment, name: str, *, limit: int = 256) -> list[Release]:
    """Give the revisions of a release, the oldest first, as far as a list shows them.

    Args:
        env: The surroundings.
        name: The release.
        limit: Only so many of the newest.

    Raises:
        ReleaseNotFoundError: There is no such release.
    """
    check_name(name)
    found = env.storage.outlines(name)
    if not found:
        raise not_found(name)
    return found[-limit:] if limit > 0 else []


def get_release(env: Environment, name: str, revision: int = 0) -> Release:
    """Give a revision of a release.

    Args:
        env: The surroundings.
        name: The release.
        revision: Which; 0, or a negative number as in Helm, is the last.

    Raises:
        ReleaseNotFoundError: There is no such release, or no such revision.
    """
    check_name(name)
    if revision > 0:
        return env.storage.get(name, revision)
    return revisions_of.last(env.storage, name)


def computed_values(release: Release) -> dict[str, Any]:
    """Give what a release was rendered with: its chart's defaults under its values."""
    return coalesce(release.chart, release.config)
