"""Random Go templates, most of them sound."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

VALUES = {
    "s": "text",
    "e": "",
    "u": "héllo wörld",
    "m": "line one\nline two\n",
    "i": 3,
    "z": 0,
    "neg": -2,
    "f": 1.5,
    "big": 12345678,
    "t": True,
    "no": False,
    "l": ["a", "b", "c"],
    "nl": [3, 1, 2],
    "el": [],
    "d": {"a": 1, "b": "two", "c": {"x": "y", "n": [1, 2]}},
    "ed": {},
    "mixed": ["x", 1, 2.5, True, None, {"k": "v"}, ["n"]],
    "objects": [{"name": "one", "port": 80}, {"name": "two", "port": None}],
}
"""What every template gets as its data."""

# For each type, first what stands alone, then what is made of others. A hole such as
# <S> is filled with an expression of that type: String, Integer, Float, Boolean, List,
# Dict, or Any; <literal> and the like call a method of the generator.
LEAVES = {
    "S": ["<literal>", "<literal>", "$.s", "$.u", '"a"', '"b"'],
    "I": ["0", "1", "2", "3", "-1", "10", "0x1F", "'a'", "1_000", "017", "0b11"],
    "F": ["1.5", "0.1", "1e6", "1e-7", "123456789.0", "-2.5", ".5", "1e21", "3.0"],
    "B": ["true", "false", "$.t", "$.no"],
    "L": ["$.l", "$.nl", "$.el", "$.mixed", "list"],
    "D": ["$.d", "$.d.c", "$.ed", "dict"],
}
FORMS = {
    "S": [
        "upper <S>", "trunc <I> <S>", "quote <A>", "printf <layout> <A> <A>",
        "print <A> <A>", "replace <S> <S> <S>", "toJson <A>", "toYaml <A>",
        "toString <A>", "join <S> <L>", "trimSuffix <S> <S>", "title <S>",
        "indent <small> <S>", "substr 0 <I> <S>", 'regexReplaceAll "[aeiou]+" <S> "_"',
        "cat <A> <A>", "typeOf <A>", "tpl <literal> $", "html <A>", "snakecase <S>",
        "camelcase <S>", "b64enc <S>", "wrap <positive> <S>",
    ],
    "I": [
        "len <A>", "int <A>", "int64 <A>", "add <A> <I>", "mul <I> <I>", "sub <A> <I>",
        "div <I> <I>", "mod <I> <I>", "max <I> <A>", "atoi <S>", "<number>",
    ],
    "F": [
        "round <A> 2", "float64 <A>", "addf <F> <I>", "mulf <F> <F>", "floor <A>",
        "ceil <A>", "divf <F> <F>", "<real>",
    ],
    "B": [
        "not <A>", "eq <S> <S>", "eq <I> <I>", "ne <S> $.s", "lt <I> <I>", "ge <S> <S>",
        "and <B> <B>", "or <B> <B>", "hasKey <D> <S>", "has <A> <L>",
        "contains <S> <S>", "empty <A>", 'kindIs "map" <A>',
        "deepEqual <A> <A>", "eq <A> <A>",
    ],
    "L": [
        "list <A> <A>", "until <small>", "append <L> <A>", "prepend <L> <A>",
        "reverse <L>", "uniq <L>", "rest <L>", 'splitList "," <S>', "concat <L> <L>",
        "compact <L>", "without <L> <A>", "keys <D> | sortAlpha", "slice <L> <small>",
        "sortAlpha <L>",
    ],
    "D": [
        'dict "a" <A>', 'dict "a" <A> "b" <A>', "set dict <S> <A>", 'pick <D> "a" <S>',
        'omit <D> "a"', "merge dict <D> <D>", "mergeOverwrite dict <D> <D>",
        "deepCopy <D>", "fromYaml (toYaml <D>)", "fromJson (toJson <D>)",
    ],
    "mixed": [
        "default <A> <A>", "index $.l <index>", "index $.d <S>", "and <A> <A>",
        "or <A> <A> <A>", "coalesce <A> <A>", "first <L>", "get <D> <S>",
        "ternary <A> <A> <B>", 'dig "c" "x" <A> $.d', "(merge dict <D>).a",
        "(index $.objects 1).name",
    ],
}  # fmt: skip
STAGES = [
    "quote", "toString", "upper", "default 1", "toJson", "print", "len", "typeOf",
    'printf "%v"', "not", "int", "trunc 3", "nindent 1", "kindOf", 'default "d"',
    "toYaml", "squote", "html", "list", "first", "keys | sortAlpha", "sortAlpha",
    'join "-"', "js", "add 1", "ternary 1 2", "b64enc", "empty", 'dict "k"', "index",
    "urlquery", 'printf "%d|%s"', "println",
]  # fmt: skip
TEXTS = [" ", "\n", "a", "b: c\n", "  - x\n", "é", "{ ", "} ", '"', "{{/* c */}}"]
LETTERS = [
    "a", "B", "c d", "-", "é", "1", "\\n", "\\t", '\\"', "\\\\", "\\u00e9", "%", "<",
    "&", "x_y", "", "{", "}", "'", "0", "true", ": ",
]  # fmt: skip
FLAGS = ["", "", "", "5", "-6", "05", "+", "#", " ", ".2", "8.3", "-8.1", "x"]
VERBS = "vsdqtfgexTcUobX"
DAMAGE = "{}()|\"'`$.,:=- x1é\n"
_HOLE = re.compile(r"<(\w+)>")
_OPERAND = re.compile(r'[^\s"`\'a-z][^\s"`\']*|"(?:[^"\\]|\\.)*"|true|false')


class Generator:
    """Writes one random template.

    Args:
        chance: Where randomness comes from.
        number: Names what the template defines, where several share their names.
    """

    def __init__(self, chance: random.Random, number: int) -> None:
        self.chance = chance
        self.name = f"t{number}"
        self.variables: list[str] = []
        self.loops = 0
        self.defines = 0

    def template(self) -> str:
        """Write the template; now and then one that is damaged."""
        text = self.nodes(2)
        for define in range(self.defines):
            self.variables = []
            self.loops = 0
            name = f'"{self.name}-{define}"'
            text += f"{{{{ define {name} }}}}{self.nodes(1, inside=name)}{{{{ end }}}}"
        return self.damaged(text) if self.often(0.06) else text

    def damaged(self, text: str) -> str:
        """Remove, double or put in a character."""
        at = self.chance.randrange(len(text) + 1)
        middle: str = self.chance.choice(["", text[at : at + 1] * 2, *DAMAGE])
        return text[:at] + middle + text[at + (middle == "" or len(middle) > 1) :]

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    # Nodes.

    def nodes(self, depth: int, *, inside: str = "") -> str:
        """Write some nodes; variables that they declare end with them."""
        visible = len(self.variables)
        count = self.chance.randint(1, 3)
        text = "".join(self.node(depth, inside=inside) for _ in range(count))
        del self.variables[visible:]
        return text

    def node(self, depth: int, *, inside: str) -> str:
        kinds: list[Callable[[], str]] = [self.text, self.print, self.print]
        kinds += [self.declaration, self.assignment]
        if depth:
            words = ("if", "with", "range")
            kinds += [partial(self.branch, word, depth - 1) for word in words]
        if self.loops:
            kinds.append(self.jump)
        if not inside:
            kinds.append(self.invocation)
        return self.chance.choice(kinds)()

    def action(self, inner: str) -> str:
        left = self.chance.choice(["{{ ", "{{ ", "{{ ", "{{- ", "{{"])
        right = self.chance.choice([" }}", " }}", " }}", " -}}", "}}"])
        return left + inner + (" }}" if inner.endswith("}") else right)

    def text(self) -> str:
        return "".join(self.chance.choices(TEXTS, k=self.chance.randint(1, 4)))

    def print(self) -> str:
        return self.action(self.pipeline())

    def declaration(self) -> str:
        value = self.pipeline()
        self.variables.append(self.chance.choice(["$x", "$y", "$z"]))
        return self.action(f"{self.variables[-1]} := {value}")

    def assignment(self) -> str:
        if not self.variables:
            return self.print()
        return self.action(f"{self.chance.choice(self.variables)} = {self.pipeline()}")

    def jump(self) -> str:
        word = self.chance.choice(["break", "continue"])
        test = self.expression("B", 1)
        return self.action(f"if {test}") + self.action(word) + "{{ end }}"

    def branch(self, keyword: str, depth: int) -> str:
        visible = len(self.variables)
        head = self.range_head() if keyword == "range" else self.condition()
        self.loops += keyword == "range"
        text = self.action(f"{keyword} {head}") + self.nodes(depth)
        self.loops -= keyword == "range"
        while keyword == "if" and self.often(0.25):
            text += self.action(f"else if {self.condition()}") + self.nodes(depth)
        if self.often(0.4):
            text += self.action("else") + self.nodes(depth)
        del self.variables[visible:]
        return text + self.action("end")

    def condition(self) -> str:
        value = self.expression("B", 2) if self.often(0.5) else self.pipeline()
        if self.often(0.9):
            return value
        self.variables.append("$c")
        return f"$c := {value}"

    def range_head(self) -> str:
        over = self.expression(self.chance.choice("LLD"), 1)
        if self.often(0.1):
            # A number that may be large would keep Helm busy for hours.
            over = self.chance.choice(["3", "0", "int64 2", "$.i", "$.s", "$.none"])
        names = self.chance.choice([[], [], ["$e"], ["$k", "$e"]])
        self.variables += names
        return f"{', '.join(names)} := {over}" if names else over

    def invocation(self) -> str:
        name = f'"{self.name}-{self.defines}"'
        self.defines += 1
        data = "$" if self.often(0.8) else self.operand("A", 1)
        word = self.chance.choice(["template", "include"])
        piped = self.chance.choice(["", " | upper", " | quote", " | nindent 2"])
        return self.action(f"{word} {name} {data}{piped * (word == 'include')}")

    # Expressions.

    def pipeline(self) -> str:
        text = self.expression("A", 2)
        while self.often(0.15):
            text += f" | {self.chance.choice(STAGES)}"
        return text

    def operand(self, kind: str, depth: int) -> str:
        """Write an argument: what is made of several words in parentheses."""
        text = self.expression(kind, depth)
        return text if _OPERAND.fullmatch(text) else f"({text})"

    def expression(self, kind: str, depth: int) -> str:
        if kind == "A" or self.often(0.015):
            kind = self.chance.choice(
                ["S", "I", "B", "L", "D", "F", "mixed", "", "path"]
            )
        if kind == "path":
            return self.path()
        if kind == "":
            return self.chance.choice([*self.variables, ".", "$.d.a", "$.mixed"])
        forms = FORMS[kind] if depth > 0 or kind == "mixed" else LEAVES[kind]
        return _HOLE.sub(
            lambda hole: self.filled(hole[1], depth), self.chance.choice(forms)
        )

    def filled(self, name: str, depth: int) -> str:
        if len(name) == 1:
            return self.operand(name, depth - 1 if depth > 0 else 0)
        text: str = getattr(self, name)()
        return text

    def path(self) -> str:
        keys = [*VALUES, "d.a", "d.b", "d.c", "d.c.x", "d.c.n", "none", "d.none"]
        wrong = ["none.x", "s.x", "i.x", "l.x"]
        return f"$.{self.chance.choice(wrong if self.often(0.01) else keys)}"

    def literal(self) -> str:
        text = "".join(self.chance.choices(LETTERS, k=self.chance.randint(0, 4)))
        return f"`{text}`" if self.often(0.1) else f'"{text}"'

    def layout(self) -> str:
        parts = [
            self.chance.choice(["", "a", "=", "%%"])
            + f"%{self.chance.choice(FLAGS)}{self.chance.choice(VERBS)}"
            for _ in range(self.chance.randint(1, 3))
        ]
        return f'"{" ".join(parts)}"'

    def index(self) -> str:
        return self.chance.choice(["0", "1", "2", "0", "1", "2", "2", "1", "3", "-1"])

    def small(self) -> str:
        return str(self.chance.randint(0, 4))

    def positive(self) -> str:
        return str(self.chance.randint(1, 9))

    def number(self) -> str:
        return str(self.chance.randint(-5, 200))

    def real(self) -> str:
        if self.often(0.5):
            return repr(self.chance.uniform(-1000, 1000))
        return f"{self.chance.uniform(-9, 9):.3f}e{self.chance.randint(-9, 25)}"
