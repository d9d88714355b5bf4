from __future__ import annotations

from datetime import UTC, datetime

from pypkg.cli import output
from pypkg.cli.display.resource_tables import tables
from pypkg.release.records.timestamps import Timestamp


def plain(text: str) -> str:
    import click

    return click.unstyle(text)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    rows = [["a", "deployed"], ["longer", "failed"]]
    assert plain(output.table(["NAME", "STATUS"], rows, status_column=1)) == (
        "NAME  \tSTATUS  \na     \tdeployed\nlonger\tfailed  \n"
    )


def test_a_head_alone_is_a_table() -> None:
    assert plain(output.table(["NAME", "STATUS"], [], status_column=1)) == (
        "NAME\tSTATUS\n"
    )
    assert output.table([], [], status_column=1) == ""


def test_a_cell_of_several_lines_is_cut() -> None:
    rows = [["a" * 10 + "\n" + "b" * 4, "x"]]
    assert plain(output.table([], rows, status_column=1)) == "aaaaaaa...\tx\n"


def test_times_are_gos() -> None:
    moment = datetime(2026, 11, 2, 3, 4, 5, 120_000, UTC)
    assert output.ansic(moment) == "Mon Nov  2 03:04:05 2026"
    assert output.go_time(moment, "") == "2026-11-02 03:04:05.12 +0000 UTC"
    exact = Timestamp.of(moment, 7)
    assert output.go_time(exact, "") == "2026-11-02 03:04:05.120000007 +0000 UTC"
    assert output.go_time(moment, "Jan _2 15:04") == "Nov  2 03:04"
    assert output.ansic(None) == ""


def test_json_keeps_the_order_of_a_record_and_sorts_a_map() -> None:
    data = {"b": 1, "a": "<"}
    assert output.structured("json", data, sort_keys=False) == '{"b":1,"a":"\\u003c"}\n'
    assert output.structured("json", data) == '{"a":"\\u003c","b":1}\n'
    assert output.structured("yaml", data, sort_keys=False) == "a: <\nb: 1\n"


def test_server_tables_are_put_together_by_kind() -> None:
    columns = [
        {"name": "Name", "priority": 0},
        {"name": "Wide", "priority": 1},
        {"name": "Age"},
    ]

    def table(*cells: object) -> dict[str, object]:
        return {"columnDefinitions": columns, "rows": [{"cells": list(cells)}]}

    found = {"v1/Pod": [table("web-1", "x", "3s"), table("a", "x", None)]}
    assert tables(found) == "==> v1/Pod\nNAME    AGE\nweb-1   3s\na       <none>\n\n"
