"""Bodies: JSON as strictly as Go reads it, and protobuf."""

from __future__ import annotations

import base64
import contextlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.sandbox.api import protobuf
from pypkg.sandbox.api.decoding import DecodeError, fit, parse_json
from pypkg.sandbox.api.protobuf import MAGIC, ProtobufError
from pypkg.sandbox.schemas.schema import Definitions, GroupVersionKind
from pypkg.sandbox.statuses import StatusError

DEFINITIONS = Definitions.load()


def fitted(value: Any, api_version: str, kind: str) -> Any:
    schema = DEFINITIONS.of_kind(GroupVersionKind.parse(api_version, kind))
    assert schema is not None
    return fit(value, schema)


def deployment(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


def test_null_is_as_if_it_were_not_there() -> None:
    given_ = {
        "metadata": {"creationTimestamp": None, "labels": {"a": None}},
        "data": None,
    }
    assert fitted(given_, "v1", "ConfigMap").value == {
        "metadata": {"labels": {"a": ""}}
    }


def test_quantities_are_written_in_their_canonical_form() -> None:
    limits = {"cpu": 0.5, "memory": "1024Mi", "pods": 3}
    body = deployment(containers=[{"resources": {"limits": limits}}])
    spec = fitted(body, "apps/v1", "Deployment").value["spec"]["template"]["spec"]
    assert spec["containers"][0]["resources"]["limits"] == {
        "cpu": "500m",
        "memory": "1Gi",
        "pods": "3",
    }


def test_unknown_fields_are_named_with_their_whole_path() -> None:
    body = deployment(containers=[{"name": "a"}, {"imagee": "b"}], nodeNam="c")
    found = fitted(body, "apps/v1", "Deployment")
    assert found.unknown == [
        "spec.template.spec.containers[1].imagee",
        "spec.template.spec.nodeNam",
    ]
    assert found.value["spec"]["template"]["spec"] == {
        "containers": [{"name": "a"}, {}]
    }


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"containers": "a"},
            "cannot unmarshal string into Go struct field"
            " PodSpec.spec.template.spec.containers of type []v1.Container",
        ),
        (
            {"containers": [{"ports": [{"containerPort": "80"}]}]},
            "cannot unmarshal string into Go struct field"
            " ContainerPort.spec.template.spec.containers.ports.containerPort of type"
            " int32",
        ),
        (
            {"nodeSelector": {"a": True}},
            "cannot unmarshal bool into Go struct field"
            " PodSpec.spec.template.spec.nodeSelector of type string",
        ),
        (
            {"terminationGracePeriodSeconds": 1.5},
            "cannot unmarshal number 1.5 into Go struct field"
            " PodSpec.spec.template.spec.terminationGracePeriodSeconds of type int64",
        ),
        ({"hostNetwork": "yes"}, "of type bool"),
        ({"containers": [{"resources": {"limits": {"cpu": "a"}}}]}, "quantities must"),
    ],
)
def test_a_wrong_type_is_refused_in_gos_words(spec: Any, message: str) -> None:
    with pytest.raises(DecodeError) as refused:
        fitted(deployment(**spec), "apps/v1", "Deployment")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("Secret", {"data": {"a": "YQ=%"}}, "illegal base64 data at input byte 2"),
        ("Secret", {"data": {"a": "YQ"}}, "illegal base64 data"),
        ("Event", {"lastTimestamp": "yesterday"}, 'parsing time "yesterday"'),
        ("Event", {"lastTimestamp": "2026-13-01T00:00:00Z"}, "parsing time"),
        ("Event", {"lastTimestamp": "2026-01-01"}, "parsing time"),
        ("Event", {"count": 2**31}, "number 2147483648 into Go struct field"),
        ("ConfigMap", {"metadata": {"generation": 2**63}}, "of type int64"),
    ],
)
def test_times_bytes_and_numbers_must_be_what_go_can_read(
    kind: str, value: Any, message: str
) -> None:
    with pytest.raises(DecodeError, match=re.escape(message)):
        fitted(value, "v1", kind)


def test_times_and_bytes_are_kept_as_they_came() -> None:
    event = {"eventTime": "2026-01-01T00:00:00.000001Z", "count": 2**31 - 1}
    assert fitted(event, "v1", "Event").value == event
    secret = {"data": {"a": "YWJj\nZGVm", "b": ""}}
    assert fitted(secret, "v1", "Secret").value == secret


