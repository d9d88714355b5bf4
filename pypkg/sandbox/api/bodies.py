"""From a request's body to an object, by its content type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.errors import YamlError
from pypkg.sandbox.api import protobuf
from pypkg.sandbox.api.decoding import Decoded, DecodeError, fit, parse_json
from pypkg.sandbox.statuses import bad_request, unsupported_media_type

if TYPE_CHECKING:
    from pypkg.sandbox.api.request_info import FieldValidation
    from pypkg.sandbox.schemas.schema import Definitions, GroupVersionKind, Schema

Object = dict[str, Any]

_JSON = frozenset({"", "application/json"})
_YAML = "application/yaml"
_READ = ("application/json", _YAML, protobuf.MEDIA_TYPE)


def media_type(content_type: str) -> str:
    """A Content-Type header without its parameters."""
    return content_type.split(";", 1)[0].strip().lower()


def parse(body: bytes, content_type: str, definitions: Definitions) -> Decoded:
    """Parse a body that holds an object.

    Raises:
        StatusError: 415 for a form that is not read; 400 for a broken body.
    """
    kind = media_type(content_type)
    # helm and client-go mark what is protobuf by its first bytes too.
    if kind == protobuf.MEDIA_TYPE:
        try:
            return Decoded(protobuf.decode(body, definitions))
        except ValueError as error:
            raise bad_request(f"unable to decode the object: {error}") from error
    if kind == _YAML:
        return parse_yaml(body)
    if kind not in _JSON:
        raise unsupported_media_type(_READ)
    return parse_json(body)


def parse_yaml(body: bytes) -> Decoded:
    """Parse YAML, of which JSON is a part.

    Raises:
        StatusError: 400, it does not parse.
    """
    if body.lstrip()[:1] == b"{":
        return parse_json(body)
    from pypkg import yamlio  # noqa: PLC0415 - start-up time; clients send JSON

    try:
        return Decoded(yamlio.load(body, unique_keys=False))
    except YamlError as error:
        raise bad_request(f"error decoding YAML: {error}") from error


def typed(
    decoded: Decoded,
    kind: GroupVersionKind,
    schema: Schema | None,
    *,
    custom: bool = False,
) -> Decoded:
    """Fit a parsed body to the kind that the path expects.

    Raises:
        StatusError: 400, it is of another kind, or a field has the wrong type.
    """
    value = decoded.value
    if not isinstance(value, dict):
        raise bad_request(
            f"couldn't get version/kind; json parse error: json: cannot unmarshal"
            f" {type(value).__name__} into Go value of type struct"
        )
    _require_kind(value, kind)
    if schema is None:
        return decoded
    try:
        fitted = fit(value, schema, custom=custom)
    except DecodeError as error:
        raise bad_request(cannot_be_handled(kind, str(error))) from error
    fitted.duplicates = decoded.duplicates
    metadata = fitted.value.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise bad_request(
            cannot_be_handled(kind, "json: cannot unmarshal metadata as an object")
        )
    return fitted


def cannot_be_handled(kind: GroupVersionKind, why: str) -> str:
    """The sentence by which the API server refuses a body of the right kind."""
    return (
        f'{kind.kind} in version "{kind.version}" cannot be handled as a'
        f" {kind.kind}: {why}"
    )


def _require_kind(value: Object, kind: GroupVersionKind) -> None:
    api_version = value.get("apiVersion") or kind.api_version
    given = value.get("kind") or kind.kind
    if api_version != kind.api_version:
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected"
            f" API version ({kind.api_version})"
        )
    if given != kind.kind:
        raise bad_request(
            f'{given} in version "{kind.version}" cannot be handled as a {kind.kind}:'
            f" converting ({kind.version}.{given}) to ({kind.kind}): unknown conversion"
        )


def settle(
    decoded: Decoded, kind: GroupVersionKind, validation: FieldValidation
) -> list[str]:
    """Decide what becomes of unknown and duplicate fields.

    Returns:
        The warnings to send.

    Raises:
        StatusError: 400, there are such fields and the client is strict.
    """
    faults = decoded.faults
    if not faults or validation == "Ignore":
        return []
    if validation == "Warn":
        return faults
    raise bad_request(
        cannot_be_handled(kind, f"strict decoding error: {', '.join(faults)}")
    )
