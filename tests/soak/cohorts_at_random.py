"""Cohorts at random, as files that hospitals may send, and faults planted in them."""

import csv
import io
import math
import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import forms
from recount import FACTORS, plain, respond

LOCALES = [  # encoding, delimiter, decimal sign, end of line
    ("utf-8", ",", ".", "\n"), ("utf-8-sig", ";", ",", "\r\n"), ("cp1252", ";", ",", "\r\n"),
    ("utf-16", "\t", ".", "\r\n"), ("utf-8", "|", ",", "\n"), ("utf-8", "\t", ",", "\r"),
]  # fmt: skip
IDS = ["{site}{i:03d}", "CRLM-{site}{i:02d}", "SYN-{site}-{i:04d}", "{number}{i:02d}"]
# What may be asked is not drawn: numbers that are codes of missing values, sizes that cm explain.
RANGES = {
    "age_years": (16, 95), "lesions_pre": (1, 7), "lesions_post": (0, 7), "cycles": (2, 7),
    "size_pre_mm": (20, 70), "size_post_mm": (20, 70), "size_pathology_mm": (20, 70),
    "surgery_year": (2018, 2026),
}  # fmt: skip
AMENDED = ["patient_id", "column", "old", "new", "reason"]
CODES = {77, 88}
# Without both sizes nobody is stationary, and a response can't always be told.
ALWAYS = {
    "patient_id",
    "age_years",
    "sex",
    "lesions_pre",
    "lesions_post",
    "size_pre_mm",
    "size_post_mm",
}


class Fault(NamedTuple):
    """A planted fault: the file, the rows, and the columns of which one must be named."""

    kind: str
    file: str
    rows: set[int]
    columns: set[str]


class Sheet:
    """A raw table: its locale, its columns (name, variable, unit), and its rows of texts."""

    def __init__(self, f: int, columns: list[tuple], rng: random.Random):
        self.f, self.name, self.columns = f, f"data/raw/table_{f + 1}.csv", columns
        self.rows, self.more = [], []
        self.id_form = rng.choice(IDS)
        self.encoding, self.delimiter, self.decimal, self.end = rng.choice(LOCALES)
        self.blank = set()  # rows before which there is an empty one

    def row(self, i: int) -> int:
        """Return where the file has a row, as a spreadsheet counts."""
        return i + 2 + sum(b <= i for b in self.blank)

    def column(self, variable: str) -> str:
        return next(column for column, of, _ in self.columns if of == variable)

    def content(self) -> bytes:
        text = io.StringIO(newline="")
        write = csv.writer(text, delimiter=self.delimiter, lineterminator=self.end).writerow
        write([column for column, *_ in self.columns])
        for i, row in enumerate(self.rows):
            text.write(self.end * (i in self.blank))
            write([row[of] for _, of, _ in self.columns] + ["x"] * (i in self.more))
        return text.getvalue().encode(self.encoding)

    def files(self, form: str, received: list[dict], variables: dict, rng) -> list[tuple]:
        """Return name and content of each of its files of a form, with rows as received."""
        rows = [[row[of] for _, of, _ in self.columns] for row in received]
        stem, table = self.name.partition(".")[0], (self.columns, rows)
        match form:
            case "workbook":
                return [(f"{stem}.xlsx", forms.in_workbook(*table, self.blank))]
            case "spss":
                return [(f"{stem}.sav", forms.in_spss(*table, variables))]
            case "redcap":
                export, dictionary = forms.in_redcap(*table, variables, rng)
                return [
                    (f"{stem}.csv", export),
                    (stem.replace("table", "dictionary") + ".csv", dictionary),
                ]
            case "two":
                return [
                    *zip((f"{stem}.csv", f"{stem}_b.csv"), forms.in_two(*table, rng), strict=True)
                ]
        kept, self.rows = self.rows, received
        content, self.rows = self.content(), kept
        return [(f"{stem}.csv", content)]