def test_duplicate_keys_are_named_and_the_last_one_counts() -> None:
    found = parse_json(b'{"a": {"b": 1, "b": 2}, "c": [{"d": 1, "d": 2, "d": 3}]}')
    assert found.value == {"a": {"b": 2}, "c": [{"d": 3}]}
    assert found.faults == ['duplicate field "a.b"', 'duplicate field "c[0].d"']


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    with contextlib.suppress(StatusError):
        parse_json(body)


# Protobuf, written by hand: tag (number and wire type), length, content.


def entry(number: int, content: bytes | str | int) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    data = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def enveloped(api_version: str, kind: str, *message: bytes) -> bytes:
    meta = entry(1, api_version) + entry(2, kind)
    return MAGIC + entry(1, meta) + entry(2, b"".join(message))


def decoded(api_version: str, kind: str, *message: bytes) -> Any:
    return protobuf.decode(enveloped(api_version, kind, *message), DEFINITIONS)


def test_a_secret_is_read_with_its_maps_of_bytes() -> None:
    metadata = entry(1, "s") + entry(11, entry(1, "a") + entry(2, "b"))
    data = entry(1, "key") + entry(2, b"\x00\xff")
    secret = decoded("v1", "Secret", entry(1, metadata), entry(2, data), entry(3, "t"))
    assert secret == {
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": {"name": "s", "labels": {"a": "b"}},
        "data": {"key": base64.b64encode(b"\x00\xff").decode()},
        "type": "t",
    }


def test_inlined_messages_stand_in_the_object_around_them() -> None:
    # Volume: 1 name, 2 volumeSource (2 emptyDir); PodSpec: 1 volumes.
    volume = entry(1, "v") + entry(2, entry(2, entry(1, "Memory")))
    pod = decoded("v1", "Pod", entry(2, entry(1, volume)))
    assert pod["spec"]["volumes"] == [{"name": "v", "emptyDir": {"medium": "Memory"}}]


def test_times_numbers_and_unions_are_read() -> None:
    seconds = 1_767_225_600
    metadata = entry(8, entry(1, seconds)) + entry(7, -1)
    assert decoded("v1", "ConfigMap", entry(1, metadata))["metadata"] == {
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "generation": -1,
    }
    # ServicePort: 3 port, 4 targetPort (IntOrString: 1 type, 2 int, 3 string).
    named = entry(3, 80) + entry(4, entry(1, 1) + entry(3, "http"))
    numbered = entry(3, 81) + entry(4, entry(1, 0) + entry(2, 8080))
    service = decoded("v1", "Service", entry(2, entry(1, named) + entry(1, numbered)))
    assert service["spec"]["ports"] == [
        {"port": 80, "targetPort": "http"},
        {"port": 81, "targetPort": 8080},
    ]


def test_fields_of_the_future_are_skipped() -> None:
    data = (
        entry(99, "x") + varint(98 << 3 | 5) + b"1234" + varint(97 << 3 | 1) + b"8" * 8
    )
    assert decoded("v1", "ConfigMap", data) == {"kind": "ConfigMap", "apiVersion": "v1"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        MAGIC,
        enveloped("v1", "Nothing"),
        enveloped("v1", "Secret", b"\x0a\xff"),
        enveloped("v1", "Secret", b"\x0a"),
        enveloped("v1", "Secret", b"\xff" * 20),
        enveloped("v1", "Secret", entry(1, 5)),
        enveloped("v1", "Secret", b"\x0b"),
    ],
)
def test_a_broken_message_is_refused(body: bytes) -> None:
    with pytest.raises(ProtobufError):
        protobuf.decode(body, DEFINITIONS)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(body: bytes) -> None:
    for kind in ("Secret", "Pod", "Service"):
        with contextlib.suppress(ProtobufError):
            protobuf.decode(enveloped("v1", kind, body), DEFINITIONS)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["metadata", "spec", "template", "containers", "name", "ports", "a"]
                ),
                inner,
            )
        ),
    )
)
def test_any_json_fits_or_is_refused(value: Any) -> None:
    try:
        found = fitted({"spec": value}, "apps/v1", "Deployment")
    except DecodeError:
        return
    again = fitted(found.value, "apps/v1", "Deployment")
    assert again.unknown == []
