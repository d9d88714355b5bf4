"""Imports point down, and form no circle (TYPE_CHECKING imports included)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pypkg"

# From the ground up. A package may import those on lower floors and itself;
# packages on one floor do not see each other.
FLOORS = [
    {"structs", "_version"},
    {"errors"},
    {"yamlio", "versions", "paths", "files", "regexp"},
    {"jsonio"},
    {"values", "objects"},
    {"chart", "cluster", "sandbox"},
    {"render", "repo"},
    {"release", "lint"},
    {"cli"},
]
# Exceptions that narrow the floors: what must not be imported although it is lower.
FORBIDDEN = {
    ("render", "cluster"): "lookup is a callable passed in",
    ("render", "sandbox"): "only cli imports sandbox",
    ("repo", "cluster"): "repositories know no cluster",
    ("repo", "sandbox"): "only cli imports sandbox",
    ("release", "sandbox"): "only cli imports sandbox",
    ("lint", "sandbox"): "only cli imports sandbox",
    ("lint", "cluster"): "charts are linted without a cluster",
    ("release", "repo"): "charts are passed in",
}
# The chart server is large enough to have floors of its own, in pypkg/repo/server.
SERVER = "pypkg.repo.server"
SERVER_FLOORS = [
    {"names", "refusals"},
    {"store"},
    {"access", "events"},
    {"web"},
    {"registry", "pages"},
    {"assembly", "export", "serving", "settings", "upkeep", "worker", "workers"},
]
CLI_ONLY = {"click", "rich"}


def modules() -> dict[str, Path]:
    names = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("pypkg", *path.relative_to(PACKAGE).with_suffix("").parts)
        names[".".join(p for p in parts if p != "__init__")] = path
    return names


MODULES = modules()


def imports_of(name: str) -> set[str]:
    """Every module that a module names in an import, anywhere in its text."""
    found: set[str] = set()
    path = MODULES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            found.update(
                sub if (sub := f"{origin}.{alias.name}") in MODULES else origin
                for alias in node.names
            )
    return found


def room(module: str) -> str:
    """The top-level part of pypkg that a module belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def floor(name: str) -> int | None:
    return next((n for n, rooms in enumerate(FLOORS) if name in rooms), None)


@pytest.mark.parametrize("name", [n for n in MODULES if room(n)])
def test_a_module_imports_only_from_lower_floors(name: str) -> None:
    own = room(name)
    if own == "__main__":
        return
    assert floor(own) is not None, f"{own} has no floor in this test"
    for target in sorted(imports_of(name)):
        if not target.startswith("pypkg"):
            continue
        other = room(target)
        if other in {own, ""}:
            continue
        assert (own, other) not in FORBIDDEN, FORBIDDEN[own, other]
        low, high = floor(other), floor(own)
        assert low is not None
        assert high is not None
        assert low < high, f"{name} imports {target}, which is not below it"


def server_floor(module: str) -> tuple[str, int]:
    """The room of the chart server that a module is in, and its floor."""
    own = module.removeprefix(f"{SERVER}.").split(".")[0]
    floor = next((n for n, rooms in enumerate(SERVER_FLOORS) if own in rooms), None)
    assert floor is not None, f"{module} has no floor in this test"
    return own, floor


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith(f"{SERVER}.")])
def test_a_room_of_the_chart_server_sees_only_those_below(name: str) -> None:
    own, high = server_floor(name)
    for target in sorted(imports_of(name)):
        if not target.startswith(f"{SERVER}."):
            continue
        other, low = server_floor(target)
        is_top = high == low == len(SERVER_FLOORS) - 1  # single modules, no rooms
        assert own == other or low < high or is_top, f"{name} imports {target}"


def test_imports_form_no_circle() -> None:
    graph = {
        name: {t for t in imports_of(name) if t in MODULES and t != name}
        for name in MODULES
        if room(name)
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name in done or name not in graph:
            return
        for target in sorted(graph[name]):
            visit(target, (*path, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())


@pytest.mark.parametrize("name", sorted(MODULES))
def test_only_the_command_line_prints_or_reads_arguments(name: str) -> None:
    if room(name) in {"cli", "__main__"}:
        return
    tops = {target.split(".")[0] for target in imports_of(name)}
    assert not tops & CLI_ONLY
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        match node:
            case ast.Call(func=ast.Name(id="print" | "exit" | "input" as call)):
                pytest.fail(f"{name}:{node.lineno} calls {call}()")
            case ast.Attribute(value=ast.Name(id="sys"), attr="argv" | "exit"):
                pytest.fail(f"{name}:{node.lineno} uses sys.{node.attr}")


def test_no_module_bears_the_name_of_a_library() -> None:
    import sys

    taken = set(sys.stdlib_module_names) | {
        "jinja2",
        "yaml",
        "jsonschema",
        "kubernetes",
        "requests",
        "semver",
        "click",
        "rich",
        "starlette",
        "uvicorn",
    }
    vague = {"utils", "util", "helpers", "common", "manager", "misc"}
    for name in MODULES:
        assert name.rsplit(".", maxsplit=1)[-1] not in (taken | vague), name
