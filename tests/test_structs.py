from __future__ import annotations

import copy
from functools import cached_property
from typing import ClassVar

import pytest

from pypkg.structs import Struct


class Point(Struct):
    dimensions: ClassVar[int] = 2

    x: int
    y: int = 0

    @cached_property
    def sum(self) -> int:
        return self.x + self.y


class Named(Point):
    name: str = "origin"


def test_fields_are_given_by_place_or_by_name() -> None:
    assert (Point(1, 2).x, Point(1, 2).y) == (1, 2)
    assert Point(y=2, x=1) == Point(1, 2)
    assert Point(1).y == 0


def test_a_subclass_adds_fields_after_those_of_its_base() -> None:
    assert Named(1, 2, "here").name == "here"
    assert Named(1).name == "origin"


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, 2, 3), {}), ((1,), {"x": 1}), ((1,), {"z": 1}), ((), {"y": 1})],
)
def test_a_field_too_many_or_too_few_is_an_error(
    values: tuple[int, ...], named: dict[str, int]
) -> None:
    with pytest.raises(TypeError, match=r"Point takes each of x, y once"):
        Point(*values, **named)


def test_structs_do_not_change() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match=r"Point\.x cannot be changed"):
        point.x = 2  # type: ignore[misc]  # what must not be possible
    with pytest.raises(AttributeError, match=r"Point\.x cannot be removed"):
        del point.x
    assert point.replace(y=5) == Point(1, 5)
    assert point == Point(1)


def test_structs_are_equal_if_their_class_and_fields_are() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 0) != Named(1, 0)
    assert len({Point(1, 2), Point(1, 2), Point(2, 1)}) == 2


def test_what_is_cached_is_no_field() -> None:
    point = Point(1, 2)
    assert point.sum == 3
    assert point == Point(1, 2)
    assert point.replace(x=2).sum == 4
    assert repr(point) == "Point(x=1, y=2)"


def test_a_copy_is_equal() -> None:
    assert copy.deepcopy(Point(1, 2)) == Point(1, 2)
