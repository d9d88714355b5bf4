"""Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs and Pods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pypkg.objects.equality import equal
from pypkg.sandbox.checks.faults import IMMUTABLE
from pypkg.sandbox.checks.metadata import check_selector
from pypkg.sandbox.checks.pods import check_pod_spec, check_template
from pypkg.sandbox.label_selector import matches

if TYPE_CHECKING:
    from collections.abc import Collection

    from pypkg.sandbox.checks.faults import Faults

Object = dict[str, Any]

_NOT_NEGATIVE = "must be greater than or equal to 0"
_STATEFUL_SET_CHANGES = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_POD_CHANGES = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing"
    " tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it"
    " was previously negative)"
)
_PERCENT = re.compile(r"\d+%")
_SCHEDULE_FIELDS = 5


def check_deployment(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a Deployment."""
    spec = obj.get("spec") or {}
    _check_counts(spec, faults, ("replicas", "minReadySeconds", "revisionHistoryLimit"))
    _check_selected(spec, old, faults)
    _check_restarts(spec, faults, ("Always",))
    strategy = spec.get("strategy") or {}
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    faults.choose("spec.strategy.type", kind, ("Recreate", "RollingUpdate"))
    if kind == "Recreate" and rolling is not None:
        detail = "may not be specified when strategy `type` is 'Recreate'"
        faults.forbidden("spec.strategy.rollingUpdate", detail)
    elif rolling is not None:
        _check_rolling(rolling, faults, "spec.strategy.rollingUpdate")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        detail = "must be greater than minReadySeconds"
        faults.invalid("spec.progressDeadlineSeconds", deadline, detail)


