"""Charts in a registry: one manifest a version, as Helm writes it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pypkg.chart.archive import MAX_CHART_BYTES
from pypkg.chart.loader import load_archive
from pypkg.chart.metadata import Metadata
from pypkg.errors import ChartNotFoundError, RegistryError, VersionError
from pypkg.jsonio import loads
from pypkg.repo.archives import Archive
from pypkg.repo.index import precedence, select
from pypkg.repo.oci.auth import Authenticator
from pypkg.repo.oci.credentials import Login
from pypkg.repo.oci.manifest import (
    CHART,
    CONFIG,
    PROVENANCE,
    Descriptor,
    config_of,
    manifest_of,
)
from pypkg.repo.oci.reference import Reference, tag_of, version_of
from pypkg.repo.oci.registry import Registry
from pypkg.structs import Struct
from pypkg.versions import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pypkg.repo.archives import ArchiveCache
    from pypkg.repo.downloader import Query
    from pypkg.repo.oci.credentials import CredentialFiles
    from pypkg.repo.transport.session import Session
    from pypkg.repo.transport.tls import Tls
    from pypkg.repo.transport.transfer import Progress

_OLD_CHART = "application/tar+gzip"  # before Helm 3.7
_MAX_PROVENANCE_BYTES = 5 * 1024 * 1024
_MAX_CONFIG_BYTES = 4 * 1024 * 1024


class Access(Struct):
    """How to get at a registry.

    Attributes:
        tls: Whom to trust.
        plain_http: Speak HTTP.
        login: Who signs in, if that is not to be looked up.
    """

    tls: Tls
    plain_http: bool = False
    login: Login = Login()


class Pushed(Struct):
    """What a registry took.

    Attributes:
        reference: ``HOST/PATH/CHART:TAG``.
        digest: The manifest's.
    """

    reference: str
    digest: str


class ChartRegistries:
    """Pulls charts from registries, and pushes them there.

    Args:
        open_session: Makes an HTTP session, given whom to trust.
        credentials: The user's.
        archives: Keeps archives.
        watch: Begins to show a download of that name.
    """

    def __init__(
        self,
        open_session: Callable[[Tls], Session],
        credentials: CredentialFiles,
        archives: ArchiveCache,
        watch: Callable[[str], Progress | None] = lambda _: None,
    ) -> None:
        self._open_session = open_session
        self._credentials = credentials
        self._archives = archives
        self._watch = watch

    def pull(self, query: Query) -> Archive:
        """Fetch a chart.

        Raises:
            ChartNotFoundError: No version is the one that is wanted.
            RegistryError: It is not there, or must not be read.
            VerificationError: It is not what its digest says.
        """
        reference = Reference.parse(query.reference)
        with self._registry(reference.host, _access(query)) as registry:
            wanted = _wanted(registry, reference, query)
            manifest, digest = registry.manifest(
                wanted.name, wanted.digest or wanted.tag
            )
            layers = _layers(manifest, wanted)
            data = self._layer(registry, wanted, layers[CHART])
            provenance = None
            if query.provenance:
                if PROVENANCE not in layers:
                    raise RegistryError(
                        f"{wanted} has no signature",
                        hint="it was pushed without a .prov file beside it",
                    )
                provenance = registry.blob(
                    wanted.name,
                    layers[PROVENANCE],
                    limit=_MAX_PROVENANCE_BYTES,
                )
        metadata = load_archive(data, name=str(wanted)).metadata
        name = f"{metadata.name}-{metadata.version}.tgz"
        return Archive(name, data, f"{wanted}@{digest}", provenance)

    def versions(self, query: Query) -> list[str]:
        """List a chart's versions, the newest first.

        Raises:
            RegistryError: It is not there, or must not be read.
        """
        reference = Reference.parse(query.reference)
        with self._registry(reference.host, _access(query)) as registry:
            return _versions(registry.tags(reference.name))

    def metadata(self, query: Query, versions: Sequence[str]) -> list[Metadata]:
        """Fetch the Chart.yaml of versions, without their archives.

        Args:
            query: Which chart.
            versions: Which of its versions.

        Raises:
            RegistryError: One is not there, or must not be read.
        """
        reference = Reference.parse(query.reference)
        with self._registry(reference.host, _access(query)) as registry:
            return [
                _metadata(registry, reference.replace(tag=tag_of(version)))
                for version in versions
            ]

    def push(
        self, path: Path, remote: str, access: Access, *, strict: bool = True
    ) -> Pushed:
        """Store an archive, and its .prov file if one lies beside it.

        Args:
            path: The archive.
            remote: ``oci://HOST/PATH``, to which the chart's name is added.
            access: How to get at the registry.
            strict: Insist that the file is called as its chart and version are.

        Raises:
            ChartError: It is no chart.
            RegistryError: It is not taken.
        """
        data = path.read_bytes()
        metadata = load_archive(data, name=path.name).metadata
        expected = f"{metadata.name}-{metadata.version}.tgz"
        if strict and path.name != expected:
            raise RegistryError(
                f"{path.name} holds {metadata.name} {metadata.version}",
                hint=f"a chart's file is called as it was packed: {expected}",
            )
        target = Reference.parse(
            f"{remote.rstrip('/')}/{metadata.name}:{tag_of(metadata.version)}"
        )
        beside = path.with_name(f"{path.name}.prov")
        layers = {CHART: data}
        if beside.exists():
            layers[PROVENANCE] = beside.read_bytes()
        created = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        manifest = manifest_of(
            metadata,
            [Descriptor.of(kind, blob) for kind, blob in layers.items()],
            created=created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        with self._registry(target.host, access) as registry:
            for blob in (*layers.values(), config_of(metadata)):
                registry.upload(target.name, blob)
            digest = registry.put_manifest(target.name, target.tag, manifest)
        return Pushed(str(target), digest)

    def login(self, host: str, access: Access) -> str:
        """Make sure that a user may sign in, and keep the password.

        Returns:
            Where it is kept, in words.

        Raises:
            RegistryError: The registry refuses.
        """
        with self._registry(host, access) as registry:
            registry.check()
        return self._credentials.store(host, access.login)

    def logout(self, host: str) -> bool:
        """Forget a password; False if none was kept."""
        return self._credentials.remove(host)

    @contextmanager
    def _registry(self, host: str, access: Access) -> Iterator[Registry]:
        login = access.login or self._credentials.get(host)
        with self._open_session(access.tls) as session:
            authenticator = Authenticator(
                session, host, login, plain_http=access.plain_http
            )
            yield Registry(session, host, authenticator, plain_http=access.plain_http)

    def _layer(self, registry: Registry, wanted: Reference, digest: str) -> bytes:
        data = self._archives.get(digest.removeprefix("sha256:"))
        if data is None:
            progress = self._watch(wanted.name.rpartition("/")[2])
            data = registry.blob(
                wanted.name, digest, limit=MAX_CHART_BYTES, progress=progress
            )
            self._archives.put(data)
        return data


def _access(query: Query) -> Access:
    login = Login(query.username, query.password)
    return Access(query.tls, query.plain_http, login)


def _wanted(registry: Registry, reference: Reference, query: Query) -> Reference:
    """Decide on a version: the tag's, the one asked for, or the newest."""
    version = query.version
    if reference.digest or (reference.tag and not version):
        return reference
    if reference.tag:
        if tag_of(version) != reference.tag:
            raise RegistryError(
                f"{query.reference} and --version {version} are different versions",
                hint="leave one of them out",
            )
        return reference
    if version and _is_exact(version):
        return reference.replace(tag=tag_of(version))
    versions = _versions(registry.tags(reference.name))
    position = select(versions, query.constraint)
    if position is None:
        newest = ", ".join(versions[:5])
        wanted = f'version "{query.constraint}"' if query.constraint else "release"
        raise ChartNotFoundError(
            f"{reference} has no {wanted}",
            hint=f"the newest there: {newest}" if newest else "it has no versions",
        )
    return reference.replace(tag=tag_of(versions[position]))


