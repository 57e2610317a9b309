"""Words by which cells, columns and names of files are judged; they stand in vocabulary.yaml."""

import re
from pathlib import Path

import yaml

FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def texts_beside(module: str) -> dict:
    """Return the texts of a module, which stand in the YAML file of its name beside it."""
    return yaml.load(Path(module).with_suffix(".yaml").read_text("utf-8"), FAST)


# Part -> kind of words -> the words.
VOCABULARY: dict[str, dict[str, frozenset[str]]] = {
    part: {kind: frozenset(words.split()) for kind, words in kinds.items()}
    for part, kinds in texts_beside(__file__).items()
}


def vocabulary_words(part: str) -> frozenset[str]:
    """Return all words of a part of the vocabulary."""
    return frozenset().union(*VOCABULARY[part].values())


WORDS = vocabulary_words("nobody")
PARTS = VOCABULARY["parts"]
ENDINGS = {
    3: tuple(PARTS["endings after three letters"] | PARTS["endings of drugs"]),
    5: tuple(PARTS["endings after five letters"]),
}
ROOTS = re.compile(
    rf"(?:{'|'.join(sorted(PARTS['beginnings']))})\w{{3,}}"
    rf"|\w*(?:{'|'.join(sorted(PARTS['within']))})\w*|[ivx]{{1,4}}[a-d]?"
)


def names_nobody(word: str) -> bool:
    """Return whether a word is known to be no part of a person's name."""
    folded = word.casefold()
    letter = len(folded) < 2 and folded < "\u0530"  # a sign of Chinese is a word
    ends = any(folded[least:].endswith(endings) for least, endings in ENDINGS.items())
    return letter or ends or folded in WORDS or bool(ROOTS.fullmatch(folded))
