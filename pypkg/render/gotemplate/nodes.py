"""The syntax tree: what the parser makes of the tokens.

A node's ``str`` is the text with which Go names it in an error message, which is
not always the author's: white space is normalised, and parentheses around a
pipeline are the outer node's.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pypkg.render.functions.gostrings import go_quote


class Dot:
    """``.``, the cursor."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position

    def __str__(self) -> str:
        return "."


class Nil:
    """``nil``, only ever an argument."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position

    def __str__(self) -> str:
        return "nil"


class Bool:
    """``true`` or ``false``."""

    __slots__ = ("position", "value")

    def __init__(self, position: int, *, value: bool) -> None:
        self.position = position
        self.value = value

    def __str__(self) -> str:
        return "true" if self.value else "false"


class Number:
    """A number, under every type that can hold it: Go's ideal constants.

    Attributes:
        position: Where it stands.
        text: As written.
        integer: Its value as an int, or None where it has none.
        floating: Its value as a float64, or None.
        is_float: Whether it is a float64 where nothing else is asked for.
    """

    __slots__ = ("floating", "integer", "is_float", "position", "text")

    def __init__(
        self,
        position: int,
        text: str,
        integer: int | None,
        floating: float | None,
        *,
        is_float: bool,
    ) -> None:
        self.position = position
        self.text = text
        self.integer = integer
        self.floating = floating
        self.is_float = is_float

    def __str__(self) -> str:
        return self.text


class String:
    """A string constant.

    Attributes:
        position: Where it stands.
        quoted: As written.
        value: What it means.
    """

    __slots__ = ("position", "quoted", "value")

    def __init__(self, position: int, quoted: str, value: str) -> None:
        self.position = position
        self.quoted = quoted
        self.value = value

    def __str__(self) -> str:
        return self.quoted


class Field:
    """``.Values.image``: names looked up from the cursor."""

    __slots__ = ("names", "position")

    def __init__(self, position: int, names: list[str]) -> None:
        self.position = position
        self.names = names

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


class Variable:
    """``$`` or ``$name``, with the names looked up from it."""

    __slots__ = ("name", "names", "position")

    def __init__(self, position: int, name: str) -> None:
        self.position = position
        self.name = name
        self.names: list[str] = []

    def __str__(self) -> str:
        return ".".join([self.name, *self.names])


class Identifier:
    """A function's name."""

    __slots__ = ("name", "position")

    def __init__(self, position: int, name: str) -> None:
        self.position = position
        self.name = name

    def __str__(self) -> str:
        return self.name


class Chain:
    """``(pipeline).name``: names looked up from another operand.

    Attributes:
        position: Where the first name's dot stands.
        operand: What they are looked up from.
        names: The names.
    """

    __slots__ = ("names", "operand", "position")

    def __init__(self, position: int, operand: Operand, names: list[str]) -> None:
        self.position = position
        self.operand = operand
        self.names = names

    def __str__(self) -> str:
        inner = f"({self.operand})" if isinstance(self.operand, Pipe) else self.operand
        return ".".join([str(inner), *self.names])


class Command:
    """An operand, or a function or method with its arguments."""

    __slots__ = ("operands", "position")

    def __init__(self, position: int, operands: list[Operand]) -> None:
        self.position = position
        self.operands = operands

    def __str__(self) -> str:
        return " ".join(
            f"({operand})" if isinstance(operand, Pipe) else str(operand)
            for operand in self.operands
        )


class Pipe:
    """Commands, each given the result of the one before.

    Attributes:
        position: Where it begins.
        variables: The names that the result is bound to, ``$`` included.
        is_assignment: They are set (``=``), not declared (``:=``).
        commands: At least one.
    """

    __slots__ = ("commands", "is_assignment", "position", "variables")

    def __init__(
        self,
        position: int,
        variables: list[str],
        commands: list[Command],
        *,
        is_assignment: bool,
    ) -> None:
        self.position = position
        self.variables = variables
        self.is_assignment = is_assignment
        self.commands = commands

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


class Text:
    """Text that is printed as it stands."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value


class Action:
    """``{{ pipeline }}``: its value is printed unless it is bound."""

    __slots__ = ("pipe",)

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe


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

    __slots__ = (
        "body",
        "cursor",
        "is_apart",
        "keyword",
        "number",
        "otherwise",
        "pipe",
        "template",
    )

    def __init__(
        self,
        keyword: Literal["if", "with", "range"],
        pipe: Pipe,
        cursor: Cursor,
        number: int,
        template: str,
        otherwise: list[Node] | None = None,
    ) -> None:
        self.keyword = keyword
        self.pipe = pipe
        self.cursor = cursor
        self.number = number
        self.template = template
        self.body: list[Node] = []
        self.otherwise = otherwise
        self.is_apart: list[bool] = [False, False]


class Jump:
    """``break`` or ``continue``."""

    __slots__ = ("keyword",)

    def __init__(self, keyword: Literal["break", "continue"]) -> None:
        self.keyword = keyword


class Invocation:
    """``{{ template "name" pipeline }}``; a ``block`` leaves one behind.

    Attributes:
        position: Where the name stands.
        name: The template's name.
        pipe: What becomes its cursor, or None for nil.
    """

    __slots__ = ("name", "pipe", "position")

    def __init__(self, position: int, name: str, pipe: Pipe | None) -> None:
        self.position = position
        self.name = name
        self.pipe = pipe

    def __str__(self) -> str:
        data = f" {self.pipe}" if self.pipe else ""
        return f"{{{{template {go_quote(self.name)}{data}}}}}"


Node: TypeAlias = Text | Action | Branch | Jump | Invocation


class Template:
    """A file's own text, or one ``define`` in it.

    Attributes:
        name: What it is defined as; "" for the file itself.
        body: Its nodes.
    """

    __slots__ = ("body", "name")

    def __init__(self, name: str, body: list[Node]) -> None:
        self.name = name
        self.body = body

    @property
    def is_empty(self) -> bool:
        """Whether it prints only white space, so that it replaces no other."""
        return all(isinstance(n, Text) and not n.value.strip() for n in self.body)
