from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.errors import ReleaseError
from pypkg.release.records import codec
from pypkg.release.records.record import Status
from tests.release.samples import make_release

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

# As Helm 4.3.1 prints it, `helm install x . --dry-run=client -o json`, shortened.
FULL: dict[str, Any] = {
    "name": "rel",
    "info": {
        "first_deployed": "2026-11-21T04:01:32.114218459Z",
        "last_deployed": "2026-11-21T05:01:32.114218459+01:00",
        "deleted": "2026-11-22T04:01:32Z",
        "description": "Dry run complete",
        "status": "pending-install",
        "rollback_revision": 3,
        "notes": "notes\n",
    },
    "chart": {
        "metadata": {
            "name": "oc",
            "version": "0.1.0",
            "apiVersion": "v2",
            "dependencies": [
                {"name": "sub", "version": "0.1.0", "repository": "", "enabled": True}
            ],
        },
        "lock": {
            "generated": "2026-01-01T00:00:00.123Z",
            "digest": "sha256:e1a2f0",
            "dependencies": [{"name": "sub", "version": "0.1.0", "repository": ""}],
        },
        "templates": [
            {
                "name": "templates/cm.yaml",
                "data": "YTogYgo=",
                "modtime": "2026-11-21T04:01:32.059087631Z",
            }
        ],
        "values": {"big": 15000000000, "small": 0.1, "list": [None, True, "<&>"]},
        "schema": "e30K",
        "schemamodtime": "2026-11-21T04:01:31.993945855Z",
        "files": [
            {"name": "README.md", "data": "/w==", "modtime": "0001-01-01T00:00:00Z"}
        ],
        "modtime": "2026-11-21T04:01:32.055910918Z",
    },
    "config": {"a": 1, "q": "<a>&"},
    "manifest": "---\n# Source: oc/templates/cm.yaml\na: b\n",
    "hooks": [
        {
            "name": "hj",
            "kind": "Job",
            "path": "oc/templates/job.yaml",
            "manifest": "kind: Job\n",
            "events": ["pre-install", "test"],
            "last_run": {
                "started_at": "2026-11-21T04:01:32.1Z",
                "completed_at": "2026-11-21T04:01:33Z",
                "phase": "Succeeded",
            },
            "weight": -5,
            "delete_policies": ["hook-succeeded"],
            "output_log_policies": ["hook-failed"],
        }
    ],
    "version": 4,
    "namespace": "default",
    "apply_method": "ssa",
}
BARE: dict[str, Any] = {
    "name": "rel",
    "info": {
        "first_deployed": "2026-11-21T04:01:57.112645884Z",
        "last_deployed": "2026-11-21T04:01:57.112645884Z",
        "description": "Dry run complete",
        "status": "pending-install",
    },
    "chart": {
        "metadata": {"name": "oc2", "version": "1.2.3", "apiVersion": "v1"},
        "lock": None,
        "templates": None,
        "values": None,
        "schema": None,
        "schemamodtime": "0001-01-01T00:00:00Z",
        "files": None,
        "modtime": "2026-11-21T04:01:57.057534518Z",
    },
    "version": 1,
    "namespace": "default",
    "apply_method": "ssa",
}


NO_VALUES = {**BARE, "chart": {**BARE["chart"], "values": {}}}


@pytest.mark.parametrize("wire", [FULL, BARE, NO_VALUES])
def test_helms_record_comes_out_as_it_went_in(wire: dict[str, Any]) -> None:
    release = codec.from_dict(wire)
    again = codec.to_dict(codec.decode(codec.encode(release)))
    # The order of fields is Helm's too, so the text is the same.
    assert json.dumps(again) == json.dumps(wire)


def test_a_record_is_compressed_json_in_base64() -> None:
    release = make_release()
    packed = base64.b64decode(codec.encode(release))
    assert packed[:3] == b"\x1f\x8b\x08"
    assert json.loads(gzip.decompress(packed)) == codec.to_dict(release)


def test_an_uncompressed_record_is_read() -> None:
    text = base64.b64encode(json.dumps(BARE).encode())
    assert codec.decode(text).name == "rel"


def test_a_record_of_helm_3_is_client_side() -> None:
    wire = {**BARE, "info": {**BARE["info"], "deleted": ""}}
    del wire["apply_method"]
    release = codec.from_dict(wire)
    assert release.is_client_side
    assert release.info.deleted is None


def test_a_whole_float_is_written_as_go_writes_it() -> None:
    release = replace(make_release(), config={"n": 3.0, "big": 1e6})
    packed = base64.b64decode(codec.encode(release))
    assert b'"n":3,"big":1000000}' in gzip.decompress(packed)


@pytest.mark.parametrize(
    "text",
    [
        "%%%",
        "bm90IGpzb24=",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"name": "x", "info": {"status": "fine"}}').decode(),
        base64.b64encode(b"\x1f\x8b\x08 broken").decode(),
        base64.b64encode(gzip.compress(b'{"a": 1}' * 50)[:-9]).decode(),
    ],
    ids=["no base64", "no JSON", "a list", "no release", "no gzip", "cut"],
)
def test_a_damaged_record_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(ReleaseError, match="the record is"):
        codec.decode(text)


def test_states_know_what_is_pending() -> None:
    assert [s for s in Status if s.is_pending] == [
        Status.PENDING_INSTALL,
        Status.PENDING_UPGRADE,
        Status.PENDING_ROLLBACK,
    ]


@pytest.mark.oracle
def test_helm_prints_the_release_that_we_read(
    real_helm: Command, tmp_path: Path
) -> None:
    real_helm.ok("create", tmp_path / "web")
    printed = real_helm.ok(
        "install", "rel", tmp_path / "web", "--dry-run=client", "-o", "json"
    )
    wire = json.loads(printed)
    assert codec.to_dict(codec.from_dict(wire)) == wire
