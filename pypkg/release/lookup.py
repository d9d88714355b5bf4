"""What templates may ask of the cluster: ``lookup`` and ``.Capabilities``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pypkg.errors import ClusterError, NotFoundError
from pypkg.render.capabilities import APIVersions, Capabilities, KubeVersion
from pypkg.render.functions.errors import FunctionError

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster

Lookup = Callable[[str, str, str, str], dict[str, Any]]


def lookup_in(cluster: Cluster) -> Lookup:
    """Give the ``lookup`` of templates.

    Returns:
        A function of apiVersion, kind, namespace and name. Without a name it gives
        a list of all such objects, in that namespace or in all; {} stands for what
        is not there. A group version that the cluster does not have is an error, as
        in Helm: templates ask ``.Capabilities.APIVersions`` first.
    """

    def lookup(
        api_version: str, kind: str, namespace: str, name: str
    ) -> dict[str, Any]:
        try:
            resource = cluster.discovery.find(api_version, kind)
            if resource is not None:
                found: dict[str, Any] = cluster.fetch(
                    resource.path(namespace or None, quote(name))
                )
                return found
            known = api_version in cluster.discovery.versions()
        except NotFoundError:
            return {}
        except ClusterError as error:
            raise FunctionError(str(error)) from error
        if known:
            return {}
        raise FunctionError(
            "unable to get apiresource from unstructured:"
            f" {api_version}, Kind={kind}: the server could not find the requested"
            " resource"
        )

    return lookup


def capabilities_of(cluster: Cluster) -> Capabilities:
    """Ask the cluster for its version and for every kind that it serves."""
    version = cluster.version()
    versions = cluster.discovery.versions()
    kinds = [f"{r.api_version}/{r.kind}" for r in cluster.discovery.resources()]
    return Capabilities(
        kube_version=KubeVersion(
            str(version["gitVersion"]), str(version["major"]), str(version["minor"])
        ),
        api_versions=APIVersions([*versions, *kinds]),
    )