def _is_exact(version: str) -> bool:
    try:
        Version.parse(version, strict=True)
    except VersionError:
        return False
    return True


def _versions(tags: list[str]) -> list[str]:
    """Give the tags that are versions, the newest first."""
    found = {}
    for tag in tags:
        version = version_of(tag)
        if _is_exact(version):
            found[version] = precedence(Version.parse(version))
    return sorted(found, key=found.__getitem__, reverse=True)


def _layers(manifest: dict[str, Any], reference: Reference) -> dict[str, str]:
    """Give the digest of each kind of layer.

    Raises:
        RegistryError: It is something other than a chart.
    """
    config = manifest.get("config")
    kind = config.get("mediaType") if isinstance(config, dict) else None
    layers = {
        str(layer.get("mediaType")): str(layer.get("digest"))
        for layer in manifest.get("layers") or []
        if isinstance(layer, dict)
    }
    if _OLD_CHART in layers:
        layers.setdefault(CHART, layers[_OLD_CHART])
    if kind != CONFIG or CHART not in layers:
        raise RegistryError(
            f"{reference} is no Helm chart",
            hint=f"it is {kind or manifest.get('mediaType') or 'something else'}:"
            " container images and charts may lie side by side in a registry",
        )
    return layers


def _metadata(registry: Registry, reference: Reference) -> Metadata:
    manifest, _ = registry.manifest(reference.name, reference.tag)
    _layers(manifest, reference)
    data = registry.blob(
        reference.name, str(manifest["config"].get("digest")), limit=_MAX_CONFIG_BYTES
    )
    return Metadata.from_dict(loads(data.decode()), path=f"{reference}'s config")
