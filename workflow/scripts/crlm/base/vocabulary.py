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


def words_of(part: str) -> frozenset[str]:
    """Return all words of a part of the vocabulary."""
    return frozenset().union(*VOCABULARY[part].values())


WORDS = words_of("nobody")
# Endings of the field's Latin and Greek, of drugs and of English abstracts, in words that long.
ENDINGS = re.compile(
    r".{3,}(?:tion|sion|.{2}ment|ness|ectom(?:y|ies)|otomy|ostomy|plasty|scop(?:y|ic)|graph(?:y|ic)|"
    r"plasia|oma|omas|itis|osis|pathy|aemia|.{2}emia|uria|algia|platin[aeo]?|mab|tinib|taxel|rubicin|"
    r"citabine|ical|itic|otic|ogenic|oid|ular|atic|able|ible|ically|ated|ised|ized|ology|therapy|trophy|"
    r"genesis|lytic|static|metry|phagia|spasm|stenosis|.{2}ate|oxide|chloride|iodide|ases?|ium|acid|ulin|cept|"
    # stems of the WHO's names of drugs (INN)
    r"cillin|m[iy]cin|statin|prazole|conazole|sartan|olol|pril|dipine|caine|afil|gliptin|flozin|"
    r"glutide|parin|xaban|gatran|setron|tidine|oxacin|cycline|z[eo]pam|zolam|triptan|grel|fibrate|"
    r"dronate|semide|thiazide|lukast|asone|olone|onide|profen|coxib|tecan|ciclib|parib|limus|"
    r"formin|glitazone|oxetine|azine|barbital|fungin|bendazole|penem|bactam|zumab|vir|nib|trexate|"
    r"penia|plegia|paresis|rrhage|rrhagia|rrho?ea|megaly|iasis|emesis|ectasia|pno?ea|cytes?|"
    r"grams?|lysis|ptosis|ism)|[ivx]{1,4}[a-d]?"
)
# Greek and Latin of diseases and drugs; no name in the lists of Faker and of the US census has any.
ROOTS = re.compile(
    r"(?:hyper|micro|myo|neuro|osteo|myelo|endo|extra|trans|supra|infra|cyto|adeno|vesic|kerat)\w{3,}|"
    r"\w*(?:cardio|lympho|dermato|phthalm|arthro|chondro|cephal|pneumo|pharyng|hemato|immuno|thromb|"
    r"esophag|urethr|ureter|vertebr|phalan|sclero|phosph)\w*"
)


def names_nobody(word: str) -> bool:
    """Return whether a word is known to be no part of a person's name."""
    folded = word.casefold()
    letter = len(folded) < 2 and folded < "\u0530"  # a sign of Chinese is a word
    return letter or folded in WORDS or bool(ENDINGS.fullmatch(folded) or ROOTS.fullmatch(folded))
