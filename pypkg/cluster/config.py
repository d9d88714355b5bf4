"""Which API server, and how to sign in: from kubeconfig, flags or a pod's files."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pypkg.cluster.auth import (
    ClientCertificate,
    Credentials,
    FileCredentials,
    ProviderCredentials,
    StaticCredentials,
)
from pypkg.cluster.kubeconfig import Kubeconfig, kubeconfig_paths, load_kubeconfig
from pypkg.errors import KubeconfigError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

# The marks that may stand in a header's name, besides those that quote() leaves.
_HEADER_MARKS = "!#$&'*+^`|"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class Overrides(Struct):
    """What flags say against the kubeconfig; "" and None leave it as it is.

    Attributes:
        kubeconfig: The only file to read.
        context: The context to use.
        namespace: The namespace to work in.
        server: The API server's URL.
        token: The bearer token to sign in with.
        ca_file: The file of the server's certificate authority.
        as_user: The user to act as.
        as_groups: The groups to act as.
        tls_server_name: The name that the server's certificate must have.
        insecure: Do not check the server's certificate.
    """

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    server: str = ""
    token: str = ""
    ca_file: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    tls_server_name: str = ""
    insecure: bool | None = None


class ClusterConfig(Struct):
    """All that is needed to speak to an API server.

    Attributes:
        server: Its URL, perhaps with a path.
        namespace: The namespace to work in.
        context: The kubeconfig context that this came from, or "".
        credentials: Gives the Authorization header.
        client_certificate: What the kubeconfig has to sign in with by TLS, or None.
        ca: PEM of the certificate authority; None trusts the system's.
        insecure: Do not check the server's certificate.
        tls_server_name: The name to expect in it, "" for the URL's.
        proxy: The proxy's URL, or "".
        compressed: Have long answers sent compressed.
        impersonation: Headers that say whom to act as.
    """

    server: str
    namespace: str = "default"
    context: str = ""
    credentials: Credentials = Credentials()
    client_certificate: ClientCertificate | None = None
    ca: bytes | None = None
    insecure: bool = False
    tls_server_name: str = ""
    proxy: str = ""
    compressed: bool = True
    impersonation: tuple[tuple[str, str], ...] = ()

    def certificate(self) -> ClientCertificate | None:
        """Give what to sign in with by TLS, or None; a plugin is asked only now.

        Raises:
            KubeconfigError: The plugin fails.
        """
        return self.client_certificate or self.credentials.client_certificate()


def load_config(
    overrides: Overrides,
    *,
    environ: Mapping[str, str],
    service_account: Path = SERVICE_ACCOUNT,
) -> ClusterConfig:
    """Find the cluster: by kubeconfig and flags, else by the pod this runs in.

    Args:
        overrides: What the flags say.
        environ: The environment, of which ``KUBECONFIG``, ``HOME`` and
            ``KUBERNETES_SERVICE_*`` are read.
        service_account: The folder of a pod's own credentials.

    Raises:
        KubeconfigError: No cluster is configured, a file is missing or wrong, or
            a name is not defined.
    """
    paths = kubeconfig_paths(overrides.kubeconfig, environ)
    kubeconfig = load_kubeconfig(paths)
    if kubeconfig.is_empty and not overrides.server:
        if "KUBERNETES_SERVICE_HOST" in environ and service_account.is_dir():
            return _in_cluster(overrides, environ, service_account)
        raise _nothing_configured(kubeconfig)
    return _from_kubeconfig(kubeconfig, overrides)


def context_namespace(overrides: Overrides, environ: Mapping[str, str]) -> str:
    """Give the namespace to work in, whether a cluster is configured or not."""
    if overrides.namespace:
        return overrides.namespace
    try:
        return load_config(overrides, environ=environ).namespace
    except KubeconfigError:
        return "default"


def _from_kubeconfig(kubeconfig: Kubeconfig, overrides: Overrides) -> ClusterConfig:
    name = overrides.context or kubeconfig.current_context
    context = _named(kubeconfig.contexts, name, "context", kubeconfig) if name else {}
    if not context and not overrides.server:
        raise KubeconfigError(
            f"{_listed(kubeconfig.files)} sets no current context",
            hint=_choose("--kube-context", kubeconfig.contexts),
        )
    cluster = _part(kubeconfig.clusters, context, "cluster", kubeconfig)
    user = _part(kubeconfig.users, context, "user", kubeconfig)
    server = (overrides.server or str(cluster.get("server") or "")).rstrip("/")
    if not server:
        raise KubeconfigError(f"context {name!r} names a cluster without a server")
    if "://" not in server:
        server = f"https://{server}"
    insecure = overrides.insecure
    if insecure is None:
        insecure = bool(cluster.get("insecure-skip-tls-verify"))
    # As with kubectl, no secret is sent where anyone can read it.
    is_secret = not server.startswith("http:")
    return ClusterConfig(
        server=server,
        namespace=overrides.namespace or str(context.get("namespace") or "default"),
        context=name,
        credentials=_credentials(user, overrides, name, cluster)
        if is_secret
        else Credentials(),
        client_certificate=_client_certificate(user) if is_secret else None,
        ca=None if insecure else _ca(cluster, overrides),
        insecure=insecure,
        tls_server_name=overrides.tls_server_name
        or str(cluster.get("tls-server-name") or ""),
        proxy=str(cluster.get("proxy-url") or ""),
        compressed=not cluster.get("disable-compression"),
        impersonation=_impersonation(user, overrides),
    )


def _credentials(
    user: Mapping[str, Any],
    overrides: Overrides,
    context: str,
    cluster: Mapping[str, Any],
) -> Credentials:
    path = user.get("tokenFile")
    if path and not overrides.token:
        return FileCredentials(Path(path), str(user.get("token") or ""))
    if token := overrides.token or user.get("token"):
        return StaticCredentials.of_token(str(token))
    if user.get("username"):
        return StaticCredentials.of_password(
            str(user["username"]), str(user.get("password") or "")
        )
    if plugin := user.get("exec"):
        from pypkg.cluster.exec_plugin import ExecCredentials  # noqa: PLC0415 - start-up time

        return ExecCredentials(plugin, cluster, context=context, clock=_now)
    if provider := user.get("auth-provider"):
        return ProviderCredentials(provider, context)
    return Credentials()


def _client_certificate(user: Mapping[str, Any]) -> ClientCertificate | None:
    certificate = _pem_or_path(user, "client-certificate")
    key = _pem_or_path(user, "client-key")
    if certificate and key:
        return ClientCertificate(certificate=certificate, key=key)
    if certificate or key:
        raise KubeconfigError("a client certificate and its key belong together")
    return None


def _now() -> datetime:
    from datetime import UTC, datetime  # noqa: PLC0415 - start-up time

    return datetime.now(UTC)


def _pem_or_path(user: Mapping[str, Any], name: str) -> bytes | Path | None:
    if data := user.get(f"{name}-data"):
        return _decoded(data, f"{name}-data")
    path = user.get(name)
    return Path(path) if path else None


def _ca(cluster: Mapping[str, Any], overrides: Overrides) -> bytes | None:
    if not overrides.ca_file and (data := cluster.get("certificate-authority-data")):
        return _decoded(data, "certificate-authority-data")
    path = overrides.ca_file or cluster.get("certificate-authority")
    if not path:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise KubeconfigError(
            f"cannot read the certificate authority {path}: {error.strerror}"
        ) from error


def _decoded(data: Any, name: str) -> bytes:
    try:
        return base64.b64decode(str(data), validate=True)
    except binascii.Error as error:
        raise KubeconfigError(f"{name} in the kubeconfig is not base64") from error


def _impersonation(
    user: Mapping[str, Any], overrides: Overrides
) -> tuple[tuple[str, str], ...]:
    name = overrides.as_user or user.get("as")
    groups = overrides.as_groups or tuple(user.get("as-groups") or ())
    if not name:
        if groups:
            raise KubeconfigError("groups to act as need a user to act as")
        return ()
    headers = [("Impersonate-User", str(name))]
    if uid := user.get("as-uid"):
        headers.append(("Impersonate-Uid", str(uid)))
    headers += [("Impersonate-Group", str(group)) for group in groups]
    for key, values in (user.get("as-user-extra") or {}).items():
        name = f"Impersonate-Extra-{quote(str(key), safe=_HEADER_MARKS)}"
        headers += [(name, str(value)) for value in values]
    return tuple(headers)


def _in_cluster(
    overrides: Overrides, environ: Mapping[str, str], folder: Path
) -> ClusterConfig:
    host = environ["KUBERNETES_SERVICE_HOST"]
    host = f"[{host}]" if ":" in host else host
    namespace = folder / "namespace"
    ca = folder / "ca.crt"
    return ClusterConfig(
        server=f"https://{host}:{environ.get('KUBERNETES_SERVICE_PORT', '443')}",
        namespace=overrides.namespace
        or (namespace.read_text("utf-8").strip() if namespace.is_file() else "default"),
        credentials=StaticCredentials.of_token(overrides.token)
        if overrides.token
        else FileCredentials(folder / "token"),
        ca=_ca({}, overrides) or (ca.read_bytes() if ca.is_file() else None),
        insecure=bool(overrides.insecure),
        tls_server_name=overrides.tls_server_name,
        impersonation=_impersonation({}, overrides),
    )


def _part(
    entries: Mapping[str, Mapping[str, Any]],
    context: Mapping[str, Any],
    kind: str,
    kubeconfig: Kubeconfig,
) -> Mapping[str, Any]:
    name = str(context.get(kind) or "")
    return _named(entries, name, kind, kubeconfig) if name else {}


def _named(
    entries: Mapping[str, Mapping[str, Any]],
    name: str,
    kind: str,
    kubeconfig: Kubeconfig,
) -> Mapping[str, Any]:
    if name in entries:
        return entries[name]
    raise KubeconfigError(
        f"{_listed(kubeconfig.files) or 'the kubeconfig'} has no {kind} named {name!r}",
        hint=f"there are: {', '.join(sorted(entries))}" if entries else None,
    )


def _listed(files: Iterable[Path]) -> str:
    return ", ".join(map(str, files))


def _choose(flag: str, names: Iterable[str]) -> str:
    listed = ", ".join(sorted(names))
    return f"name one with {flag}: {listed}" if listed else f"use {flag}"


def _nothing_configured(kubeconfig: Kubeconfig) -> KubeconfigError:
    where = (
        f"{_listed(kubeconfig.files)} is empty"
        if kubeconfig.files
        else ("there is no kubeconfig file")
    )
    return KubeconfigError(
        f"no Kubernetes cluster is configured: {where}",
        hint="set $KUBECONFIG or --kubeconfig, or use the local one with --sandbox",
    )
