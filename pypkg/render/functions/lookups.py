"""What is outside: objects in the cluster, addresses of hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.values.int64 import Int64

if TYPE_CHECKING:
    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction


def _with_int64(value: Any) -> Any:
    """Mark whole numbers, which objects of a cluster hold as Go's int64."""
    if isinstance(value, dict):
        return {key: _with_int64(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_int64(item) for item in value]
    return Int64(value) if value.__class__ is int else value


class _Outside:
    """Functions that ask the cluster or the network."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def lookup(
        self, api_version: str, kind: str, namespace: str, name: str
    ) -> dict[str, Any]:
        """Read an object of the cluster; an empty NAME gives a list with ``.items``.

        ``{}`` if it does not exist, or if there is no cluster to ask (``template``,
        ``--dry-run=client``).
        """
        if self._host.lookup is None:
            return {}
        found = self._host.lookup(api_version, kind, namespace, name)
        return {key: _with_int64(value) for key, value in found.items()}

    def get_host_by_name(self, name: str) -> str:
        """Give a host's address; ``""`` unless ``--enable-dns`` is given."""
        if not self._host.enable_dns:
            return ""
        import socket  # noqa: PLC0415 - start-up time

        try:
            return self._host.chance().choice(socket.gethostbyname_ex(name)[2])
        except (OSError, IndexError, UnicodeError):
            return ""


def host_functions(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that ask the cluster or the network."""
    outside = _Outside(host)
    return {"getHostByName": outside.get_host_by_name, "lookup": outside.lookup}
