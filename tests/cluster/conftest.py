"""A cluster to work with: the sandbox, in a namespace of its own."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from pypkg.cluster.client import Cluster, connect
from pypkg.cluster.config import Overrides, load_config
from tests.conftest import leave, new_namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.sandbox.daemon import Status


@pytest.fixture
def cluster(sandbox: Status) -> Iterator[Cluster]:
    """The sandbox's API, in a namespace that no other test uses."""
    overrides = Overrides(kubeconfig=str(sandbox.kubeconfig))
    made = connect(load_config(overrides, environ={}), environ={})
    made.namespace = new_namespace(made)
    yield made
    leave(made, made.namespace)


@pytest.fixture
def unused_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
