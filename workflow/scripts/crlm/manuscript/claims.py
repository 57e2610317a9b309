"""The template, parsed by Jinja: what it may print, and its claims, which hang on the data."""

import operator
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import jinja2.sandbox
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.lexer import TokenStream

from crlm.base.problems import InputError
from crlm.base.vocabulary import texts_beside
from crlm.manuscript.markdown import claimed, without_claims

FILE = "manuscript/paper.qmd.j2"
# What stands in the text that is read for a label of the plan, a value of the data, a citation.
LABEL, VALUE, CITED = "§¤‡"
BESIDE = re.compile(r"\A[-+]?%>|<%[-+]?\s*\Z")  # the ends of the tags around a text
# Keys of what no data move.
CONSTANT = re.compile(r"(?:label|lit|meta|plan|rule|word)\.|(?:.*\.)?(?:label|meaning)$")


class Place(int):
    """A line of the template, as Jinja numbers its nodes by, that knows its offset in the text."""

    at: int

    def __new__(cls, line: int, at: int):
        place = super().__new__(cls, line)
        place.at = at
        return place


class Claim(NamedTuple):
    """A claim as it stands in the template, from `start` to the offset `end`.

    `variants` have the line and the condition of each, `keys` are those that the conditions read;
    `parts` have each condition as Jinja reads it, and the text below it as it is written.
    """

    name: str
    start: Place
    end: int
    variants: list[tuple[int, str]]
    keys: list[str]
    parts: list[tuple[nodes.Expr, str]]


class Outcome(NamedTuple):
    """The variant of a claim that was printed, counted from 1, and its text."""

    claim: Claim
    variant: int
    text: str


class Claims(Extension):
    """The template's tags `claim`, `when` and `endclaim`.

    A claim has a name and one variant or more, each under a condition on the registry; the first
    variant whose condition holds is printed, and where none holds the build stops. Those that were
    parsed are kept in `found`, what was printed in `outcomes`.
    """

    tags = {"claim"}  # noqa: RUF012 (as jinja2 declares it)

    def __init__(self, environment):
        super().__init__(environment)
        self.source = ""
        self.found: list[Claim] = []
        self.outcomes: list[Outcome] = []

    def preprocess(self, source, name, filename=None):
        self.source = source
        return source

    def filter_stream(self, stream):
        """Give each token, and so each node of the tree, its place."""
        return TokenStream(self.environment.lexer.wrap(self.tokens()), stream.name, stream.filename)

    def tokens(self) -> Iterator[tuple[Place, str, str]]:
        """Yield the tokens of the source as written: place, kind, text."""
        at = 0
        for line, kind, text in self.environment.lex(self.source):
            at = self.source.index(text, at)  # beyond blanks that a tag takes away
            yield Place(line, at), kind, text
            at += len(text)

    def parse(self, parser):
        start = next(parser.stream).lineno
        name = parser.stream.expect("name").value
        before = parser.parse_statements(("name:when", "name:endclaim"))
        if any(text.data.strip() for node in before for text in node.find_all(nodes.TemplateData)):
            parser.fail(f"claim {name}: text before its first `when`", start)
        variants, branches, parts = [], [], []
        while parser.stream.current.test("name:when"):
            line = int(next(parser.stream).lineno)
            at = parser.stream.current.lineno.at
            condition = parser.parse_expression()
            variants.append((line, self.source[at : parser.stream.current.lineno.at].strip()))
            below = parser.stream.current.lineno.at
            body = parser.parse_statements(("name:when", "name:endclaim"))
            text = self.source[below : parser.stream.current.lineno.at]
            parts.append((condition, BESIDE.sub("", text).strip()))
            branches.append(nodes.If(condition, body, [], [], lineno=line))
        end = parser.stream.expect("name:endclaim").lineno.at
        if not variants:
            parser.fail(f"claim {name} has no `when`", start)
        which, read = nodes.Const(len(self.found)), keys_in(nodes.List([b.test for b in branches]))
        self.found.append(Claim(name, start, end, variants, sorted(read), parts))
        for number, branch in enumerate(branches, start=1):
            kept = self.call_method("keep", [which, nodes.Const(number)])
            branch.body = [nodes.CallBlock(kept, [], [], branch.body)]
        values = nodes.List([nodes.Tuple([nodes.Const(k), read[k]], "load") for k in sorted(read)])
        failed = nodes.Output([self.call_method("fail", [which, values])])
        branches[0].elif_, branches[0].else_ = branches[1:], [failed]
        return branches[0].set_lineno(start)

    def keep(self, which: int, variant: int, caller) -> str:
        """Print a variant, marked, and keep it."""
        text = caller()
        self.outcomes.append(Outcome(self.found[which], variant, without_claims(text)))
        return claimed(f"{self.found[which].name}.{variant}", text)

    def fail(self, which: int, values: list[tuple]) -> str:
        """Stop the build: no variant of a claim holds."""
        claim = self.found[which]
        lines = ", ".join(str(line) for line, _ in claim.variants)
        shown = "; ".join(f"{key} = {getattr(node, 'value', node)}" for key, node in values)
        told = f"claim {claim.name}: none of its variants holds (lines {lines}). Values: {shown}"
        raise InputError([f"{FILE}, {told}"])


