"""Plans as files: compressed JSON with a digest.

The digest tells that a file is whole and unchanged. It is no signature: who can write
the file can write its digest. A plan holds the manifests and values of a release, so
it is as secret as the release is.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any

from pypkg.chart.chart import File
from pypkg.cluster.reference import ObjectRef
from pypkg.errors import PlanError, PypkgError
from pypkg.release.applying.field_policy import parse_rules
from pypkg.release.options import (
    ApplyOptions,
    Cascade,
    InstallOptions,
    RollbackOptions,
    UninstallOptions,
    UpgradeOptions,
    WaitOptions,
    WaitStrategy,
)
from pypkg.release.plans.plan import Base, Plan, Seen
from pypkg.release.records import codec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.release.plans.plan import Options

FORMAT = "pypkg.dev/plan/v1"
LARGEST = 256 * 1024 * 1024  # bytes, unpacked
_LEVEL = 9
_OPTIONS: dict[str, type[Options]] = {
    "install": InstallOptions,
    "upgrade": UpgradeOptions,
    "rollback": RollbackOptions,
    "uninstall": UninstallOptions,
}
# What was needed to make the plan, and is not to carry it out.
_SPENT = frozenset({"render", "reuse", "dry_run", "recover", "wait", "apply"})


def encode(plan: Plan) -> bytes:
    """Write a plan."""
    wire = _to_dict(plan)
    text = json.dumps({"format": FORMAT, "digest": _digest(wire), "plan": wire})
    return gzip.compress(text.encode(), _LEVEL, mtime=0)


def decode(data: bytes) -> Plan:
    """Read a plan.

    Raises:
        PlanError: It is no plan, or not as it was written.
    """
    try:
        envelope = json.loads(_unpacked(data))
        found, wire, digest = (envelope[k] for k in ("format", "plan", "digest"))
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise PlanError(
            "this is no plan, or it is damaged", hint="make one with `pypkg plan`"
        ) from error
    if found != FORMAT:
        raise PlanError(
            f"the plan is of the form {found}; this pypkg reads {FORMAT}",
            hint="make the plan again with this version",
        )
    if digest != _digest(wire):
        raise PlanError(
            "the plan has been altered: its digest does not match",
            hint="make a new one with `pypkg plan`",
        )
    try:
        return _from_dict(wire)
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        binascii.Error,
        PypkgError,
    ) as error:
        # The digest is right: it was written so.
        raise PlanError(
            f"the plan is of another version of pypkg, and cannot be read: {error}",
            hint="make the plan again with this version",
        ) from error


def _unpacked(data: bytes) -> bytes:
    """Unpack a plan, up to a limit: a small file must not fill the memory.

    Raises:
        ValueError: It is too large, or not whole.
    """
    unpacker = zlib.decompressobj(wbits=31)
    text = unpacker.decompress(data, LARGEST)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("the end is missing, or something follows it")
    return text


def _digest(wire: Mapping[str, Any]) -> str:
    text = json.dumps(wire, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _to_dict(plan: Plan) -> dict[str, Any]:
    return {
        "verb": plan.verb,
        "release": codec.to_dict(plan.release),
        "labels": dict(plan.release.labels),
        "options": _options_to_dict(plan.options),
        "crds": [
            {"name": file.name, "data": base64.b64encode(file.data).decode()}
            for file in plan.crds
        ],
        "base": _fields(plan.base),
        "cluster": plan.cluster,
        "objects": [
            {**_fields(seen.ref), "uid": seen.uid, "object": seen.object}
            for seen in plan.seen
        ],
    }


def _from_dict(wire: Mapping[str, Any]) -> Plan:
    release = codec.from_dict(wire["release"])
    release.labels.update(wire["labels"])
    return Plan(
        release=release,
        options=_options_from_dict(_OPTIONS[wire["verb"]], wire["options"]),
        crds=tuple(
            File(name=file["name"], data=base64.b64decode(file["data"]))
            for file in wire["crds"]
        ),
        base=Base(**wire["base"]),
        cluster=wire["cluster"],
        seen=tuple(_seen(dict(one)) for one in wire["objects"]),
    )


def _seen(wire: dict[str, Any]) -> Seen:
    uid, obj = wire.pop("uid"), wire.pop("object")
    return Seen(ObjectRef(**wire), uid, obj)


def _options_to_dict(options: Options) -> dict[str, Any]:
    wire = {k: v for k, v in _fields(options).items() if k not in _SPENT}
    if isinstance(options, UninstallOptions):
        wire["cascade"] = str(options.cascade)
    else:
        apply = options.apply
        rules = [rule.text for rule in apply.field_rules]
        wire["apply"] = {**_fields(apply), "field_rules": rules}
    if "labels" in wire:
        wire["labels"] = dict(wire["labels"])
    wire["wait"] = _fields(options.wait)
    return wire


def _fields(value: object) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__annotations__}


def _options_from_dict(kind: type[Options], wire: Mapping[str, Any]) -> Options:
    given = dict(wire)
    wait = dict(given.pop("wait"))
    wait["strategy"] = WaitStrategy(wait["strategy"])
    given["wait"] = WaitOptions(**wait)
    if kind is UninstallOptions:
        given["cascade"] = Cascade(given["cascade"])
    else:
        apply = dict(given["apply"])
        apply["field_rules"] = parse_rules(apply["field_rules"])
        given["apply"] = ApplyOptions(**apply)
    return kind(**given)
