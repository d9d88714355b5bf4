"""pypkg and the real helm against one repository, made by helm and served by nginx."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.repo import servers
from tests.repo.conftest import packed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.oracle


@pytest.fixture
def added(served: str, charts: Path, real_helm: Command, pypkg: Command) -> str:
    """The repository ``team``, which both know."""
    real_helm.ok("repo", "index", charts)
    for program in (real_helm, pypkg):
        program.ok("repo", "add", "team", served)
    return served


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A chart that depends on one in the repository ``team``."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Chart.yaml").write_text(
        "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n"
        "- {name: web, version: ^1.0, repository: '@team'}\n"
    )
    return folder


SEARCHES = [
    [],
    ["web"],
    ["team/db"],
    ["-l", "web"],
    ["--version", "^1.0", "-l"],
    ["-r", "^web(hook)?"],
    ["-r", "(?i)NGINX|data"],
    ["--max-col-width", "20", "db"],
    ["-o", "yaml", "db"],
    ["nothing", "-o", "json"],
    ["--versions", "--devel", "-o", "json"],
]


def test_searches_find_and_print_what_helms_do(
    added: str, real_helm: Command, pypkg: Command
) -> None:
    for words in SEARCHES:
        theirs = real_helm.ok("search", "repo", *words)
        assert pypkg.ok("search", "repo", *words) == theirs, words
    for program in (real_helm, pypkg):
        assert "no results found" in program.fails(
            "search", "repo", "nothing", "--fail-on-no-result"
        )


def test_lists_are_helms(added: str, real_helm: Command, pypkg: Command) -> None:
    for words in ([], ["--no-headers"], ["-o", "json"], ["-o", "yaml"]):
        assert pypkg.ok("repo", "list", *words) == real_helm.ok("repo", "list", *words)


@pytest.mark.parametrize(
    "words",
    [
        ["team/web", "--devel"],
        ["team/web", "--version", "~1.2"],
        ["web", "--repo", "URL", "--version", "0.9.0"],
        ["URL/more/web-3.0.0+build.1.tgz"],
        ["team/webhook", "--version", ">1.0.0 <1.5"],
    ],
)
def test_the_same_archive_is_pulled(
    added: str, real_helm: Command, pypkg: Command, tmp_path: Path, words: list[str]
) -> None:
    words = [word.replace("URL", added) for word in words]
    found = []
    for name, program in (("theirs", real_helm), ("ours", pypkg)):
        (tmp_path / name).mkdir()
        program.ok("pull", *words, "-d", name)
        found.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert found[0] == found[1]
    assert pypkg.ok("show", "all", *words) == real_helm.ok("show", "all", *words)


def test_an_archive_is_unpacked_where_helm_does(
    added: str, real_helm: Command, pypkg: Command, tmp_path: Path
) -> None:
    trees = []
    for name, program in (("theirs", real_helm), ("ours", pypkg)):
        program.ok("pull", "team/db", "--untar", "--untardir", f"{name}/inner")
        folder = tmp_path / name
        trees.append(
            {
                str(path.relative_to(folder)): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
        )
    assert trees[0] == trees[1]
    error = pypkg.fails("pull", "team/db", "--untar", "--untardir", "ours/inner")
    assert "already exists" in error


CHART = """\
apiVersion: v2
name: app
version: 0.1.0
dependencies:
- name: web
  version: ^1.0
  repository: "@team"
- name: db
  version: 1.x
  repository: URL
  alias: store
  condition: store.enabled
- name: local
  version: ">=0.1.0"
  repository: file://../local
- name: inside
  version: ">=0"
