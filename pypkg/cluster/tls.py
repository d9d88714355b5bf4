"""How the server is trusted, and how to sign in to it by a certificate."""

from __future__ import annotations

import os
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg.cluster.auth import Credentials
from pypkg.errors import KubeconfigError

if TYPE_CHECKING:
    from pypkg.cluster.auth import ClientCertificate
    from pypkg.cluster.config import ClusterConfig


def client_context(config: ClusterConfig) -> ssl.SSLContext:
    """Make the TLS settings of a cluster's connections.

    Raises:
        KubeconfigError: A certificate is not valid, or a plugin gives none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if config.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif config.ca is None:
        context.load_default_certs()
    else:
        # As with Go, whoever is named is trusted, whether another has signed it or not.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            # What is not ASCII is text between the certificates.
            context.load_verify_locations(cadata=config.ca.decode("ascii", "ignore"))
        except (ssl.SSLError, ValueError) as error:
            raise KubeconfigError(
                "the certificate authority in the kubeconfig is no PEM certificate"
            ) from error
    client = config.certificate()
    if client is not None:
        _load_client_certificate(context, client)
    return context


def proxy_context(config: ClusterConfig) -> ssl.SSLContext:
    """Make the TLS settings of the connections to an ``https://`` proxy.

    It is trusted by the system's authorities, or by the cluster's.
    """
    context = client_context(
        config.replace(client_certificate=None, credentials=Credentials())
    )
    context.load_default_certs()
    return context


def _load_client_certificate(
    context: ssl.SSLContext, client: ClientCertificate
) -> None:
    with ExitStack() as files:
        certificate = _as_file(client.certificate, files)
        key = _as_file(client.key, files)
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise KubeconfigError(
                f"the client certificate cannot be used: {error.strerror or error}"
            ) from error


def _as_file(pem: bytes | Path, files: ExitStack) -> Path:
    """Give a file that holds the PEM: OpenSSL reads only files."""
    if isinstance(pem, Path):
        return pem
    import tempfile  # noqa: PLC0415 - start-up time

    handle, name = tempfile.mkstemp(prefix="pypkg-")  # readable by its owner only
    path = Path(name)
    files.callback(path.unlink)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    return path