@lru_cache(maxsize=2)  # what is checked is filled too
def parse(source: str) -> tuple[nodes.Template, Claims]:
    """Parse a template: `<< >>` prints, `<% %>` is a statement, `<# #>` a comment.

    Returns
    -------
    tree
        Jinja's; the `lineno` of what was written is a `Place`.
    claims
        What is known of its claims; its `environment` fills the tree, which nobody may change.

    Raises
    ------
    InputError
        Where it is no valid Jinja.
    """
    environment = jinja2.sandbox.SandboxedEnvironment(
        variable_start_string="<<", variable_end_string=">>",
        block_start_string="<%", block_end_string="%>",
        comment_start_string="<#", comment_end_string="#>",
        undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True,
        autoescape=False, extensions=[Claims],
        optimized=False,  # which takes longer than it saves, and changes the tree
    )  # fmt: skip
    claims: Any = environment.extensions[Claims.identifier]
    try:
        return environment.parse(source), claims
    except jinja2.TemplateSyntaxError as error:
        raise InputError([f"{FILE}, line {error.lineno}: {error.message}"]) from error


def texts_in(node: nodes.Node) -> Iterator[tuple[int, str]]:
    """Yield what a part of a template may print of its own, with its offset in the source.

    That is its text, and the strings and numbers of its expressions but for those that name
    something or are compared. What prints a label of the plan, or a value, yields its sign.
    """
    at = getattr(node.lineno, "at", 0)  # of what was written
    match node:
        case nodes.Test() | nodes.Compare() | nodes.Keyword(key="without"):
            return
        case nodes.Call(node=nodes.ExtensionAttribute() | nodes.Name(name="named")):
            return
        case nodes.Call():
            yield at, VALUE
        case nodes.TemplateData():
            yield at, node.data
        case nodes.Const(value=str()):
            yield at + 1, node.value
        case nodes.Const(value=int() | float()) if not isinstance(node.value, bool):
            yield at, str(node.value)
        case nodes.Getattr() if key := key_of(node):
            if key.startswith("label.") or not CONSTANT.match(key):
                yield at, LABEL if key.startswith("label.") else VALUE
            return
    for child in node.iter_child_nodes(exclude=("test", "arg")):
        yield from texts_in(child)


ASKED = texts_beside(__file__)  # what the template's own words ask, by their names
SIDES = {
    "gt": ("above", operator.gt),
    "gteq": ("at least", operator.ge),
    "lt": ("below", operator.lt),
    "lteq": ("at most", operator.le),
    "eq": ("equal to", operator.eq),
    "ne": ("other than", operator.ne),
}


def tell_condition(node: nodes.Node, numbers: dict[str, dict]) -> list[tuple[str, bool | None]]:
    """Return the parts of a condition, which have to hold together, in words.

    Each with whether it holds; None where only the template can tell.
    """
    if isinstance(node, nodes.And):
        return [part for side in (node.left, node.right) for part in tell_condition(side, numbers)]
    return [tell_part(node, numbers)]


def tell_part(node: nodes.Node, numbers: dict[str, dict], no: str = "") -> tuple[str, bool | None]:
    """Return a part of a condition in words, denied where `no` is "not ", and whether it holds."""
    match node:
        case nodes.Not():
            words, truth = tell_part(node.node, numbers, "" if no else "not ")
            return words, None if truth is None else not truth
        case nodes.And() | nodes.Or():
            both = isinstance(node, nodes.And)
            words, truths = zip(
                *(tell_part(side, numbers, no) for side in (node.left, node.right)), strict=True
            )
            joined = (" or " if both == bool(no) else " and ").join(words)
            return joined, None if None in truths else (all if both else any)(truths)
        case nodes.Compare(expr=left, ops=[nodes.Operand(op=op, expr=right)]) if op in SIDES:
            (word, compare), sides = SIDES[op], [tell_side(s, numbers) for s in (left, right)]
            (first, a), (second, b) = sides
            holds = None if "" in (a, b) else None not in (a, b) and compare(a, b)
            return f"{first} is {no}{word} {second}", holds
        case nodes.Call(node=nodes.Name(name="tested"), args=[test]):
            own = numbers[f"{key_of(test)}.p"]
            label = own["meaning"].removesuffix(": p")
            return f"a test was {no}possible of “{label}”", own["value"] is not None
    asked = ASKED.get(key_of(node.node if isinstance(node, nodes.Call) else node))
    return (f"it is {no}so that {asked}" if asked else f"{no}what else the template asks"), None


def tell_side(node: nodes.Node, numbers: dict[str, dict]) -> tuple[str, Any]:
    """Return a side of a comparison as it is called, with its printed form, and its value.

    The value is empty where it is no number of the registry.
    """
    match node:
        case nodes.Const():
            return f"{node.value}", node.value
        case nodes.Getitem(arg=nodes.Const(value=place)):
            words, value = tell_side(node.node, numbers)
            return words, value and value[place]
    own = numbers.get(key_of(node).removesuffix(".value"))
    if not own:
        return key_of(node), ""
    shown = own["value"] if isinstance(own["value"], int) else own["display"]
    return f"“{own['meaning']}” ({shown})", own["value"]


def key_of(node: nodes.Node) -> str:
    """Return the registry key that an expression spells, or nothing."""
    if isinstance(node, nodes.Getattr):
        before = key_of(node.node)
        return before and f"{before}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else ""


def keys_in(node: nodes.Node) -> dict[str, nodes.Node]:
    """Return the registry keys that an expression speaks of, each with the part that spells it."""
    if key := key_of(node):
        return {key: node}
    return {k: n for child in node.iter_child_nodes() for k, n in keys_in(child).items()}
