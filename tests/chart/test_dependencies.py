from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.chart.chart import Chart
from pypkg.chart.coalesce import coalesce
from pypkg.chart.dependencies import check_dependencies, process
from pypkg.chart.loader import load_chart
from pypkg.chart.metadata import Dependency, Metadata
from pypkg.errors import DependencyError, PypkgError
from tests.chart.building import write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command


def chart(
    name: str,
    values: dict[str, Any] | None = None,
    *below: Chart,
    **entries: Dependency,
) -> Chart:
    metadata = Metadata(
        name=name, version="1.0.0", dependencies=tuple(entries.values())
    )
    return Chart(metadata, values or {}, dependencies=below)


def need(name: str, **fields: Any) -> Dependency:
    return Dependency(name, fields.pop("version", "1.x"), **fields)


def paths(tree: Chart) -> list[str]:
    return [path.removeprefix("web/charts/") for path, _ in tree.walk()][1:]


def test_missing_charts_are_all_named() -> None:
    tree = chart("web", {}, chart("db"), a=need("a"), db=need("db"), c=need("c"))
    with pytest.raises(
        DependencyError, match="missing in charts/ directory: a, c"
    ) as caught:
        check_dependencies(tree)
    assert caught.value.hint == "run: pypkg dependency build web"
    check_dependencies(chart("web", {}, chart("db"), db=need("db")))


@pytest.mark.parametrize(
    ("condition", "values", "taken"),
    [
        ("", {}, True),
        ("db.on", {}, True),
        ("db.on", {"db": {"on": False}}, False),
        ("db.on", {"db": {"on": True}}, True),
        ("x.y,db.on", {"db": {"on": False}}, False),
        ("x.y,db.on", {"x": {"y": True}, "db": {"on": False}}, True),
        ("db.on", {"db": {"on": "false"}}, True),
        ("db", {"db": {}}, True),
        ("x, db.on", {"db": {"on": False}}, True),
        (" db.on ", {"db": {"on": False}}, False),
    ],
)
def test_the_first_condition_that_holds_a_boolean_decides(
    condition: str, values: dict[str, Any], *, taken: bool
) -> None:
    tree = chart("web", {}, chart("db"), db=need("db", condition=condition))
    assert paths(process(tree, values)) == (["db"] if taken else [])


@pytest.mark.parametrize(
    ("tags", "taken"),
    [({}, True), ({"a": False}, False), ({"a": False, "b": True}, True),
     ({"a": 0}, True), ({"c": False}, True)],
)  # fmt: skip
def test_tags_leave_out_a_chart_that_has_only_false_ones(
    tags: dict[str, Any], *, taken: bool
) -> None:
    tree = chart("web", {"tags": tags}, chart("db"), db=need("db", tags=("a", "b")))
    assert paths(process(tree, {})) == (["db"] if taken else [])


def test_a_condition_wins_over_tags() -> None:
    entry = need("db", tags=("a",), condition="db.on")
    tree = chart(
        "web", {"tags": {"a": False}, "db": {"on": True}}, chart("db"), db=entry
    )
    assert paths(process(tree, {})) == ["db"]


def test_a_default_of_the_subchart_counts_for_its_condition() -> None:
    tree = chart(
        "web", {}, chart("db", {"on": False}), db=need("db", condition="db.on")
    )
    assert paths(process(tree, {})) == []
    assert paths(process(tree, {"db": {"on": True}})) == ["db"]


def test_conditions_below_are_looked_up_in_the_root() -> None:
    middle = chart("db", {}, chart("leaf"), leaf=need("leaf", condition="leaf.on"))
    tree = chart("web", {}, middle, db=need("db"))
    assert paths(process(tree, {})) == ["db", "db/charts/leaf"]
    assert paths(process(tree, {"db": {"leaf": {"on": False}}})) == ["db"]


def test_an_alias_renames_a_copy() -> None:
    tree = chart(
        "web", {"one": {"x": 1}}, chart("db", {"x": 0}),
        a=need("db", alias="one"), b=need("db", alias="two"), c=need("db"),
    )  # fmt: skip
    processed = process(tree, {"two": {"x": 2}})
    assert paths(processed) == ["one", "two", "db"]
    values = coalesce(processed, {"two": {"x": 2}})
    assert [values[name]["x"] for name in ("one", "two", "db")] == [1, 2, 0]
    assert paths(tree) == ["db"]


def test_charts_that_are_not_listed_or_do_not_fit_take_part() -> None:
    old = chart("db")
    new = old.replace(metadata=old.metadata.replace(version="2.0.0"))
    tree = chart("web", {}, old, new, chart("other"), db=need("db", version=">=2"))
    processed = process(tree, {})
    assert [(c.name, c.version) for c in processed.dependencies] == [
        ("db", "1.0.0"), ("other", "1.0.0"), ("db", "2.0.0")
    ]  # fmt: skip


def test_what_is_enabled_is_noted_in_the_metadata() -> None:
    tree = chart("web", {"a": {"on": False}}, chart("a"), chart("b"),
                 a=need("a", condition="a.on"), b=need("b", alias="c"))  # fmt: skip
    [left] = process(tree, {}).metadata.dependencies
    assert (left.name, left.enabled) == ("c", True)


def test_exports_are_imported_under_the_parents_values() -> None:
    below = chart("db", {"exports": {"data": {"a": 1, "b": 1}}})
    tree = chart("web", {"b": 2}, below, db=need("db", import_values=("data",)))
    values = coalesce(process(tree, {}), {})
    assert (values["a"], values["b"]) == (1, 2)


