"""What names mean in a template: variables, the cursor, and their Python locals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypkg.render.gotemplate.nodes import Cursor


class Binding:
    """A variable or cursor.

    Attributes:
        local: The Python variable.
        may_be_nil: Whether to look into it where it is nil gives nil. It does for
            what came out of a pipeline; the nil in a list or map is an error.
        is_field: It is an element of a list or map: an interface to Go.
    """

    __slots__ = ("is_field", "local", "may_be_nil")

    def __init__(
        self, local: str, *, may_be_nil: bool = False, is_field: bool = False
    ) -> None:
        self.local = local
        self.may_be_nil = may_be_nil
        self.is_field = is_field

    def copy(self) -> Binding:
        """Keep what is known now: a variable may be given other contents."""
        return Binding(self.local, may_be_nil=self.may_be_nil, is_field=self.is_field)


def cursor_of(kind: Cursor) -> Binding:
    """Give what ``.`` is at the beginning of a part."""
    return Binding("dot", may_be_nil=kind == "data", is_field=kind == "element")


class Scopes:
    """The variables of a function that is being written, and its cursor.

    Attributes:
        root: The template's data, which ``$`` is until it is set.
        cursor: What ``.`` is.
        is_local: Whether variables were declared or used since it was last reset:
            code that does cannot be shared with other places.
    """

    def __init__(self) -> None:
        self.root = Binding("dot", may_be_nil=True)
        self.cursor = self.root
        self.is_local = False
        self._count = 0
        self._variables: list[dict[str, Binding]] = [{"$": self.root}]

    def open(self) -> None:
        """Begin a scope, in which declared variables last."""
        self._variables.append({})

    def close(self) -> None:
        """End the innermost scope."""
        self._variables.pop()

    def local(self, prefix: str) -> str:
        """Give a Python variable that nothing else uses."""
        self.is_local = True
        self._count += 1
        return f"{prefix}{self._count}"

    def find(self, name: str) -> Binding | None:
        """Give what a variable is, None if it is not declared."""
        self.is_local = self.is_local or name != "$"
        for scope in reversed(self._variables):
            if name in scope:
                return scope[name]
        return None

    def data(self) -> Binding:
        """Give what ``$`` is."""
        return next(scope["$"] for scope in reversed(self._variables) if "$" in scope)

    def bind(self, name: str, binding: Binding, known: Binding | None) -> Binding:
        """Declare a variable, or give a known one other contents."""
        if known is None:
            self._variables[-1][name] = binding
            return binding
        known.may_be_nil = binding.may_be_nil
        known.is_field = binding.is_field
        return known

    def hold(self, name: str, known: Binding | None, *, may_be_nil: bool) -> str:
        """Declare or set a variable; give the Python variable that holds it.

        Setting ``$`` must leave the cursor as it is, so it gets a variable of its own.
        """
        self.is_local = True
        is_root = known is self.root
        local = known.local if known and not is_root else self.local("v")
        binding = Binding(local, may_be_nil=may_be_nil)
        if is_root:
            self._variables[0]["$"] = binding
        else:
            self.bind(name, binding, known)
        return local