def check_replica_set(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a ReplicaSet."""
    spec = obj.get("spec") or {}
    _check_counts(spec, faults, ("replicas", "minReadySeconds"))
    _check_selected(spec, old, faults)
    _check_restarts(spec, faults, ("Always",))


def check_replication_controller(obj: Object, _: Object | None, faults: Faults) -> None:
    """Check a ReplicationController, whose selector is a plain map."""
    spec = obj.get("spec") or {}
    _check_counts(spec, faults, ("replicas", "minReadySeconds"))
    selector = spec.get("selector")
    if not selector:
        faults.required("spec.selector")
    template = spec.get("template")
    if template is None:
        faults.required("spec.template")
        return
    labels = (template.get("metadata") or {}).get("labels") or {}
    if selector and not matches({"matchLabels": selector}, labels):
        detail = "`selector` does not match template `labels`"
        faults.invalid("spec.template.metadata.labels", labels, detail)
    check_template(template, faults, "spec.template")


def check_daemon_set(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a DaemonSet."""
    spec = obj.get("spec") or {}
    _check_counts(spec, faults, ("minReadySeconds", "revisionHistoryLimit"))
    _check_selected(spec, old, faults)
    _check_restarts(spec, faults, ("Always",))
    strategy = spec.get("updateStrategy") or {}
    kinds = ("OnDelete", "RollingUpdate")
    faults.choose("spec.updateStrategy.type", strategy.get("type"), kinds)


def check_stateful_set(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a StatefulSet."""
    spec = obj.get("spec") or {}
    _check_counts(spec, faults, ("replicas", "minReadySeconds", "revisionHistoryLimit"))
    _check_selected(spec, None, faults, volumes=_claim_templates(spec))
    _check_restarts(spec, faults, ("Always",))
    policies = ("OrderedReady", "Parallel")
    faults.choose("spec.podManagementPolicy", spec.get("podManagementPolicy"), policies)
    strategy = spec.get("updateStrategy") or {}
    kinds = ("OnDelete", "RollingUpdate")
    faults.choose("spec.updateStrategy.type", strategy.get("type"), kinds)
    if old is None:
        return
    before = old.get("spec") or {}
    fixed = (set(spec) | set(before)) - set(_STATEFUL_SET_CHANGES)
    if any(not _same(spec.get(name), before.get(name)) for name in fixed):
        allowed = ", ".join(f"'{name}'" for name in _STATEFUL_SET_CHANGES[:-1])
        faults.forbidden(
            "spec",
            f"updates to statefulset spec for fields other than {allowed} and"
            f" '{_STATEFUL_SET_CHANGES[-1]}' are forbidden",
        )


def check_job(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a Job."""
    spec = obj.get("spec") or {}
    _check_job_spec(spec, faults, "spec")
    if old is None:
        return
    before = old.get("spec") or {}
    for name in ("completions", "selector", "template", "completionMode"):
        if not _same(spec.get(name), before.get(name)) and not _may_change(
            name, spec, before
        ):
            faults.invalid(f"spec.{name}", spec.get(name), IMMUTABLE)


def check_cron_job(obj: Object, _: Object | None, faults: Faults) -> None:
    """Check a CronJob."""
    spec = obj.get("spec") or {}
    schedule = spec.get("schedule", "")
    if not schedule:
        faults.required("spec.schedule")
    elif "TZ" in schedule:
        detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        faults.invalid("spec.schedule", schedule, detail)
    elif not schedule.startswith("@") and len(schedule.split()) != _SCHEDULE_FIELDS:
        count = len(schedule.split())
        found = f"expected exactly {_SCHEDULE_FIELDS} fields, found {count}: {schedule}"
        faults.invalid("spec.schedule", schedule, found)
    policies = ("Allow", "Forbid", "Replace")
    faults.choose("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    limits = (
        "startingDeadlineSeconds",
        "successfulJobsHistoryLimit",
        "failedJobsHistoryLimit",
    )
    _check_counts(spec, faults, limits)
    template = spec.get("jobTemplate") or {}
    _check_job_spec(template.get("spec") or {}, faults, "spec.jobTemplate.spec")


def check_pod(obj: Object, old: Object | None, faults: Faults) -> None:
    """Check a Pod, of which little may change."""
    spec = obj.get("spec") or {}
    if old is None:
        check_pod_spec(spec, faults, "spec")
        return
    before = old.get("spec") or {}
    if not equal(_fixed_part(spec), _fixed_part(before)):
        faults.forbidden(
            "spec", f"pod updates may not change fields other than {_POD_CHANGES}"
        )


def _check_job_spec(spec: Object, faults: Faults, field: str) -> None:
    counts = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit")
    _check_counts(spec, faults, (*counts, "ttlSecondsAfterFinished"), field)
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        detail = "when completion mode is Indexed"
        faults.required(f"{field}.completions", detail)
    template = spec.get("template") or {}
    check_template(template, faults, f"{field}.template")
    policy = (template.get("spec") or {}).get("restartPolicy")
    if policy == "Always":
        place = f"{field}.template.spec.restartPolicy"
        if field == "spec":
            detail = 'valid values: "OnFailure", "Never"'
            faults.required(place, detail)
        else:
            faults.unsupported(place, policy, ("Never", "OnFailure"))


def _claim_templates(spec: Object) -> list[Object]:
    return [
        {"name": (claim.get("metadata") or {}).get("name", ""), "emptyDir": {}}
        for claim in spec.get("volumeClaimTemplates") or ()
    ]


def _check_selected(
    spec: Object,
    old: Object | None,
    faults: Faults,
    *,
    volumes: Collection[Object] = (),
) -> None:
    """Check a workload's selector and its template, which must fit together."""
    selector, template = spec.get("selector"), spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if selector is None:
        faults.required("spec.selector")
    else:
        check_selector(selector, faults, "spec.selector")
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            detail = "empty selector is invalid for deployment"
            faults.invalid("spec.selector", selector, detail)
    if not selector or not matches(selector, labels):
        detail = "`selector` does not match template `labels`"
        faults.invalid("spec.template.metadata.labels", labels or None, detail)
    if volumes:
        # A StatefulSet's claims are volumes that its containers may mount.
        inner = template.get("spec") or {}
        template = template | {
            "spec": inner | {"volumes": _joined(inner.get("volumes") or (), volumes)}
        }
    check_template(template, faults, "spec.template")
    before = ((old or {}).get("spec") or {}).get("selector")
    if old is not None and not _same(selector, before):
        faults.invalid("spec.selector", selector, IMMUTABLE)


def _joined(given: Collection[Object], claims: Collection[Object]) -> list[Object]:
    taken = {claim["name"] for claim in claims}
    return [*(v for v in given if v.get("name") not in taken), *claims]


def _check_restarts(spec: Object, faults: Faults, allowed: tuple[str, ...]) -> None:
    inner = (spec.get("template") or {}).get("spec") or {}
    policy = inner.get("restartPolicy")
    if policy and policy not in allowed:
        faults.unsupported("spec.template.spec.restartPolicy", policy, allowed)


def _check_rolling(rolling: Object, faults: Faults, field: str) -> None:
    for name in ("maxUnavailable", "maxSurge"):
        value = rolling.get(name)
        if isinstance(value, str) and not _PERCENT.fullmatch(value):
            detail = (
                "a valid percent string must be a numeric string followed by an ending"
                " '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
            )
            faults.invalid(f"{field}.{name}", value, detail)
        elif isinstance(value, int) and value < 0:
            faults.invalid(f"{field}.{name}", value, _NOT_NEGATIVE)
    if all(rolling.get(name) in {0, "0%"} for name in ("maxUnavailable", "maxSurge")):
        value = rolling["maxUnavailable"]
        detail = "may not be 0 when `maxSurge` is 0"
        faults.invalid(f"{field}.maxUnavailable", value, detail)


def _check_counts(
    spec: Object, faults: Faults, fields: Collection[str], field: str = "spec"
) -> None:
    for name in fields:
        number = spec.get(name)
        if isinstance(number, int) and number < 0:
            faults.invalid(f"{field}.{name}", number, _NOT_NEGATIVE)


def _may_change(name: str, spec: Object, before: Object) -> bool:
    """Suspended Jobs may be given another place; indexed ones another size."""
    if name == "completions":
        elastic = spec.get("completionMode") == "Indexed"
        return elastic and spec.get("completions") == spec.get("parallelism")
    if name != "template" or not before.get("suspend"):
        return False
    new = {**(spec.get("template") or {}), "metadata": None}
    old = {**(before.get("template") or {}), "metadata": None}
    for template in (new, old):
        template["spec"] = {
            key: value
            for key, value in (template.get("spec") or {}).items()
            if key not in {"nodeSelector", "tolerations", "affinity"}
        }
    return equal(new, old)


def _fixed_part(spec: Object) -> Object:
    free = {
        "activeDeadlineSeconds",
        "ephemeralContainers",
        "nodeName",
        "schedulingGates",
        "terminationGracePeriodSeconds",
        "tolerations",
    }
    result = {key: value for key, value in spec.items() if key not in free}
    for name in ("containers", "initContainers"):
        result[name] = [
            {k: v for k, v in container.items() if k not in {"image", "resources"}}
            for container in spec.get(name) or ()
        ]
    return result


def _same(new: Any, old: Any) -> bool:
    """Compare as apimachinery's semantic equality: what is empty is not there."""
    return equal(_filled(new), _filled(old))


def _filled(value: Any) -> Any:
    match value:
        case dict():
            inner = ((key, _filled(content)) for key, content in value.items())
            return {
                key: content for key, content in inner if content is not None
            } or None
        case list():
            return [_filled(item) for item in value] or None
        case _:
            return value
