"""OpenAPI: the documents that kubectl and helm read types and parameters from.

A document is built when it is first asked for, and its hash does not depend on
building it: clients keep documents on disk by that hash, over restarts.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pypkg._version import __version__
from pypkg.sandbox.api.openapi_protobuf import MEDIA_TYPE as PROTOBUF
from pypkg.sandbox.api.openapi_protobuf import encode
from pypkg.sandbox.jsontext import dumps
from pypkg.sandbox.schemas.schema import KUBERNETES_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pypkg.sandbox.schemas.resources import Resource, Resources
    from pypkg.sandbox.schemas.schema import Definitions

Object = dict[str, Any]

_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_V2, _V3 = "#/definitions/", "#/components/schemas/"
_BODY_TYPES = ("application/json", "application/yaml")
_PATCH_TYPES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)
_WRITE_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "pretty")
_LIST_PARAMETERS = (
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "pretty",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
)
_DELETE_PARAMETERS = (
    "dryRun",
    "gracePeriodSeconds",
    "orphanDependents",
    "pretty",
    "propagationPolicy",
)
_INTEGERS = {"limit", "timeoutSeconds", "gracePeriodSeconds"}
_BOOLEANS = {"allowWatchBookmarks", "sendInitialEvents", "watch", "orphanDependents"}
_BOOLEANS |= {"force"}


class OpenApi:
    """The documents, built on demand and kept.

    Args:
        definitions: The built-in types.
        resources: What is served.
    """

    def __init__(self, definitions: Definitions, resources: Resources) -> None:
        self._definitions = definitions
        self._resources = resources
        self._documents: dict[str, bytes] = {}
        self._generation = resources.generation

    def index(self) -> bytes:
        """The reply to ``/openapi/v3``: each document's address, with its hash."""
        paths = {
            path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={self._hash(rows)}"}
            for path, rows in self._groups().items()
        }
        return dumps({"paths": paths})

    def hash(self, path: str) -> str | None:
        """The hash of a document of version 3; None if there is none of this path."""
        rows = self._groups().get(path)
        return None if rows is None else self._hash(rows)

    def v3(self, path: str) -> bytes | None:
        """The document of a group and version, ``apis/apps/v1``; None if none."""
        rows = self._groups().get(path)
        if rows is None:
            return None
        return self._kept(path, lambda: self._document(rows, version3=True))

    def v2(self, media_type: str) -> bytes:
        """The one document of version 2, about everything.

        Args:
            media_type: That of JSON or of protobuf.
        """
        everything = list(self._resources)
        return self._kept(
            media_type,
            lambda: self._document(everything, version3=False),
            write=encode if media_type == PROTOBUF else dumps,
        )

    def _kept(
        self,
        key: str,
        build: Callable[[], Object],
        write: Callable[[Object], bytes] = dumps,
    ) -> bytes:
        if self._generation != self._resources.generation:
            self._generation = self._resources.generation
            self._documents.clear()
        if key not in self._documents:
            self._documents[key] = write(build())
        return self._documents[key]

    def _groups(self) -> dict[str, list[Resource]]:
        groups: dict[str, list[Resource]] = {}
        for resource in self._resources:
            prefix = f"apis/{resource.group}" if resource.group else "api"
            groups.setdefault(f"{prefix}/{resource.version}", []).append(resource)
        return groups

    @staticmethod
    def _hash(rows: Iterable[Resource]) -> str:
        text = f"{__version__} {KUBERNETES_VERSION}"
        for resource in rows:
            text += f" {resource.api_version}/{resource.plural}"
            if resource.custom:
                text += dumps(dict(resource.schema or {})).decode()
                text += str(sorted(resource.subresources))
        return hashlib.sha256(text.encode()).hexdigest().upper()

    def _document(self, rows: Iterable[Resource], *, version3: bool) -> Object:
        builder = _Builder(self._definitions, version3=version3)
        paths: Object = {}
        for resource in rows:
            paths.update(builder.paths(resource))
        info = {"title": "Kubernetes", "version": f"v{KUBERNETES_VERSION}"}
        if version3:
            return {
                "openapi": "3.0.0",
                "info": info,
                "paths": paths,
                "components": {"schemas": builder.schemas},
            }
        return {
            "swagger": "2.0",
            "info": info,
            "paths": paths,
            "definitions": builder.schemas,
        }


def _body_types(action: str, resource: Resource) -> tuple[str, ...]:
    if action != "patch":
        return _BODY_TYPES
    # By this list kubectl knows that custom resources take no strategic patch.
    return tuple(
        name
        for name in _PATCH_TYPES
        if not (resource.custom and name.startswith("application/strategic"))
    )


