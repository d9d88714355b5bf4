"""Searching a hub of charts, such as Artifact Hub."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from pypkg.errors import HttpError, RepositoryError
from pypkg.repo.transport.urls import redacted

if TYPE_CHECKING:
    from pypkg.repo.transport.session import Session

PATH = "api/chartsvc/v1/charts/search"
_MAX_ANSWER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HubChart:
    """A chart that a hub knows.

    Attributes:
        url: Its page.
        version: Its newest version.
        app_version: The version of what it installs.
        description: What it is.
        repository: The name of its repository there.
        repository_url: That repository's URL.
    """

    url: str
    version: str
    app_version: str
    description: str
    repository: str
    repository_url: str


def search(session: Session, endpoint: str, words: str) -> list[HubChart]:
    """Search a hub.

    Args:
        session: Sends the request.
        endpoint: The hub's URL; it has the search API of Monocular.
        words: What to look for.

    Raises:
        HttpError: There is no answer, or a refusal.
        RepositoryError: The answer is none of a hub.
    """
    base = endpoint.rstrip("/")
    url = f"{base}/{PATH}?q={quote(words, safe='')}"
    with session.send("GET", url, headers={"Accept": "application/json"}) as answer:
        try:
            answer.check()
        except HttpError as error:
            error.hint = f"is {redacted(endpoint)} a hub? --endpoint names another"
            raise
        text = answer.read(_MAX_ANSWER_BYTES)
    try:
        found = json.loads(text)["data"] or []
        return [_chart(base, one) for one in found]
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        raise RepositoryError(
            f"{redacted(url)} does not answer as a hub does",
            hint="--endpoint takes the URL of a hub with Monocular's search API",
        ) from error


def _chart(base: str, data: dict[str, Any]) -> HubChart:
    attributes = data["attributes"]
    newest = data["relationships"]["latestChartVersion"]["data"]
    repository = attributes["repo"]
    # Artifact Hub says where its page is; Monocular's lie at one place.
    page = (data.get("artifactHub") or {}).get("packageUrl")
    return HubChart(
        url=str(page or f"{base}/charts/{data['id']}"),
        version=str(newest.get("version") or ""),
        app_version=str(newest.get("app_version") or ""),
        description=str(attributes.get("description") or ""),
        repository=str(repository.get("name") or ""),
        repository_url=_safe(str(repository.get("url") or "")),
    )


def _safe(url: str) -> str:
    """Keep a URL that may be shown and followed."""
    return url if urlsplit(url).scheme in ("http", "https", "oci") else ""
