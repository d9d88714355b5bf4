"""Signing in: where the Authorization header of a request comes from."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from pypkg.errors import KubeconfigError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Credentials(Protocol):
    """Gives the Authorization header, and can get a fresh one."""

    def authorization(self, *, renew: bool = False) -> str:
        """Give the header's value, "" for none.

        Args:
            renew: The last one was refused: get another if possible.
        """


class StaticCredentials(Struct):
    """A header that never changes: a token, or a name and password."""

    header: str = ""

    def __repr__(self) -> str:
        """Leave out the secret."""
        return "StaticCredentials()"

    @classmethod
    def of_token(cls, token: str) -> StaticCredentials:
        """Sign in with a bearer token."""
        return cls(f"Bearer {token}")

    @classmethod
    def of_password(cls, username: str, password: str) -> StaticCredentials:
        """Sign in with HTTP basic authentication."""
        pair = f"{username}:{password}".encode()
        return cls(f"Basic {base64.b64encode(pair).decode()}")

    def authorization(self, *, renew: bool = False) -> str:
        """Give the header."""
        del renew
        return self.header


class FileCredentials(Struct):
    """A token in a file, which something else keeps fresh."""

    path: Path

    def authorization(self, *, renew: bool = False) -> str:
        """Read the file: it is small, and may have changed since.

        Raises:
            KubeconfigError: It cannot be read.
        """
        del renew
        try:
            token = self.path.read_text("utf-8").strip()
        except OSError as error:
            raise KubeconfigError(
                f"cannot read the token in {self.path}: {error.strerror}"
            ) from error
        return f"Bearer {token}"


class PluginCredentials:
    """An exec plugin or auth provider, run by the ``kubernetes`` package.

    Args:
        user: The user's entry in the kubeconfig.
        context: The context's name, for errors.
        server: The server's URL, which some plugins are told.
    """

    def __init__(self, user: Mapping[str, Any], context: str, server: str) -> None:
        self.user = user
        self.context = context
        self.server = server
        self._loaded: Any = None

    def authorization(self, *, renew: bool = False) -> str:
        """Run the plugin, or give what it said before.

        Raises:
            KubeconfigError: It failed.
        """
        if self._loaded is None or renew:
            self._loaded = self._load()
        return _header(self._loaded)

    def client_certificate(self) -> tuple[str, str] | None:
        """Give the files of a certificate and key that the plugin gave, or None.

        Raises:
            KubeconfigError: The plugin failed.
        """
        self.authorization()
        cert, key = self._loaded.cert_file, self._loaded.key_file
        return (cert, key) if cert and key else None

    def _load(self) -> Any:
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
                "clusters": [{"name": name, "cluster": {"server": self.server}}],
                "users": [{"name": name, "user": dict(self.user)}],
            },
            active_context=name,
        )
        loaded = client.Configuration()
        try:
            with _overheard() as said:
                loader.load_and_set(loaded)
        except (config_exception.ConfigException, OSError, ValueError) as error:
            raise KubeconfigError(
                f"cannot sign in to context {name!r}: {error}",
                hint="check that the user's command in the kubeconfig runs by itself",
            ) from error
        if not (_header(loaded) or loaded.cert_file):
            # The package logs why a plugin failed, and goes on without credentials.
            why = "; ".join(said) or "it gave no credentials"
            raise KubeconfigError(
                f"cannot sign in to context {name!r} by {_command(self.user)}: {why}",
                hint="run that command by itself to see why",
            )
        return loaded


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


def _header(loaded: Any) -> str:
    keys = loaded.api_key
    # The package calls it one or the other, by its version.
    return str(keys.get("BearerToken") or keys.get("authorization") or "")


def _command(user: Mapping[str, Any]) -> str:
    plugin = user.get("exec") or {}
    return str(plugin.get("command") or "its auth provider")
