"""Clusters and records to work with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pypkg.release.environment import Environment
from pypkg.release.storage import SecretStorage
from tests.cluster.conftest import cluster, unused_port

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster
    from pypkg.release.events import Event

__all__ = ["cluster", "unused_port"]


@pytest.fixture
def events() -> list[Event]:
    """What the operations of a test have told."""
    return []


@pytest.fixture
def env(cluster: Cluster, events: list[Event]) -> Environment:
    """Operations in a namespace of the sandbox that no other test uses."""
    storage = SecretStorage(cluster, cluster.namespace, clock=lambda: datetime.now(UTC))
    return Environment(
        cluster=cluster,
        storage=storage,
        namespace=cluster.namespace,
        report=events.append,
    )
