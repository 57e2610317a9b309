"""What the names of columns and values mean in several languages: for proposals, never for data."""

import difflib
import re
import unicodedata
from functools import lru_cache
from typing import Any

from crlm.plan.analysis import Plan

NOTHING_KNOWN = {
    part: {} for part in ("words", "units", "columns", "levels", "answers", "responses")
} | {"beside": [], "inverted": []}
READING = "radiologist_response"
SIGNS = r"[<>≤≥=≠+%/&?#!~¬]"
# 1 = no, no = 1: what a label says of the codes.
CODED = re.compile(r"(\d+) ?[=:] ?([^\W\d]\w*)|([^\W\d]\w*) ?= ?(\d+)")
UNTIL_OPERATION = re.compile(
    r"\b(?:before|until|at|time of|vor|bis|bei|zeitpunkt|avant|moment de|antes de|hasta|prima d\w*)"
    r" (?:the |der |zur |einer |la |l['’])?"
    r"(?:surg|op\b|operat|resect|hepatect|chirurg|resekt|opérat|résect|cirug|resecc|interv)\w*",
    re.IGNORECASE,
)
TURNED = "turns it round"
LONGER = 2  # letters that an ending adds, as of a plural; more make another word
TIMES = ("before", "after")  # of which a column's name speaks, as config/synonyms.yaml has them


def unaccented(text: str) -> str:
    """Return `text` in small letters, without accents, without the article of Arabic."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"\bال(?=\w{2})", "", bare.casefold())


@lru_cache(maxsize=2**13)  # the words that are known are spelt for each column
def spell(text: str) -> str:
    """Return the words, signs and numbers of a text, by which two spellings of it are alike."""
    return " ".join(re.findall(rf"\d+(?:[.,-]\d+)*|[^\W\d_]+|{SIGNS}", unaccented(text)))


def name_of(column: str) -> str:
    """Return a column's name without case, blanks, underscores, accents, brackets and hyphens."""
    return re.sub(r"[\s_.,:;()\[\]-]+", "", unaccented(column))


@lru_cache(maxsize=2**13)
def words_of_name(column: str) -> tuple[str, ...]:
    """Return the words in a column's name, as in sizePre, size_pre and Size pre."""
    return tuple(spell(re.sub(r"(?<=[^\W\d_A-Z])(?=[A-Z][^\W\d_A-Z])", " ", column)).split())


def meaning_of_name(column: str, synonyms: dict) -> tuple[set[str], set[str]] | None:
    """Return what a column's name speaks of, and the units in it; None where a word is not known.

    The longest words of `synonyms` (two stage) are looked for first. That each word must be known
    keeps out what a word turns round or narrows: not alive, age of the partner.
    """
    known: dict[tuple, Any] = {words_of_name(word): "" for word in synonyms["beside"]}
    for part in ("units", "words"):
        for name, own in synonyms[part].items():
            known |= {words_of_name(word): (part, name) for word in own}
    # Of REDCap's size@baseline_arm_1, the event tells when.
    words, found = words_of_name(re.sub(r"@|_arm_\d+$", " ", column.rstrip(" ?:*"))), set()
    longest = max(map(len, known), default=0)
    while words:
        for n in range(min(longest, len(words)), 0, -1):
            if words[:n] in known:
                found.add(known[words[:n]])
                words = words[n:]
                break
        else:
            return None
    parts = {part: {f[1] for f in found if f and f[0] == part} for part in ("words", "units")}
    return parts["words"], parts["units"]


def variables_meant(column: str, codebook: dict, synonyms: dict) -> list[tuple[str, str | None]]:
    """Return the variables, with the unit, that a column's name means in one of the languages.

    The unit is as `<mm or cm>` where the name does not tell which of the codebook's it is.
    """
    understood = meaning_of_name(column, synonyms)
    if understood is None:
        return []
    spoken, units = understood
    found = []
    for name, variable in codebook["variables"].items():
        of = synonyms["columns"].get(name, {"names": [], "beside": []})
        named = [set(alternative.split()) for alternative in of["names"]]
        possible = list(dict.fromkeys(filter(None, variable["columns"].values())))
        if units <= {*possible} and any(own <= spoken <= own | {*of["beside"]} for own in named):
            possible = [unit for unit in possible if unit in units] or possible
            unit = possible[0] if len(possible) == 1 else f"<{' or '.join(possible)}>"
            found.append((name, unit if possible else None))
    return found


