"""Helm and pypkg on the same cluster, and what either leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import leave, new_namespace
from tests.e2e.state import in_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pypkg.cluster.client import Cluster
    from tests.conftest import Command, Result


class Stage:
    """Namespaces of a cluster, and the tools to play in them.

    Args:
        cluster: Where.
        helm: The real helm.
        charts: Charts, by the word that stands for them in a command line.
    """

    def __init__(
        self, cluster: Cluster, helm: Command, charts: Mapping[str, Path]
    ) -> None:
        self.cluster = cluster
        self._charts = charts
        self._namespaces: list[str] = []
        self._tools: dict[str, Callable[..., Result]] = {
            "helm": helm,
            "pypkg": in_process,
        }

    def run(self, tool: str, words: str, namespace: str) -> Result:
        """Run a command line with a tool."""
        arguments = [self._charts.get(word, word) for word in words.split()]
        return self._tools[tool](*arguments, "-n", namespace)

    def set_up(self, tool: str, before: Iterable[str]) -> str:
        """Run command lines in a namespace of their own, and name that."""
        namespace = new_namespace(self.cluster)
        self._namespaces.append(namespace)
        for words in before:
            done = self.run(tool, words, namespace)
            assert done.code == 0, (tool, words, done)
        return namespace

    def close(self) -> None:
        """Leave the namespaces."""
        for namespace in self._namespaces:
            leave(self.cluster, namespace)
