"""The syntax tree: what the parser makes of the tokens.

A node's ``str`` is the text with which Go names it in an error message, which is
not always the author's: white space is normalised, and parentheses around a
pipeline are the outer node's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pypkg.render.functions.gostrings import go_quote


@dataclass(slots=True)
class Dot:
    """``.``, the cursor."""

    position: int

    def __str__(self) -> str:
        return "."


@dataclass(slots=True)
class Nil:
    """``nil``, only ever an argument."""

    position: int

    def __str__(self) -> str:
        return "nil"


@dataclass(slots=True)
class Bool:
    """``true`` or ``false``."""

    position: int
    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(slots=True)
class Number:
    """A number, under every type that can hold it: Go's ideal constants.

    Attributes:
        position: Where it stands.
        text: As written.
        integer: Its value as an int, or None where it has none.
        floating: Its value as a float64, or None.
        is_float: Whether it is a float64 where nothing else is asked for.
    """

    position: int
    text: str
    integer: int | None
    floating: float | None
    is_float: bool

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class String:
    """A string constant.

    Attributes:
        position: Where it stands.
        quoted: As written.
        value: What it means.
    """

    position: int
    quoted: str
    value: str

    def __str__(self) -> str:
        return self.quoted


@dataclass(slots=True)
class Field:
    """``.Values.image``: names looked up from the cursor."""

    position: int
    names: list[str]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


@dataclass(slots=True)
class Variable:
    """``$`` or ``$name``, with the names looked up from it."""

    position: int
    name: str
    names: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return ".".join([self.name, *self.names])


@dataclass(slots=True)
class Identifier:
    """A function's name."""

    position: int
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Chain:
    """``(pipeline).name``: names looked up from another operand.

    Attributes:
        position: Where the first name's dot stands.
        operand: What they are looked up from.
        names: The names.
    """

    position: int
    operand: Operand
    names: list[str]

    def __str__(self) -> str:
        inner = f"({self.operand})" if isinstance(self.operand, Pipe) else self.operand
        return ".".join([str(inner), *self.names])


@dataclass(slots=True)
class Command:
    """An operand, or a function or method with its arguments."""

    position: int
    operands: list[Operand]

    def __str__(self) -> str:
        return " ".join(
            f"({operand})" if isinstance(operand, Pipe) else str(operand)
            for operand in self.operands
        )


@dataclass(slots=True)
class Pipe:
    """Commands, each given the result of the one before.

    Attributes:
        position: Where it begins.
        variables: The names that the result is bound to, ``$`` included.
        is_assignment: They are set (``=``), not declared (``:=``).
        commands: At least one.
    """

    position: int
    variables: list[str]
    is_assignment: bool
    commands: list[Command]

    def __str__(self) -> str:
        text = " | ".join(str(command) for command in self.commands)
        if not self.variables:
            return text
        sign = "=" if self.is_assignment else ":="
        return f"{', '.join(self.variables)} {sign} {text}"


Operand: TypeAlias = (
    Dot | Nil | Bool | Number | String | Field | Variable | Identifier | Chain | Pipe
)


Cursor: TypeAlias = Literal["data", "element", "value"]
"""What ``.`` is: what the template was called with, which may be nil; an element of a
list or map, which Go sees as an interface; or what a ``with`` has found not empty."""
CURSORS: dict[str, Cursor] = {"with": "value", "range": "element"}
"""What ``.`` is in the bodies of the branches that set it."""


@dataclass(slots=True)
class Text:
    """Text that is printed as it stands."""

    value: str


@dataclass(slots=True)
class Action:
    """``{{ pipeline }}``: its value is printed unless it is bound."""

    pipe: Pipe


@dataclass(slots=True)
class Branch:
    """``if``, ``with`` or ``range``.

    Attributes:
        keyword: Which of them.
        pipe: What decides.
        cursor: What ``.`` is outside of it.
        number: Counts the branches of a file.
        template: The name of the template that it is in; "" for the file itself.
        body: What is done.
        otherwise: The ``else`` part, or None.
        is_apart: Whether the body, and the else part, may be compiled for
            themselves: they use no variable that is declared outside of them, and
            are long enough to be worth it.
    """

    keyword: Literal["if", "with", "range"]
    pipe: Pipe
    cursor: Cursor
    number: int
    template: str
    body: list[Node] = field(default_factory=list)
    otherwise: list[Node] | None = None
    is_apart: list[bool] = field(default_factory=lambda: [False, False])


@dataclass(slots=True)
class Jump:
    """``break`` or ``continue``."""

    keyword: Literal["break", "continue"]


@dataclass(slots=True)
class Invocation:
    """``{{ template "name" pipeline }}``; a ``block`` leaves one behind.

    Attributes:
        position: Where the name stands.
        name: The template's name.
        pipe: What becomes its cursor, or None for nil.
    """

    position: int
    name: str
    pipe: Pipe | None

    def __str__(self) -> str:
        data = f" {self.pipe}" if self.pipe else ""
        return f"{{{{template {go_quote(self.name)}{data}}}}}"


Node: TypeAlias = Text | Action | Branch | Jump | Invocation


@dataclass(slots=True)
class Template:
    """A file's own text, or one ``define`` in it.

    Attributes:
        name: What it is defined as; "" for the file itself.
        body: Its nodes.
    """

    name: str
    body: list[Node]

    @property
    def is_empty(self) -> bool:
        """Whether it prints only white space, so that it replaces no other."""
        return all(isinstance(n, Text) and not n.value.strip() for n in self.body)