class Invented(NamedTuple):
    """A cohort as it was drawn: name of each file -> its content, and what is wrong in them.

    `told` are the tables as texts, once cells were corrected and the `gone` who withdrew left out.
    """

    files: dict[str, bytes]
    faults: list[Fault]
    told: dict[str, bytes]
    gone: int

    def named(self, kind: str) -> list[str]:
        """Return the files of a kind: table, dictionary, corrections or withdrawn."""
        return [name for name in self.files if Path(name).name.startswith(kind)]


def draw_patient(rng: random.Random, variables: dict, halves: bool) -> dict:
    """Return the clean values of a patient, of whom nothing need be asked."""
    drawn: dict = {}
    for name, variable in variables.items():
        if variable["type"] == "category":
            drawn[name] = rng.choice([*variable["levels"]])
        elif name in RANGES:
            low, high = RANGES[name]
            drawn[name] = rng.randint(low, high)
            drawn[name] -= drawn[name] in CODES
            if variable["type"] != "number" and name != "cycles" and rng.random() < 0.03:
                drawn[name] = rng.choice([variable["min"], variable["max"]])
            if variable["type"] == "number" and halves and rng.random() < 0.3:
                drawn[name] += 0.5
    drawn["duration_months"] = max(2, 0.5 * rng.randint(drawn["cycles"], 2 * drawn["cycles"]))
    for name in drawn:
        if not variables[name]["required"] and rng.random() < 0.15:
            drawn[name] = None
    if drawn["lesions_pre"] is None and drawn["size_pre_mm"] is None:
        drawn["lesions_pre"] = 2
    if drawn["lesions_post"] == 0:
        drawn["size_post_mm"] = rng.choice([None, 0])
    if drawn["pathological_response"] == "complete":
        drawn["size_pathology_mm"] = None
    seen = drawn["lesions_post"] is not None or drawn["size_post_mm"] is not None
    if seen and respond(drawn, "number_and_size") is None:
        drawn |= {"lesions_pre": 2, "lesions_post": 2, "size_pre_mm": 40, "size_post_mm": 41}
    return drawn


def are_alike(one: dict, other: dict, variables: set[str]) -> bool:
    """Return whether two patients could be one: alike in all values, in number more than a few."""
    both = [v for v in variables if one.get(v) is not None and other.get(v) is not None]
    return len(both) > 6 and all(one[v] == other[v] for v in both)


def apart(times: list) -> set:
    """Return the longer of times in two heaps, which may be asked about: in weeks, among months?"""
    ordered = sorted(times)
    gaps = [math.log(b / a) for a, b in pairwise(ordered)]
    *_, next_widest, widest = [0, 0, *sorted(gaps)]
    gap = gaps.index(widest) + 1 if gaps else 0
    short, long = ordered[:gap], ordered[gap:]
    heaps = min(len(short), len(long)) >= max(3, len(ordered) / 4)
    heaps = heaps and widest > max(0.4, 1.3 * next_widest) and median(long) > 2.7 * median(short)
    return {*long} if heaps else set()


def spell(value: object, variable: dict, unit: str | None, decimal: str, rng, codes: list) -> str:
    """Return a clean value in one of the ways in which the codebook lets it be written."""
    if value is None:
        return rng.choice(codes)
    if variable["type"] == "category":
        text = rng.choice([str(value), *variable["levels"][value]])
        text = rng.choice([text, text.upper(), text.capitalize(), text.replace(" ", "  ")])
        return rng.choice(["", " "]) + text + rng.choice(["", " "])
    if variable["type"] == "year":
        day = rng.randint(1, 28), rng.randint(1, 12)
        return rng.choice([
            f"{value}", f"{value}-{day[1]:02d}-{day[0]:02d}", f"{day[0]}/{day[1]}/{value}"
        ])  # fmt: skip
    written = unit if unit in ("mm", "cm") and rng.random() < 0.2 else ""
    written = "cm" if written and value == int(value) else written
    number = float(value / FACTORS.get((written or unit, variable["unit"]), 1))
    if unit == "weeks":
        number = math.ceil(number) + (math.ceil(number) == 9)  # which is asked: a code?
    text = f"{number:.2f}".rstrip("0").rstrip(".").replace(".", decimal)
    return f"{text} {written}" if written else text


