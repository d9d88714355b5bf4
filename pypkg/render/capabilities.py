"""What the cluster can do: the ``.Capabilities`` that templates see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, overload

from pypkg.errors import VersionError
from pypkg.render.engine import GoObject
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Kubernetes' own version syntax, of which Helm keeps the first three numbers.
_KUBE_VERSION = (
    r"v?(?P<major>0|[1-9]\d*)\.(?P<minor>0|[1-9]\d*)(?:\.(?P<patch>0|[1-9]\d*))?"
    r"(?P<rest>(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)"
)


class KubeVersion(GoObject, Struct):
    """A Kubernetes version.

    Attributes:
        version: The full text, such as ``v1.29.3-gke.100``.
        major: ``1``; the API server may add signs, as in ``28+`` of a minor.
        minor: ``29``.
    """

    version: str
    major: str
    minor: str

    go_type: ClassVar[str] = "common.KubeVersion"
    go_fields: ClassVar[Mapping[str, str]] = {
        "Version": "version",
        "Major": "major",
        "Minor": "minor",
    }
    # GitVersion is deprecated in Helm, and a method there.
    go_methods: ClassVar[Mapping[str, str]] = {
        "GitVersion": "git_version",
        "String": "__str__",
    }

    @classmethod
    def parse(cls, text: str) -> KubeVersion:
        """Read what ``--kube-version`` takes: ``1.29``, ``v1.29.3``, ``1.29.3-gke.1``.

        Raises:
            VersionError: It is no Kubernetes version.
        """
        match = re.fullmatch(_KUBE_VERSION, text)
        if match is None:
            raise VersionError(
                f"invalid Kubernetes version {text!r}",
                hint="give it as 1.29 or v1.29.3",
            )
        return cls(f"v{text.removeprefix('v')}", match["major"], match["minor"])

    def git_version(self) -> str:
        """Give the full text."""
        return self.version

    def __str__(self) -> str:
        """Give ``vX.Y.Z`` without a distribution's suffix, as Helm prints it."""
        match = re.match(_KUBE_VERSION, self.version)
        return self.version[: match.start("rest")] if match else self.version


class HelmVersion(GoObject, Struct):
    """The Helm release whose behaviour pypkg has; charts test it."""

    version: str = "v4.3.1"
    git_commit: str = "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff"
    git_tree_state: str = "clean"
    go_version: str = "go1.27.2"
    kube_client_version: str = "v1.37"

    go_type: ClassVar[str] = "version.BuildInfo"
    go_fields: ClassVar[Mapping[str, str]] = {
        "Version": "version",
        "GitCommit": "git_commit",
        "GitTreeState": "git_tree_state",
        "GoVersion": "go_version",
        "KubeClientVersion": "kube_client_version",
    }
    go_json_names: ClassVar[Mapping[str, str]] = {
        "Version": "version",
        "GitCommit": "git_commit",
        "GitTreeState": "git_tree_state",
        "GoVersion": "go_version",
        "KubeClientVersion": "kube_client_version",
    }


class APIVersions(GoObject, Sequence[str]):
    """The API versions that the cluster serves: ``apps/v1``, ``apps/v1/Deployment``.

    Args:
        versions: In the order in which templates see them.
    """

    __slots__ = ("_known", "_versions")

    go_type: ClassVar[str] = "common.VersionSet"
    go_kind: ClassVar[str] = "slice"
    go_methods: ClassVar[Mapping[str, str]] = {"Has": "has"}

    def __init__(self, versions: Iterable[str] = ()) -> None:
        self._versions = tuple(versions)
        self._known = frozenset(self._versions)

    def has(self, version: str) -> bool:
        """Tell whether a group version, or a kind in one, is served."""
        return version in self._known

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._versions[index]

    def __len__(self) -> int:
        return len(self._versions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, APIVersions) and self._versions == other._versions

    def __hash__(self) -> int:
        return hash(self._versions)

    def __repr__(self) -> str:
        return f"APIVersions({self._versions!r})"


DEFAULT_KUBE_VERSION = KubeVersion("v1.37.0", "1", "37")

# What Helm 4.3.1 assumes without a cluster, in its order: client-go's scheme.
DEFAULT_API_VERSIONS = APIVersions(
    (
        "v1",
        "admissionregistration.k8s.io/v1",
        "admissionregistration.k8s.io/v1alpha1",
        "admissionregistration.k8s.io/v1beta1",
        "internal.apiserver.k8s.io/v1alpha1",
        "apps/v1",
        "apps/v1beta1",
        "apps/v1beta2",
        "authentication.k8s.io/v1",
        "authentication.k8s.io/v1alpha1",
        "authentication.k8s.io/v1beta1",
        "authorization.k8s.io/v1",
        "authorization.k8s.io/v1beta1",
        "autoscaling/v1",
        "autoscaling/v2",
        "batch/v1",
        "batch/v1beta1",
        "certificates.k8s.io/v1",
        "certificates.k8s.io/v1beta1",
        "certificates.k8s.io/v1alpha1",
        "coordination.k8s.io/v1alpha2",
        "coordination.k8s.io/v1beta1",
        "coordination.k8s.io/v1",
        "discovery.k8s.io/v1",
        "discovery.k8s.io/v1beta1",
        "events.k8s.io/v1",
        "events.k8s.io/v1beta1",
        "extensions/v1beta1",
        "flowcontrol.apiserver.k8s.io/v1",
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "lifecycle.k8s.io/v1alpha1",
        "networking.k8s.io/v1",
        "networking.k8s.io/v1beta1",
        "node.k8s.io/v1",
        "node.k8s.io/v1alpha1",
        "node.k8s.io/v1beta1",
        "policy/v1",
        "policy/v1beta1",
        "rbac.authorization.k8s.io/v1",
        "rbac.authorization.k8s.io/v1beta1",
        "rbac.authorization.k8s.io/v1alpha1",
        "resource.k8s.io/v1",
        "resource.k8s.io/v1beta2",
        "resource.k8s.io/v1beta1",
        "resource.k8s.io/v1alpha3",
        "scheduling.k8s.io/v1alpha3",
        "scheduling.k8s.io/v1beta1",
        "scheduling.k8s.io/v1",
        "storage.k8s.io/v1beta1",
        "storage.k8s.io/v1",
        "storage.k8s.io/v1alpha1",
        "storagemigration.k8s.io/v1",
        "storagemigration.k8s.io/v1beta1",
        "apiextensions.k8s.io/v1beta1",
        "apiextensions.k8s.io/v1",
    )
)


class Capabilities(GoObject, Struct):
    """What templates may ask about the cluster and the tool.

    The defaults are Helm 4.3.1's without a cluster.
    """

    kube_version: KubeVersion = DEFAULT_KUBE_VERSION
    api_versions: APIVersions = DEFAULT_API_VERSIONS
    helm_version: HelmVersion = HelmVersion()

    go_type: ClassVar[str] = "*common.Capabilities"
    go_fields: ClassVar[Mapping[str, str]] = {
        "KubeVersion": "kube_version",
        "APIVersions": "api_versions",
        "HelmVersion": "helm_version",
    }

    def with_api_versions(self, versions: Iterable[str]) -> Capabilities:
        """Add API versions at the end, as ``--api-versions`` does."""
        return self.replace(api_versions=APIVersions((*self.api_versions, *versions)))

    def with_kube_version(self, version: str) -> Capabilities:
        """Set the Kubernetes version, as ``--kube-version`` does.

        Raises:
            VersionError: It is no Kubernetes version.
        """
        return self.replace(kube_version=KubeVersion.parse(version))
