"""``template`` and its flags, beside the real helm."""

from __future__ import annotations

import http.server
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Command

FLAGS = [
    [],
    ["--set", "replicas=3,keep=true"],
    ["--set-string", "replicas=3", "--set-json", '{"image":{"tag":"x"}}'],
    ["--set-literal", "image.tag=a,b=c"],
    ["-n", "other"],
    ["--skip-tests"],
    ["--no-hooks"],
    ["--include-crds"],
    ["--include-crds", "--skip-crds"],
    ["--is-upgrade"],
    ["--kube-version", "1.29"],
    ["--kube-version", "v1.29.3-gke.1"],
    ["-a", "shop.example/v1,other.example/v1", "-a", "more.example/v1/Kind"],
    ["-s", "templates/config.yaml"],
    ["-s", "templates/test.yaml", "-s", "templates/d*.yaml"],
    ["--show-only=templates/*.yaml", "--set=replicas=2"],
    ["--name-template", "x-{{ `A` | lower }}"],
    ["--dry-run=client", "--wait", "--timeout=1m", "--create-namespace", "-l", "a=b"],
    ["--server-side=false", "--force-replace"],
]
REFUSED = [
    ["-s", "templates/nope.yaml"],
    ["--kube-version", "nope"],
    ["--set", "a"],
    ["--dry-run=none"],
    ["--timeout", "5"],
    ["--wait=soon"],
    ["-f", "nope.yaml"],
    ["--nope"],
]


@pytest.fixture
def rich_chart(chart: Path) -> Path:
    """A chart that shows everything that flags of template can change."""
    (chart / "crds").mkdir()
    (chart / "crds/crd.yaml").write_text("kind: CustomResourceDefinition\n")
    (chart / "templates/facts.yaml").write_text(
        """\
kind: Facts
release: {{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.IsUpgrade }}
kube: {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Minor }}
served: {{ .Capabilities.APIVersions.Has "shop.example/v1" }}
kinds: {{ .Capabilities.APIVersions.Has "more.example/v1/Kind" }}
values: {{ .Values | toJson }}
"""
    )
    return chart


@pytest.mark.oracle
@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_flags_do_as_helms(
    pypkg: Command, real_helm: Command, rich_chart: Path, flags: list[str]
) -> None:
    assert pypkg.ok("template", rich_chart, *flags) == real_helm.ok(
        "template", rich_chart, *flags
    )


@pytest.mark.oracle
@pytest.mark.parametrize("flags", REFUSED, ids=" ".join)
def test_both_refuse(
    pypkg: Command, real_helm: Command, rich_chart: Path, flags: list[str]
) -> None:
    assert real_helm.fails("template", rich_chart, *flags)
    assert pypkg.fails("template", rich_chart, *flags)


@pytest.mark.oracle
@pytest.mark.parametrize("more", [[], ["--release-name"], ["--include-crds"]])
def test_files_are_written_as_by_helm(
    pypkg: Command,
    real_helm: Command,
    rich_chart: Path,
    tmp_path: Path,
    more: list[str],
) -> None:
    def files(folder: Path) -> dict[str, str]:
        found = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_text() for path in found}

    words = ["template", "shop", str(rich_chart), *more, "--output-dir"]
    told = pypkg.ok(*words, tmp_path / "ours")
    real_helm.ok(*words, tmp_path / "theirs")
    assert files(tmp_path / "ours") == files(tmp_path / "theirs")
    assert told.count("wrote ") >= len(files(tmp_path / "ours"))


@pytest.mark.oracle
def test_values_come_from_standard_input(
    pypkg: Command, real_helm: Command, rich_chart: Path
) -> None:
    words = ["template", str(rich_chart), "-f", "-"]
    text = "replicas: 7\n"
    ours = pypkg.ok(*words, text=text)
    assert ours == real_helm.ok(*words, text=text)
    assert "replicas: 7" in ours


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """Serve the test's folder over HTTP, and give its URL."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_charts_and_values_come_from_urls(
    pypkg: Command, chart: Path, tmp_path: Path, site: str
) -> None:
    pypkg.ok("package", chart)
    (tmp_path / "my.yaml").write_text("replicas: 7\n")
    shown = pypkg.ok("template", f"{site}/web-1.2.0.tgz", "-f", f"{site}/my.yaml")
    assert "replicas: 7" in shown
    assert "404" in pypkg.fails("template", f"{site}/nope.tgz")
    assert "404" in pypkg.fails("template", chart, "-f", f"{site}/nope.yaml")


def test_a_post_renderer_changes_the_manifests(
    pypkg: Command, chart: Path, tmp_path: Path
) -> None:
    words = ["template", str(chart), "--post-renderer"]
    shown = pypkg.ok(*words, "sed", "--post-renderer-args", "s/nginx/caddy/")
    assert "image: caddy:1.29" in shown
    assert "# Source: web/templates/deployment.yaml" in shown
    assert "cannot be run" in pypkg.fails(*words, "no-such-program")
    assert "ended with 1" in pypkg.fails(*words, "false")


def test_a_dry_run_on_the_server_knows_the_cluster(
    pypkg: Command, chart: Path, namespace: str
) -> None:
    (chart / "templates/facts.yaml").write_text(
        """\
kind: Facts
pods: {{ .Capabilities.APIVersions.Has "v1/Pod" }}
namespace: {{ (lookup "v1" "Namespace" "" .Release.Namespace).metadata.name }}
"""
    )
    words = ["template", str(chart), "-s", "templates/facts.yaml"]
    assert f"namespace: {namespace}" in pypkg.ok(*words, "--dry-run=server")
    assert "pods: true" in pypkg.ok(*words, "--validate")
    (chart / "templates/facts.yaml").write_text("pods: {{ lookup `v1` `Pod` `` `` }}")
    assert "pods: map[]" in pypkg.ok(*words)


def test_a_library_and_a_missing_dependency_are_refused(
    pypkg: Command, chart: Path
) -> None:
    definition = chart / "Chart.yaml"
    text = definition.read_text()
    definition.write_text(f"{text}type: library\n")
    assert "library charts are not installable" in pypkg.fails("template", chart)
    definition.write_text(
        f"{text}dependencies: [{{name: db, version: 1.x.x, repository: ''}}]\n"
    )
    assert "missing in charts/ directory: db" in pypkg.fails("template", chart)
