from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.e2e


def listed(pypkg: Command, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(pypkg.ok("list", "-o", "json", *words))
    return found


def test_a_release_lives_its_life(pypkg: Command, chart: Path) -> None:
    installed = pypkg.ok("install", "web", chart, "--set", "replicas=3", "--wait")
    assert "STATUS: deployed" in installed
    assert "REVISION: 1" in installed
    assert installed.endswith("NOTES:\nweb has 3 replicas.\n")

    shown = pypkg.ok("status", "web")
    assert "==> v1/Deployment" in shown
    assert "==> v1/Pod(related)" in shown

    upgraded = pypkg.ok("upgrade", "web", chart, "--set", "replicas=2")
    assert upgraded.startswith('Release "web" has been upgraded. Happy Helming!\n')
    assert pypkg.ok("rollback", "web", "1") == (
        "Rollback was a success! Happy Helming!\n"
    )
    history = json.loads(pypkg.ok("history", "web", "-o", "json"))
    assert [entry["status"] for entry in history] == [
        "superseded",
        "superseded",
        "deployed",
    ]
    assert history[2]["rollback_revision"] == 1
    assert pypkg.ok("get", "values", "web") == "USER-SUPPLIED VALUES:\nreplicas: 3\n"

    assert pypkg.ok("uninstall", "web") == 'release "web" uninstalled\n'
    assert listed(pypkg) == []


def test_get_gives_each_part(pypkg: Command, chart: Path) -> None:
    pypkg.ok("install", "web", chart, "--set", "replicas=2", "-l", "team=shop")
    assert json.loads(pypkg.ok("get", "values", "web", "-o", "json")) == {"replicas": 2}
    computed = json.loads(pypkg.ok("get", "values", "web", "-a", "-o", "json"))
    assert computed == {"replicas": 2, "image": {"tag": "1.29"}, "keep": False}
    assert "kind: Deployment" in pypkg.ok("get", "manifest", "web")
    assert pypkg.ok("get", "notes", "web").startswith("NOTES:\nweb has 2 replicas.")
    assert "helm.sh/hook: test" in pypkg.ok("get", "hooks", "web")
    metadata = json.loads(pypkg.ok("get", "metadata", "web", "-o", "json"))
    assert metadata["labels"]["team"] == "shop"
    assert metadata["applyMethod"] == "ssa"
    everything = pypkg.ok("get", "all", "web")
    for part in ("CHART: web", "COMPUTED VALUES:", "HOOKS:", "MANIFEST:", "NOTES:"):
        assert part in everything


def test_list_filters_and_sorts(pypkg: Command, chart: Path) -> None:
    for name in ("api", "shop", "web"):
        pypkg.ok("install", name, chart)
    pypkg.ok("uninstall", "shop", "--keep-history")
    assert pypkg.ok("list", "-q").split() == ["api", "shop", "web"]
    assert pypkg.ok("list", "-q", "--uninstalled").split() == ["shop"]
    assert pypkg.ok("list", "-q", "--deployed", "--reverse").split() == ["web", "api"]
    assert pypkg.ok("list", "-q", "--filter", "^w|pi$").split() == ["api", "web"]
    assert pypkg.ok("list", "-q", "--max", "1", "--offset", "1").split() == ["shop"]
    assert pypkg.ok("list", "-q", "-o", "json") == '["api","shop","web"]\n'
    times = {entry["updated"] for entry in listed(pypkg, "--time-format", "2006")}
    assert len(times) == 1
    assert times.pop().isdecimal()


def test_upgrade_installs_what_is_missing_if_asked_to(
    pypkg: Command, chart: Path
) -> None:
    assert "has no deployed releases" in pypkg.fails("upgrade", "web", chart)
    first = pypkg.ok("upgrade", "--install", "web", chart)
    assert first.startswith('Release "web" does not exist. Installing it now.\n')
    pypkg.ok("uninstall", "web", "--keep-history")
    again = pypkg.ok("upgrade", "-i", "web", chart)
    assert again.startswith('Release "web" does not exist. Installing it now.\n')


def test_values_are_kept_dropped_or_mixed(pypkg: Command, chart: Path) -> None:
    def values() -> Any:
        return json.loads(pypkg.ok("get", "values", "web", "-o", "json"))

    pypkg.ok("install", "web", chart, "--set", "replicas=2")
    pypkg.ok("upgrade", "web", chart)
    assert values() == {"replicas": 2}
    pypkg.ok("upgrade", "web", chart, "--set", "keep=true", "--reuse-values")
    assert values() == {"replicas": 2, "keep": True}
    pypkg.ok("upgrade", "web", chart, "--set", "image.tag=x")
    assert values() == {"image": {"tag": "x"}}
    pypkg.ok("upgrade", "web", chart, "--reset-values")
    assert values() is None


def test_a_dry_run_changes_nothing_and_shows_everything(
    pypkg: Command, chart: Path
) -> None:
    for mode in ("--dry-run", "--dry-run=client", "--dry-run=server"):
        shown = pypkg.ok("install", "web", chart, mode)
        assert "DESCRIPTION: Dry run complete" in shown
        assert "kind: Deployment" in shown
    assert listed(pypkg) == []


def test_tests_run_and_their_results_are_shown(pypkg: Command, chart: Path) -> None:
    pypkg.ok("install", "web", chart)
    shown = pypkg.ok("test", "web", "--logs")
    assert "TEST SUITE:     web-test" in shown
    assert "Phase:          Succeeded" in shown
    assert "POD LOGS: web-test (check)" in shown
    assert "Phase:          Succeeded" in pypkg.ok("status", "web")


def test_what_asks_to_be_kept_is_kept_and_named(pypkg: Command, chart: Path) -> None:
    pypkg.ok("install", "web", chart, "--set", "keep=true")
    told = pypkg.ok("uninstall", "web")
    assert "kept due to the resource policy" in told
    assert "web-config" in told
    assert told.endswith('release "web" uninstalled\n')


def test_a_missing_namespace_is_created_on_request(
    pypkg: Command, chart: Path, namespace: str
) -> None:
    other = f"{namespace}-new"
    assert other in pypkg.fails("install", "web", chart, "-n", other)
    pypkg.ok("install", "web", chart, "-n", other, "--create-namespace")
    assert listed(pypkg, "-n", other)[0]["namespace"] == other
    everywhere = {entry["namespace"] for entry in listed(pypkg, "-A", "--max", "10000")}
    assert other in everywhere


def test_names_are_made_up_or_templated(pypkg: Command, chart: Path) -> None:
    pypkg.ok("install", chart, "--generate-name")
    pypkg.ok("install", chart, "--name-template", "{{ upper `web` | lower }}-1")
    made_up, templated = sorted(pypkg.ok("list", "-q").split(), key=len, reverse=True)
    assert made_up.startswith("web-")
    assert made_up.removeprefix("web-").isdecimal()
    assert templated == "web-1"
    assert "must either provide a name" in pypkg.fails("install", chart)
    assert "cannot set --generate-name" in pypkg.fails("install", "x", chart, "-g")


@pytest.mark.parametrize("driver", ["secret", "configmap"])
def test_records_are_kept_where_the_driver_says(
    pypkg: Command, chart: Path, driver: str
) -> None:
    pypkg.environ["PYPKG_DRIVER"] = driver
    pypkg.ok("install", "web", chart)
    assert [entry["name"] for entry in listed(pypkg)] == ["web"]
    pypkg.environ["PYPKG_DRIVER"] = "configmap" if driver == "secret" else "secret"
    assert listed(pypkg) == []


def test_output_for_programs_holds_the_record(pypkg: Command, chart: Path) -> None:
    record = json.loads(pypkg.ok("install", "web", chart, "-o", "json"))
    assert record["info"]["status"] == "deployed"
    assert record["chart"]["metadata"]["name"] == "web"
    status = json.loads(pypkg.ok("status", "web", "-o", "json"))
    assert "chart" not in status
    assert "v1/Deployment" in status["info"]["resources"]