def test_a_table_is_imported_to_a_path() -> None:
    below = chart("db", {"conf": {"port": 1}})
    entry = need("db", import_values=({"child": "conf", "parent": "x.y"},))
    values = coalesce(process(chart("web", {}, below, db=entry), {}), {})
    assert values["x"] == {"y": {"port": 1}}


def test_what_is_imported_is_spelt_out_in_the_metadata() -> None:
    entry = need("db", import_values=("data", {"child": "a.b", "parent": "c"}, 5))
    processed = process(chart("web", {}, chart("db"), db=entry), {})
    assert processed.metadata.dependencies[0].import_values == (
        {"child": "exports.data", "parent": "."},
        {"child": "a.b", "parent": "c"},
    )


def test_what_users_set_for_the_subchart_is_not_imported() -> None:
    below = chart("db", {"exports": {"data": {"a": 1}}})
    tree = chart("web", {}, below, db=need("db", import_values=("data",)))
    user = {"db": {"exports": {"data": {"a": 9}}}}
    assert coalesce(process(tree, user), user)["a"] == 1


def test_what_is_odd_is_told_of() -> None:
    told: list[str] = []
    entry = need("db", condition="db.on", tags=("t",), import_values=("gone", 5))
    tree = chart("web", {"tags": {"t": 1}, "db": {"on": "x"}}, chart("db"), db=entry)
    process(tree, {}, warn=told.append)
    assert told == [
        "the tag t of chart db is no boolean",
        "the condition db.on of chart db is no boolean",
        "chart db has no table exports.gone to import",
    ]


# The differential test: random trees, as the real helm computes them.

NAMES = ("s", "t", "u")


class Trees:
    """Makes random charts full of what values and dependencies can do."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - test data

    def often(self, chance: float) -> bool:
        return self.random.random() < chance

    def leaf(self) -> Any:
        leaves = ["x", "y", True, False, 1, [1, None], [{"k": None}], *[None] * 4]
        return self.random.choice(leaves)

    def table(self, depth: int) -> dict[str, Any]:
        return {
            key: self.table(depth - 1) if depth and self.often(0.5) else self.leaf()
            for key in "abc"
            if self.often(0.65)
        }

    def values(self, names: list[str], depth: int) -> dict[str, Any]:
        values = self.table(1)
        for name in names:
            if self.often(0.6):
                inner = values[name] = self.table(1)
                if self.often(0.3):
                    inner["global"] = self.table(2)
                if self.often(0.3):
                    inner["enabled"] = self.random.choice([True, False, "x", None])
                if depth and self.often(0.4):
                    inner[self.random.choice(NAMES)] = self.values([], depth - 1)
        if self.often(0.4):
            values["global"] = self.table(2)
        if self.often(0.3):
            values["tags"] = {
                t: self.random.choice([True, False, 1]) for t in ("v", "w")
            }
        if self.often(0.3):
            values["exports"] = {"e": self.table(1), "f": self.table(1)}
        return values

    def entry(self, name: str) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "name": name,
            "version": self.random.choice(["0.x", "*"]),
        }
        if self.often(0.3):
            entry["alias"] = f"{name}2"
        key = entry.get("alias", name)
        if self.often(0.4):
            paths = [f"{key}.enabled", f"a.b,{key}.enabled", "global.a", "b"]
            entry["condition"] = self.random.choice(paths)
        if self.often(0.3):
            entry["tags"] = ["v", "w"][: self.random.randint(1, 2)]
        if self.often(0.35):
            imports = [
                "e",
                {"child": "a", "parent": "a"},
                {"child": "b", "parent": "c.d"},
                {"child": "exports.e", "parent": "."},
                {"child": "a", "parent": name},
            ]
            entry["import-values"] = self.random.sample(imports, 2)
        return entry

    def chart(
        self, name: str, depth: int, files: dict[str, str], prefix: str
    ) -> list[str]:
        entries, below = [], []
        for sub in NAMES if depth else ():
            if self.often(0.45):
                self.chart(sub, depth - 1, files, f"{prefix}charts/{sub}/")
                below.append(sub)
                if self.often(0.75):
                    entries.append(self.entry(sub))
                    below[-1] = entries[-1].get("alias", sub)
        metadata = {"apiVersion": "v2", "name": name, "version": "0.1.0"}
        wire = {**metadata, **({"dependencies": entries} if entries else {})}
        files[f"{prefix}Chart.yaml"] = json.dumps(wire)
        files[f"{prefix}values.yaml"] = json.dumps(self.values(below, depth))
        return below


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(40))
def test_random_trees_are_computed_as_by_helm(
    seed: int, real_helm: Command, tmp_path: Path
) -> None:
    trees = Trees(seed)
    files: dict[str, str] = {"templates/out.yaml": "{{ toJson .Values }}"}
    below = trees.chart("web", 2, files, "")
    user = trees.values(below, 2)
    folder = write(tmp_path / "web", files)
    (tmp_path / "user.json").write_text(json.dumps(user))
    result = real_helm("template", folder, "--values", "user.json")
    try:
        tree = load_chart(folder)
        check_dependencies(tree)
        ours = coalesce(process(tree, user), user)
    except PypkgError:
        assert result.code == 1
        return
    assert result.code == 0, result.err
    assert json.loads(result.out.splitlines()[-1]) == ours
