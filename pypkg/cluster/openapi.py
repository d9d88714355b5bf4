"""The server's published schemas, one document for each group version."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from pypkg.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.cluster.discovery import Fetch


class OpenApi:
    """Schemas of a server, each document asked for once.

    Args:
        fetch: Gets a path of the API server.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._loading = Lock()
        self._places: Mapping[str, Any] | None = None
        self._documents: dict[str, Mapping[str, Mapping[str, Any]]] = {}

    def definitions(self, api_version: str) -> Mapping[str, Mapping[str, Any]]:
        """Give every definition of a group version by its full name.

        Returns:
            {} where the server does not publish it.
        """
        with self._loading:
            if api_version not in self._documents:
                self._documents[api_version] = self._load(api_version)
            return self._documents[api_version]

    def _load(self, api_version: str) -> Mapping[str, Mapping[str, Any]]:
        root = "apis" if "/" in api_version else "api"
        try:
            if self._places is None:
                self._places = self._fetch("/openapi/v3")["paths"]
            place = self._places.get(f"{root}/{api_version}")
            document = self._fetch(place["serverRelativeURL"]) if place else {}
        except NotFoundError:
            # Servers before Kubernetes 1.24 publish none.
            return {}
        found: Mapping[str, Mapping[str, Any]] = (document.get("components") or {}).get(
            "schemas"
        ) or {}
        return found