class _Builder:
    """Collects the paths of one document and the types that they mention."""

    def __init__(self, definitions: Definitions, *, version3: bool) -> None:
        self._definitions = definitions
        self._version3 = version3
        self._prefix = _V3 if version3 else _V2
        self.schemas: dict[str, Any] = {}

    def paths(self, resource: Resource) -> Iterator[tuple[str, Object]]:
        kind = self._schema_name(resource)
        base = f"/apis/{resource.group}" if resource.group else "/api"
        base += f"/{resource.version}"
        if resource.namespaced:
            base += "/namespaces/{namespace}"
        collection: Object = {}
        if "list" in resource.verbs:
            collection["get"] = self._operation("list", resource, _LIST_PARAMETERS)
        if "create" in resource.verbs:
            collection["post"] = self._operation(
                "post", resource, _WRITE_PARAMETERS, kind
            )
        if "deletecollection" in resource.verbs:
            collection["delete"] = self._operation(
                "deletecollection", resource, (*_LIST_PARAMETERS, *_DELETE_PARAMETERS)
            )
        yield f"{base}/{resource.plural}", collection
        if "get" in resource.verbs:
            yield f"{base}/{resource.plural}/{{name}}", self._item(resource, kind)
        for name in resource.subresources:
            if name in {"status", "scale"}:
                path = f"{base}/{resource.plural}/{{name}}/{name}"
                yield path, self._item(resource, kind, whole=False)

    def _item(self, resource: Resource, kind: str, *, whole: bool = True) -> Object:
        item: Object = {"get": self._operation("get", resource, ("pretty",))}
        if "update" in resource.verbs:
            item["put"] = self._operation("put", resource, _WRITE_PARAMETERS, kind)
        if "delete" in resource.verbs and whole:
            item["delete"] = self._operation("delete", resource, _DELETE_PARAMETERS)
        if "patch" in resource.verbs:
            item["patch"] = self._operation(
                "patch", resource, (*_WRITE_PARAMETERS, "force"), f"{_META}Patch"
            )
        return item

    def _operation(
        self,
        action: str,
        resource: Resource,
        parameters: Iterable[str],
        body: str = "",
    ) -> Object:
        listed = [self._parameter(name) for name in parameters]
        operation: Object = {
            "tags": [resource.qualified],
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": resource.gvk._asdict(),
        }
        if body:
            reference = {"$ref": self._prefix + self._collect(body)}
            types = _body_types(action, resource)
            if self._version3:
                operation["requestBody"] = {
                    "content": {name: {"schema": reference} for name in types}
                }
            else:
                operation["consumes"] = list(types)
                listed.append(
                    {
                        "name": "body",
                        "in": "body",
                        "required": True,
                        "schema": reference,
                    }
                )
        operation["parameters"] = listed
        return operation

    def _parameter(self, name: str) -> Object:
        kind = "string"
        if name in _INTEGERS:
            kind = "integer"
        elif name in _BOOLEANS:
            kind = "boolean"
        base = {"name": name, "in": "query", "uniqueItems": True}
        if self._version3:
            return {**base, "schema": {"type": kind, "uniqueItems": True}}
        return {**base, "type": kind}

    def _schema_name(self, resource: Resource) -> str:
        if resource.custom:
            return self._collect_custom(resource)
        return self._definitions.name_of(resource.gvk) or f"{_META}Patch"

    def _collect_custom(self, resource: Resource) -> str:
        reverse = ".".join(reversed(resource.group.split(".")))
        name = f"{reverse}.{resource.version}.{resource.kind}"
        schema = self._definitions.custom(
            resource.schema or {"x-kubernetes-preserve-unknown-fields": True},
            resource.gvk,
        )
        self.schemas[name] = self._converted(schema.node)
        return name

    def _collect(self, name: str) -> str:
        """Take a type, and those that it mentions, into the document."""
        if name not in self.schemas:
            self.schemas[name] = {}  # before its fields, which may refer back to it
            self.schemas[name] = self._converted(self._definitions.node(name))
        return name

    def _converted(self, node: Any) -> Any:
        """Write a JSON Schema node as OpenAPI: no null types, references wrapped."""
        if isinstance(node, list):
            return [self._converted(item) for item in node]
        if not isinstance(node, dict):
            return node
        if isinstance(ref := node.get("$ref"), str):
            return self._reference(ref, node)
        result: Object = {}
        for key, value in node.items():
            if key == "properties":
                result[key] = {k: self._converted(v) for k, v in value.items()}
            elif key == "type" and isinstance(value, list):
                result[key] = next(t for t in value if t != "null")
            elif key in {"default", "enum", "example"}:
                result[key] = value
            elif key == "oneOf" and not self._version3:
                result["type"] = "string"
            else:
                result[key] = self._converted(value)
        return result

    def _reference(self, ref: str, node: Mapping[str, Any]) -> Object:
        reference = {"$ref": self._prefix + self._collect(ref.rsplit("/", 1)[-1])}
        siblings = {k: v for k, v in node.items() if k != "$ref"}
        if not siblings:
            return reference
        if not self._version3:
            return {**siblings, **reference}
        return {**siblings, "allOf": [reference]}
