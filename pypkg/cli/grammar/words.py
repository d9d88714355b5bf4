"""Words of a command line: flags spelled out, and what may have been meant.

Helm's grammar is that of Go's pflag, and scripts rely on it: a flag that may stand
alone takes its value after ``=`` only (``--wait=legacy``, ``--debug=false``), and a
shorthand may be followed by one too (``-n=web``). :func:`spelled_out` rewrites the
words of a command line so that every flag has its long name and its value.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pypkg.cli.output import echo
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pypkg.cli.flags import Flag

# How long -n is, and how much of two words must agree for one to be meant.
SHORTHAND = 2
SIMILAR = 0.7
# Flags of Helm 3 that Helm 4 has no more, and what became of them.
GONE = {
    ("list", "--all"): "all states are listed unless you ask for one",
    ("list", "-a"): "all states are listed unless you ask for one",
    ("status", "--show-desc"): "the description is always shown",
    ("status", "--show-resources"): "the objects are always shown",
    ("upgrade", "--recreate-pods"): "`kubectl rollout restart` makes new pods",
    ("rollback", "--recreate-pods"): "`kubectl rollout restart` makes new pods",
}


class UnknownWordError(UsageError):
    """A flag or command that there is not.

    Attributes:
        word: What was given.
        known: What there is instead.
    """

    def __init__(self, message: str, word: str, known: Iterable[str]) -> None:
        self.word = word
        self.known = tuple(known)
        super().__init__(message)


def advice(path: str, error: UsageError) -> str:
    """Name what may have been meant, and where to read on."""
    where = f"run '{path} --help' for usage"
    if not isinstance(error, UnknownWordError):
        return error.hint or where
    if gone := GONE.get((path.rpartition(" ")[2], error.word)):
        return f"Helm 4 has no {error.word}: {gone}"
    from difflib import get_close_matches  # noqa: PLC0415 - start-up time

    known = [word for word in error.known if len(word) > SHORTHAND]
    similar = [word for word in known if word.startswith(error.word)]
    similar = similar or get_close_matches(error.word, known, n=1, cutoff=SIMILAR)
    return f"did you mean {similar[0]}? Otherwise {where}" if similar else where


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
        UsageError: An unknown flag, or one that lacks its value.
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
            except UsageError:
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
        known = [n for n, one in flags.items() if n not in one.old_names]
        raise UnknownWordError(f"unknown flag: {name}", name, known)
    if name in found.old_names:
        echo(
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
            message = f"unknown shorthand flag: '{letter}' in {word}"
            raise UnknownWordError(message, f"-{letter}", ())
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
        raise UsageError(f"flag needs an argument: {shown}")
    return rest.popleft()
