"""API versions that Kubernetes has deprecated: those that Helm 4.3.1 knows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pypkg.render.capabilities import KubeVersion

# API versions; below each since which 1.x it is deprecated and since which it is not
# served, the API version to use (and the kind, if that has another name), the kinds.
_TABLE = """\
v1
  33 - discovery.k8s.io/v1=EndpointSlice Endpoints
  19 - - ComponentStatus
admissionregistration.k8s.io/v1alpha1
  29 32 - ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
  35 38 - MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1
  16 22 admissionregistration.k8s.io/v1 MutatingWebhookConfiguration
  16 22 admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration
  31 34 - ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
  37 40 admissionregistration.k8s.io/v1 MutatingAdmissionPolicy
  37 40 admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding
apps/v1beta1
  8 16 apps/v1 Deployment StatefulSet ControllerRevision DeploymentRollback
  8 16 autoscaling/v1 Scale
apps/v1beta2
  9 16 apps/v1 Deployment DaemonSet ReplicaSet StatefulSet ControllerRevision
  9 16 autoscaling/v1 Scale
authentication.k8s.io/v1alpha1
  29 32 - SelfSubjectReview
authentication.k8s.io/v1beta1
  19 22 authentication.k8s.io/v1 TokenReview
  30 33 - SelfSubjectReview
authorization.k8s.io/v1beta1
  19 22 authorization.k8s.io/v1 SubjectAccessReview LocalSubjectAccessReview
  19 22 authorization.k8s.io/v1 SelfSubjectAccessReview SelfSubjectRulesReview
batch/v1beta1
  21 25 batch/v1 CronJob
certificates.k8s.io/v1beta1
  19 22 certificates.k8s.io/v1 CertificateSigningRequest
  37 40 certificates.k8s.io/v1 ClusterTrustBundle PodCertificateRequest
certificates.k8s.io/v1alpha1
  34 37 - ClusterTrustBundle
coordination.k8s.io/v1alpha2
  35 38 - LeaseCandidate
coordination.k8s.io/v1beta1
  19 22 coordination.k8s.io/v1 Lease
  36 39 - LeaseCandidate
discovery.k8s.io/v1beta1
  21 25 discovery.k8s.io/v1 EndpointSlice
events.k8s.io/v1beta1
  22 25 - Event
extensions/v1beta1
  8 16 apps/v1 Deployment DaemonSet ReplicaSet
  2 16 - Scale
  8 16 - DeploymentRollback
  14 22 networking.k8s.io/v1 Ingress
  9 16 networking.k8s.io/v1 NetworkPolicy
flowcontrol.apiserver.k8s.io/v1beta1
  23 26 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta2
  26 29 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta3
  29 32 flowcontrol.apiserver.k8s.io/v1 FlowSchema PriorityLevelConfiguration
lifecycle.k8s.io/v1alpha1
  40 43 - Eviction
networking.k8s.io/v1beta1
  19 22 networking.k8s.io/v1 Ingress IngressClass
  34 37 - IPAddress ServiceCIDR
node.k8s.io/v1beta1
  22 25 - RuntimeClass
policy/v1beta1
  21 25 policy/v1 PodDisruptionBudget
  22 25 - Eviction
rbac.authorization.k8s.io/v1beta1
  17 22 rbac.authorization.k8s.io/v1 Role ClusterRole RoleBinding ClusterRoleBinding
resource.k8s.io/v1beta2
  36 39 - ResourceClaim ResourceClaimTemplate ResourceSlice DeviceClass
  39 42 - DeviceTaintRule
resource.k8s.io/v1beta1
  35 38 - ResourceClaim ResourceClaimTemplate ResourceSlice DeviceClass
resource.k8s.io/v1alpha3
  36 39 - DeviceTaintRule
  39 42 - ResourcePoolStatusRequest
scheduling.k8s.io/v1beta1
  14 22 scheduling.k8s.io/v1 PriorityClass
  40 43 - Workload PodGroup
storage.k8s.io/v1beta1
  19 22 storage.k8s.io/v1 StorageClass VolumeAttachment CSIDriver
  17 22 storage.k8s.io/v1 CSINode
  24 27 storage.k8s.io/v1 CSIStorageCapacity
  34 37 storage.k8s.io/v1 VolumeAttributesClass
storage.k8s.io/v1alpha1
  21 24 storage.k8s.io/v1 VolumeAttachment
  21 24 storage.k8s.io/v1beta1 CSIStorageCapacity
  32 35 storage.k8s.io/v1 VolumeAttributesClass
storagemigration.k8s.io/v1beta1
  37 40 storagemigration.k8s.io/v1 StorageVersionMigration
"""


class _Deprecation(NamedTuple):
    since: int
    removed: str
    instead: str


def deprecation(api_version: str, kind: str, kube_version: KubeVersion) -> str | None:
    """Say that a kind is deprecated in a version of Kubernetes, or give None.

    Args:
        api_version: Such as ``batch/v1beta1``.
        kind: Such as ``CronJob``, or ``CronJobList``.
        kube_version: The cluster's version.
    """
    found = _deprecations().get((api_version, kind.removesuffix("List")))
    if found is None or not _reached(found.since, kube_version):
        return None
    text = f"{api_version} {kind} is deprecated in v1.{found.since}+"
    if found.removed != "-":
        text += f", unavailable in v1.{found.removed}+"
    if found.instead == "-":
        return text
    version, _, other_kind = found.instead.partition("=")
    suffix = "List" if kind.endswith("List") else ""
    return f"{text}; use {version} {other_kind + suffix if other_kind else kind}"


def _reached(minor: int, version: KubeVersion) -> bool:
    digits = "".join(char for char in version.minor if char.isdigit())
    return (int(version.major), int(digits)) >= (1, minor)


@cache
def _deprecations() -> dict[tuple[str, str], _Deprecation]:
    found = {}
    api_version = ""
    for line in _TABLE.splitlines():
        if not line.startswith(" "):
            api_version = line
            continue
        since, removed, instead, *kinds = line.split()
        for kind in kinds:
            entry = _Deprecation(int(since), removed, instead)
            found[api_version, kind] = entry
    return found
