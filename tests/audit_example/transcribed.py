"""Compare a paper's text with its transcription: every number of the one in the other.

`python tests/audit_example/transcribed.py PAPER.txt data/published` lists, section by section, the
numbers that the transcription lacks and those that the text lacks. The text itself stays where it
is.
"""

import re
import sys
from collections import Counter
from pathlib import Path

import pandas as pd

UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
UNITS += " fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS = {word: number for number, word in enumerate(UNITS.split())}
WORDS |= {ten: 10 * number for number, ten in enumerate(TENS.split(), start=2)}
WORDS |= {f"{t} {u}": WORDS[t] + WORDS[u] for t in TENS.split() for u in UNITS.split()[1:10]}
WORDS |= {"half": 50, "no one": 0, "none": 0}

# Digits that a letter does not name (T2, FOLFOX4, 5FU), unless the letters are a unit; words.
NUMBER = re.compile(
    r"(?<![A-Za-z\d])\d+(?:\.\d+)?(?!\d|(?!(?:cm|mm)\b)[A-Za-z])|\b(?:"
    + "|".join(sorted(WORDS, key=len, reverse=True)).replace(" ", r"[\s-]+")
    + r")\b",
    re.IGNORECASE,
)
HEADING = re.compile(
    r"^\W*\d+\.\s*(introduction|materials?|methods|results|discussion|conclusions?)\b"
    r"|^\W*(references)\W*$",
    re.IGNORECASE,
)
TABLE = re.compile(r"^table\s*\(?(\d+)", re.IGNORECASE)
CAPTION = re.compile(r"^fig(?:ure)?\.?\s*\(?\d+", re.IGNORECASE)
SECTIONS = {"material": "methods", "materials": "methods", "conclusions": "conclusion"}
PARTS = ["own", "others", "structural"]
ORDER = "abstract introduction methods results table1 table2 table3 table4 figures discussion"
ORDER = [*ORDER.split(), "conclusion", "references"]


def split_sections(text: str) -> dict[str, str]:
    """Split a paper's text into its sections.

    Numbered headings open a section; what stands before the first is the abstract (with the title
    page). A line with tabs is a row of the table whose title came last, a caption belongs to the
    figures; both are taken out of the section around them.
    """
    sections, section, table = {}, "abstract", None
    for line in text.splitlines():
        place = section
        if heading := HEADING.match(line):
            name = (heading[1] or heading[2]).lower()
            place = section = SECTIONS.get(name, name)
        elif title := TABLE.match(line):
            place = table = f"table{title[1]}"
        elif "\t" in line and table:
            place = table
        elif CAPTION.match(line):
            place = "figures"
        sections[place] = sections.get(place, "") + line + "\n"
    return sections


def find_numbers(text: str, around: int = 40) -> list[tuple[str, str]]:
    """Find the numbers of a text, in digits and in words.

    Returns
    -------
    numbers
        Each as digits, as printed ("4.50" is not "4.5"), with what stands around it.
    """
    found = []
    for match in NUMBER.finditer(text):
        words = re.sub(r"[\s-]+", " ", match[0].lower())
        near = text[max(0, match.start() - around) : match.end() + around]
        found.append((str(WORDS.get(words, match[0])), " ".join(near.split())))
    return found


def count_numbers(own: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Count the transcribed numbers of each section.

    Parameters
    ----------
    own
        The transcription: `section`, `text`, one row a number.
    others
        Numbers that are not about the paper's patients: `section`, `text`, `about` (others |
        structural), `count`; a row without a text counts a section as a whole.

    Returns
    -------
    counts
        section, numbers, own, others, structural; sections in the order of a paper.
    """
    counted = [(row.section, "own", 1) for row in own.itertuples()]
    counted += [(row.section, row.about, int(row.count)) for row in others.itertuples()]
    frame = pd.DataFrame(counted, columns=["section", "about", "count"])
    counts = frame.pivot_table(
        index="section", columns="about", values="count", aggfunc="sum", fill_value=0, sort=False
    ).reindex(columns=PARTS, fill_value=0)
    counts.insert(0, "numbers", counts.sum(axis=1))
    counts = counts.loc[sorted(counts.index, key=ORDER.index)]
    return counts.reset_index().rename_axis(columns=None)


def compare_numbers(text: str, own: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """List what the text and its transcription do not have in common.

    Numbers are compared as printed, within their section, as often as they stand there.

    Returns
    -------
    differences
        section, number, text, transcribed (how often in each) and, where it stands in the text,
        the places.
    """
    sections, lines = split_sections(text), []
    whole = {row.section: int(row.count) for row in others.itertuples() if not row.text}
    for section in dict.fromkeys([*sections, *own["section"], *others["section"]]):
        found = find_numbers(sections.get(section, ""))
        if section in whole:
            if len(found) != whole[section]:
                lines.append((section, "all", len(found), whole[section], ""))
            continue
        listed = Counter(own.loc[own["section"] == section, "text"])
        for row in others[others["section"] == section].itertuples():
            listed[row.text] += int(row.count)
        printed = Counter(number for number, _ in found)
        for number in dict.fromkeys([*printed, *listed]):
            if printed[number] != listed[number]:
                places = " | ".join(near for value, near in found if value == number)
                lines.append((section, number, printed[number], listed[number], places))
    return pd.DataFrame(lines, columns=["section", "number", "text", "transcribed", "places"])


def read_transcription(folder: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the numbers of the tables and the text, and those that are not of its own patients."""
    names = ["tables.csv", "text.csv", "others.csv"]
    tables, text, others = (
        pd.read_csv(Path(folder) / name, dtype=str, keep_default_na=False) for name in names
    )
    return pd.concat([tables, text], ignore_index=True).fillna(""), others


def main(paper: str, folder: str = "data/published") -> int:
    """Print the differences and the counts; return 1 if there are differences."""
    own, others = read_transcription(folder)
    differences = compare_numbers(Path(paper).read_text(encoding="utf-8"), own, others)
    for row in differences.itertuples():
        print(
            f"{row.section}: {row.number} stands {row.text} times in the text, "
            f"{row.transcribed} times in the transcription. {row.places}".rstrip()
        )
    print(count_numbers(own, others).to_string(index=False))
    print("Every number is accounted for." if differences.empty else "Not all are accounted for.")
    return int(not differences.empty)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
