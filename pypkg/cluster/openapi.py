"""The server's published schemas.

Since Kubernetes 1.24 there is a document for each group version (OpenAPI v3); older
servers have one for all (v2).
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from pypkg.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.cluster.discovery import Fetch

    Definitions = Mapping[str, Mapping[str, Any]]


class OpenApi:
    """Schemas of a server, each document asked for once.

    Args:
        fetch: Gets a path of the API server.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._loading = Lock()
        self._places: Mapping[str, Any] | None = None
        self._documents: dict[str, Definitions] = {}
        self._for_all: Definitions = {}

    def definitions(self, api_version: str) -> Definitions:
        """Give every definition that a group version uses, by its full name.

        Returns:
            {} where the server does not publish it.
        """
        with self._loading:
            if api_version not in self._documents:
                self._documents[api_version] = self._load(api_version)
            return self._documents[api_version]

    def _load(self, api_version: str) -> Definitions:
        if self._places is None:
            try:
                self._places = self._fetch("/openapi/v3")["paths"]
            except NotFoundError:
                self._places = {}
                self._for_all = self._found("/openapi/v2").get("definitions") or {}
        root = "apis" if "/" in api_version else "api"
        place = self._places.get(f"{root}/{api_version}")
        if not place:
            return self._for_all
        # A gateway such as Rancher's may have put its own path before the server's.
        _, root, rest = str(place["serverRelativeURL"]).rpartition("/openapi/v3/")
        components = self._found(root + rest).get("components") or {}
        found: Definitions = components.get("schemas") or {}
        return found

    def _found(self, path: str) -> Mapping[str, Any]:
        try:
            document: Mapping[str, Any] = self._fetch(path)
        except NotFoundError:
            return {}
        return document
