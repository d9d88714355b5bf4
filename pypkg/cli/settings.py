"""The global flags, which every command takes at any place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from pypkg.cli.flag_types import OneOf
from pypkg.cli.flags import Flags, flag

if TYPE_CHECKING:
    from collections.abc import Mapping


def variable(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Read ``PYPKG_NAME``, or ``HELM_NAME`` where that is unset; "" for neither."""
    return environ.get(f"PYPKG_{name}") or environ.get(f"HELM_{name}", "")


class ClusterFlags(Flags):
    """Which cluster, and as whom."""

    title: ClassVar = "Which cluster, and as whom"

    kubeconfig: str = flag(
        "--kubeconfig",
        metavar="FILE",
        help="path to the kubeconfig file (default: $KUBECONFIG, ~/.kube/config)",
    )
    kube_context: str = flag(
        "--kube-context",
        metavar="CONTEXT",
        help="name of the kubeconfig context to use",
        envvar="KUBECONTEXT",
    )
    kube_apiserver: str = flag(
        "--kube-apiserver",
        metavar="URL",
        help="address of the Kubernetes API server",
        envvar="KUBEAPISERVER",
    )
    kube_token: str = flag(
        "--kube-token",
        metavar="TOKEN",
        help="bearer token to sign in with",
        envvar="KUBETOKEN",
    )
    kube_as_user: str = flag(
        "--kube-as-user", metavar="USER", help="user to act as", envvar="KUBEASUSER"
    )
    kube_as_group: tuple[str, ...] = flag(
        "--kube-as-group",
        metavar="GROUP",
        help="group to act as (can be repeated)",
        many=True,
        envvar="KUBEASGROUPS",
    )
    kube_ca_file: str = flag(
        "--kube-ca-file",
        metavar="FILE",
        help="certificate authority of the API server",
        envvar="KUBECAFILE",
    )
    kube_tls_server_name: str = flag(
        "--kube-tls-server-name",
        metavar="NAME",
        help="name that the API server's certificate is checked against",
        envvar="KUBETLS_SERVER_NAME",
    )
    kube_insecure_skip_tls_verify: bool = flag(
        "--kube-insecure-skip-tls-verify",
        help="do not check the API server's certificate: insecure",
        default=False,
        envvar="KUBEINSECURE_SKIP_TLS_VERIFY",
    )


class RequestFlags(Flags):
    """How fast the cluster is asked."""

    title: ClassVar = "Requests to the cluster"

    parallel: int = flag(
        "--parallel",
        metavar="N",
        help="how many requests to send to the cluster at once, at most",
        default=8,
        envvar="PARALLEL",
    )
    qps: float = flag(
        "--qps",
        metavar="N",
        help="how many requests to send to the cluster a second at most; 0 is no limit",
        default=0.0,
        envvar="QPS",
    )
    burst_limit: int = flag(
        "--burst-limit",
        metavar="N",
        help="how many requests may follow each other at once before --qps counts",
        default=100,
        envvar="BURST_LIMIT",
    )


class PlaceFlags(Flags):
    """Where repositories and registries are kept in mind."""

    title: ClassVar = "Files and folders"

    repository_config: str = flag(
        "--repository-config",
        metavar="FILE",
        help="the file of repository names and URLs",
        envvar="REPOSITORY_CONFIG",
    )
    repository_cache: str = flag(
        "--repository-cache",
        metavar="FOLDER",
        help="the folder of repository indexes",
        envvar="REPOSITORY_CACHE",
    )
    content_cache: str = flag(
        "--content-cache",
        metavar="FOLDER",
        help="the folder of downloaded charts",
        envvar="CONTENT_CACHE",
    )
    registry_config: str = flag(
        "--registry-config",
        metavar="FILE",
        help="the file of registry credentials",
        envvar="REGISTRY_CONFIG",
    )


class Settings(ClusterFlags, RequestFlags, PlaceFlags):
    """The global flags.

    Each has a variable: ``PYPKG_NAMESPACE`` and so on, or Helm's ``HELM_NAMESPACE``
    where that is unset.
    """

    title: ClassVar = "Global flags"

    namespace: str = flag(
        "-n",
        "--namespace",
        metavar="NAMESPACE",
        help="namespace of the release (default: the kubeconfig context's)",
        envvar="NAMESPACE",
    )
    sandbox: bool = flag(
        "--sandbox",
        help="use the local sandbox cluster; it is started if it does not run",
        default=False,
        envvar="SANDBOX",
    )
    debug: bool = flag(
        "--debug",
        help="print more: tracebacks, the whole output of a failed render",
        default=False,
        envvar="DEBUG",
    )
    color: str = flag(
        "--color",
        "--colour",
        help="colour the output: auto, never or always",
        default="auto",
        kind=OneOf("auto", "never", "always"),
        envvar="COLOR",
    )

    @property
    def colored(self) -> bool | None:
        """Whether to colour the output; None where the terminal decides."""
        if os.environ.get("NO_COLOR"):
            return False
        return {"always": True, "never": False}.get(self.color)
