from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg import yamlio
from pypkg.chart.lock import UNKNOWN_TIME, Lock, digest
from pypkg.chart.metadata import Dependency
from pypkg.errors import MetadataError
from tests.chart.building import CHART, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


def test_a_lock_is_read_and_written() -> None:
    wire = {
        "generated": "2020-01-01T00:00:00.123456789+02:00",
        "digest": "sha256:x",
        "dependencies": [{"name": "db", "version": "1.2.3", "repository": "https://r"}],
    }
    lock = Lock.from_dict(wire)
    assert lock.to_dict() == wire
    assert lock.dependencies == (Dependency("db", "1.2.3", "https://r"),)
    assert Lock.from_dict({}).generated == UNKNOWN_TIME


def test_a_wrong_type_is_named() -> None:
    with pytest.raises(MetadataError, match=r"x/Chart.lock .*\n- dependencies must be"):
        Lock.from_dict({"dependencies": "db"}, path="x/Chart.lock")


def test_the_digest_covers_both_lists() -> None:
    required, locked = [Dependency("a", "^1")], [Dependency("a", "1.2.3")]
    value = digest(required, locked)
    assert value.startswith("sha256:")
    assert len(value) == len("sha256:") + 64
    assert value != digest([Dependency("a", "^2")], locked)
    assert value != digest(required, [Dependency("a", "1.2.4")])


@pytest.mark.oracle
def test_the_digest_is_helms(real_helm: Command, tmp_path: Path) -> None:
    write(tmp_path / "dep", {"Chart.yaml": CHART.replace("web", "dep")})
    dependency = (
        "{name: dep, version: '>=0.1, <2', repository: 'file://../dep', alias: d,"
        " condition: d.on, tags: [x], import-values: [a, {parent: p, child: c}]}"
    )
    chart = write(
        tmp_path / "web", {"Chart.yaml": f"{CHART}dependencies: [{dependency}]"}
    )
    real_helm.ok("dependency", "update", chart)
    lock = Lock.from_dict(yamlio.load((chart / "Chart.lock").read_text()))
    data = yamlio.load((chart / "Chart.yaml").read_text())
    from pypkg.chart.metadata import Metadata

    required = Metadata.from_dict(data).dependencies
    assert digest(required, lock.dependencies) == lock.digest
