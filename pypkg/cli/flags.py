"""Helm's flags: how they are declared, spelled and read.

Helm's grammar differs from click's in what scripts rely on: a flag that may stand
alone takes its value after ``=`` only (``--wait=legacy``, ``--debug=false``), and a
shorthand may be followed by one too (``-n=web``). :func:`spelled_out` rewrites the
words of a command line so that every flag has its long name and its value; click
reads that.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

import click

from pypkg.cli.flag_types import Commas, Number, Pairs, Switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


class Flag(click.Option):
    """One flag.

    Attributes:
        bare: The value of the flag when it stands alone, or None where it needs one.
        old_names: Helm's deprecated names of the same flag.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        bare: str | None = None,
        old_names: Sequence[str] = (),
        **options: Any,
    ) -> None:
        super().__init__([*names, *old_names], **options)
        self.bare = bare
        self.old_names = frozenset(old_names)

    def __set_name__(self, owner: type, name: str) -> None:
        """Let the attribute that declares the flag name its value."""
        self.name = name

    @property
    def long_name(self) -> str:
        """The name that the flag has in messages and after rewriting."""
        return next(name for name in self.opts if name.startswith("--"))

    def _place(self, ctx: click.Context) -> str:
        """Say where a value was given: by the flag, or by a variable."""
        source = ctx.get_parameter_source(str(self.name))
        if source is click.core.ParameterSource.ENVIRONMENT:
            found = (name for name in self.envvar or () if os.environ.get(name))
            return f"the variable {next(found, '')}"
        names = ", ".join(name for name in self.opts if name not in self.old_names)
        return f'"{names}" flag'

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert what was given, with Helm's message where it is no such value."""
        try:
            converted = super().type_cast_value(ctx, value)
        except click.BadParameter as error:
            given = value[-1] if isinstance(value, (tuple, list)) else value
            raise click.UsageError(
                f'invalid argument "{given}" for {self._place(ctx)}: {error.message}',
                ctx,
            ) from error
        if isinstance(self.type, (Commas, Pairs)) and self.multiple:
            return self.type.joined(converted)
        return converted


def flag(  # noqa: PLR0913 - one parameter for each thing a flag can be
    *names: str,
    help: str,  # noqa: A002 - click's own word
    default: Any = "",
    bare: str | None = None,
    kind: click.ParamType[Any] | None = None,
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
        bare: Its value when it stands alone.
        kind: What it takes, where the default does not tell.
        many: Whether it may be repeated; its value is then a tuple.
        old_names: Deprecated names.
        metavar: What help shows for its value.
        envvar: The variable, without prefix, that sets it too.
        complete: click's ``shell_complete``.
    """
    if isinstance(default, bool):
        bare, kind = "true", Switch()
    elif isinstance(default, int) and kind is None:
        kind = Number()
    return Flag(
        names,
        bare=bare,
        old_names=old_names,
        default=() if many else default,
        type=kind or click.STRING,
        multiple=many,
        metavar=metavar,
        help=help,
        envvar=[f"PYPKG_{envvar}", f"HELM_{envvar}"] if envvar else None,
        shell_complete=complete,
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
            name = str(declared.name)
            setattr(self, name, given.get(name, declared.default))

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


def spelled_out(
    words: Iterable[str],
    flags: Mapping[str, Flag],
    *,
    anywhere: bool = True,
    lenient: bool = False,
) -> Iterator[str]:
    """Rewrite a command line so that every flag reads ``--name=value``.

    Args:
        words: The command line.
        flags: The flags, by each of their names.
        anywhere: Whether flags may follow the first argument. A group's may not:
            they belong to its command.
        lenient: Whether to leave a word as it is that would be an error, for a shell
            that completes an unfinished line.

    Raises:
        click.UsageError: An unknown flag, or one that lacks its value.
    """
    rest = deque(words)
    while rest:
        word = rest.popleft()
        if word == "--":
            yield from (word, *rest)
            return
        if word.startswith("-") and word != "-":
            read = _long if word.startswith("--") else _shorthands
            try:
                yield from read(word, rest, flags)
            except click.UsageError:
                if not lenient:
                    raise
                yield word
        elif anywhere:
            yield word
        else:
            yield from (word, *rest)
            return


def _long(word: str, rest: deque[str], flags: Mapping[str, Flag]) -> Iterator[str]:
    """Read ``--name value`` and ``--name=value``."""
    name, equals, value = word.partition("=")
    found = flags.get(name)
    if found is None:
        raise click.NoSuchOption(name, f"unknown flag: {name}", possibilities=flags)
    if name in found.old_names:
        click.echo(
            f"Flag {name} has been deprecated, use {found.long_name} instead", err=True
        )
    if not equals:
        value = _value(found, rest, name)
    yield f"{found.long_name}={value}"


def _shorthands(
    word: str, rest: deque[str], flags: Mapping[str, Flag]
) -> Iterator[str]:
    """Read ``-gn web``, ``-nweb`` and ``-n=web``."""
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        found = flags.get(f"-{letter}")
        if found is None:
            raise click.NoSuchOption(
                f"-{letter}", f"unknown shorthand flag: '{letter}' in {word}"
            )
        if letters.startswith("="):
            value, letters = letters[1:], ""
        elif letters and found.bare is None:
            value, letters = letters, ""
        else:
            value = _value(found, rest, f"'{letter}' in {word}")
        yield f"{found.long_name}={value}"


def _value(found: Flag, rest: deque[str], shown: str) -> str:
    if found.bare is not None:
        return found.bare
    if not rest:
        raise click.UsageError(f"flag needs an argument: {shown}")
    return rest.popleft()