def close_to(text: str, known: dict[str, Any]) -> Any:
    """Return what stands under the key of `known` that is closest to `text`; None where none is.

    Each word must be close to the word in its place, begin alike and have the same digits, so that
    grade 1 is not close to grade 2, nor incomplete to complete, nor anatomical to non-anatomical.
    """

    def likeness(one: str, other: str) -> float:
        if one == other:
            return 1.0
        if min(len(one), len(other)) < 4 or one[0] != other[0]:
            return 0.0
        if abs(len(one) - len(other)) > LONGER or re.search(r"\d", one + other):
            return 0.0
        return difflib.SequenceMatcher(None, one, other).ratio()

    own = words_of_name(text)
    best: tuple[float, Any] = (0.0, None)
    for key in known:
        words = words_of_name(key)
        if own and len(words) == len(own):
            like = min(map(likeness, own, words))
            best = max(best, (like, key), key=lambda found: found[0])
    return known[best[1]] if best[0] >= 0.8 else None


def is_inverted(column: str, synonyms: dict) -> bool:
    """Return whether a column's name bears a word that turns it round, as in not alive."""
    column = re.sub(r"(?i)\bno\.? of\b", "", column)  # a number of
    turned = {*words_of_name(" ".join(synonyms["inverted"]))}
    return any(
        word in turned or re.match(r"non|nicht|un", word) or re.search(r"(frei|free)$", word)
        for word in words_of_name(column)
    )


def label_contradiction(label: str, name: str, codebook: dict, synonyms: dict) -> str:
    """Return how a label contradicts the variable that its column is by name; empty where not.

    It turns the answers yes and no round (`Dead within a year` of who is alive), names codes that
    are read otherwise (1 = no), or speaks of another variable or time. The answers count for
    nothing where it names both (alive or dead).
    """
    variable = codebook["variables"][name]
    levels = spellings_of(name, variable, synonyms) if "levels" in variable else {}
    for code, word, own, other in CODED.findall(label):
        code, word = code or other, word or own
        if len({levels.get(spell(text)) for text in (code, word)} - {None}) > 1:
            return f"says that {code} is {word}"
    # Chemotherapy is before the operation, too.
    rest = re.sub(UNTIL_OPERATION, " ", re.sub(r"\([^)]*\)|\[[^\]]*\]|\S+ ?= ?\S+", " ", label))
    words = {*words_of_name(rest)}
    if {"yes", "no"} <= variable.get("levels", {}).keys():
        answers = {spell(text): of for of, own in synonyms["answers"].items() for text in own}
        for known in (answers, {text: of for text, of in levels.items() if text not in answers}):
            found = words & known.keys()
            words -= found if len({known[word] for word in found}) > 1 else set()
        own = {*words_of_name(" ".join((variable["label"], *variable["columns"])))}
        words -= own
        turned = {*words_of_name(" ".join(synonyms["inverted"]))}
        turned = set() if turned & own else turned  # of morbidity or mortality
        denied = re.match(r"(?:no|not|without|keine?|ohne|sin|sans|aucune?) \w", label.casefold())
        if denied or words & turned or any(re.search(r"^nicht|(frei|free)$", w) for w in words):
            return TURNED
    named = " ".join(synonyms["columns"].get(name, {"names": []})["names"]).split()
    own = {time for time in TIMES if time in named}
    # As the column's own names do, where the codebook has two of a kind: a margin, its width.
    alike = {
        other
        for text in (name, name.rpartition("_")[0], variable["label"])
        for other, _ in variables_meant(text, codebook, synonyms)
    }
    for text in (label, *(f"{label} {time}" for time in own)):
        others = [other for other, _ in variables_meant(text, codebook, synonyms)]
        if others and name not in others and not alike & {*others}:
            return f"speaks of {others[0]}"
    of_times = {time: words_of_name(" ".join(synonyms["words"].get(time, ()))) for time in TIMES}
    said = {time for time, known in of_times.items() if words & {*known}}
    return f"speaks of {said.pop()}" if own and said and not own & said else ""


def spellings_of(name: str, variable: dict, synonyms: dict) -> dict[str, str]:
    """Return spelling -> level of a category: those of the codebook, then the synonyms."""
    own = variable["levels"]
    parts = [own, synonyms["levels"].get(name, {})]
    parts += [synonyms["answers"]] if {"yes", "no"} <= own.keys() else []
    found: dict[str, str] = {}
    for levels in parts:
        for level, spellings in levels.items():
            for text in (level, *spellings):
                found.setdefault(spell(text), level)
    return found


def with_readings(synonyms: dict, plan: Plan, primary: str) -> dict:
    """Return the synonyms with those of the radiologist's reading as the response rule names them.

    Parameters
    ----------
    synonyms
        As config/synonyms.yaml has them; `responses` are in the terms of RECIST.
    plan
        Its response rules are asked.
    primary
        The name of the rule that the reading is compared with.
    """
    if primary not in plan.response_rules:
        return synonyms
    named, counterpart = plan.responses_of(primary), plan.response_rules["recist_1_1"].counterpart
    levels: dict[str, list] = {}
    for recist, spellings in synonyms["responses"].items():
        level = recist if recist in named else counterpart.get(recist)
        if level in named:
            levels[level] = [*levels.get(level, []), *spellings]
    return synonyms | {"levels": synonyms["levels"] | {READING: levels}}
