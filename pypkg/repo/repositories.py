"""repositories.yaml: which repositories the user has, under which names.

The format is Helm's, so that either program can be pointed at the other's file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from pypkg.errors import RepositoryError, UsageError, YamlError
from pypkg.files import locked, write
from pypkg.repo.transport.tls import Tls
from pypkg.repo.transport.urls import Credentials, origin, redacted, without_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

_TEXTS = ("name", "url", "username", "password", "certFile", "keyFile", "caFile")
_FLAGS = ("insecure_skip_tls_verify", "pass_credentials_all")


@dataclass(frozen=True, slots=True)
class Repository:
    """A chart repository, and how to sign in.

    Attributes:
        name: The user's name for it, or "" for one that is only known by its URL.
        url: The folder that index.yaml lies in.
        username: Who signs in.
        password: With what.
        tls: Whom to trust.
        pass_credentials: Whether to send them to other origins too.
        mirrors: Further URLs with the same content, asked if the first is silent.
            Helm ignores them.
    """

    name: str
    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = field(default_factory=Tls)
    pass_credentials: bool = False
    mirrors: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read an entry of ``repositories``; what is missing or null is empty."""
        texts = {name: str(data.get(name) or "") for name in _TEXTS}
        insecure, everywhere = (bool(data.get(name)) for name in _FLAGS)
        return cls(
            name=texts["name"],
            url=texts["url"],
            username=texts["username"],
            password=texts["password"],
            tls=Tls(texts["caFile"], texts["certFile"], texts["keyFile"], insecure),
            pass_credentials=everywhere,
            mirrors=tuple(map(str, data.get("mirrors") or ())),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the wire form; Helm writes every field."""
        return {
            "name": self.name,
            "url": self.url,
            "username": self.username,
            "password": self.password,
            "certFile": self.tls.cert_file,
            "keyFile": self.tls.key_file,
            "caFile": self.tls.ca_file,
            "insecure_skip_tls_verify": self.tls.insecure,
            "pass_credentials_all": self.pass_credentials,
            **({"mirrors": list(self.mirrors)} if self.mirrors else {}),
        }

    @property
    def urls(self) -> tuple[str, ...]:
        """Where its index may be had, in the order in which to ask."""
        return (self.url, *self.mirrors)

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name or redacted(self.url)

    def credentials(self, url: str = "") -> Credentials | None:
        """Give who signs in, bound to the origin of the repository, or of a mirror."""
        plain, user, password = without_user(url or self.url)
        if self.username or self.password:
            user, password = self.username, self.password
        if not user and not password:
            return None
        return Credentials(user, password, origin(plain), self.pass_credentials)

    def holds(self, url: str) -> bool:
        """Tell whether a URL lies in this repository's folder."""
        try:
            same = origin(without_user(url)[0]) == origin(without_user(self.url)[0])
        except RepositoryError:
            return False
        folder = urlsplit(self.url).path.rstrip("/") + "/"
        return same and urlsplit(url).path.startswith(folder)


class RepositoryFile:
    """A repositories.yaml.

    Args:
        path: The file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> list[Repository]:
        """Read the repositories, in their order; none where there is no file.

        Raises:
            RepositoryError: It cannot be read, or is no such file.
        """
        from pypkg import yamlio  # noqa: PLC0415 - start-up time

        try:
            data = yamlio.load(self.path.read_bytes(), source=str(self.path))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RepositoryError(
                f"cannot read {self.path}: {error.strerror}"
            ) from error
        except YamlError as error:
            raise RepositoryError(str(error), hint=error.hint) from error
        if data is None:
            return []
        found = data.get("repositories") or [] if isinstance(data, dict) else None
        if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
            raise RepositoryError(f"{self.path} is no list of repositories")
        for one in found:
            if not isinstance(one.get("mirrors") or [], list):
                raise RepositoryError(
                    f"{self.path}: the mirrors of {one.get('name')} are no list of URLs"
                )
        return [Repository.from_dict(one) for one in found]

    def find(self, name: str) -> Repository:
        """Give the repository of a name.

        Raises:
            RepositoryError: There is none; similar names are given.
        """
        repositories = self.load()
        for repository in repositories:
            if repository.name == name:
                return repository
        raise unknown(name, repositories)

    def holding(self, url: str) -> Repository | None:
        """Give the repository that a URL belongs to: its credentials are for it."""
        return next((one for one in self.load() if one.holds(url)), None)

    def change(self, edit: Callable[[list[Repository]], Sequence[Repository]]) -> None:
        """Read, change and write the file, alone among processes.

        Args:
            edit: Gives what shall be there; its errors leave the file as it is.
        """
        with locked(self.path):
            self._save(edit(self.load()))

    def _save(self, repositories: Iterable[Repository]) -> None:
        from pypkg import yamlio  # noqa: PLC0415 - start-up time

        data = {
            "apiVersion": "",
            "generated": "0001-01-01T00:00:00Z",  # Helm never sets it
            "repositories": [one.to_dict() for one in repositories],
        }
        # Helm's writing it leaves 0600 too: there are passwords in it.
        write(self.path, yamlio.dump(data).encode())


def checked(repository: Repository) -> Repository:
    """Check what a new repository is called, and where it is.

    Raises:
        UsageError: The name cannot be used in ``NAME/CHART``.
        RepositoryError: The URL is no http(s) URL.
    """
    if "/" in repository.name:
        raise UsageError(
            f"repository name ({repository.name}) contains '/', please specify a"
            " different name without '/'"
        )
    if not repository.name or repository.name.startswith((".", "@", "-")):
        raise UsageError(
            f"{repository.name!r} is no name for a repository",
            hint="letters, digits, dashes: it stands before the / in NAME/CHART",
        )
    if repository.url.startswith("oci://"):
        raise RepositoryError(
            f"{repository.url} is a registry, which needs no name",
            hint=f"use it as it is: pypkg pull {repository.url}/CHART",
        )
    for url in repository.urls:
        origin(without_user(url)[0])
    return replace(repository, url=repository.url.rstrip("/"))


def unknown(name: str, repositories: Iterable[Repository]) -> RepositoryError:
    """Describe a name that no repository has."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message

    names = [one.name for one in repositories]
    similar = get_close_matches(name, names, n=1)
    if similar:
        hint = f"did you mean {similar[0]}?"
    else:
        hint = f"pypkg repo add {name} URL adds it; pypkg repo list shows those there"
    return RepositoryError(f"repo {name} not found", hint=hint)
