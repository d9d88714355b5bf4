"""Lists: selected, and in pages where the client asks for them."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.jsontext import loads, written
from pypkg.sandbox.schemas.conversion import convert
from pypkg.sandbox.statuses import StatusError, bad_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.sandbox.api.request_info import Query
    from pypkg.sandbox.api.selection import Selector
    from pypkg.sandbox.store import Key
    from pypkg.sandbox.writes.pipeline import Cluster
    from pypkg.sandbox.writes.targets import Target

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        items: The objects.
        metadata: The list's: resourceVersion, and how to go on.
    """

    items: list[Object]
    metadata: Object


def list_page(
    cluster: Cluster, target: Target, query: Query, *, metadata_only: bool = False
) -> Page:
    """Read a list, or the next page of it.

    Args:
        cluster: Where the objects are.
        target: What is listed.
        query: Which of them.
        metadata_only: Nothing but their ``metadata`` is needed.

    Raises:
        StatusError: The parameters do not parse, or ask for what is not known yet.
    """
    _require_known(cluster, query)
    limit = query.integer("limit")
    if limit < 0:
        raise bad_request("limit must not be negative")
    selector = query.selector(target.resource)
    revision, after = cluster.store.revision, None
    if token := query.text("continue"):
        revision, after = _read_token(token)
    found = _selected(cluster, target, selector, after, metadata_only=metadata_only)
    items: list[Object] = []
    keys: list[Key] = []
    metadata: Object = {"resourceVersion": str(revision)}
    for key, obj in found:
        if limit and len(items) == limit:
            metadata["continue"] = _token(revision, keys[-1])
            if not selector:
                metadata["remainingItemCount"] = 1 + sum(1 for _ in found)
            break
        items.append(obj)
        keys.append(key)
    return Page(items, metadata)


def _selected(
    cluster: Cluster,
    target: Target,
    selector: Selector,
    after: tuple[str, str] | None,
    *,
    metadata_only: bool,
) -> Iterator[tuple[Key, Object]]:
    namespace = target.namespace or None
    wanted = selector.namespace
    if wanted is not None and target.resource.namespaced:
        if namespace not in {None, wanted}:
            return
        namespace = wanted
    # Other versions may show metadata that are not stored, and other selectors look
    # at what they select: these need the objects themselves.
    as_stored = (
        metadata_only
        and target.resource.gvk == target.resource.storage_gvk
        and selector.is_lookup
    )
    texts = cluster.store.texts(
        target.resource.key,
        namespace,
        name=selector.name,
        after=after,
        labels=selector.allowed,
        part="metadata" if as_stored else "data",
    )
    kind = target.resource.gvk
    for key, text in texts:
        if as_stored:
            yield key, {"metadata": written(text)}
        elif selector.matches(obj := convert(loads(text), kind)):
            yield key, obj


def _require_known(cluster: Cluster, query: Query) -> None:
    revision = query.revision() or 0
    current = cluster.store.revision
    if revision > current:
        message = f"Too large resource version: {revision}, current: {current}"
        raise StatusError(
            504,
            "Timeout",
            f"Timeout: {message}",
            details={
                "causes": [
                    {"reason": "ResourceVersionTooLarge", "message": message[:26]}
                ]
            },
            retry_after=1,
        )


def _token(revision: int, last: Key) -> str:
    place = [revision, last.namespace, last.name]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, tuple[str, str]]:
    try:
        padded = token + "=" * (-len(token) % 4)
        revision, namespace, name = json.loads(base64.urlsafe_b64decode(padded))
        return int(revision), (str(namespace), str(name))
    except (ValueError, TypeError, binascii.Error) as error:
        raise bad_request("continue key is not valid: unreadable token") from error
