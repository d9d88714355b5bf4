"""Many objects at once: written by several threads, read with few requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pypkg.cluster.client import METADATA_OF_ONE, METADATA_ONLY, PAGE
from pypkg.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pypkg.cluster.client import Cluster, Object
    from pypkg.cluster.discovery import Resource
    from pypkg.cluster.reference import ObjectRef

T = TypeVar("T")
R = TypeVar("R")

# From so many objects of a kind on, one list is cheaper than a request for each.
MANY = 4


def in_parallel(
    function: Callable[[T], R], items: Iterable[T], *, width: int
) -> Iterator[R]:
    """Call a function with each of the items, with several of them at once.

    Args:
        function: Is called by several threads.
        items: What to call it with.
        width: How many calls run at once, at most.

    Yields:
        The results, in the order of the items. What a call raises is raised in its
        place; calls that have not begun by then never do.
    """
    waiting = list(items)
    if min(width, len(waiting)) < 2:  # noqa: PLR2004 - one at once needs no thread
        yield from map(function, waiting)
        return
    from concurrent.futures import (  # noqa: PLC0415 - start-up time
        ThreadPoolExecutor,
    )

    pool = ThreadPoolExecutor(min(width, len(waiting)))
    try:
        yield from pool.map(function, waiting)
    finally:
        pool.shutdown(cancel_futures=True)


def find_all(
    cluster: Cluster, refs: Iterable[ObjectRef], *, labels: Mapping[str, str]
) -> dict[ObjectRef, Object]:
    """Read objects; those that do not exist are left out.

    Where there are many of a kind, a list by their common labels finds most of them;
    an object that it does not show is asked for by name.

    Args:
        cluster: Where.
        refs: Which objects.
        labels: What all of them are likely to have.

    Raises:
        ApiError: The server refuses to show an object.
    """
    selector = ",".join(f"{name}={value}" for name, value in labels.items())
    found: dict[ObjectRef, Object] = {}
    missing: list[ObjectRef] = []
    for (resource, namespace), group in _grouped(cluster, refs).items():
        if len(group) >= MANY:
            path = resource.path(namespace)
            listed, _ = _first_page(cluster, path, selector, limit=2 * len(group))
            found |= {ref: listed[ref.name] for ref in group if ref.name in listed}
        missing += [ref for ref in group if ref not in found]
    return found | _shown(_by_name(cluster, missing))


def find_metadata(
    cluster: Cluster, refs: Iterable[ObjectRef]
) -> dict[ObjectRef, Object]:
    """Read who objects are: their ``metadata`` only.

    Args:
        cluster: Where.
        refs: Which objects; those that do not exist are left out.

    Raises:
        ApiError: The server refuses to show an object.
    """
    return _shown(try_metadata(cluster, refs))


def try_metadata(
    cluster: Cluster, refs: Iterable[ObjectRef]
) -> dict[ObjectRef, Object | ApiError]:
    """Read who objects are, as far as the server shows them.

    Args:
        cluster: Where.
        refs: Which objects; those that do not exist are left out.

    Returns:
        The objects, or why the server refuses to show one.
    """
    groups = _grouped(cluster, refs)

    def listed(place: tuple[Resource, str | None]) -> tuple[dict[str, Object], bool]:
        if len(groups[place]) < MANY:
            return {}, False
        resource, namespace = place
        path = resource.path(namespace)
        return _first_page(cluster, path, limit=PAGE, accept=METADATA_ONLY)

    found: dict[ObjectRef, Object | ApiError] = {}
    missing: list[ObjectRef] = []
    pages = in_parallel(listed, groups, width=cluster.parallel)
    for group, (page, complete) in zip(groups.values(), pages, strict=True):
        found |= {ref: page[ref.name] for ref in group if ref.name in page}
        if not complete:
            missing += [ref for ref in group if ref.name not in page]
    return found | _by_name(cluster, missing, accept=METADATA_OF_ONE)


def _grouped(
    cluster: Cluster, refs: Iterable[ObjectRef]
) -> dict[tuple[Resource, str | None], list[ObjectRef]]:
    groups: dict[tuple[Resource, str | None], list[ObjectRef]] = {}
    for ref in dict.fromkeys(refs):
        place = cluster.discovery.resolve(ref), ref.namespace
        groups.setdefault(place, []).append(ref)
    return groups


def _first_page(
    cluster: Cluster, path: str, selector: str = "", *, limit: int, accept: str = ""
) -> tuple[dict[str, Object], bool]:
    """Read the beginning of a list: objects by name, and whether these are all."""
    try:
        items, metadata = next(
            cluster.pages(path, label_selector=selector, limit=limit, accept=accept)
        )
    except ApiError:
        # Who may read an object may not always list its kind.
        return {}, False
    named = {item["metadata"]["name"]: item for item in items}
    return named, not metadata.get("continue")


def _by_name(
    cluster: Cluster, refs: Sequence[ObjectRef], *, accept: str = ""
) -> dict[ObjectRef, Object | ApiError]:
    def look(ref: ObjectRef) -> Object | ApiError | None:
        try:
            return cluster.find(ref, accept=accept)
        except ApiError as error:
            return error

    looks = in_parallel(look, refs, width=cluster.parallel)
    return {
        ref: seen for ref, seen in zip(refs, looks, strict=True) if seen is not None
    }


def _shown(
    seen: Mapping[ObjectRef, Object | ApiError],
) -> dict[ObjectRef, Object]:
    """Give the objects.

    Raises:
        ApiError: One was not shown.
    """
    shown = {}
    for ref, live in seen.items():
        if isinstance(live, ApiError):
            raise live
        shown[ref] = live
    return shown
