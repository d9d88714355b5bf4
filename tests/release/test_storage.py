from __future__ import annotations

import base64
import random
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from pypkg.chart.chart import File
from pypkg.cluster.reference import ObjectRef
from pypkg.errors import OperationInProgressError, ReleaseError, ReleaseNotFoundError
from pypkg.release import history
from pypkg.release.records.record import Status
from pypkg.release.storage import (
    ConfigMapStorage,
    MemoryStorage,
    SecretStorage,
    Storage,
)
from pypkg.release.storage.chunks import Chunks
from pypkg.release.storage.objects import SECRETS
from pypkg.release.storage.sql import RELEASES, SqlStorage
from tests.release.samples import make_chart, make_release

if TYPE_CHECKING:
    from pathlib import Path

    from pypkg.cluster.client import Cluster
    from pypkg.release.records.record import Release

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(params=["secret", "configmap", "memory", "sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    match request.param:
        case "memory":
            return MemoryStorage()
        case "sqlite":
            url = f"sqlite:///{tmp_path}/releases.db"
            return SqlStorage(url, "default", clock=lambda: NOW)
        case "postgresql":
            url = request.getfixturevalue("postgresql")
            return SqlStorage(url, f"test-{uuid.uuid4().hex[:8]}", clock=lambda: NOW)
    cluster: Cluster = request.getfixturevalue("cluster")
    kind = SecretStorage if request.param == "secret" else ConfigMapStorage
    return kind(cluster, cluster.namespace, clock=lambda: NOW)


def test_a_revision_is_stored_changed_and_forgotten(storage: Storage) -> None:
    release = make_release(labels={"team": "web"})
    storage.create(release)
    assert storage.get("rel", 1) == release
    failed = release.with_status(Status.FAILED, "no luck")
    storage.update(failed)
    assert storage.get("rel", 1) == failed
    storage.delete(release)
    storage.delete(release)
    with pytest.raises(ReleaseNotFoundError, match=r"^release: not found$"):
        storage.get("rel", 1)


def test_a_revision_is_made_once(storage: Storage) -> None:
    storage.create(make_release())
    with pytest.raises(OperationInProgressError, match="already exists: revision 1"):
        storage.create(make_release())


def test_only_what_exists_is_changed(storage: Storage) -> None:
    with pytest.raises(ReleaseNotFoundError):
        storage.update(make_release())


def test_revisions_are_found_by_their_labels(storage: Storage) -> None:
    for revision in (1, 2, 10):
        status = Status.DEPLOYED if revision == 10 else Status.SUPERSEDED
        storage.create(make_release("web", revision, status))
    storage.create(make_release("other"))
    found = [(r.name, r.revision) for r in storage.find({})]
    assert found == [("other", 1), ("web", 1), ("web", 2), ("web", 10)]
    assert [r.revision for r in storage.find({"name": "web"})] == [1, 2, 10]
    deployed = storage.find({"name": "web", "status": "deployed"})
    assert [r.revision for r in deployed] == [10]
    assert [(h.name, h.revision, h.status) for h in storage.heads("web")] == [
        ("web", 1, "superseded"),
        ("web", 2, "superseded"),
        ("web", 10, "deployed"),
    ]
    assert storage.heads("nope") == []
    storage.create(make_release("odd", 1))
    storage.create(make_release("odd", 2, Status.SUPERSEDED))
    latest = [(r.name, r.revision) for r in storage.find({}, latest=True)]
    assert latest == [("odd", 2), ("other", 1), ("web", 10)]


@pytest.mark.parametrize(
    ("keep", "left"), [(-1, [1, 2, 3, 4]), (3, [2, 3, 4]), (2, [2, 4]), (0, [2])]
)
def test_pruning_spares_the_deployed_revision(keep: int, left: list[int]) -> None:
    storage = MemoryStorage()
    for revision in (1, 2, 3, 4):
        status = Status.DEPLOYED if revision == 2 else Status.FAILED
        storage.create(make_release("web", revision, status))
    history.prune(storage, "web", keep)
    assert [r.revision for r in storage.find({"name": "web"})] == left


def test_a_secret_is_what_helm_makes(cluster: Cluster) -> None:
    storage = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    release = make_release(labels={"team": "web"})
    storage.create(release)
    ref = ObjectRef("v1", "Secret", "sh.helm.release.v1.rel.v1", cluster.namespace)
    secret = cluster.get(ref)
    assert secret["type"] == "helm.sh/release.v1"
    labels = {
        "name": "rel",
        "owner": "helm",
        "status": "deployed",
        "version": "1",
        "team": "web",
    }
    seconds = str(int(NOW.timestamp()))
    assert secret["metadata"]["labels"] == {**labels, "createdAt": seconds}
    # base64 of the Secret, base64 of the record, gzip
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    assert packed[:2] == b"\x1f\x8b"
    storage.update(release)
    changed = cluster.get(ref)["metadata"]["labels"]
    assert changed == {**labels, "modifiedAt": seconds}


def test_an_outline_is_the_beginning_of_a_record(storage: Storage) -> None:
    failed = make_release("web", 2, Status.FAILED, labels={"team": "web"})
    storage.create(make_release("web", 1))
    storage.create(failed.with_info(description="no luck"))
    first, second = storage.outlines("web")
    assert (first.revision, first.status) == (1, Status.DEPLOYED)
    assert second.info == failed.with_info(description="no luck").info
    assert second.chart.metadata == failed.chart.metadata
    assert (second.name, second.labels) == ("web", {"team": "web"})


def test_a_damaged_record_is_left_out_and_told(cluster: Cluster) -> None:
    told: list[str] = []
    storage = SecretStorage(
        cluster, cluster.namespace, clock=lambda: NOW, warn=told.append
    )
    storage.create(make_release("good"))
    storage.create(make_release("bad"))
    ref = ObjectRef("v1", "Secret", "sh.helm.release.v1.bad.v1", cluster.namespace)
    cluster.patch(ref, {"data": {"release": "AAAA"}}, "application/merge-patch+json")
    assert [r.name for r in storage.find({})] == ["good"]
    assert [head.revision for head in storage.heads("bad")] == [1]
    assert storage.outlines("bad") == []
    assert len(told) == 2
    assert told[0].startswith("sh.helm.release.v1.bad.v1 is left out: the record is")
    with pytest.raises(ReleaseError, match="the record is"):
        storage.get("bad", 1)


def test_damaged_records_are_pruned_too(cluster: Cluster) -> None:
    storage = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    for revision in (1, 2, 3):
        storage.create(make_release("web", revision))
    ref = ObjectRef("v1", "Secret", "sh.helm.release.v1.web.v1", cluster.namespace)
    cluster.patch(ref, {"data": {"release": "AAAA"}}, "application/merge-patch+json")
    history.prune(storage, "web", 2)
    assert [head.revision for head in storage.heads("web")] == [2, 3]


def test_before_a_damaged_record_lies_another(cluster: Cluster) -> None:
    storage = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    revisions = [replace(make_release(), revision=number) for number in (1, 2, 3)]
    for release in revisions:
        storage.create(release)
    name = "sh.helm.release.v1.rel.v3"
    ref = ObjectRef("v1", "Secret", name, cluster.namespace)
    cluster.patch(ref, {"data": {"release": "AAAA"}}, "application/merge-patch+json")
    assert storage.find({}, latest=True) == [revisions[1]]
    with pytest.raises(ReleaseError, match=f"{name} is in the way") as caught:
        storage.create(revisions[2])
    assert f"kubectl delete secret {name}" in (caught.value.hint or "")


def test_every_namespace_can_be_read_at_once(cluster: Cluster) -> None:
    here = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    here.create(replace(make_release(), namespace=cluster.namespace))
    everywhere = SecretStorage(cluster, "", clock=lambda: NOW)
    assert cluster.namespace in {r.namespace for r in everywhere.find({})}


def large(**fields: Any) -> Release:
    """Give a revision whose chart does not fit into one object."""
    noise = random.Random(1).randbytes(1_100_000)  # noqa: S311 - what does not shrink
    chart = make_chart(
        templates=(File(name="templates/a.yaml", data=b"a: 1\n"),),
        files=(File(name="files/noise", data=noise),),
        values={"a": 1},
    )
    return make_release(**{"chart": chart, "manifest": "a: 1\n", **fields})


def chunk_names(cluster: Cluster) -> list[str]:
    found = cluster.list(SECRETS, cluster.namespace, label_selector="owner=pypkg")
    return [item["metadata"]["name"] for item in found]


@pytest.mark.parametrize("storage", ["secret", "configmap"], indirect=True)
@pytest.mark.parametrize("manifest", ["a: 1\n", "huge"])
def test_a_record_of_any_size_is_stored(storage: Storage, manifest: str) -> None:
    if manifest == "huge":
        noise = random.Random(2).randbytes(810_000)  # noqa: S311 - no secret
        manifest = f"a: {base64.b64encode(noise).decode()}\n"
    release = large(manifest=manifest, config={"b": 2}, labels={"team": "web"})
    storage.create(release)
    assert storage.get("rel", 1) == release
    failed = release.with_status(Status.FAILED, "no luck")
    storage.update(failed)
    assert storage.find({"status": "failed"}) == [failed]
    assert storage.find({}, latest=True) == [failed]
    storage.delete(failed)
    storage.tidy("rel")
    assert storage.find({}) == []


def test_a_changed_state_leaves_the_chunks_alone(cluster: Cluster) -> None:
    storage = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    storage.create(large())
    before = chunk_names(cluster)
    assert len(before) == 2
    other = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    other.update(large().with_status(Status.SUPERSEDED))
    assert chunk_names(cluster) == before


def test_chunks_go_with_the_last_record_that_needs_them(cluster: Cluster) -> None:
    storage = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    storage.create(large())
    again = replace(large(), revision=2)
    storage.create(again)
    storage.delete(large())
    storage.tidy("rel")
    assert storage.get("rel", 2) == again
    storage.delete(again)
    storage.tidy("rel")
    assert chunk_names(cluster) == []


def test_a_crash_between_chunks_and_head_leaves_the_old_record(
    cluster: Cluster,
) -> None:
    storage = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    storage.create(large())
    before = set(chunk_names(cluster))
    Chunks(cluster, SECRETS).fitted(cluster.namespace, large(config={"other": 1}))
    assert set(chunk_names(cluster)) > before
    assert storage.get("rel", 1) == large()
    storage.tidy("rel")
    assert set(chunk_names(cluster)) == before


def test_chunks_are_read_once(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    SecretStorage(cluster, cluster.namespace, clock=lambda: NOW).create(large())
    storage = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    fetched: list[str] = []
    fetch = cluster.fetch

    def counting(path: str, **options: Any) -> Any:
        fetched.append(path)
        return fetch(path, **options)

    monkeypatch.setattr(cluster, "fetch", counting)
    assert storage.find({}) == storage.find({}) == [large()]
    assert len([path for path in fetched if "pypkg.chunk" in path]) == 2


def test_a_missing_chunk_is_told(cluster: Cluster) -> None:
    storage = SecretStorage(cluster, cluster.namespace, clock=lambda: NOW)
    storage.create(large())
    name = chunk_names(cluster)[1]
    cluster.delete(ObjectRef("v1", "Secret", name, cluster.namespace))
    with pytest.raises(ReleaseError, match=f"the record is damaged: {name} is missing"):
        storage.get("rel", 1)


def test_a_damaged_row_is_left_out_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    url = f"sqlite:///{tmp_path}/releases.db"
    storage = SqlStorage(url, "default", clock=lambda: NOW, warn=told.append)
    storage.create(make_release("good"))
    storage.create(make_release("bad"))
    with create_engine(url, poolclass=NullPool).begin() as database:
        wrong = RELEASES.update().where(RELEASES.c.name == "bad").values(body="AAAA")
        database.execute(wrong)
    assert [r.name for r in storage.find({})] == ["good"]
    assert [head.revision for head in storage.heads("bad")] == [1]
    assert storage.outlines("bad") == []
    assert len(told) == 2
    assert told[0].startswith("sh.helm.release.v1.bad.v1 is left out: the record is")


def test_all_namespaces_of_a_database_are_read_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/releases.db"
    for namespace in ("one", "two"):
        here = SqlStorage(url, namespace, clock=lambda: NOW)
        here.create(make_release(namespace=namespace, labels={"in": namespace}))
        assert len(here.find({})) == 1
    everywhere = SqlStorage(url, "", clock=lambda: NOW)
    assert [(r.namespace, r.labels) for r in everywhere.find({}, latest=True)] == [
        ("one", {"in": "one"}),
        ("two", {"in": "two"}),
    ]


def test_a_database_that_does_not_answer_is_told(unused_port: int) -> None:
    url = f"postgresql://helm:secret@127.0.0.1:{unused_port}/postgres"
    with pytest.raises(ReleaseError, match="the database of releases fails") as caught:
        SqlStorage(url, "default", clock=lambda: NOW)
    assert "secret" not in str(caught.value)
