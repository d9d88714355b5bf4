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
# Large parts have rooms, which import downward, too. Modules that are not named here
# lie in no room, and may stand between them.
ROOMS = {
    "release": [
        {"records"},
        {"storage", "lock", "applying"},
        {"diffs"},
        {"plans"},
    ],
    "sandbox": [
        {"schemas"},
        {"checks", "columns"},
        {"writes"},
        {"controllers"},
        {"api"},
    ],
    "repo.server": [
        {"names", "refusals"},
        {"store"},
        {"access", "events"},
        {"web"},
        {"registry", "pages"},
        {"assembly", "export", "serving", "settings", "upkeep", "worker", "workers"},
    ],
}
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


def room_and_floor(part: str, module: str) -> tuple[str, int | None]:
    """A module's room in a part, and that room's floor, None for one in no room."""
    own = module.removeprefix(f"pypkg.{part}.").split(".")[0]
    return own, next((n for n, rooms in enumerate(ROOMS[part]) if own in rooms), None)


def is_package(part: str, own: str) -> bool:
    return any(name.startswith(f"pypkg.{part}.{own}.") for name in MODULES)


@pytest.mark.parametrize(
    ("part", "name"),
    [(p, n) for p in ROOMS for n in MODULES if n.startswith(f"pypkg.{p}.")],
)
def test_a_room_sees_only_those_below(part: str, name: str) -> None:
    own, high = room_and_floor(part, name)
    if high is None:
        assert not is_package(part, own), f"{own} has no floor in this test"
        return
    for target in sorted(imports_of(name)):
        if not target.startswith(f"pypkg.{part}."):
            continue
        other, low = room_and_floor(part, target)
        if own == other or low is None or low < high:
            continue
        beside = low == high and not (is_package(part, own) or is_package(part, other))
        assert beside, f"{name} imports {target}"


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
