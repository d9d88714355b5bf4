"""What a shell is told that completes a command line: what the cluster has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.test_completion import proposed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.e2e


def test_releases_revisions_and_namespaces_are_proposed(
    pypkg: Command, chart: Path, namespace: str
) -> None:
    def names(line: str) -> list[str]:
        return [told.removeprefix("plain,") for told in proposed(pypkg, line)]

    pypkg.ok("install", "web", chart)
    pypkg.ok("upgrade", "web", chart)
    assert names("pypkg status w") == ["web"]
    assert names("pypkg rollback w") == ["web"]
    assert names("pypkg rollback web ") == ["2", "1"]
    assert names("pypkg rollback web 1 ") == []
    assert names("pypkg get values web --revision ") == ["2", "1"]
    assert names(f"pypkg list -n {namespace[:-1]}") == [namespace]


def test_the_contexts_of_the_kubeconfig_are_proposed(
    pypkg: Command, context: str
) -> None:
    said = proposed(pypkg, f"pypkg list --kube-context {context[:-1]}")
    assert f"plain,{context}" in said
