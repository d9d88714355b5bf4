"""What is outside: objects in the cluster, addresses of hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction


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
        return (
            {}
            if self._host.lookup is None
            else self._host.lookup(api_version, kind, namespace, name)
        )

    def get_host_by_name(self, name: str) -> str:
        """Give a host's address; ``""`` unless ``--enable-dns`` is given."""
        if not self._host.enable_dns:
            return ""
        import socket  # noqa: PLC0415 - start-up time

        try:
            return self._host.random.choice(socket.gethostbyname_ex(name)[2])
        except (OSError, IndexError, UnicodeError):
            return ""


def host_functions(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that ask the cluster or the network."""
    outside = _Outside(host)
    return {"getHostByName": outside.get_host_by_name, "lookup": outside.lookup}
