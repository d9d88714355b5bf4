"""Defaults as a table: what each built-in type fills in, whatever else it holds.

By the definition's name without ``io.k8s.api.``. A value that depends on other
fields stands in ``default_rules.py``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODE = 0o644
_RBAC = "rbac.authorization.k8s.io"

_CONTAINER = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_WEBHOOK = {
    "failurePolicy": "Fail",
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
    "timeoutSeconds": 10,
}
_MATCHED = {
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
}
_RBD = {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"}
_SCALE_IO = {"storageMode": "ThinProvisioned", "fsType": "xfs"}

DEFAULT_VALUES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "admissionregistration.v1.MatchResources": _MATCHED,
        "admissionregistration.v1.MutatingAdmissionPolicySpec": {
            "failurePolicy": "Fail"
        },
        "admissionregistration.v1.MutatingWebhook": _WEBHOOK
        | {"reinvocationPolicy": "Never"},
        "admissionregistration.v1.NamedRuleWithOperations": {"scope": "*"},
        "admissionregistration.v1.RuleWithOperations": {"scope": "*"},
        "admissionregistration.v1.ServiceReference": {"port": 443},
        "admissionregistration.v1.ValidatingAdmissionPolicySpec": {
            "failurePolicy": "Fail"
        },
        "admissionregistration.v1.ValidatingWebhook": _WEBHOOK,
        "apps.v1.DaemonSetSpec": {"revisionHistoryLimit": 10},
        "apps.v1.DeploymentSpec": {
            "replicas": 1,
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
        "apps.v1.ReplicaSetSpec": {"replicas": 1},
        "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {
            "whenDeleted": "Retain",
            "whenScaled": "Retain",
        },
        "apps.v1.StatefulSetSpec": {
            "podManagementPolicy": "OrderedReady",
            "persistentVolumeClaimRetentionPolicy": {},
            "replicas": 1,
            "revisionHistoryLimit": 10,
        },
        "autoscaling.v1.HorizontalPodAutoscalerSpec": {"minReplicas": 1},
        "autoscaling.v2.HorizontalPodAutoscalerSpec": {
            "minReplicas": 1,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 80},
                    },
                }
            ],
        },
        "batch.v1.CronJobSpec": {
            "concurrencyPolicy": "Allow",
            "suspend": False,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 1,
        },
        "batch.v1.PodFailurePolicyOnPodConditionsPattern": {"status": "True"},
        "core.v1.AzureDiskVolumeSource": {
            "cachingMode": "ReadWrite",
            "kind": "Shared",
            "fsType": "ext4",
            "readOnly": False,
        },
        "core.v1.ConfigMapVolumeSource": {"defaultMode": _MODE},
        "core.v1.Container": _CONTAINER,
        "core.v1.ContainerPort": {"protocol": "TCP"},
        "core.v1.DownwardAPIVolumeSource": {"defaultMode": _MODE},
        "core.v1.EndpointPort": {"protocol": "TCP"},
        "core.v1.EphemeralContainer": _CONTAINER,
        "core.v1.GRPCAction": {"service": ""},
        "core.v1.HTTPGetAction": {"path": "/", "scheme": "HTTP"},
        "core.v1.HostPathVolumeSource": {"type": ""},
        "core.v1.ISCSIPersistentVolumeSource": {"iscsiInterface": "default"},
        "core.v1.ISCSIVolumeSource": {"iscsiInterface": "default"},
        "core.v1.ObjectFieldSelector": {"apiVersion": "v1"},
        "core.v1.PersistentVolumeClaimSpec": {"volumeMode": "Filesystem"},
        "core.v1.PersistentVolumeSpec": {
            "persistentVolumeReclaimPolicy": "Retain",
            "volumeMode": "Filesystem",
        },
        "core.v1.PodSpec": {
            "dnsPolicy": "ClusterFirst",
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {},
            "terminationGracePeriodSeconds": 30,
        },
        "core.v1.Probe": {
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "core.v1.ProjectedVolumeSource": {"defaultMode": _MODE},
        "core.v1.RBDPersistentVolumeSource": _RBD,
        "core.v1.RBDVolumeSource": _RBD,
        "core.v1.ReplicationControllerSpec": {"replicas": 1},
        "core.v1.ResourceFieldSelector": {"divisor": "0"},
        "core.v1.ScaleIOPersistentVolumeSource": _SCALE_IO,
        "core.v1.ScaleIOVolumeSource": _SCALE_IO,
        "core.v1.Secret": {"type": "Opaque"},
        "core.v1.SecretVolumeSource": {"defaultMode": _MODE},
        "core.v1.ServiceAccountTokenProjection": {"expirationSeconds": 3600},
        "core.v1.ServicePort": {"protocol": "TCP"},
        "core.v1.ServiceSpec": {"sessionAffinity": "None", "type": "ClusterIP"},
        "discovery.v1.EndpointPort": {"name": "", "protocol": "TCP"},
        "networking.v1.IngressClassParametersReference": {"scope": "Cluster"},
        "networking.v1.NetworkPolicyPort": {"protocol": "TCP"},
        "rbac.v1.RoleRef": {"apiGroup": _RBAC},
        "scheduling.v1.PriorityClass": {"preemptionPolicy": "PreemptLowerPriority"},
        "storage.v1.CSIDriverSpec": {
            "attachRequired": True,
            "fsGroupPolicy": "ReadWriteOnceWithFSType",
            "podInfoOnMount": False,
            "requiresRepublish": False,
            "seLinuxMount": False,
            "storageCapacity": False,
            "volumeLifecycleModes": ["Persistent"],
        },
        "storage.v1.StorageClass": {
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "Immediate",
        },
    }
)
