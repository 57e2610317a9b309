"""Sentences whose truth hangs on the data: a claim, its variants, and the condition of each."""

from typing import Any, NamedTuple

from jinja2 import nodes
from jinja2.ext import Extension

from crlm.base.problems import InputError


class Outcome(NamedTuple):
    """The variant of a claim that was printed.

    `line` is the claim's in the template, `at` the variant's, counted from 1 in `variant`; `keys`
    are those that the claim's conditions read.
    """

    name: str
    line: int
    variant: int
    at: int
    keys: list[str]
    text: str


class Claims(Extension):
    """The template's tags `claim`, `when` and `endclaim`.

    A claim has a name and one variant or more, each under a condition on the registry; the first
    variant whose condition holds is printed, and where none holds the build stops. What was
    printed is kept in `outcomes`.
    """

    tags = {"claim"}  # noqa: RUF012 (as jinja2 declares it)

    def __init__(self, environment):
        super().__init__(environment)
        self.outcomes: list[Outcome] = []

    def parse(self, parser):
        line = next(parser.stream).lineno
        name = parser.stream.expect("name").value
        before = parser.parse_statements(("name:when", "name:endclaim"))
        if any(text.strip() for text in plain_texts(before)):
            parser.fail(f"claim {name}: text before its first `when`", line)
        variants = []
        while parser.stream.current.test("name:when"):
            at = next(parser.stream).lineno
            condition = parser.parse_expression()
            body = parser.parse_statements(("name:when", "name:endclaim"))
            variants.append((at, condition, body))
        parser.stream.expect("name:endclaim")
        if not variants:
            parser.fail(f"claim {name} has no `when`", line)
        keys = sorted({key for _, condition, _ in variants for key in dotted_names(condition)})
        values = nodes.List([nodes.Tuple([nodes.Const(k), path(k)], "load") for k in keys])
        lines = nodes.Const([at for at, _, _ in variants])
        failed = nodes.Output([self.call_method("fail", [nodes.Const(name), lines, values])])
        first, *others = [
            nodes.If(condition, [self.kept(body, name, line, i, at, keys)], [], [], lineno=at)
            for i, (at, condition, body) in enumerate(variants, start=1)
        ]
        first.elif_, first.else_ = others, [failed]
        return first.set_lineno(line)

    def kept(self, body: list[nodes.Node], *facts) -> nodes.CallBlock:
        """Return a variant's body, which is kept as an outcome when it is printed."""
        call = self.call_method("keep", [nodes.Const(fact) for fact in facts])
        return nodes.CallBlock(call, [], [], body, lineno=facts[3])

    def keep(self, *facts: Any, caller) -> str:
        """Print a variant, and keep it."""
        text = caller()
        self.outcomes.append(Outcome(*[*facts, text]))
        return text

    def fail(self, name: str, lines: list[int], values: list[tuple]) -> str:
        """Stop the build: no variant of a claim holds."""
        shown = "; ".join(f"{key} = {getattr(node, 'value', node)}" for key, node in values)
        raise InputError(
            [
                f"manuscript/paper.qmd.j2, claim {name}: none of its variants holds "
                f"(lines {', '.join(map(str, lines))}). Values: {shown}"
            ]
        )


def plain_texts(body: list[nodes.Node]) -> list[str]:
    """Return the text that stands in the nodes of a template."""
    return [data.data for node in body for data in node.find_all(nodes.TemplateData)]


def dotted_names(expression: nodes.Expr) -> set[str]:
    """Return the registry keys that an expression speaks of."""
    whole = nodes.Not(expression)  # `find_all` looks below a node
    within = {id(node.node) for node in whole.find_all(nodes.Getattr)}
    found = set()
    for node in whole.find_all((nodes.Getattr, nodes.Name)):
        parts: list[str] = []
        if id(node) in within:
            continue  # a part of a longer key
        while isinstance(node, nodes.Getattr):
            parts.insert(0, node.attr)
            node = node.node
        if isinstance(node, nodes.Name):
            found.add(".".join([node.name, *parts]))
    return found


def path(key: str) -> nodes.Expr:
    """Return the expression that reads a dotted key."""
    first, *rest = key.split(".")
    expression: nodes.Expr = nodes.Name(first, "load")
    for part in rest:
        expression = nodes.Getattr(expression, part, "load")
    return expression
