from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.errors import ReleaseError
from pypkg.objects.manifest import Manifest
from pypkg.release.applying.resources import build

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        ("name: yes", "metadata.name must be text, but is True"),
        ("name: 12", "metadata.name must be text, but is 12"),
        ("name: x, namespace: 12", "metadata.namespace must be text, but is 12"),
        ("name: null", "the ConfigMap has no metadata.name"),
    ],
)
def test_a_name_that_is_no_text_is_a_fault_of_the_chart(
    cluster: Cluster, metadata: str, fault: str
) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{{metadata}}}\n"
    with pytest.raises(ReleaseError, match=fault):
        build(cluster, [Manifest.parse("web/x.yaml", text)], "shop")
