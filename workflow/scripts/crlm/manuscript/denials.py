"""Find sentences of the filled manuscript that deny a p-value of its tables, either way."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from crlm.base.formats import p_phrase
from crlm.base.problems import Problem
from crlm.manuscript.claims import VALUE
from crlm.manuscript.markdown import SPAN, without_claims, without_spans
from crlm.manuscript.prose import SENTENCE_END
from crlm.manuscript.statements import find_words, named_in, pattern_of, said_of
from crlm.numbers.answers import p_values, questions_of
from crlm.numbers.undetermined import is_open
from crlm.plan.analysis import Plan

TEST = re.compile(r"test\.(\w+)\.\w+")
# Parts of the paper that sum it up, by what opens them: what they leave out is denied too.
SUMMARIES = {"abstract": "the abstract", "# Discussion": "the discussion"}


class Sentence(NamedTuple):
    """A sentence of the filled text: its line, the part of the paper, its Markdown, its words."""

    line: int
    part: str
    markdown: str
    words: str


def sentences_of(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a filled manuscript; tables and figures hold none."""
    part = ""
    for line, content in enumerate(without_claims(text).splitlines(), start=1):
        if content.startswith("abstract:") or re.match(r"# ", content):
            part = content.partition(":")[0] if content.startswith("abstract") else content
        elif part == "abstract" and content[:1].strip():
            part = ""
        if content.startswith(("|", "![", ": ", "#")):
            continue
        for sentence in SENTENCE_END.split(content.strip()):
            yield Sentence(line, part, sentence, without_spans(sentence))


def fault_of_list(
    shown: set[str], below: list[str], owed: list[str], not_by_all: bool
) -> tuple[str, list[str]] | None:
    """Return what a list of questions should say otherwise of one of them, and of which tests.

    It shows some tests, or names the question alone and says whether not all are below the level.
    """
    if not below:
        return "no list of what has a p-value below it", []
    if shown:
        missing = [name for name in owed if name not in shown]
        return ("all tests of the question", missing) if missing else None
    disagree = not {*owed} <= {*below}
    return ("whether all tests are below the level", []) if disagree != not_by_all else None


def find_denials(
    text: str, numbers: dict[str, dict], plan: Plan, rules: dict, file: str = "paper.qmd"
) -> list[Problem]:
    """Hold what the filled manuscript says of its questions against all their p-values.

    A question is what a variable is asked for, in whatever form it is tested (`answers`). A
    sentence speaks of it where it shows one of its tests, or names one of its variables and cites
    no study. Words that count patients (most had a recurrence) relate nothing.

    Parameters
    ----------
    text
        The filled manuscript.
    numbers, plan
        The registry and the plan.
    rules
        As `prose.yaml` has them: of the `claims` the kinds that deny, compare and relate.
    file
        Its name, for the problems.

    Returns
    -------
    list
        Each sentence that denies a relation though a p-value is below the level, or asserts one
        though a p-value is not, or leaves it open though all agree; each list of those below that
        holds a question without one, or shows some of its tests alone, or names it in a summary
        without a word of tests that disagree; each summary that passes one over, but for an
        abstract that shows another test of the question, where all agree; and each row of a table
        that is compared, of whose question no sentence shows a test.
    """
    alpha, decimals = plan.alpha, plan.decimals["p_value"]
    p_of = p_values(numbers, plan)
    named = {
        column: [re.escape(v.in_text).replace("\\ ", " ") for v in asked]  # blanks as in any word
        for column, asked in questions_of(plan).items()
    }
    kinds, plain = rules["claims"], ("listing", "open", "asking")
    words = {kind: rules[f"{kind}_words"] for kind in plain} | {
        "denying": kinds["denying"],
        "asserting": kinds["relating"]
        + said_of([*kinds["above"], *kinds["below"], *kinds["comparing"]], "discussion", rules),
    }
    problems, told = [], {part: set() for part in SUMMARIES}

    def owed(p: dict[str, float]) -> list[str]:
        """Return the tests that a list or the abstract may not leave out: all but open ones."""
        return [n for n in p if not is_open(f"test.{n}.p", numbers)]

    def refuse(sentence: Sentence, column: str, names: list[str], expected: str) -> None:
        shown = "; ".join(
            f"{p_phrase(p_of[column][n], decimals, alpha)} (test.{n}.p)" for n in names
        )
        problems.append(Problem(file, sentence.line, "", sentence.words, f"{expected}: {shown}"))

    for sentence in sentences_of(text):
        shown = {m[1] for _, key in SPAN.findall(sentence.markdown) if (m := TEST.match(key))}
        told.setdefault(sentence.part, set()).update(shown)
        typed = pattern_of(tuple(kinds["counting"])).sub("", SPAN.sub(VALUE, sentence.markdown))
        says = {kind: bool(find_words(typed, words[kind])) for kind in words}
        if not any(says.values()) or (says["asking"] and not says["open"]):
            continue
        cited = "[@" in sentence.markdown
        of_response = named_in(sentence.words, rules) if "respon" in sentence.words.lower() else ()
        spoken = [[c for c in p_of if re.search(of, c)] for of in of_response]
        for column, p in p_of.items():
            by_name = [column] in spoken or find_words(sentence.words, named[column])
            if not shown & p.keys() and (cited or not by_name):
                continue
            below = [n for n in p if p[n] < alpha]
            others = [n for n in p if p[n] >= alpha]
            if says["listing"]:
                if not shown & p.keys():
                    told[sentence.part] |= p.keys()
                names = rf"(?:{'|'.join(named[column])}) \(not by all"
                open_too = bool(re.search(names, sentence.words))
                fault = fault_of_list(shown & p.keys(), below, owed(p), open_too)
            elif says["open"]:
                fault = None if below and others else ("tests that disagree", below or others)
            elif says["denying"]:
                fault = ("words that do not deny it", below) if below else None
            else:
                fault = ("words that do not claim a relation", others) if others else None
            if fault:
                refuse(sentence, column, fault[1] or others, fault[0])
    said = set().union(*told.values())
    compared = [(n, row.variable) for n, t in plan.tables.items() if t.compares for row in t.rows]
    for table, variable in compared:
        name, column = variable.name, variable.source
        if name in p_of[column] and said.isdisjoint(p_of[column]):
            found = f"a comparison of {name} in {table}, of which the text says nothing"
            expected = (
                f"<< test.{name}.p >> in a sentence, and answer.{column} in the lists at the head "
                "of manuscript/paper.qmd.j2"
            )
            problems.append(Problem(file, "", "", found, expected))
    for part, name in SUMMARIES.items():
        for column, p in p_of.items():
            kept = owed(p) if part == "abstract" else p
            below = [n for n in kept if p[n] < alpha]
            agree = part == "abstract" and len(below) == len(kept) and told[part] & {*kept}
            passed = [n for n in below if n not in told[part] and not agree]
            if passed:
                summary = Sentence(0, part, "", "passed over")
                refuse(summary, column, passed, f"in {name} what it must not pass over")
    return problems
