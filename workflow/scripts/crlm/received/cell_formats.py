"""What a person sees in an Excel cell, by its number format.

The codes of number formats are described in ECMA-376 part 1, 18.8.31 (numFmts), and in Excel's help
("Number format codes"). Whatever of them is not understood here is refused, never guessed.
"""

import datetime
import re
from typing import Any

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|\[(?:black|blue|cyan|green|magenta|red|white|yellow|color ?\d+)\]"
    r"|(?P<general>general)|(?P<exponent>e[+-]0+)|(?P<digit>[0#?])|(?P<fraction>/ *[\d?#])"
    r"|(?P<sign>[.,%@])|(?P<plain>[^\w\[\]\\\"])|(?P<unknown>.)",
    re.IGNORECASE | re.DOTALL,
)
SECTION = re.compile(r'((?:"[^"]*"|\\.|[_*].|\[[^\]]*\]|[^;"\\_*\[])*);', re.DOTALL)
FIRST_YEAR = 1900
LONGEST_CODE = 255  # letters, in Excel
ITSELF = "a number format that shows the number itself: in Excel, Format Cells > General"
WHOLE_DATE = (
    "a date or time in a format that shows all of it, with the year; where none was meant, a "
    "spreadsheet made one (01-Apr of 1-4): enter it there as text"
)


def as_displayed(value: object, code: str) -> tuple[str, bool]:
    """Return the text that people see in a cell, and whether what is stored says more than it.

    A number keeps the digits that are stored, without separators of thousands, with the zeros
    before it and the texts around it that its format shows (`000`, `0" mm"`). A date is ISO.

    Parameters
    ----------
    value
        As stored: None, text, bool, int, float, date, datetime, time or timedelta.
    code
        The cell's number format.

    Raises
    ------
    ValueError
        With what was expected, where people see something else than the value, or nothing.
    """
    if value is None:
        return "", False
    if len(code) > LONGEST_CODE:
        raise ValueError(ITSELF)
    if isinstance(value, bool):
        return str(value).upper(), False
    if isinstance(value, int | float):
        if code == "General":
            return f"{value:.15g}", False
        return show_number(float(value), code)
    if isinstance(value, datetime.time | datetime.date | datetime.timedelta):
        return show_time(value, code), False
    return str(value) if code in ("General", "@") else show_text(str(value), code), False


def show_time(value: Any, code: str) -> str:
    """Return a date as ISO, a time of day or a duration as hours:minutes:seconds."""
    letters = re.sub(r'"[^"]*"|\\.|\[\$[^\]]*\]', "", code).lower()
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        if "[h" not in letters or seconds < 0:
            raise ValueError("a duration in a format that shows its hours: [h]:mm")
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}".removesuffix(":00")
    if re.search(r"\[[hms]+\]", letters):
        raise ValueError("a duration in a format without words: [h]:mm")
    if isinstance(value, datetime.time) and "y" not in letters:
        return str(value)
    if isinstance(value, datetime.time) or value.year < FIRST_YEAR:
        raise ValueError(f"a date from {FIRST_YEAR} on: earlier ones are none for Excel")
    if re.fullmatch(r"y{3,}(;@)?", letters):
        return str(value.year)
    if "y" not in letters or not re.search("[dm]", letters):
        raise ValueError(WHOLE_DATE)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return value.isoformat()


def tokens_of(section: str) -> list[tuple[str, str]]:
    """Return the parts of a section of a format: `text` for texts, else the kind and the sign."""
    parts = []
    for match in TOKEN.finditer(section):
        kind = match.lastgroup
        if kind == "unknown":
            raise ValueError(ITSELF)
        if kind in ("quoted", "escaped", "currency", "plain"):
            parts.append(("text", match[kind]))
        elif kind:  # spaces of a sign's width, and colours show nothing
            parts.append((match[kind] if kind == "sign" else kind, match[kind]))
    return parts


def show_text(text: str, code: str) -> str:
    """Return a text with what its format puts around it."""
    sections = SECTION.findall(code + ";")
    own = sections[3] if len(sections) > 3 else sections[-1] if sections else ""
    parts = tokens_of(own) if "@" in own or len(sections) > 3 else []
    kinds = [kind for kind, _ in parts]
    if len(sections) > 3 and "@" not in kinds:
        raise ValueError("a text that its number format shows")
    around = "".join(sign for kind, sign in parts if kind == "text").strip()
    if not around or "@" not in kinds:
        return text
    return "".join(text if kind == "@" else sign for kind, sign in parts).strip()


def choose_section(value: float, code: str) -> tuple[str, bool]:
    """Return the section of a format that shows a number, and whether it writes the sign itself."""
    sections = SECTION.findall((code or "General") + ";")[:3]
    if any(re.search(r"\[[<>=]", section) for section in sections):
        raise ValueError(ITSELF)  # what is shown depends on conditions
    if value < 0 and len(sections) > 1:
        return sections[1], True
    return sections[2 if value == 0 and len(sections) > 2 else 0], False


def show_number(value: float, code: str) -> tuple[str, bool]:
    """Return a number as its format shows it; see `show`."""
    section, own_sign = choose_section(value, code)
    parts = tokens_of(section)
    kinds = [kind for kind, _ in parts]
    texts = "".join(sign for kind, sign in parts if kind == "text")
    if not {"digit", "general"} & {*kinds}:
        if "@" in kinds and not texts.strip():
            return f"{value:.15g}", False
        if any(map(str.isalpha, texts)) and {*kinds} == {"text"}:
            return texts.strip(), False  # "yes";;"no"
        raise ValueError(ITSELF)
    if own_sign and not re.search(r"[-−(]", texts):
        raise ValueError("a negative number with its sign")
    figures = [i for i, kind in enumerate(kinds) if kind in ("digit", "general")]
    first, last = figures[0], figures[-1]
    point = kinds.index(".") if "." in kinds else last + 1
    scaled = any(
        kind == "," and kinds[i + 1 : i + 2] != ["digit"] and i > first
        for i, kind in enumerate(kinds)
    )
    between = "".join(sign for kind, sign in parts[first:last] if kind == "text")
    twice = kinds.count("%") > 1 or kinds.count(".") > 1
    if scaled or twice or {"@", "fraction"} & {*kinds} or between.strip():  # 123-45-6789
        raise ValueError(ITSELF)
    size = abs(value) * (100 if "%" in kinds else 1)
    digits, more = f"{size:.15g}", False
    if "general" not in kinds:
        decimals = kinds[point:].count("digit")
        notation = "e" if "exponent" in kinds else "f"
        seen = f"{size:.{decimals}{notation}}"
        more = float(seen) != float(digits)
        zeros = [i for i, part in enumerate(parts) if part == ("digit", "0")]
        if (not float(seen) and not zeros) or (more and size < 1 and texts.strip()):
            raise ValueError(ITSELF)  # # shows nothing for 0, and 0"%" hides what 0.43 is of
        whole, dot, rest = digits.partition(".")
        if notation == "f" and "e" not in digits:
            digits = whole.zfill(sum(i < point for i in zeros)) + dot + rest
    before = "".join(sign for kind, sign in parts[:first] if kind == "text")
    after = "".join(sign for kind, sign in parts[last + 1 :] if kind in ("text", "%"))
    if own_sign:
        before, after = (re.sub(r"[-−()]", "", text) for text in (before, after))
    sign = "-" if value < 0 else ""
    return (sign + before + digits + after).strip(), more
