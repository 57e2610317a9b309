"""Find the rows of a raw table that are no patients: summaries, legends, footers, second heads."""

import re

import pandas as pd

from crlm.identifiers import masked
from crlm.misreadings import looks_missing
from crlm.numerals import bare, is_unit, read_numeral
from crlm.problems import Problem
from crlm.pseudonyms import PSEUDONYM
from crlm.spelling import fold

# Words of which the head of a summary is made, of statistics and of what they are of.
STATISTICS = """
    mean means average avg median total totals subtotal sum sums sd std stdev stddev deviation
    variance min minimum max maximum range iqr quartile count n percent percentage mittelwert
    mittel durchschnitt summe gesamt gesamtsumme insgesamt zwischensumme anzahl
    standardabweichung spannweite prozent moyenne médiane mediane somme totaux effectif écart
    ecart type pourcentage media mediana promedio suma desviación desviacion recuento porcentaje
    totale somma conteggio المتوسط متوسط المجموع مجموع الإجمالي إجمالي الوسيط العدد
"""
SUBJECTS = """
    of the all grand overall standard patients patient cases rows patienten fälle zeilen und and
    der die pat pts value values général general générale cas de des du los las le pacientes
    estándar estandar casos pazienti مرضى المرضى عدد الكلي العام ci
"""
SUMMARY_SIGNS = {"%", "∑", "σ", "ø", "x̄", "±", "μ"}
FOOTER = re.compile(
    r"[*†‡§#¹²]|[^\W\d]*\s*\d*\s*[=:]|.*\s=\s|\(?(?:note|legend|key|source|abbreviation|export|"
    r"generated|printed|created|updated|last|page|quelle|legende|anmerkung|stand|erstellt|seite|"
    r"abkürzung|légende|remarque|nota|leyenda|fuente|abréviation|ملاحظة)",
)
ADVICE = "{}; delete the row from the table, which has one row a patient"
TABLE = 3  # columns: fewer can't tell a note from a patient
AGREE = 3  # numbers that chance does not make the mean or the sum of those above


def shape_of(text: str) -> str:
    """Return an id with # for its digits, as those of one table have in common."""
    return re.sub(r"\d+", "#", fold(text))


def is_summary(text: str, known: set[str]) -> bool:
    """Return whether a cell says that its row is a summary; `known` are further words."""
    words, statistics = set(re.findall(r"[^\W\d_]+", fold(text))), set(STATISTICS.split())
    return fold(text) in SUMMARY_SIGNS or bool(
        words & statistics and words <= statistics | set(SUBJECTS.split()) | known
    )


def shown(text: str) -> str:
    """Return what a row begins with, masked where it is more than the word of a summary."""
    return text.strip() if is_summary(text, set()) else masked(text)


