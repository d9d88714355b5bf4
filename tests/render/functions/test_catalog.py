from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pypkg.render.functions.catalog import FAMILIES, catalog, checked_catalog
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.host import Host
from pypkg.render.functions.reference import reference
from pypkg.render.functions.signature import Signature, checked
from pypkg.render.gotemplate.predefined import PREDEFINED
from pypkg.render.gotemplate.signatures import SIGNATURES
from pypkg.values.int64 import Int64

DOCUMENT = Path(__file__).parents[3] / "docs" / "functions.md"
# Go's own, and what each engine adds.
OTHERS = {*PREDEFINED, "and", "or", "include", "tpl"}
GO_NAMES = {
    "map[string]interface {}": "map",
    "[]interface {}": "list",
    "time.Time": "time",
    "sprig.certificate": "certificate",
    None: "any",
}


def test_every_family_holds_the_functions_that_it_lists() -> None:
    functions = catalog(Host())
    for family in FAMILIES:
        loaded = catalog(Host())
        assert loaded[family.names[0]].__doc__
        assert set(loaded._loaded) == set(family.names), family.title
    assert len(functions) == len(set(functions))


def test_names_are_listed_in_alphabetical_order() -> None:
    for family in FAMILIES:
        assert list(family.names) == sorted(family.names), family.title


def test_the_catalogue_has_what_helm_has() -> None:
    assert set(catalog(Host())) == set(SIGNATURES) - OTHERS


@pytest.mark.parametrize("name", sorted(catalog(Host())))
def test_annotations_are_gos_signatures(name: str) -> None:
    ours = Signature.of(catalog(Host())[name])
    types = [GO_NAMES.get(kind, kind) for kind in ours.types]
    variadic = types.pop() if ours.variadic else None
    theirs = SIGNATURES[name]
    # The Go engine tells a map that is written to, which nil is not.
    parameters = [kind.removeprefix("mutable_") for kind in theirs.parameters]
    assert (types, variadic) == (parameters, theirs.variadic)


@pytest.mark.parametrize("name", sorted(catalog(Host())))
def test_every_function_says_what_it_does(name: str) -> None:
    documentation = catalog(Host())[name].__doc__
    assert documentation
    assert documentation.splitlines()[0].endswith(".") or "``" in documentation


def test_the_reference_is_current() -> None:
    assert DOCUMENT.read_text() == reference(), (
        "run python -m pypkg.render.functions.reference > docs/functions.md"
    )


def test_the_environment_cannot_be_read() -> None:
    assert not {"env", "expandenv"} & set(catalog(Host()))


def test_an_unknown_function_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        catalog(Host())["nope"]


def test_what_common_functions_do_not_need_is_not_imported() -> None:
    program = (
        "import sys\n"
        "from pypkg.render.functions.catalog import catalog\n"
        "from pypkg.render.functions.host import Host\n"
        "functions = catalog(Host())\n"
        "for name in ('default', 'quote', 'toYaml', 'set', 'list', 'add', 'b64enc',"
        " 'typeOf', 'lookup'): functions[name]\n"
        "functions['toYaml']({'a': [1.5, 'yes']})\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"cryptography", "bcrypt", "re2", "yaml", "socket", "decimal", "tomllib"}
    own = {f"pypkg.render.functions.{n}" for n in ("certificates", "dates", "urls")}
    assert not (heavy | own) & set(done.stdout.split())


def test_a_checked_function_takes_any_kind_of_whole_number() -> None:
    trunc = checked_catalog(Host())["trunc"]
    assert trunc(2, "abc") == trunc(Int64(2), "abc") == trunc(2.0, "abc") == "ab"


def test_a_checked_function_takes_nil_for_an_empty_map() -> None:
    assert checked_catalog(Host())["hasKey"](None, "a") is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 2), "wrong type for value; expected string; got int"),
        ((1, None), "wrong type for value; expected string; got nil"),
        ((1.5, "a"), "wrong type for value; expected int; got float64"),
        ((True, "a"), "wrong type for value; expected int; got bool"),
        ((1,), "wrong number of args for trunc: want 2 got 1"),
        ((1, "a", "b"), "wrong number of args for trunc: want 2 got 3"),
    ],
)
def test_a_checked_function_refuses_what_does_not_fit(
    arguments: tuple[object, ...], message: str
) -> None:
    trunc = checked_catalog(Host())["trunc"]
    for _ in range(2):
        with pytest.raises(FunctionError) as caught:
            trunc(*arguments)
        assert str(caught.value) == message


def test_a_checked_function_with_any_number_of_arguments_wants_the_first() -> None:
    functions = checked_catalog(Host())
    assert functions["without"]([1, 2], 1) == [2]
    with pytest.raises(FunctionError, match="want at least 1 got 0"):
        functions["without"]()
    with pytest.raises(FunctionError, match="expected string; got int"):
        functions["omit"]({}, "a", 1)


def test_a_function_that_takes_anything_needs_no_check() -> None:
    quote = catalog(Host())["quote"]
    assert checked("quote", quote) is quote
