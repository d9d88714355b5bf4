"""A sandbox in memory, whose clock the test turns."""

from __future__ import annotations

import weakref
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from pypkg.sandbox.api.decoding import fit
from pypkg.sandbox.controllers.assembly import assemble
from pypkg.sandbox.controllers.objects import EVENT, kind_of
from pypkg.sandbox.schemas.resources import Resources
from pypkg.sandbox.schemas.schema import Definitions, GroupVersionKind
from pypkg.sandbox.statuses import StatusError
from pypkg.sandbox.store import Store
from pypkg.sandbox.writes import apply as server_side
from pypkg.sandbox.writes.deletion import DeleteOptions, Propagation, delete
from pypkg.sandbox.writes.pipeline import Cluster
from pypkg.sandbox.writes.targets import WriteOptions

Object = dict[str, Any]

START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@cache
def definitions() -> Definitions:
    return Definitions.load()


class World:
    """A cluster with its controllers, which work when ``run`` is called."""

    def __init__(self, *, ready_delay: float = 0.0, controllers: bool = True) -> None:
        self.now = START
        self.store = Store()
        weakref.finalize(self, self.store.close)
        self.cluster = Cluster(
            self.store,
            definitions(),
            Resources.built_in(),
            clock=lambda: self.now,
            random=Random(1),  # noqa: S311 - tests want the same names each time
        )
        self._manager = None
        if controllers:
            self._manager = assemble(
                self.cluster, clock=lambda: self.now, ready_delay=ready_delay
            )
            self.run()
        else:
            self.create("v1", "Namespace", "default")

    def run(self, seconds: float = 0.0) -> None:
        """Let the controllers work, and time pass in the steps they ask for."""
        assert self._manager is not None
        end = self.now + timedelta(seconds=seconds)
        while True:
            wake = self._manager.run(steps=2000)
            assert wake != 0, "the controllers never come to rest"
            if wake is None or self.now + timedelta(seconds=wake) > end:
                self.now = end
                self._manager.run(steps=2000)
                return
            self.now += timedelta(seconds=max(wake, 0.001))

    def create(
        self, api_version: str, kind: str, name: str, /, **content: Any
    ) -> Object:
        """Create an object, of the default namespace unless it states another."""
        metadata = {"name": name, **content.pop("metadata", {})}
        obj = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}
        return self.put(obj)

    def put(
        self, obj: Object, *, manager: str = "test", dry_run: bool = False
    ) -> Object:
        """Create an object as a POST does."""
        resource = self.cluster.resources.of_kind(kind_of(obj))
        assert resource is not None
        if resource.namespaced:
            obj = {**obj, "metadata": {"namespace": "default", **obj["metadata"]}}
        schema = self.cluster.schema(resource)
        assert schema is not None
        value = fit(obj, schema, custom=resource.custom).value
        options = WriteOptions(manager=manager, dry_run=dry_run)
        return self.cluster.create(self.cluster.target(value), value, options)

    def update(self, obj: Object, *, manager: str = "test", part: str = "") -> Object:
        """Replace an object as a PUT does."""
        target = self.cluster.target(obj, part)
        return self.cluster.update(target, obj, WriteOptions(manager=manager))

    def apply(self, obj: Object, *, manager: str, force: bool = False) -> Object:
        """Apply an object server-side."""
        resource = self.cluster.resources.of_kind(kind_of(obj))
        if resource is not None and resource.namespaced:
            obj = {**obj, "metadata": {"namespace": "default", **obj["metadata"]}}
        target = self.cluster.target(obj)
        live = self.get(obj["apiVersion"], obj["kind"], obj["metadata"]["name"])
        result = server_side.apply(
            live,
            obj,
            manager=manager,
            force=force,
            schema=self.cluster.schema(target.resource),
            api_version=obj["apiVersion"],
            subresource="",
            now=self.cluster.now(),
        )
        write = self.cluster.create if live is None else self.cluster.update
        return write(target, result, WriteOptions(manager=manager, tracked=True))

    def get(
        self, api_version: str, kind: str, name: str, namespace: str = "default"
    ) -> Object | None:
        """The object, or None."""
        gvk = GroupVersionKind.parse(api_version, kind)
        resource = self.cluster.resources.of_kind(gvk)
        assert resource is not None
        return self.cluster.get(gvk, namespace if resource.namespaced else "", name)

    def the(
        self, api_version: str, kind: str, name: str, namespace: str = "default"
    ) -> Object:
        """The object, which must be there."""
        found = self.get(api_version, kind, name, namespace)
        assert found is not None, f"no {kind} {name}"
        return found

    def all(
        self, api_version: str, kind: str, namespace: str = "default"
    ) -> list[Object]:
        """The objects of a kind in a namespace."""
        gvk = GroupVersionKind.parse(api_version, kind)
        resource = self.cluster.resources.of_kind(gvk)
        assert resource is not None
        return self.cluster.list(gvk, namespace if resource.namespaced else None)

    def pods(self) -> list[Object]:
        """The pods of the default namespace."""
        return self.all("v1", "Pod")

    def delete(self, obj: Object, policy: Propagation = "Background") -> None:
        """Delete an object."""
        delete(
            self.cluster, self.cluster.target(obj), DeleteOptions(propagation=policy)
        )

    def events(self, name: str) -> list[tuple[str, str]]:
        """What was said about an object: reasons and messages."""
        return [
            (event["reason"], event["message"])
            for event in self.cluster.list(EVENT)
            if event["involvedObject"]["name"] == name
        ]

    def refused(
        self, api_version: str, kind: str, name: str, **content: Any
    ) -> StatusError:
        """The refusal of a new object."""
        try:
            self.create(api_version, kind, name, **content)
        except StatusError as error:
            return error
        raise AssertionError(f"{kind} {name} was accepted")


def deployment(name: str = "web", **spec: Any) -> Object:
    """A small Deployment."""
    labels = {"app": name}
    template = spec.pop("template", None) or pod_template(labels)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


def pod_template(
    labels: dict[str, str], *, sim: str = "", image: str = "app:1", **spec: Any
) -> Object:
    """A pod template with one container."""
    metadata: Object = {"labels": labels}
    if sim:
        metadata["annotations"] = {"pypkg.dev/sim": sim}
    containers = [{"name": "app", "image": image}]
    return {"metadata": metadata, "spec": {"containers": containers, **spec}}


def condition(obj: Object, kind: str) -> Object:
    """A condition of an object, which must be there."""
    found = [c for c in obj["status"]["conditions"] if c["type"] == kind]
    assert len(found) == 1, f"no condition {kind}"
    return dict(found[0])
