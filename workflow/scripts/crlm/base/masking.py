"""Recognise in a text what could tell who a patient is; show in messages what could not."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import cache
from itertools import pairwise

from crlm.base.spelling import fold, plain
from crlm.base.vocabulary import names_nobody, vocabulary_words

DAY, MONTH, YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1[89]|20)\d\d"
# Beginnings of the names of months in the languages of Europe, in Turkish and in Arabic; what goes
# on like `margin` or `second` is none.
MONTHS = (
    r"(?:(?:1[0-2]|0?[1-9]) ?[月월]|"
    r"(?:j[aä]n|ene|gen|ian|st[yu]c|sty\b|led|oca|янв|січ|feb|f[eé]v|lut|úno|[sş]ub|фев|лют|"
    r"m[aä]r(?!g|k)|maa|bře|мар|бер|apr|avr|abr|kwi|dub|nis|апр|кві|ma[ijy]|mei|mag(?!n)|"
    r"máj|kvě|ма[йя]|тра|jun|giu|jui|cze|čer|haz|июн|чер|jul|lug|lip|tem(?!p)|июл|лип|aug|ao[uû]|"
    r"ago|sie|srp|a[gğ]u|авг|сер|sep(?!t?[ias])|set(?!s)|wrz|zář|eyl|сен|вер|o[ck]t(?!r)|ott|out|"
    r"pa[zź]|říj|eki|окт|жов|nov|noi|lis|kas|ноя|лис|dec(?!r)|d[eéi][cz]|dic|gru|pro(?=s)|ara|дек|"
    r"гру)[^\W\d]{0,10}|"
    r"يناير|فبراير|مارس|[أإا]بريل|مايو|يونيو|يوليو|[أا]غسطس|سبتمبر|[أا]كتوبر|نوفمبر|ديسمبر)"
)
ORDINAL = r"(?:st|nd|rd|th|er|\.|º|ª)?"
DATE = re.compile(
    rf"(?<!\d){YEAR} ?([-/._\\|⁄]|(?<= )) ?{MONTH} ?\1 ?{DAY}(?!\d)"
    rf"|(?<![\d.]){DAY} ?([-/.]) ?{DAY} ?\2 ?(?:{YEAR}|\d\d)(?!\d|\.\d)"
    rf"|(?<![\d.,]){DAY} ?([,_\\|⁄]) ?{DAY} ?\3 ?{YEAR}(?!\d)"
    rf"|(?<![\d.]){DAY}[-/]{DAY}[-/]{YEAR}(?!\d)"
    rf"|(?<![\d.]){DAY} {MONTH} {YEAR}(?!\d)|(?<!\d){YEAR} {MONTH} {DAY}(?!\d)"
    rf"|(?<!\d){YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
    rf"|(?<!\d)\d\d\. {MONTH}\. {DAY}\.|(?<!\d)\d\d(?:\d\d)? ?[年년] ?{MONTH} ?[月월]"
    rf"|\b{DAY}{ORDINAL}[ ./-]*(?:de |of )?{MONTHS}\.?[., /-]*(?:de[l]? )?(?:{YEAR}|\d\d)\b"
    rf"|\b{MONTHS}\.?[ /-]*{DAY}{ORDINAL},?[ /-]*{YEAR}\b"
    rf"|\b{YEAR}[.,]?[ /-]*{MONTHS}\.?[ /-]*{DAY}\b|\b{MONTHS}\.?,? (?:de )?{YEAR}\b"
    rf"|\b{YEAR}[.,]? *{DAY}{ORDINAL}[ ./-]*(?:de )?{MONTHS}(?!\w)"
    rf"|(?<!\d){DAY} ?([-/.]) ?(?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}}) ?\4 ?{YEAR}(?!\d)",
    re.IGNORECASE,
)
ON_THE_WEB = re.compile(
    r"[^\s@]+ ?@ ?[^\s@]+\.\w{2,}|\S ?[\[(]at[\])] ?\S|\bat \w+ dot \w+|(?<!\w)@\w{3,}"
    r"|\b(?:https?|ftp)://|\bwww\.|\b[\w-]{2,}\.(?:com|org|net|edu|gov|info|eg|de|fr|uk|es|it)\b",
    re.IGNORECASE,
)
PHONE = re.compile(
    r"(?<![\w.,])(?:\+ ?)?\(?\d+\)?(?:(?:[ /.\-]{1,3}|(?<=\)))\(?\d{2,}\)?){0,6}(?!\w|[.,]\d)"
)
SHORT_PHONE = re.compile(
    r"(?<![\w.,])\d{3}[ -]\d\d[ -]\d\d\d?(?![\w.,])|\d{3}[.-]\d{4}x\d+"
    r"|(?:\+|\b00)\d[\d -]{8,}\d"
    r"|(?<![\w.,/-])\d\d([ .-])\d\d\1\d\d\1\d\d(?![\w.,/-])"
    # eight digits in two halves, but for years and for limits
    r"|(?<![\w.,/-])(?!(?:19|20)\d\d-(?:19|20)|\d{3}0-\d{3}0)\d{4}-\d{4}(?![\w.,/-])"
)
THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([ .,'])\d{3})(?:\1000)*|[1-9]\d{0,2}(?:[ .,']000)+")
DECIMAL = re.compile(r"[+-]?\d+[.,]\d+(?:e[+-]?\d+)?", re.IGNORECASE)
ADDRESS = re.compile(
    r"\b\d+\w?,? (?:[^\W\d]+\.? ){1,3}(?:street|st|road|rd|avenue|ave|lane|drive|square|court)\b"
    r"|\b[^\W\d]+(?:stra(?:ß|ss)e|str\.?|weg|platz|gasse|allee|straat|laan|vej|gade|stræde|-ring)"
    r" ?\d+|\b\d+ [^\W\d]+(?:straat|laan|veien|gata|stien)\b|\bbox \d{3}"
    r"|\b(?:street|rue|calle|via|rua|avenida|avda?|av|piazza|viale|corso|boulevard|bd|ulica|ul|"
    r"strada|jalan|jl|gg|carrera|ул)\b\.? .*\d"
    r"|\d.* (?:street|rue|calle|via|rua|avenue|avenida|boulevard|mah|sok|cad|cd|شارع)\b"
    r"|\b(?:apt|flat|apartment|suite|building|house)\.? (?:no\.? )?\d"
    r"|\d.*[^\W\d_]{3}.*, ?(?:[A-Z]{2} )?\d{5,6}\b|[^\W\d_] \d+\w?, \d{4,5} [^\W\d_]"
    r"|[路街座区巷].*\d"
    r"|\bp\. ?o\. ?box\b|\bpo box\b|\bpostfach\b|شارع"
    r"|(?-i:\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b)",
    re.IGNORECASE,
)
TITLED = re.compile(
    r"\b(?:Dr|Prof|Mr|Mrs|Ms|Miss|Sheikh|Mme|Mlle|Herr|Frau|Sra?|Se[nñ]ora?|Dott|Hr|Pan[i]?)\b\.? *"
    r"[^\W\d_a-z]|(?:الدكتور|دكتور|د\.|السيد|السيدة|الحاج|الشيخ)ة? |\b[dD]r\. ?\w"
)
# Numbers that say themselves what they are, and those with letters that no measurement has.
RECORD = re.compile(
    r"\b(?:mrn|hn|nhs|ssn|nin|dni|nif|pesel|cpf|passport|رقم)[\W_]*(?:no|nr|number|num)?[\W_]*"
    r"[A-Z]{0,2}\d{3,}|\b(?:record|chart|file|insurance|id)[\W_]*(?:no|nr|number|num)?[\W_]*\d{5,}"
    r"|(?:\b(?:no|nr)\b|#)[.: ]*\d{5,}"
    r"|\b(?=(?:[A-Z]*\d){5})(?=\d*[A-Z])[A-Z\d]{9,}\b|\b[A-Z]{1,3}[-/ ]?\d{6,}"
    r"|\b[A-Z]{1,3}[-/ ]?(?:19|20)\d\d[-/]\d{4,}\b|\b(?:19|20)\d\d[-/]\d{5,}\b|\b\d{5,6}/\d\d\b"
    r"|\b[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-Z]\b|\b\d{6,8}[-/ ]?\d{0,4}[-/ ]?[A-Z]\b",
    re.IGNORECASE,
)
PSEUDONYM = re.compile(r"P-[0-9a-f]{12}")  # one that was made here
LONG = 7  # digits: more than any measurement has
THREE_ZEROS = re.compile(r"(?:000)+$")  # of a measurement that long (250000000 platelets)
# What in the name of a file speaks of a hospital or a table, or is a code.
OF_A_PLACE = re.compile(
    r"(?i:klini|h[oô]pi|hosp|osped|krank|univ|tabe)|(?<![^\W_])[A-Z]{2,4}(?![^\W_])"
)
LONG_IN_NAME = 10  # digits in a file's name: more than the date of an export has
LONGEST = 14  # letters of a part of a name
MOST = 7  # words of a name, or of an address
LONG_TEXT = 300  # letters: in more may be anybody, and some patterns would read them for minutes
WORDS = 8  # different ones in a cell: more than the name of a level has
UNCASED = "\u0530"  # from here on scripts have no capitals in use
PARTICLES = vocabulary_words("particles")
OF_CONFIG = vocabulary_words("config")
GERMAN, ROMANCE = vocabulary_words("small German words"), vocabulary_words("small Romance words")
# Words of a street's name and the number of a house, or the other way round.
HOUSE = re.compile(
    r"[^\W\d_][\w.'-]*(?: [^\W\d_][\w.'-]*){0,3} ?,? \d{1,4} ?[A-Za-z]?(?:[/-]\d+)?"
    r"|\d{2,5}\w? (?:[A-Z]\w+ ?){2,3}"
    r"|\d[\d/]* [^\x00-\u036f]+"
)
# What people write in cells that is no word: T3N1, ypT2a, G2, 4b, mm2.
CODE = re.compile(r"(?<!\w)(?:[^\W\d_]{0,3}\d{1,3})+[^\W\d_]{0,2}(?!\w)")

EVENT = re.compile(r"@\w+_arm_\d+$")  # of a REDCap project, behind the name of a field


class Masked(str):
    """What stands for a text that is not shown; `withheld` is the text."""

    withheld: str

    def __new__(cls, text: str, withheld: str):
        made = super().__new__(cls, text)
        made.withheld = withheld
        return made

    def __reduce__(self):  # what is withheld does not go to another process
        return str, (str(self),)


def masked(text: str) -> Masked:
    """Return what a text is made of, in place of it."""
    counts = [(sum(map(str.isalpha, text)), "letter"), (sum(map(str.isdigit, text)), "digit")]
    parts = [f"{n} {noun}{'s' * (n > 1)}" for n, noun in counts if n]
    return Masked(f"({' and '.join(parts) or 'signs'}, not shown)", text)


def words_in(text: str) -> list[str]:
    """Return the words of a text, without digits, signs and combining marks."""
    return re.findall(r"[^\W\d_]+", without_marks(text))


def without_marks(text: str) -> str:
    """Return a text without combining marks."""
    if text.isascii():
        return text
    return "".join(sign for sign in text if not unicodedata.category(sign).startswith("M"))


def strangers(words: Iterable[str], known: Collection[str]) -> list[str]:
    """Return the words that are not known to name nobody."""
    return [word for word in words if not (names_nobody(word) or word.casefold() in known)]


def looks_like_a_person(text: str, known: Collection[str] = ()) -> bool:
    """Return whether a text is, or has within, words side by side of which none is known.

    These are two words of any script, or one with initials. With a number among them (as of a
    house) there must be two. Abbreviations (HIPEC CRS), phrases (Anal fissure), and words longer
    than names are or lower-case ones with hyphens (terms of chemistry) are none. Beside known words
    (brother of Ahmed Hassan) they begin with capitals and have no hyphen between them.

    Parameters
    ----------
    text
        A cell without surrounding blanks.
    known
        Further words, in lower case, that name nobody.
    """
    words = words_in(CODE.sub(" ", text))
    joined = PARTICLES - {w.casefold() for w in words if len(w) == 1 and w.isupper()}  # E. Smith
    words = [w for w in words if w.casefold() not in joined] if len(words) > 1 else words
    strange = strangers(words, known)
    chemical = re.search(r"\b\w-|-\w\b", text)  # L-Homoserine
    initials = [w for w in words if len(w) == 1 and names_nobody(w) and not chemical]
    if not strange or not 2 <= len(words) <= MOST:
        return False
    if len(strange) + len(initials) < len(words):
        return names_within(text, known)
    long = [word for word in words if len(word) > 1]
    small = any(word.islower() and word not in PARTICLES for word in long)
    phrase = small and (words[0].istitle() or is_abbreviation(words[0]))
    phrase = phrase and not re.search(r"\d", text)
    chemistry = text.islower() and re.search("[-/]", text)
    term = phrase or chemistry or max(map(len, words)) > LONGEST
    abbreviations = all(map(is_abbreviation, words)) and "," not in text
    return not (term or abbreviations) and (len(strange) > 1 or not re.search(r"\d", text))


def names_within(text: str, known: Collection[str]) -> bool:
    """Return whether two capitalised words that are not known stand side by side among others.

    In a heading, whose known words have capitals too (Bank Card Number), these tell nothing.
    """
    text = without_marks(text)
    words = [word for word in words_in(text) if len(word) > 1 or word > UNCASED]
    strange = {w for w in strangers(words, known) if not is_abbreviation(w)}
    if any(word.istitle() and not strangers([word], known) for word in words[1:]):
        return False
    for run in re.findall(r"(?:[^\W\d_]+[ ,.'’]{1,2})+[^\W\d_]+", text):
        names = [
            word in strange and (word[0].isupper() or word > UNCASED)
            for word in words_in(run)
            if word.casefold() not in PARTICLES and (len(word) > 1 or word > UNCASED)
        ]
        if any(a and b for a, b in pairwise(names)):
            return True
    return False


def is_abbreviation(word: str) -> bool:
    """Return whether a word may be one: up to four capitals."""
    return word.isupper() and len(word) < 5


def suspected_kind(text: str, known: Collection[str] = ()) -> str:
    """Return what a cell that stands once in its column may be: a `name`, an `address`, or nothing.

    A name is what `looks_like_a_person` takes for one, or one capitalised word (or one of a script
    without capitals) that is not known; an address is such a word with the number of a house. Of
    codes, abbreviations and small letters nothing is said.
    """
    words = [word for word in words_in(CODE.sub(" ", text)) if word.casefold() not in PARTICLES]
    strange = strangers(words, known)
    if looks_like_a_person(text, known):
        return "name"
    of_a_street = [w for w in strange if w > UNCASED or (len(w) > 4 and not w[0].islower())]
    if len(text) <= LONG_TEXT and HOUSE.fullmatch(text) and of_a_street:
        return "address" if len(strange) == len(words) or text[0].isdigit() else ""
    if len(words) != 1 or not strange or re.search(r"[\d@/%+]", text):
        return ""
    (word,) = words
    capitalised = word.istitle() or (word.isupper() and len(word) > 5)
    return "name" if word > UNCASED or (capitalised and 2 < len(word) <= LONGEST) else ""


def has_worded_date(text: str) -> bool:
    """Return whether a text is a day and a year of four digits with unknown words: a month's.

    Months have names in more languages than `MONTHS` knows. A month and a year alone are a date in
    other scripts than Latin, where no word is an abbreviation.
    """
    numbers, words = re.findall(r"\d+", text), words_in(text)
    long = [word for word in words if len(word) > 2] or words
    if not 1 <= len(words) <= 3 or any(map(names_nobody, long)):
        return False
    years = [n for n in numbers if re.fullmatch(YEAR, n)]
    days = [n for n in numbers if re.fullmatch(DAY, n)]
    foreign = all(word[0] > "\u036f" for word in long)
    return len(years) == 1 and len(days) == len(numbers) - 1 < 3 and (bool(days) or foreign)


def names_a_person(text: str, known: Collection[str] = ()) -> bool:
    """Return whether a sentence names somebody, by words of no known kind.

    These are two side by side, one with a capital within, or one of a script without. In German,
    whose nouns have one, and in a language of which most words are strange, two have capitals; in a
    Romance language those side by side have.
    """
    words = words_in(CODE.sub(" ", text.lower() if text.isupper() else text))
    strange = {w for w in strangers(words, known) if len(w) <= LONGEST and not is_abbreviation(w)}
    strange -= {word for word in strange if word.islower() and len(word) < 4}  # dans le, la, del
    capitals = {word for word in strange if word[0].isupper() or word > UNCASED}
    foreign = 3 * len(strange) > 2 * len(words) or not GERMAN.isdisjoint(words)
    pairs = strange if not foreign and ROMANCE.isdisjoint(words) else capitals
    alone = not (foreign or capitals.isdisjoint(words[1:])) or any(w > UNCASED for w in strange)
    return alone or any({*pair} <= pairs for pair in pairwise(words))


def without_strangers(text: str, known: Collection[str] = ()) -> str:
    """Return a text with an ellipsis for each word that is not known to name nobody."""
    return re.sub(
        rf"{CODE.pattern}|[^\W\d_]+",
        lambda word: "…" if strangers(words_in(CODE.sub("", word[0])), known) else word[0],
        without_marks(text),
    )


def has_date(text: str) -> bool:
    """Return whether a date stands in a text, in digits or in words."""
    return bool(DATE.search(text)) or has_worded_date(text)


def identifier(cell: str, longest: int = LONG) -> tuple[str, str] | None:
    """Return the kind of direct identifier that a cell holds, and what is said in place of it.

    Of the names of persons those with a title are found; for others see `looks_like_a_person`.

    Parameters
    ----------
    cell
        The text as received.
    longest
        From how many digits on a number is a record number.
    """
    text = re.sub(r"(?<=\d)\.0+$", "", plain(cell))
    if len(text) > LONG_TEXT:
        return "long text", f"a text of {len(text)} letters"
    if ON_THE_WEB.search(text):
        return "e-mail", "an e-mail or web address"
    if has_date(text):
        return "date", "a date"
    if DECIMAL.fullmatch(text) or PSEUDONYM.fullmatch(text) or THOUSANDS.fullmatch(text):
        return None
    if TITLED.search(text):
        return "name", masked(text)
    if ADDRESS.search(text):
        return "address", "a postal address"
    if RECORD.search(text):
        return "number", "a record number"
    if SHORT_PHONE.search(text):
        return "phone", "a number, as of a phone"
    for match in PHONE.finditer(text):
        found = match[0]
        n, grouped = sum(map(str.isdigit, found)), re.search(r"\d[ /.()-]+\d", found)
        plus, zero = found.startswith("+"), found.lstrip("(").startswith("0")
        spread = grouped and n >= 9 and " - " not in found
        if spread or (n >= LONG and (plus or (zero and (grouped or n > LONG)))):
            return "phone", f"a number of {n} digits, as of a phone"
    long = [n for n in re.findall(r"\d+", text) if len(THREE_ZEROS.sub("", n)) >= longest]
    if long:
        return "number", f"a number of {len(long[0])} digits"
    words = {word for word in words_in(text.casefold()) if len(word) > 1}
    return ("text", f"a text of {len(text.split())} words") if len(words) >= WORDS else None


def shown_text(text: str) -> str:
    """Return a text of a config file, or of a file's name, as a message may show it.

    Unlike a cell (`shown`) it may have abbreviations, and words that are nearly those of config, as
    a misspelt key has.
    """
    known = vocabulary_words("files") | vocabulary_words("units")
    found, words = identifier(text), unknown_words(text, known)
    names = [word for word in words if not (is_abbreviation(word) or is_misspelt(word))]
    return masked(text) if names or (found and found[0] != "text") else text


@cache
def is_misspelt(word: str) -> bool:
    """Return whether a word in small letters is nearly one of those that config files speak of."""
    return bool(word.islower() and get_close_matches(word, OF_CONFIG, 1, 0.8))


def names_somebody(file: str) -> bool:
    """Return whether a file's name may tell of somebody: a date, as of an export, does not."""
    stem = re.sub(r"_|(?<=[a-zß-ÿ])(?=[A-Z])", " ", re.sub(r".*/|\.\w+$", "", file))
    if found := identifier(stem, LONG_IN_NAME):
        return found[0] in ("number", "phone", "e-mail", "name")
    stem = re.sub(r"(?<=[^\W\d_])[-.](?=[^\W\d_])", " ", stem)
    known = vocabulary_words("files")
    rest = [
        w for w in stem.split() if w.casefold() not in known and (len(w) < 2 or not names_nobody(w))
    ]
    # Names are written with capitals; kappa_paste.csv is nobody.
    person = sum(word[0].isalpha() and not word[0].islower() for word in rest) > 1
    return person and looks_like_a_person(" ".join(rest)) and not OF_A_PLACE.search(stem)


