"""Signing in by a command of the user's: client-go's exec plugins.

Such as ``aws eks get-token`` or ``gke-gcloud-auth-plugin``: most clusters of the large
providers are reached this way. The ``kubernetes`` package runs them, too, but takes
half a second to import, and does not look when a credential ends.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from pypkg.cluster.auth import ClientCertificate, Credentials
from pypkg.errors import KubeconfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pypkg.cluster.auth import Clock

API = "client.authentication.k8s.io/"
VERSIONS = (f"{API}v1", f"{API}v1beta1")
MODES = ("Never", "IfAvailable", "Always")
# What a plugin is told of the cluster, if it asks for it, as the kubeconfig spells it.
_TOLD = (
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority-data",
    "proxy-url",
    "disable-compression",
)
_EXTENSION = f"{API}exec"


class ExecCredentials(Credentials):
    """What an exec plugin gives: it is run when that is needed, and when it has ended.

    Args:
        plugin: The ``exec`` entry of a user in the kubeconfig.
        cluster: The cluster's entry, which a plugin may ask for.
        context: The context's name, for errors.
        clock: Gives the time at which a credential ends.

    Raises:
        KubeconfigError: The entry is not valid.
    """

    def __init__(
        self,
        plugin: Mapping[str, Any],
        cluster: Mapping[str, Any],
        *,
        context: str,
        clock: Clock,
    ) -> None:
        self._plugin = plugin
        self._cluster = cluster
        self._context = context
        self._clock = clock
        self._status: Mapping[str, Any] = {}
        self._check()

    def authorization(self, *, refused: str = "") -> str:
        """Give the header, of a credential that has not ended.

        Raises:
            KubeconfigError: The plugin fails.
        """
        header = _header(self._current())
        if refused and header == refused:
            self._status = {}
            header = _header(self._current())
        return header

    def client_certificate(self) -> ClientCertificate | None:
        """Give the certificate that the plugin gives beside a token, or instead.

        Raises:
            KubeconfigError: The plugin fails.
        """
        status = self._current()
        certificate = status.get("clientCertificateData")
        key = status.get("clientKeyData")
        if not (certificate and key):
            return None
        return ClientCertificate(certificate=certificate.encode(), key=key.encode())

    def _check(self) -> None:
        version = self._plugin.get("apiVersion")
        if version not in VERSIONS:
            raise self._failed(f"it has the apiVersion {version!r}")
        if not self._plugin.get("command"):
            raise self._failed("it names no command")
        if version == VERSIONS[0] and self._plugin.get("interactiveMode") not in MODES:
            raise self._failed(f"its interactiveMode must be one of {', '.join(MODES)}")

    def _current(self) -> Mapping[str, Any]:
        ends = self._status.get("expirationTimestamp")
        if not self._status or (ends and self._clock() >= _moment(ends)):
            self._status = self._read(self._run())
        return self._status

    def _run(self) -> bytes:
        """Run the command, which may speak to the user on the terminal."""
        import subprocess  # noqa: PLC0415 - start-up time

        command = [self._plugin["command"], *(self._plugin.get("args") or ())]
        interactive = self._is_interactive()
        try:
            done = subprocess.run(  # noqa: S603 - the user's kubeconfig names it
                [str(word) for word in command],
                env=self._environment(interactive=interactive),
                stdin=None if interactive else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                check=False,
            )
        except OSError as error:
            raise self._failed(
                f"the command cannot be run: {error.strerror}",
                hint=str(self._plugin.get("installHint") or "").strip(),
            ) from error
        if done.returncode:
            raise self._failed(f"it ended with status {done.returncode}")
        return done.stdout

    def _is_interactive(self) -> bool:
        mode = self._plugin.get("interactiveMode") or "IfAvailable"
        possible = sys.stdin is not None and sys.stdin.isatty()
        if mode == "Always" and not possible:
            raise self._failed("it must ask for something, and there is no terminal")
        return mode != "Never" and possible

    def _environment(self, *, interactive: bool) -> dict[str, str]:
        spec: dict[str, Any] = {"interactive": interactive}
        if self._plugin.get("provideClusterInfo"):
            spec["cluster"] = _described(self._cluster)
        info = {
            "kind": "ExecCredential",
            "apiVersion": self._plugin["apiVersion"],
            "spec": spec,
        }
        more = {
            str(entry["name"]): str(entry.get("value") or "")
            for entry in self._plugin.get("env") or ()
        }
        return {**os.environ, **more, "KUBERNETES_EXEC_INFO": json.dumps(info)}

    def _read(self, output: bytes) -> Mapping[str, Any]:
        """Read what the command has printed: an ``ExecCredential``."""
        try:
            credential = json.loads(output)
        except ValueError as error:
            raise self._failed("it did not print JSON") from error
        if not isinstance(credential, dict):
            raise self._failed("it did not print an object")
        if (version := credential.get("apiVersion")) != self._plugin["apiVersion"]:
            raise self._failed(
                f"it answered by {version}, not by {self._plugin['apiVersion']}"
            )
        status: Mapping[str, Any] = credential.get("status") or {}
        if not (status.get("token") or status.get("clientCertificateData")):
            raise self._failed("it gave neither a token nor a certificate")
        return status

    def _failed(self, why: str, *, hint: str = "") -> KubeconfigError:
        command = self._plugin.get("command") or "an exec plugin"
        return KubeconfigError(
            f"cannot sign in to context {self._context!r} by {command}: {why}",
            hint=hint or "run the command by itself, as the kubeconfig has it",
        )


def _header(status: Mapping[str, Any]) -> str:
    token = status.get("token")
    return f"Bearer {token}" if token else ""


def _moment(text: str) -> datetime:
    from datetime import datetime  # noqa: PLC0415 - start-up time

    return datetime.fromisoformat(text)


def _described(cluster: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: cluster[name] for name in _TOLD if cluster.get(name)}
    for entry in cluster.get("extensions") or ():
        if entry.get("name") == _EXTENSION:
            told["config"] = entry.get("extension")
    return told
