"""A cluster to work with: the sandbox, in a namespace of its own."""

from __future__ import annotations

import socket
import uuid
from typing import TYPE_CHECKING

import pytest

from pypkg.cluster.client import Cluster, connect
from pypkg.cluster.config import Overrides, load_config

if TYPE_CHECKING:
    from pypkg.sandbox.daemon import Status


@pytest.fixture
def cluster(sandbox: Status) -> Cluster:
    """The sandbox's API, in a namespace that no other test uses."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    overrides = Overrides(kubeconfig=str(sandbox.kubeconfig), namespace=name)
    made = connect(load_config(overrides, environ={}), environ={})
    made.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return made


@pytest.fixture
def unused_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