def shown(text: str, variable: dict | None = None, known: Collection[str] = ()) -> str:
    """Return a text as a message may show it: itself, or how many letters and digits it has.

    It is shown where nothing in it could tell who a patient is: it has no identifier, no number of
    six or more digits, in groups or not, and only words that are known to name nobody.

    Parameters
    ----------
    text
        A cell, the name of a column, or another text as received.
    variable
        Its entry in the codebook, whose levels and their spellings are shown.
    known
        Further words, in lower case, that name nobody.
    """
    levels = (variable or {}).get("levels", {})
    if fold(text) in {fold(s) for level, own in levels.items() for s in (level, *own)}:
        return text
    found = identifier(text)
    if found and found[0] != "text":
        return masked(text)
    if DECIMAL.fullmatch(plain(text)):
        return text
    numbers = (re.sub(r"\D", "", found) for found in re.findall(r"\d[\d ()-]*", plain(text)))
    if any(len(THREE_ZEROS.sub("", number)) > 5 for number in numbers):
        return masked(text)
    return masked(text) if unknown_words(text, known) else text


def unknown_words(text: str, known: Collection[str] = ()) -> list[str]:
    """Return the words of a text that are not known to name nobody; codes (pT3) are no words."""
    return strangers(words_in(CODE.sub(" ", EVENT.sub("", plain(text)).replace("_", " "))), known)


def undecided_lines(text: str) -> list[str]:
    """Return the lines of a drafted file that wait for a person, with their numbers.

    A line that may name somebody is not shown.
    """
    lines = [(n, " ".join(line.split())) for n, line in enumerate(text.splitlines(), start=1)]
    bare = {line: re.sub(r"\b(GUESS|TODO)\b", "", line) for _, line in lines}
    return [
        f"line {n} waits for a decision: {line[:90] if shown_text(own) == own else masked(line)}"
        for n, line in lines
        if (own := bare[line]) != line
    ]