def find_no_patients(
    raw: pd.DataFrame, file: str, columns: dict[str, tuple], codebook: dict
) -> list[Problem]:
    """Find the rows of a raw table that are no patients.

    Parameters
    ----------
    raw
        The table as received; its index is the row of the file.
    file
        The file's name.
    columns
        Raw column -> (variable, unit).
    codebook
        The cohort's codebook.

    Returns
    -------
    list of Problem
        One a row, with what it is taken for and what to do.
    """
    variables = codebook["variables"]
    ids = next((c for c, (name, _) in columns.items() if name == "patient_id"), None)
    if ids is None or raw.empty:
        return []
    of_numbers = [
        c for c, (n, _) in columns.items() if variables[n]["type"] in ("integer", "number")
    ]
    filled = table_of(raw, lambda cell: bool(cell.strip()))
    shapes = raw[ids].map(shape_of)
    alike = shapes.map(shapes.value_counts()) > 1
    usual = alike & raw[ids].str.contains(r"\d") | raw[ids].str.strip().str.fullmatch(PSEUDONYM)
    joined = raw[ids].str.strip().str.fullmatch(r"[^\W\d]+[-_]?\d+")
    heads = {word for c in raw for word in re.findall(r"[^\W\d_]+", fold(c))} - {"id"}
    found: dict[int, str] = {}

    def tell(rows: pd.Series, what: str) -> None:
        for row in raw.index[rows]:
            found.setdefault(row, what)

    summary = raw[ids].map(lambda cell: is_summary(cell, heads))
    tell(summary & ~joined & ~(alike & raw[ids].str.contains(r"\d")), "a summary of the rows above")
    nameless = ~filled[ids]
    if nameless.any():
        said = table_of(raw[nameless], lambda cell: is_summary(cell, set()))
        tell(
            nameless & said.any(axis=1).reindex(raw.index, fill_value=False),
            "a summary of the rows above",
        )
    same = pd.DataFrame(
        {c: table_of(raw[[c]], lambda cell, c=c: fold(cell) == fold(c))[c] for c in raw}
    )
    n = filled.sum(axis=1)
    tell(
        (same.sum(axis=1) >= 2) & (same.sum(axis=1) >= n / 2), "the names of the columns once more"
    )
    if len(raw.columns) >= TABLE:
        first = raw.where(filled).bfill(axis=1).iloc[:, 0].fillna("").str.strip()
        noted = first.map(fold).str.match(FOOTER) & (n <= len(raw.columns) / 2)
        tell(~usual & ((n == 1) | noted), "a note or a legend")
    if of_numbers:
        texts = table_of(
            raw[of_numbers], lambda cell: not re.search(r"\d", cell) and not looks_missing(cell)
        )
        digits = table_of(raw[of_numbers], lambda cell: bool(re.search(r"\d", cell)))
        units = table_of(raw[of_numbers], lambda cell: bool(cell.strip()) and is_unit(cell))
        headlike = ~usual & ~digits.any(axis=1)
        tell(headlike & units.any(axis=1), "the units of the columns")
        tell(headlike & (texts.sum(axis=1) >= 2), "a second row of names")
        tell(
            equal_to_those_above(
                raw.loc[[r for r in raw.index if r not in found], of_numbers]
            ).reindex(raw.index, fill_value=False),
            "a summary of the rows above, with their mean, sum or count in every column",
        )
    return [
        Problem(file, row, "", shown(raw.at[row, ids]), ADVICE.format("a patient, not " + what))
        for row, what in sorted(found.items())
    ]


def table_of(raw: pd.DataFrame, of_cell) -> pd.DataFrame:
    """Return what `of_cell` says of each cell; each distinct cell of a column is asked once."""
    return pd.DataFrame(
        {c: raw[c].map({cell: of_cell(cell) for cell in raw[c].unique()}) for c in raw},
        index=raw.index,
    )


def number_of(cell: str) -> tuple[float, float]:
    """Return the number in a cell, and half a unit of its last decimal; not a number where none."""
    readings, _ = read_numeral(cell)
    number = next(iter(readings.values()), (float("nan"),))[0]
    decimals = re.search(r"[.,](\d+)$", bare(cell))
    return number, 0.5 * 10.0 ** -len(decimals[1]) if decimals else 0.5


def equal_to_those_above(raw: pd.DataFrame) -> pd.Series:
    """Return for each row whether all its numbers are the means, sums or counts of those above."""
    numbers = table_of(raw, lambda cell: number_of(cell)[0]).astype(float)
    half = table_of(raw, lambda cell: number_of(cell)[1]).astype(float)
    before = numbers.shift()
    count, total = before.notna().cumsum(), before.fillna(0).cumsum()
    varied = before.cummax().ffill() > before.cummin().ffill()
    lacking = numbers.isna()
    above = pd.Series(range(len(raw)), index=raw.index)
    equal = pd.Series(False, index=raw.index)
    for expected, exact in ((total / count, half), (total, half / 1000), (count, half / 1000)):
        same = (numbers - expected).abs() <= exact * (1 + 1e-9)
        equal |= (same | lacking).all(axis=1) & ((same & varied).sum(axis=1) >= AGREE)
    return equal & (above >= 2)
