"""The way of every write: decode, patch, default, validate, decide, store, notify.

HTTP requests and simulated controllers write through the same ``Cluster``, so that
both obey the same rules and both are seen by watches.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pypkg.objects.equality import equal
from pypkg.sandbox import custom
from pypkg.sandbox.jsontext import copied
from pypkg.sandbox.schemas.conversion import convert
from pypkg.sandbox.schemas.schema import Definitions, GroupVersionKind, Schema
from pypkg.sandbox.schemas.typed import TypedError
from pypkg.sandbox.schemas.wire import as_written
from pypkg.sandbox.statuses import (
    Cause,
    already_exists,
    bad_request,
    conflict,
    forbidden,
    invalid,
    not_found,
)
from pypkg.sandbox.store import Key, Store
from pypkg.sandbox.writes.admission import allocate
from pypkg.sandbox.writes.apply import track_update
from pypkg.sandbox.writes.defaults import set_defaults
from pypkg.sandbox.writes.service_addresses import RESOURCE, Allocated
from pypkg.sandbox.writes.strategies import (
    CREATED_BY_UPDATE,
    is_finished,
    prepare_new,
    prepare_update,
    replaces_only_a_version,
)
from pypkg.sandbox.writes.targets import BY_THE_SANDBOX, Target, WriteOptions
from pypkg.sandbox.writes.validation import validate

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from pypkg.sandbox.schemas.resources import Resource, Resources

_LOGGER = logging.getLogger(__name__)

Object = dict[str, Any]
Change = Callable[[Object], Object]

NAMESPACE = GroupVersionKind("", "v1", "Namespace")
# generateName's letters: no vowels, no digits that look like letters.
_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX_LENGTH = 5
_NAME_LIMIT = 63
_STALE = (
    "the object has been modified; please apply your changes to the latest version"
    " and try again"
)


class Cluster:
    """The objects of a simulated cluster and the rules by which they change.

    Attributes:
        store: Where the objects are.
        definitions: The built-in types.
        resources: What is served now.
        allocated: The addresses and node ports of Services.

    Args:
        clock: Gives the current time, with a time zone.
        random: Gives uids and name suffixes.
    """

    def __init__(
        self,
        store: Store,
        definitions: Definitions,
        resources: Resources,
        *,
        clock: Callable[[], datetime],
        random: Random,
    ) -> None:
        self.store = store
        self.definitions = definitions
        self.resources = resources
        self._clock = clock
        self._random = random
        self._custom_schemas: dict[tuple[int, GroupVersionKind], Schema] = {}
        self.allocated = Allocated(store.scan(RESOURCE))
        store.subscribe(self.allocated.follow)
        custom.restore(store, resources)
        store.subscribe(partial(custom.follow, resources))

    def now(self) -> str:
        """The current time, as objects state it: ``2026-11-21T03:30:00Z``."""
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def new_uid(self) -> str:
        """A fresh uid."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def schema(self, resource: Resource) -> Schema | None:
        """The type of a resource's objects, or None if nothing is known of it."""
        if not resource.custom:
            return self.definitions.of_kind(resource.gvk)
        key = (self.resources.generation, resource.gvk)
        if key not in self._custom_schemas:
            schema = resource.schema or {"x-kubernetes-preserve-unknown-fields": True}
            self._custom_schemas[key] = self.definitions.custom(schema, resource.gvk)
        return self._custom_schemas[key]

    # Reading

    def get(self, kind: GroupVersionKind, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        resource = self._resource(kind)
        found = self.store.get(Key(resource.key, namespace, name))
        return None if found is None else convert(found, kind)

    def list(
        self, kind: GroupVersionKind, namespace: str | None = None
    ) -> list[Object]:
        """The objects of a kind, of one namespace or of all."""
        resource = self._resource(kind)
        return [convert(o, kind) for o in self.store.scan(resource.key, namespace)]

    def read(self, target: Target) -> Object:
        """The object that a request is about.

        Raises:
            StatusError: 404.
        """
        found = self.store.get(target.key)
        if found is None:
            raise not_found(target.resource, target.name)
        return convert(found, target.resource.gvk)

    @property
    def pods(self) -> Resource:
        """The resource of pods."""
        return self._resource(GroupVersionKind("", "v1", "Pod"))

    def _resource(self, kind: GroupVersionKind) -> Resource:
        resource = self.resources.of_kind(kind)
        if resource is None:
            raise LookupError(f"no resource of kind {kind}")
        return resource

    def target(self, obj: Object, subresource: str = "") -> Target:
        """The target that an object of this cluster stands for."""
        kind = GroupVersionKind.parse(obj["apiVersion"], obj["kind"])
        metadata = obj["metadata"]
        return Target(
            self._resource(kind),
            metadata.get("namespace", ""),
            metadata.get("name", ""),
            subresource,
        )

    # Writing

    def create(
        self, target: Target, obj: Object, options: WriteOptions = BY_THE_SANDBOX
    ) -> Object:
        """Create an object.

        Args:
            target: Its resource and namespace; a name only where the path has one.
            obj: The object, decoded; it is not changed.
            options: How.

        Returns:
            The object as stored.

        Raises:
            StatusError: It exists, or breaks a rule.
        """
        resource = target.resource
        obj = copied(obj)
        obj["apiVersion"], obj["kind"] = resource.api_version, resource.kind
        metadata = obj.setdefault("metadata", {})
        if metadata.get("resourceVersion"):
            raise bad_request(
                "resourceVersion should not be set on objects to be created"
            )
        for field in ("selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"):
            metadata.pop(field, None)
        self._place(metadata, target)
        generated = not metadata.get("name") and bool(metadata.get("generateName"))
        if generated:
            metadata["name"] = self._generate_name(target, metadata["generateName"])
        name = metadata.get("name", "")
        self._require_namespace(resource, target.namespace, name)
        metadata["uid"] = self.new_uid()
        metadata["creationTimestamp"] = self.now()
        schema = self.schema(resource)
        self._set_defaults(obj, resource)
        obj = self._written(obj, resource)
        if not options.tracked:
            # Before admission: what that adds is nobody's.
            self._track(None, obj, target, options)
        prepare_new(obj, resource)
        allocate(obj, resource.gvk, old=None, reader=self)
        self._check(obj, None, target, schema)
        custom.accept(obj, resource, self.resources, self.now())
        key = Key(resource.key, target.namespace, name)
        if self.store.get(key) is not None:
            raise already_exists(resource, name)
        obj = self._written(obj, resource)
        return self._put(key, obj, resource, dry_run=options.dry_run)

    def update(
        self, target: Target, obj: Object, options: WriteOptions = BY_THE_SANDBOX
    ) -> Object:
        """Replace an object, or the part of it that the target names.

        Args:
            target: The object, and the subresource.
            obj: The object, decoded; it is not changed. Where it states a
                resourceVersion, that must be the current one.
            options: How.

        Returns:
            The object as stored; where nothing changed, as it was.

        Raises:
            StatusError: It does not exist, was changed, or breaks a rule.
        """
        resource = target.resource
        current = self.store.get(target.key)
        if current is None:
            if resource.kind in CREATED_BY_UPDATE and not target.subresource:
                _require_same(obj.get("metadata") or {}, {}, target)
                return self.create(target, obj, options)
            raise not_found(resource, target.name)
        old = convert(current, resource.gvk)
        obj = copied(obj)
        obj["apiVersion"], obj["kind"] = resource.api_version, resource.kind
        metadata = obj.setdefault("metadata", {})
        self._place(metadata, target)
        if metadata.setdefault("name", target.name) != target.name:
            raise bad_request(
                f"the name of the object ({metadata['name']}) does not match the name"
                f" on the URL ({target.name})"
            )
        _require_same(metadata, old["metadata"], target)
        _require_version(metadata, target)
        schema = self.schema(resource)
        self._set_defaults(obj, resource)
        new = prepare_update(obj, old, resource, target.subresource)
        allocate(new, resource.gvk, old=old, reader=self)
        self._check(new, old, target, schema)
        custom.accept(new, resource, self.resources, self.now())
        new = self._written(new, resource)
        if not options.tracked:
            self._track(old, new, target, options)
        if _same(new, old):
            return old
        if is_finished(new):
            if not options.dry_run:
                self.store.delete(target.key)
            return new
        return self._put(target.key, new, resource, dry_run=options.dry_run)

    def modify(
        self, target: Target, change: Change, options: WriteOptions = BY_THE_SANDBOX
    ) -> Object:
        """Read an object, change it, and write it back.

        Args:
            target: The object, and the subresource.
            change: Gives the new object; it may change its argument.
            options: How.
        """
        return self.update(target, change(self.read(target)), options)

    def set_status(self, obj: Object, status: Object) -> Object:
        """Give an object a new status, as a controller does."""
        target = self.target(obj, "status")
        return self.modify(target, lambda current: {**current, "status": status})

    def _place(self, metadata: Object, target: Target) -> None:
        """Settle the namespace of an object on that of the request."""
        given = metadata.get("namespace") or ""
        if not target.resource.namespaced:
            metadata.pop("namespace", None)
            return
        if given and given != target.namespace:
            raise bad_request(
                "the namespace of the provided object does not match the namespace"
                " sent on the request"
            )
        metadata["namespace"] = target.namespace

    def _generate_name(self, target: Target, prefix: str) -> str:
        base = prefix[: _NAME_LIMIT - _SUFFIX_LENGTH]
        while True:
            letters = self._random.choices(_SUFFIX_LETTERS, k=_SUFFIX_LENGTH)
            name = base + "".join(letters)
            taken = Key(target.resource.key, target.namespace, name)
            if self.store.get(taken) is None:
                return name

    def _require_namespace(self, resource: Resource, namespace: str, name: str) -> None:
        if not resource.namespaced:
            return
        found = self.get(NAMESPACE, "", namespace)
        if found is None:
            raise not_found(self._resource(NAMESPACE), namespace)
        if "deletionTimestamp" in found["metadata"]:
            raise forbidden(
                resource,
                name,
                f"unable to create new content in namespace {namespace} because it is"
                " being terminated",
                [
                    Cause(
                        "NamespaceTerminating",
                        f"namespace {namespace} is being terminated",
                        "metadata.namespace",
                    )
                ],
            )

    def _check(
        self, obj: Object, old: Object | None, target: Target, schema: Schema | None
    ) -> None:
        causes = validate(
            obj,
            target.resource.gvk,
            old=old,
            schema=schema,
            namespaced=target.resource.namespaced,
            subresource=target.subresource,
        )
        if causes:
            name = obj["metadata"].get("name", "")
            raise invalid(target.resource.gvk, name, causes)

    def _set_defaults(self, obj: Object, resource: Resource) -> None:
        schema = self.schema(resource)
        if not resource.custom:
            set_defaults(obj, schema)
        elif schema is not None:
            custom.set_defaults(obj, schema)

    def _written(self, obj: Object, resource: Resource) -> Object:
        """The object with what Go writes, and without what Go leaves out."""
        schema = None if resource.custom else self.schema(resource)
        if schema is None:
            return obj
        written: Object = as_written(obj, schema)
        if obj["metadata"].get("managedFields") == []:
            # An empty list is not the same as none: it resets who owns what.
            written["metadata"]["managedFields"] = []
        return written

    def _track(
        self, old: Object | None, new: Object, target: Target, options: WriteOptions
    ) -> None:
        try:
            track_update(
                old,
                new,
                manager=options.manager,
                schema=self.schema(target.resource),
                api_version=target.resource.api_version,
                subresource=target.subresource,
                now=self.now(),
                status_apart="status" in target.resource.subresources,
            )
        except TypedError:
            # A list whose items lack their keys: the write goes on, unowned.
            _LOGGER.debug("cannot track the fields of %s", target.key, exc_info=True)

    def _put(
        self, key: Key, obj: Object, resource: Resource, *, dry_run: bool
    ) -> Object:
        if dry_run:
            return obj
        stored = self.store.put(key, convert(obj, resource.storage_gvk))
        return convert(stored, resource.gvk)


def _require_same(metadata: Object, current: Object, target: Target) -> None:
    """Refuse a write that was meant for another object, or an older state."""
    uid = metadata.get("uid")
    if uid and uid != current.get("uid"):
        raise conflict(
            target.resource,
            target.name,
            f"Precondition failed: UID in precondition: {uid}, UID in object meta:"
            f" {current.get('uid', '')}",
        )
    version = metadata.get("resourceVersion")
    if version and version != current.get("resourceVersion"):
        raise conflict(target.resource, target.name, _STALE)


def _require_version(metadata: Object, target: Target) -> None:
    """Refuse to replace whatever there is, where the kind does not allow that."""
    resource = target.resource
    if not metadata.get("resourceVersion") and replaces_only_a_version(resource):
        message = "Invalid value: 0x0: must be specified for an update"
        fault = Cause("FieldValueInvalid", message, "metadata.resourceVersion")
        # In this place Kubernetes gives the name in paths for the kind.
        named = GroupVersionKind(resource.group, resource.version, resource.plural)
        raise invalid(named, target.name, [fault])


def _same(new: Object, old: Object) -> bool:
    """Whether a write changes nothing but the times in managedFields."""
    return equal(_timeless(new), _timeless(old))


def _timeless(obj: Object) -> Object:
    metadata = dict(obj["metadata"])
    entries = metadata.pop("managedFields", None) or ()
    fields = [{k: v for k, v in e.items() if k != "time"} for e in entries]
    return {**obj, "metadata": {**metadata, "managedFields": fields}}