"""


def test_dependencies_are_listed_locked_and_fetched_as_helms(
    added: str, real_helm: Command, pypkg: Command, tmp_path: Path
) -> None:
    outputs = []
    for name, program in (("theirs", real_helm), ("ours", pypkg)):
        folder = tmp_path / name / "app"
        (folder / "charts" / "inside").mkdir(parents=True)
        text = "apiVersion: v2\nname: {}\nversion: 0.3.0\n"
        (folder / "charts" / "inside" / "Chart.yaml").write_text(text.format("inside"))
        (folder / "charts" / "old-0.1.0.tgz").write_bytes(packed("old", "0.1.0"))
        (tmp_path / name / "local").mkdir()
        (tmp_path / name / "local" / "Chart.yaml").write_text(text.format("local"))
        (folder / "Chart.yaml").write_text(CHART.replace("URL", added))
        steps = [
            program.ok("dependency", "list", f"{name}/app"),
            program.ok("dependency", "update", f"{name}/app"),
            program.ok("dependency", "list", f"{name}/app"),
            program.ok("dependency", "build", f"{name}/app", "--skip-refresh"),
            (folder / "Chart.lock").read_text().partition("generated:")[0],
            sorted(path.name for path in (folder / "charts").iterdir()),
            program.ok("template", f"{name}/app"),
        ]
        outputs.append([str(step).replace(name, "NAME") for step in steps])
        changed = (folder / "Chart.yaml").read_text().replace("^1.0", "^1.1")
        (folder / "Chart.yaml").write_text(changed)
        assert "out of sync" in program.fails("dependency", "build", f"{name}/app")
    for theirs, ours in zip(*outputs, strict=True):
        assert ours == theirs
    # Each reads what the other has locked.
    for program, name in ((real_helm, "ours"), (pypkg, "theirs")):
        program.ok("dependency", "update", f"{name}/app", "--skip-refresh")
        program.ok("dependency", "build", f"{name}/app")


def test_with_everything_cached_no_network_is_needed(
    charts: Path, app: Path, tmp_path: Path, pypkg: Command, nginx_program: Path
) -> None:
    pypkg.ok("repo", "index", charts)
    with servers.nginx(charts, tmp_path / "server") as url:
        pypkg.ok("repo", "add", "team", url)
        pypkg.ok("dependency", "update", "app")
    (app / "charts" / "web-1.10.0.tgz").unlink()
    pypkg.ok("dependency", "build", "app", "--skip-refresh")
    assert (app / "charts" / "web-1.10.0.tgz").exists()
    assert "ConfigMap" in pypkg.ok("template", "team/web", "--version", "^1")
    assert "was refused" in pypkg.fails("dependency", "build", "app")


def test_missing_dependencies_are_fetched_on_request(
    added: str, pypkg: Command, app: Path
) -> None:
    assert "missing in charts/" in pypkg.fails("template", "app")
    assert "kind: ConfigMap" in pypkg.ok("template", "app", "--dependency-update")
    assert (app / "charts" / "web-1.10.0.tgz").exists()


def test_messages_are_helms(added: str, real_helm: Command, pypkg: Command) -> None:
    """What scripts look for in the output is there."""
    for words in (
        ["repo", "add", "team", added],
        ["repo", "update", "team"],
        ["repo", "remove", "team"],
    ):
        theirs = real_helm.ok(*words)
        assert re.sub(r" \(unchanged\)", "", pypkg.ok(*words)) == theirs
    for words in (
        ["repo", "add", "a/b", added],
        ["repo", "add", "other", f"{added}/nothing"],
        ["repo", "update"],
        ["repo", "remove", "team"],
        ["search", "repo", "web"],
        ["pull", "team/web"],
    ):
        theirs = real_helm.fails(*words).strip().partition(" : 404")[0]
        assert pypkg.fails(*words).startswith(theirs), words


def test_sign_in_over_tls(
    charts: Path, tmp_path: Path, pypkg: Command, nginx_program: Path
) -> None:
    pypkg.ok("repo", "index", charts)
    (tmp_path / "users").write_text("ann:{PLAIN}s3cret\n")
    ca, certificate, key = servers.certificates(tmp_path)
    server = f"auth_basic team; auth_basic_user_file {tmp_path / 'users'};"
    tls = f"ssl_certificate {certificate}; ssl_certificate_key {key};"
    with servers.nginx(charts, tmp_path / "server", server=server, tls=tls) as url:
        options = ["--username", "ann", "--ca-file", str(ca)]
        error = pypkg.fails("repo", "add", "team", url, "--ca-file", ca)
        assert "401" in error
        error = pypkg.fails("repo", "add", "team", url, *options, "--password", "no")
        assert "401" in error
        assert "--username and --password" in error
        assert "not trusted" in pypkg.fails("repo", "add", "team", url)
        pypkg.ok(
            "repo", "add", "team", url, *options, "--password-stdin", text="s3cret\n"
        )
        assert "version: 3.0.0" in pypkg.ok("show", "chart", "team/web")
        pypkg.ok("repo", "update")
        assert "s3cret" not in pypkg.ok("repo", "list", "-o", "yaml")
        words = ["pull", "web", "--repo", url, *options]
        pypkg.ok(*words, "--password", "s3cret")
        assert "401" in pypkg.fails("pull", "web", "--repo", url, "--ca-file", ca)


def test_helms_repositories_are_taken_over(
    added: str, real_helm: Command, pypkg: Command
) -> None:
    real_helm.ok("repo", "add", "second", added, "--username", "ann", "--password", "p")
    told = pypkg.ok("repo", "import")
    assert '"second" has been added' in told
    assert '"team" exists already' in told
    pypkg.ok("repo", "update")
    assert "second/web" in pypkg.ok("search", "repo", "second/web")


def test_both_use_one_file_if_told_so(
    added: str, real_helm: Command, pypkg: Command, tmp_path: Path
) -> None:
    shared = {"HELM_REPOSITORY_CONFIG": str(tmp_path / "shared.yaml")}
    pypkg.environ.update(shared)
    real_helm.environ.update(shared)
    real_helm.ok("repo", "add", "one", added)
    pypkg.ok("repo", "add", "two", added)
    assert real_helm.ok("repo", "list") == pypkg.ok("repo", "list")
    real_helm.ok("repo", "remove", "two")
    assert "two" not in pypkg.ok("repo", "list")


def test_progress_is_for_terminals(added: str, pypkg: Command) -> None:
    done = pypkg("pull", "team/web")
    assert (done.out, done.err) == ("", "")


def test_packing_fetches_dependencies_on_request(
    added: str, pypkg: Command, app: Path
) -> None:
    pypkg.ok("package", "app", "-u")
    assert "web" in pypkg.ok("template", "app-0.1.0.tgz")


def test_a_misspelt_folder_is_no_repository(pypkg: Command, tmp_path: Path) -> None:
    (tmp_path / "mine" / "web").mkdir(parents=True)
    (tmp_path / "mine" / "web" / "Chart.yaml").write_text("name: web\nversion: 1.0.0\n")
    error = pypkg.fails("template", "mine/wbe")
    assert "repo mine not found" in error
    assert "did you mean mine/web?" in error
