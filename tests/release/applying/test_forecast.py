"""The forecast of conflicts, compared with what the server says of random objects."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.apply import Applier
from pypkg.errors import ApiError, ConflictError
from pypkg.objects.difference import MISSING
from pypkg.objects.field_places import place_of, value_at
from pypkg.release.applying.conflicts import settle
from pypkg.release.applying.field_policy import parse_rules
from pypkg.release.applying.resources import ReleaseObject

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster, Object, PatchType

CASES = 25
PATCHES: dict[str, PatchType] = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}


class Authors:
    """People and controllers who write one object, each as it pleases them."""

    def __init__(self, cluster: Cluster, seed: int) -> None:
        self.cluster = cluster
        self.chance = random.Random(seed)  # noqa: S311 - a test's cases
        self.make = self.chance.choice([self.deployment, self.config, self.service])

    def some(self, *values: Any) -> list[Any]:
        return self.chance.sample(values, self.chance.randint(1, len(values)))

    def maybe(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in fields.items() if self.chance.random() < 0.5}

    def metadata(self) -> dict[str, Any]:
        one = self.chance.choice
        more = {
            "labels": {key: one("12") for key in self.some("a", "b")},
            "annotations": {"example.com/x": one("12")},
            "finalizers": self.some("example.com/a", "example.com/b"),
        }
        return {"name": "web", **self.maybe(more)}

    def config(self) -> Object:
        data = {key: self.chance.choice("123") for key in self.some("a", "b", "c")}
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": self.metadata(),
            "data": data,
        }

    def service(self) -> Object:
        ports = [
            {
                "port": port,
                "protocol": "TCP",
                "name": f"p{port}",
                "targetPort": self.chance.choice([1, "h"]),
            }
            for port in self.some(80, 81, 82)
        ]
        spec = {"selector": {"app": self.chance.choice("xy")}, "ports": ports}
        return {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": self.metadata(),
            "spec": spec,
        }

    def container(self, name: str) -> dict[str, Any]:
        one = self.chance.choice
        more = {
            "args": self.some("-v", "-q"),
            "env": [{"name": n, "value": one("12")} for n in self.some("A", "B")],
            "ports": [{"containerPort": port} for port in self.some(80, 81)],
            "resources": {"limits": {"cpu": one(["1", "1000m", "2"])}},
        }
        return {"name": name, "image": one(["a:1", "a:2"]), **self.maybe(more)}

    def deployment(self) -> Object:
        template = {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [self.container(n) for n in self.some("x", "y")]},
        }
        spec = {"replicas": self.chance.randint(0, 2)}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": self.metadata(),
            "spec": {
                **self.maybe(spec),
                "selector": {"matchLabels": {"app": "web"}},
                "template": template,
            },
        }

    def write(self, manager: str) -> None:
        """Write the object as someone: apply it, patch it, or replace it."""
        obj = self.make()
        ref = self.cluster.ref(obj)
        way = self.chance.choice(["apply", "force", "merge", "strategic", "replace"])
        try:
            if way in {"apply", "force"}:
                force = way == "force"
                applier = Applier(
                    cluster=self.cluster, manager=manager, force_conflicts=force
                )
                applier.create(obj)
            elif way == "replace":
                self.cluster.update(obj, fieldManager=manager)
            else:
                self.cluster.patch(ref, obj, PATCHES[way], fieldManager=manager)
        except ApiError:
            pass  # the server may refuse it; the next one tries again


@pytest.mark.parametrize("seed", range(CASES))
def test_the_forecast_is_what_the_server_says(cluster: Cluster, seed: int) -> None:
    authors = Authors(cluster, seed)
    helm = Applier(cluster=cluster, manager="helm")
    helm.create(authors.make())
    for number in range(authors.chance.randint(1, 3)):
        authors.write(f"someone-{number}")
    target = authors.make()
    ref = cluster.ref(target)
    live = cluster.get(ref)
    expected: set[str] = set()
    try:
        Applier(cluster=cluster, manager="helm", dry_run=True).create(target)
    except ConflictError as error:
        expected = {cause["field"] for cause in error.causes}

    found = settle(helm, ReleaseObject(ref, target), live, ())
    assert {conflict.path for conflict in found.failing} == expected
    # Older servers name lists, too, of which they name fields.
    lists = {path.rpartition("[")[0] for path in expected}
    assert all(c.live is not MISSING for c in found.failing if c.path not in lists)

    keeping = parse_rules(["*=keep"])
    kept = settle(helm, ReleaseObject(ref, target), live, keeping)
    assert not kept.failing
    after = helm.create(kept.target.object)
    for path in kept.kept:
        before, now = place_of(live, path), place_of(after, path)
        assert before is not None
        assert now is not None
        assert value_at(after, now) == value_at(live, before)
    # Nobody would come to take the finalizers away.
    free = {"metadata": {"finalizers": None}}
    cluster.patch(ref, free, PATCHES["merge"])
