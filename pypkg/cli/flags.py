"""Helm's flags: how they are declared, and how their values are read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

from pypkg.cli.flag_types import Amount, FlagType, Number, Switch
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Flag:
    """One flag; :func:`flag` says what there is to say about it.

    Attributes:
        name: The attribute that declares it.
        opts: Its names, ``--`` and ``-`` included, the deprecated ones last.
        variables: What sets it in the environment; the first that is set does.
    """

    def __init__(
        self, names: Sequence[str], *, kind: FlagType, many: bool, **about: Any
    ) -> None:
        self.old_names = frozenset(about["old_names"])
        self.opts: tuple[str, ...] = (*names, *about["old_names"])
        self.name = names[0]
        self.kind = kind
        self.many = many
        self.help: str = about["help"]
        self.bare: str | None = about["bare"]
        self.metavar: str | None = about["metavar"]
        self.complete: Callable[..., Any] | None = about["complete"]
        self.variables: tuple[str, ...] = about["variables"]
        self._default = about["default"]

    def __set_name__(self, owner: type, name: str) -> None:
        """Let the attribute that declares the flag name its value."""
        self.name = name

    @property
    def long_name(self) -> str:
        """The name that the flag has in messages and after rewriting."""
        return next(name for name in self.opts if name.startswith("--"))

    @property
    def default(self) -> Any:
        """The value where neither the command line nor a variable gives one."""
        if self.many:
            return self.kind.joined(())
        if isinstance(self._default, str):
            return self.kind.convert(self._default)
        return self._default

    def read(self, texts: Sequence[str]) -> Any:
        """Read what the command line gave.

        Raises:
            UsageError: It is no such value, in Helm's words.
        """
        names = ", ".join(name for name in self.opts if name not in self.old_names)
        return self._converted(texts, f'"{names}" flag')

    def unset(self) -> Any:
        """Give the value where the command line gives none.

        Raises:
            UsageError: A variable holds no such value.
        """
        for name in self.variables:
            if text := os.environ.get(name):
                texts = text.split(",") if self.many else [text]
                return self._converted(texts, f"the variable {name}")
        return self.default

    def _converted(self, texts: Sequence[str], place: str) -> Any:
        values = []
        for text in texts:
            try:
                values.append(self.kind.convert(text))
            except ValueError as error:
                raise UsageError(
                    f'invalid argument "{text}" for {place}: {error}'
                ) from error
        return self.kind.joined(values) if self.many else values[-1]


def flag(  # noqa: PLR0913 - one parameter for each thing a flag can be
    *names: str,
    help: str,  # noqa: A002 - what everyone calls it
    default: Any = "",
    bare: str | None = None,
    kind: FlagType | None = None,
    many: bool = False,
    old_names: Sequence[str] = (),
    metavar: str | None = None,
    envvar: str | None = None,
    complete: Callable[..., Any] | None = None,
) -> Any:
    """Declare a flag as the attribute of a :class:`Flags` class.

    Args:
        *names: Its names, such as ``-f``, ``--values``.
        help: What it does, in one line.
        default: Its value when it is not given. True and False make it a switch,
            a number makes it take numbers.
        bare: Its value when it stands alone; None where it needs one.
        kind: What it takes, where the default does not tell.
        many: Whether it may be repeated; its value is then a tuple.
        old_names: Deprecated names.
        metavar: What help shows for its value.
        envvar: The variable, without prefix, that sets it too.
        complete: click's ``shell_complete``.
    """
    if isinstance(default, bool):
        bare, kind = "true", Switch()
    elif isinstance(default, int | float) and kind is None:
        kind = Number() if isinstance(default, int) else Amount()
    return Flag(
        names,
        kind=kind or FlagType(),
        many=many,
        help=help,
        default=default,
        bare=bare,
        old_names=old_names,
        metavar=metavar,
        variables=(f"PYPKG_{envvar}", f"HELM_{envvar}") if envvar else (),
        complete=complete,
    )


class Flags:
    """A group of flags that belong together, and what was given for them.

    A subclass declares them as attributes with :func:`flag`; an instance holds their
    values under the same names. A command's flags are a class that inherits from the
    groups it takes.

    Attributes:
        title: The title under which help lists what the class declares, or "" to
            leave it out.
    """

    title: ClassVar[str] = "Flags"

    def __init__(self, **given: Any) -> None:
        for declared in self.declared():
            name = declared.name
            value = given[name] if name in given else declared.unset()
            setattr(self, name, value)

    @classmethod
    def sections(cls) -> dict[str, list[Flag]]:
        """Give the flags by the title of the class that declares them."""
        found: dict[str, list[Flag]] = {}
        taken: set[str] = set()
        for owner in cls.__mro__:
            if issubclass(owner, Flags):
                own = [f for n, f in _flags_of(owner).items() if n not in taken]
                found.setdefault(owner.title, []).extend(own)
                taken.update(_flags_of(owner))
        return {title: flags for title, flags in found.items() if flags}

    @classmethod
    def declared(cls) -> Iterator[Flag]:
        """Give every flag."""
        for flags in cls.sections().values():
            yield from flags


def _flags_of(owner: type) -> dict[str, Flag]:
    return {name: one for name, one in vars(owner).items() if isinstance(one, Flag)}