def draw_sheets(seed: int, n: int, files: int, codebook: dict) -> list[Sheet]:
    """Draw the files of a cohort of some `n` patients, in which nothing is wrong."""
    variables = codebook["variables"]
    rng = random.Random(seed)
    share = rng.choice([0.3, 0.3, 0.9])  # of few columns no row is taken for a copy
    kept = {v for v in variables if rng.random() < share} | ALWAYS
    sheets: list[Sheet] = []
    drawn: list[dict] = []
    for f in range(files):
        columns = []
        for name, variable in variables.items():
            if name not in kept:
                continue
            column, unit = rng.choice([*variable["columns"].items()])
            columns.append((rng.choice([column, column.upper(), f" {column}"]), name, unit))
        rng.shuffle(columns)
        columns.sort(key=lambda column: column[1] != "patient_id")
        sheet = Sheet(f, columns, rng)
        # 2.15 cm among whole ones would be asked about: is it 2 and 15?
        halves = "cm" not in {unit for *_, unit in columns}
        codes = codebook["missing_codes"]
        patients = []
        for i in range(-(-n // files)):
            own = random.Random(f"{seed} {f} {i}")  # the same, however many there are
            patients.append((draw_patient(own, variables, halves), own))
            while any(are_alike(patients[-1][0], other, kept) for other in drawn):
                patients[-1] = draw_patient(own, variables, halves), own
            drawn.append(patients[-1][0])
        asked = apart([p["duration_months"] for p, _ in patients if p["duration_months"]])
        for i, (patient, own) in enumerate(patients, start=1):
            if patient["duration_months"] in asked:
                patient["duration_months"] = None
            sheet.rows.append({
                name: spell(patient[name], variables[name], unit, sheet.decimal, own, codes)
                for _, name, unit in columns if name != "patient_id"
            } | {"patient_id": sheet.id_form.format(site="AB"[f], number=7 + f, i=i)})  # fmt: skip
        sheet.blank = {i for i in range(len(sheet.rows)) if rng.random() < 0.05}
        sheets.append(sheet)
    return sheets


def receive(sheet: Sheet, rng: random.Random) -> tuple[list[dict], list, list]:
    """Return the rows of a sheet as received, and what corrects and withdraws some of them."""
    received, corrections, withdrawn = [dict(row) for row in sheet.rows], [], []
    for row in received:
        for column, of, _ in sheet.columns[1:]:
            others = [r[of] for r in sheet.rows if plain(r[of]) != plain(row[of])]
            if others and rng.random() < 0.02:
                old, new = rng.choice(others), row[of]
                row[of] = old
                corrections.append([row["patient_id"], column, old, new, "typing error"])
    for i in range(rng.choice([0, 0, 1, 2])):
        name = sheet.id_form.format(site="AB"[sheet.f], number=7 + sheet.f, i=90 + i)
        received.insert(rng.randrange(len(received)), rng.choice(sheet.rows) | {"patient_id": name})
        withdrawn.append([name, ""])
    return received, corrections, withdrawn


def draw_cohort(seed: int, n: int, files: int, kinds: list[str], codebook: dict) -> Invented:
    """Draw a cohort with faults of some kinds, each in a row and a column of its own.

    One without faults may be in files of any form, with corrections and withdrawals.
    """
    sheets, rng, faults = draw_sheets(seed, n, files, codebook), random.Random(seed + 1), []
    form = rng.choice(["text", *([] if {*kinds} & OF_FILE else ["workbook"])])
    for sheet in sheets if form == "workbook" else ():
        sheet.name = sheet.name.replace(".csv", ".xlsx")
    free = {sheet.name: [*range(len(sheet.rows))] for sheet in sheets}
    for kind in sorted(kinds, key=[*KINDS].index):
        sheet = rng.choice(sheets)
        plant, own = KINDS[kind], free[sheet.name]
        rng.shuffle(own)
        found = plant(sheet, own, rng, codebook["variables"], codebook["missing_codes"])
        if found:
            rows, columns = found
            places = {sheet.row(i) for i in rows} if rows else {1}
            if kind in OF_FILE:  # of a file that can't be read nothing else is known
                faults = [fault for fault in faults if fault.file != sheet.name]
            faults.append(Fault(kind, sheet.name, places, columns))
            free[sheet.name] = [i for i in own if i not in rows]
        if kind in OF_FILE and found:
            break
    told, raw = {sheet.name: sheet.content() for sheet in sheets}, []
    amending = {"corrections": [AMENDED], "withdrawn": [[AMENDED[0], AMENDED[-1]]]}
    for sheet in sheets:
        received = sheet.rows
        if not kinds:
            form = rng.choice(["text", "workbook", "spss", "redcap", "two"])
            received, *amended = receive(sheet, rng)
            for lines, more in zip(amending.values(), amended, strict=True):
                lines += more
        raw += sheet.files(form, received, codebook["variables"], rng)
    gone = len(amending["withdrawn"]) - 1
    raw += [(f"data/{kind}.csv", forms.in_csv(of)) for kind, of in amending.items() if of[1:]]
    return Invented(dict(raw), faults, told, gone)


# --- Faults: each takes the first free rows, and returns them and the columns ---------------------


def in_cell(types: tuple, write: Callable) -> Callable:
    """Return what plants a text in a cell of a variable of one of some types."""

    def plant(sheet, free, rng, variables, codes):
        names = [of for _, of, _ in sheet.columns if variables[of]["type"] in types]
        names = [name for name in names if name != "sex"]  # a column that may be taken away
        if free and names:
            name = rng.choice(names)
            sheet.rows[free[0]][name] = write(variables[name], rng, sheet.decimal)
            return free[:1], {sheet.column(name).strip()}

    return plant


def lack(sheet, free, rng, variables, codes):
    if free:
        name = rng.choice(["patient_id", "age_years"])
        sheet.rows[free[0]][name] = rng.choice(codes)
        return free[:1], {sheet.column(name).strip()}


def be_impossible(sheet, free, rng, variables, codes):
    held = {of for _, of, _ in sheet.columns}
    ways = [
        {"lesions_post": "0", "size_post_mm": "33 mm"},
        {"lesions_post": "2", "size_post_mm": "0"},
        {"lesions_pre": "NA", "size_pre_mm": "NA"},
        {"cycles": "12", "duration_months": "3"},
        {"pathological_response": "complete", "size_pathology_mm": "30 mm"},
    ]
    # Of few rows the columns may be all empty, and a column that is not known may be one of them.
    ways = [w for w in ways if held >= w.keys() and (len(sheet.rows) > 4 or "NA" not in w.values())]
    if free and ways:
        way = rng.choice(ways)
        sheet.rows[free[0]] |= way
        return free[:1], {*way, " and ".join(way), " and ".join([*way][::-1])}


def come_twice(sheet, free, rng, variables, codes):
    if len(free) > 1:
        a, b = sorted(free[:2])
        sheet.rows[b]["patient_id"] = sheet.rows[a]["patient_id"]
        return [a, b], {sheet.column("patient_id").strip(), "patient_id"}


def be_copied(sheet, free, rng, variables, codes):
    known = {
        i: sum(plain(text) not in map(plain, codes) for text in sheet.rows[i].values())
        for i in free[:2]
    }
    if len(free) > 1 and len(sheet.rows) > 9 and min(known.values()) > 14:  # else it is chance
        a, b = sorted(free[:2])
        sheet.rows[b] = sheet.rows[a] | {"patient_id": sheet.rows[b]["patient_id"]}
        return [a, b], {"patient_id"}


def look_alike(sheet, free, rng, variables, codes):
    if len(free) > 1:
        a, b = sorted(free[:2])
        sheet.rows[b]["patient_id"] = sheet.rows[a]["patient_id"].lower().replace("-", "_")
        if sheet.rows[a]["patient_id"].isdigit():
            sheet.rows[b]["patient_id"] = f"0{sheet.rows[a]['patient_id']}"
        return [a, b], {sheet.column("patient_id").strip(), "patient_id"}


def sum_up(sheet, free, rng, variables, codes):
    last = len(sheet.rows) - 1
    if last in free and last:
        sheet.rows[last] = dict.fromkeys(sheet.rows[last], "") | {
            "patient_id": rng.choice(["Total", "Mean", "n", "Median", "Sum"]), "age_years": "60"
        }  # fmt: skip
        return [last], {""}


def be_undecided(sheet, free, rng, variables, codes):
    # Of few rows a column may be all empty, and a column that is not known may be that one. Whose
    # sizes are asked by chance (in mm, or in cm?) is not decided before they are answered.
    if free and len(sheet.rows) > 4:
        sheet.rows[free[0]] |= {
            "lesions_pre": "2", "size_pre_mm": "", "lesions_post": "", "size_post_mm": "33 mm"
        }  # fmt: skip
        size = sheet.column("size_post_mm").strip()
        return free[:1], {"", sheet.rows[free[0]]["patient_id"], size}


def be_unknown(sheet, free, rng, variables, codes):
    name = rng.choice(["ward", "tumour_marker", "follow_up"])
    sheet.columns.append((name, name, None))
    for row in sheet.rows:
        row[name] = rng.choice(["1", "2", ""])
    sheet.rows[0][name] = "1"
    return [], {name}


def be_absent(sheet, free, rng, variables, codes):
    sheet.columns = [column for column in sheet.columns if column[1] != "sex"]
    return [], {"sex"}


def be_double(sheet, free, rng, variables, codes):
    name = "lesions_pre"
    (column,) = {*variables[name]["columns"]} - {sheet.column(name).strip().lower()}
    sheet.columns.append((column, name, "lesions"))
    return [], {column}


def be_ragged(sheet, free, rng, variables, codes):
    if free:
        sheet.more = free[:1]
        return free[:1], {""}


def far(variable: dict, rng: random.Random, decimal: str) -> str:
    return str(30 * variable["max"] + rng.randint(1, 9))  # in weeks for months too


NUMBERS = ("integer", "number")
KINDS = {
    "level": in_cell(("category",), lambda *_: "purple"),
    "out of range": in_cell(NUMBERS, far),
    "just beyond": in_cell(
        ("integer",), lambda v, rng, d: str(rng.choice([v["min"] - 1, v["max"] + 1]))
    ),
    "negative": in_cell(NUMBERS, lambda v, rng, d: str(-rng.randint(2, 90))),
    "word": in_cell(NUMBERS, lambda *_: "plenty"),
    "fraction": in_cell(("integer",), lambda v, rng, d: f"{rng.randint(2, 6)}{d}5"),
    "unit": in_cell(("number",), lambda *_: "3 inches"),
    "error": in_cell(("category", *NUMBERS), lambda v, rng, d: rng.choice(["#REF!", "#DIV/0!"])),
    "date": in_cell(("year",), lambda v, rng, d: rng.choice(["31/2/2020", "1850", "spring"])),
    "name": in_cell(("category",), lambda v, rng, d: rng.choice(["Anna Schmidt", "John Miller"])),
    "lacking": lack,
    "impossible": be_impossible,
    "twice": come_twice,
    "copy": be_copied,
    "alike": look_alike,
    "summary": sum_up,
    "undecided": be_undecided,
    "unknown column": be_unknown,
    "no column": be_absent,
    "double column": be_double,
    "ragged": be_ragged,
}
OF_FILE = {"ragged"}
