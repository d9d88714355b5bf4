"""What is outside: objects in the cluster, addresses of hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypkg.render.functions.host import Host
    from pypkg.render.functions.signature import TemplateFunction


def of_host(host: Host) -> dict[str, TemplateFunction]:
    """Give the functions that ask the cluster or the network."""

    def lookup(
        api_version: str, kind: str, namespace: str, name: str
    ) -> dict[str, Any]:
        """Read an object of the cluster; an empty NAME gives a list with ``.items``.

        ``{}`` if it does not exist, or if there is no cluster to ask (``template``,
        ``--dry-run=client``).
        """
        return (
            {}
            if host.lookup is None
            else host.lookup(api_version, kind, namespace, name)
        )

    def get_host_by_name(name: str) -> str:
        """Give a host's address; ``""`` unless ``--enable-dns`` is given."""
        if not host.enable_dns:
            return ""
        import socket  # noqa: PLC0415 - start-up time

        try:
            return host.random.choice(socket.gethostbyname_ex(name)[2])
        except (OSError, IndexError, UnicodeError):
            return ""

    return {"getHostByName": get_host_by_name, "lookup": lookup}
