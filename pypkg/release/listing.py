"""``list``: from the labels of records; the records themselves only where shown."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from pypkg.cluster.client import METADATA_ONLY
from pypkg.cluster.discovery import Resource
from pypkg.cluster.parallel import in_parallel
from pypkg.errors import NotFoundError, UsageError
from pypkg.regexp import compiled
from pypkg.release.records.status import Status
from pypkg.release.records.summaries import (
    Head,
    Revision,
    Summary,
    identity,
    read_summary,
)
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pypkg.cluster.client import Cluster, Object
    from pypkg.release.records.summaries import SummaryCache

# Where records are, by the name of the storage driver.
RESOURCES = {
    "secret": Resource("v1", "Secret", "secrets", namespaced=True),
    "configmap": Resource("v1", "ConfigMap", "configmaps", namespaced=True),
}
OWNED = "owner=helm"
# From so many records on, a list is cheaper than a request for each.
_MANY = 16
_PAGE = 100


class SortBy(StrEnum):
    """In which order releases are listed."""

    NAME = "name"
    DATE = "date"


class ListOptions(Struct):
    """Options of ``list``.

    Attributes:
        statuses: Show these states only; empty shows all, as Helm 4 does.
        name_filter: A regular expression searched in the name, or "".
        selector: A label selector for the records, or "".
        sort: By name, or oldest first.
        reverse: Turn the order round.
        limit: At most so many; 0 is no limit.
        offset: Leave out so many first.
    """

    statuses: frozenset[Status] = frozenset()
    name_filter: str = ""
    selector: str = ""
    sort: SortBy = SortBy.NAME
    reverse: bool = False
    limit: int = 256
    offset: int = 0

    @property
    def latest(self) -> bool:
        """Whether only the last revision of each release is looked at.

        Superseded revisions are never the last: they are listed only when nothing
        else is asked for.
        """
        return self.statuses != {Status.SUPERSEDED}


R = TypeVar("R", bound=Revision)


class Records:
    """The records of releases in a cluster, read as little as possible.

    Args:
        cluster: Where.
        driver: ``secret`` or ``configmap``.
        namespace: Whose releases; "" is every namespace.
        cache: What is known from earlier.
    """

    def __init__(
        self, cluster: Cluster, driver: str, namespace: str, cache: SummaryCache
    ) -> None:
        self._cluster = cluster
        self._resource = RESOURCES[driver]
        self._namespace = namespace
        self._cache = cache

    def heads(self, *, latest: bool) -> list[Head]:
        """Read which revisions there are: metadata only, page by page.

        Args:
            latest: Only the last revision of each release.
        """
        path = self._resource.path(self._namespace or None)
        pages = self._cluster.pages(path, label_selector=OWNED, accept=METADATA_ONLY)
        found: dict[tuple[str, str, int], tuple[int, Object]] = {}
        for items, _ in pages:
            for item in items:
                namespace, name, number = identity(item)
                key = namespace, name, 0 if latest else number
                if key not in found or found[key][0] < number:
                    found[key] = number, item
        return [Head.of(item) for _, item in found.values()]

    def summaries(self, heads: list[Head]) -> list[Summary]:
        """Read what is shown of revisions; those that are gone by now are left out.

        Raises:
            ReleaseError: A record is damaged.
        """
        known = self._cache.known(heads)
        missing = {head.uid: head for head in heads if head.uid not in known}
        for head, item in self._items(missing):
            known[head.uid] = read_summary(head, item)
        self._cache.keep(self._namespace, heads, known)
        return [known[head.uid] for head in heads if head.uid in known]

    def _items(self, missing: Mapping[str, Head]) -> Iterator[tuple[Head, Object]]:
        if len(missing) < _MANY:
            heads = list(missing.values())
            found = in_parallel(self._get, heads, width=self._cluster.parallel)
            for head, item in zip(heads, found, strict=True):
                if item is not None:
                    yield head, item
            return
        # Most of a history is superseded, and hardly ever shown.
        statuses = ",".join(sorted({head.status for head in missing.values()}))
        pages = self._cluster.pages(
            self._resource.path(self._namespace or None),
            label_selector=f"{OWNED},status in ({statuses})",
            limit=_PAGE,
        )
        for items, _ in pages:
            for item in items:
                if listed := missing.get(item["metadata"]["uid"]):
                    yield listed, item

    def _get(self, head: Head) -> Object | None:
        path = self._resource.path(head.namespace, head.object_name)
        try:
            found: Object = self._cluster.fetch(path)
        except NotFoundError:  # pruned meanwhile
            return None
        return found


def list_summaries(records: Records, options: ListOptions) -> list[Summary]:
    """List releases: of each the last revision, if its state is wanted.

    Raises:
        UsageError: The filter or the selector does not parse.
        ReleaseError: A record that is to be shown is damaged.
        ClusterError: The cluster cannot be reached, or refuses.
    """
    found = chosen(records.heads(latest=options.latest), options, lambda h: h.labels)
    if options.sort == SortBy.DATE:
        from pypkg.release.records.timestamps import (  # noqa: PLC0415 - start-up time
            Timestamp,
            epoch,
        )

        by_date = records.summaries(found)
        by_date.sort(key=lambda one: epoch(Timestamp.parse(one.updated)))
        return page(by_date, options)
    return records.summaries(page(found, options))


def list_names(records: Records, options: ListOptions) -> list[str]:
    """List the names of releases, as :func:`list_summaries` would.

    Raises:
        UsageError: The filter or the selector does not parse.
        ClusterError: The cluster cannot be reached, or refuses.
    """
    if options.sort == SortBy.DATE:
        return [one.name for one in list_summaries(records, options)]
    found = chosen(records.heads(latest=options.latest), options, lambda h: h.labels)
    return [head.name for head in page(found, options)]


def chosen(
    revisions: list[R], options: ListOptions, labels: Callable[[R], Mapping[str, str]]
) -> list[R]:
    """Choose revisions, and order them by name.

    Args:
        revisions: All of them; or the last ones, if the options want these.
        options: Which.
        labels: Gives the labels of a revision's record.

    Raises:
        UsageError: The filter or the selector does not parse.
    """
    matches = _name_filter(options.name_filter)
    selects: Callable[[Mapping[str, str]], bool] = lambda _: True  # noqa: E731 - the default
    if options.selector:
        from pypkg.release.records.label_selectors import (  # noqa: PLC0415 - start-up time
            parse_selector,
        )

        selects = parse_selector(options.selector)
    found = [
        revision
        for revision in revisions
        if matches(revision.name)
        and (not options.statuses or revision.status in options.statuses)
        and selects(labels(revision))
    ]
    found.sort(key=lambda one: (one.name, one.namespace, one.revision))
    return found


T = TypeVar("T")


def page(ordered: list[T], options: ListOptions) -> list[T]:
    """Cut out what the options want to see of a list in order."""
    start = max(options.offset, 0)
    end = start + options.limit if options.limit > 0 else None
    return (ordered[::-1] if options.reverse else ordered)[start:end]


def _name_filter(pattern: str) -> Callable[[str], object]:
    if not pattern:
        return bool
    try:
        search: Callable[[str], object] = compiled(pattern).search
    except ValueError as error:
        raise UsageError(str(error)) from error
    return search
