"""From global flags to a cluster: the user's own one, or the sandbox."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypkg.cli.settings import Settings
    from pypkg.cluster.config import Overrides


def overrides(settings: Settings) -> Overrides:
    """Say what the flags change of the kubeconfig; the sandbox has its own."""
    from pypkg.cluster.config import Overrides  # noqa: PLC0415 - start-up time

    if settings.sandbox:
        from pypkg.sandbox import daemon  # noqa: PLC0415 - start-up time

        return Overrides(
            kubeconfig=str(daemon.up().kubeconfig), namespace=settings.namespace
        )
    return Overrides(
        kubeconfig=settings.kubeconfig,
        context=settings.kube_context,
        namespace=settings.namespace,
        server=settings.kube_apiserver,
        token=settings.kube_token,
        ca_file=settings.kube_ca_file,
        as_user=settings.kube_as_user,
        as_groups=settings.kube_as_group,
        tls_server_name=settings.kube_tls_server_name,
        insecure=settings.kube_insecure_skip_tls_verify or None,
    )


def namespace(settings: Settings) -> str:
    """Give the namespace to work in, without speaking to a cluster.

    It is the flag's, else that of the kubeconfig's context, else ``default``.
    """
    if settings.namespace:
        return settings.namespace
    if settings.sandbox:
        return "default"
    from pypkg.cluster.config import context_namespace  # noqa: PLC0415 - start-up time

    return context_namespace(overrides(settings), os.environ)
