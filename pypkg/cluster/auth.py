"""Signing in: where the Authorization header of a request comes from."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pypkg.errors import KubeconfigError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    Clock = Callable[[], datetime]


class ClientCertificate(Struct):
    """A certificate to sign in with; PEM, as data or as the names of files."""

    certificate: bytes | Path
    key: bytes | Path

    def __repr__(self) -> str:
        """Leave out the secret."""
        return "ClientCertificate()"


class Credentials:
    """What a user signs in with: a header, a certificate, or nothing, as here."""

    def authorization(self, *, refused: str = "") -> str:
        """Give the value of the Authorization header, "" for none.

        Args:
            refused: One that was refused: give another if possible.
        """
        del refused
        return ""

    def client_certificate(self) -> ClientCertificate | None:
        """Give what to sign in with by TLS, or None."""
        return None


class StaticCredentials(Struct, Credentials):
    """A header that never changes: a token, or a name and password."""

    header: str

    def __repr__(self) -> str:
        """Leave out the secret."""
        return "StaticCredentials()"

    @classmethod
    def of_token(cls, token: str) -> StaticCredentials:
        """Sign in with a bearer token."""
        return cls(f"Bearer {token.strip()}")

    @classmethod
    def of_password(cls, username: str, password: str) -> StaticCredentials:
        """Sign in with HTTP basic authentication."""
        pair = f"{username}:{password}".encode()
        return cls(f"Basic {base64.b64encode(pair).decode()}")

    def authorization(self, *, refused: str = "") -> str:
        """Give the header."""
        del refused
        return self.header


class FileCredentials(Struct, Credentials):
    """A token in a file, which something else keeps fresh.

    Attributes:
        path: The file.
        instead: The token to take where it cannot be read, or "".
    """

    path: Path
    instead: str = ""

    def __repr__(self) -> str:
        """Leave out the secret."""
        return f"FileCredentials({self.path})"

    def authorization(self, *, refused: str = "") -> str:
        """Read the file: it is small, and may have changed since.

        Raises:
            KubeconfigError: It cannot be read, and there is no other.
        """
        del refused
        try:
            token = self.path.read_text("utf-8").strip()
        except OSError as error:
            if self.instead:
                return f"Bearer {self.instead}"
            raise KubeconfigError(
                f"cannot read the token in {self.path}: {error.strerror}"
            ) from error
        return f"Bearer {token}"


class ProviderCredentials(Credentials):
    """An auth provider, such as ``oidc``, by the ``kubernetes`` package.

    Args:
        provider: The ``auth-provider`` entry of a user in the kubeconfig.
        context: The context's name, for errors.
    """

    def __init__(self, provider: Mapping[str, Any], context: str) -> None:
        self.provider = provider
        self.context = context
        self._header = ""

    def authorization(self, *, refused: str = "") -> str:
        """Ask the provider, or give what it said before.

        Raises:
            KubeconfigError: It failed.
        """
        if self._header in {"", refused}:
            self._header = self._ask()
        return self._header

    def _ask(self) -> str:
        # `import kubernetes` takes half a second, so only those who need it pay; its
        # classes have no annotations, and are Any this way.
        client = import_module("kubernetes.client")
        kube_config = import_module("kubernetes.config.kube_config")
        config_exception = import_module("kubernetes.config.config_exception")

        name = self.context
        loader = kube_config.KubeConfigLoader(
            {
                "current-context": name,
                "contexts": [
                    {"name": name, "context": {"cluster": name, "user": name}}
                ],
                "clusters": [{"name": name, "cluster": {"server": "https://unused"}}],
                "users": [{"name": name, "user": {"auth-provider": self.provider}}],
            },
            active_context=name,
        )
        loaded = client.Configuration()
        try:
            with _overheard() as said:
                loader.load_and_set(loaded)
        except (config_exception.ConfigException, OSError, ValueError) as error:
            raise KubeconfigError(
                f"cannot sign in to context {name!r}: {error}"
            ) from error
        keys = loaded.api_key
        # The package calls it one or the other, by its version.
        header = str(keys.get("BearerToken") or keys.get("authorization") or "")
        if not header:
            # The package logs why a provider failed, and goes on without credentials.
            why = "; ".join(said) or "it gave no credentials"
            raise KubeconfigError(
                f"cannot sign in to context {name!r} by its auth provider: {why}",
                hint="exec plugins have taken the place of auth providers",
            )
        return header


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Take what is logged instead of printing it."""
    import logging  # noqa: PLC0415 - start-up time

    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign] # all it does
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield said
    finally:
        root.removeHandler(handler)
