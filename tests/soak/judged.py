"""Hold an invented cohort against the code: refused with every fault named, or recounted."""

import contextlib
import copy
import math
import random
import tempfile
from pathlib import Path

import hypothesis
import recount
from cohorts_at_random import KINDS, Fault, Invented, draw_cohort
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crlm import check, paper
from crlm.base.files import read_yaml
from crlm.base.problems import InputError, Problem
from crlm.received.tables import read_raws

ROOT = Path(__file__).parents[2]
CODEBOOK, PLAN, COHORT = (
    read_yaml(ROOT / f"config/{name}.yaml") for name in ("codebook", "plan", "cohorts/2024")
)
TEXTS = {"range", "average", "typical", "label", "meaning", "criteria", "iqr"}
ALWAYS = {"response", "size_change_percent"}  # of which the captions of the figures tell


def part_of_plan(seed: int, rule: str, patients: list[dict]) -> dict:
    """Return a plan like ours: some rows of its tables, other cut points, thresholds and decimals.

    All rows are computed in some cohort. The primary rule is `rule`, whose responses are grouped.
    """
    rng = random.Random(seed)
    tables = {
        name: table
        | {"rows": [r for r in table["rows"] if rng.random() < 0.15 or r["variable"] in ALWAYS]}
        for name, table in PLAN["tables"].items()
    }
    for name, table in tables.items():
        table["rows"] = table["rows"] or PLAN["tables"][name]["rows"][:1]
        if table["percent_of"] == "level":
            table["percent_of"] = rng.choice(["level", "group"])
    multiverse = PLAN["multiverse"] | {
        "questions": {"cycles": [6]}, "methods": ["exact"], "missing": ["left_out"]
    }  # fmt: skip
    tables["table1"]["rows"].append({"variable": "year", "show": ["mean_sd", "median_iqr"]})
    plan = copy.deepcopy(PLAN)
    plan["variables"]["year"] = {  # of which our plan shows nothing
        "label": "Year", "source": "surgery_year", "unit": "year", "scale": 1
    }  # fmt: skip
    for variable in plan["variables"].values():
        first, *others = [of for of in variable.get("levels", {}).values() if "below" in of] or [{}]
        if len(others) == 1:
            first["below"] = others[0]["at_least"] = first["below"] * rng.choice([1, 1, 1.5])
    limits = {
        "growth_mm": rng.choice([3, 5, 8]), "growth_percent": rng.choice([10, 20, 25]),
        "shrinkage_percent": rng.choice([15, 30, 50]),
    }  # fmt: skip
    # Where they decide all responses, as those of our plan do.
    if all(recount.respond(patient, rule, tuple(limits.values())) for patient in patients):
        for of in plan["response_rules"].values():
            of["parameters"] = limits
    if rule == "recist_1_1":
        given = dict.fromkeys(step["response"] for step in plan["response_rules"][rule]["steps"])
        plan["groups"]["responders"]["responses"] = [r for r in given if r != "progressive"]
        plan["variables"]["response"]["levels"] = {r: {"label": r, "values": [r]} for r in given}
    digits = PLAN["decimals"] | {"percent": rng.choice([0, 1, 2]), "mean": rng.choice([0, 1, 2])}
    return plan | {
        "tables": tables, "multiverse": multiverse, "figures": {}, "correlations": [],
        "decimals": digits,
    }  # fmt: skip


def names(problem: Problem | str, fault: Fault) -> bool:
    """Return whether a problem names a planted fault: the file, the row and the column."""
    if isinstance(problem, str):  # of a patient whose response is not decided
        return any(f"{fault.file}, row {row}:" in problem for row in fault.rows) or any(
            f"patient {name}:" in problem for name in fault.columns if name
        )
    rows = {int(row) for row in str(problem.row).replace(",", " ").split() if row.isdigit()}
    return problem.file == fault.file and bool(
        rows & fault.rows and (problem.column.strip() in fault.columns or not problem.column)
    )


def fault_of(cohort: Invented, seed: int) -> str:
    """Return what is wrong with how the paper's code takes a cohort; nothing where all is right."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, content in cohort.files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(content)
        return of_refusal(cohort) if cohort.faults else of_numbers(cohort, seed)


def of_refusal(cohort: Invented) -> str:
    own = {"raw": cohort.named("table"), "response_rule": "number_and_size"}
    plan = PLAN if any(f.kind == "undecided" for f in cohort.faults) else None  # it takes a while
    told = check.check_tables(own, CODEBOOK, plan, [], None, counted=False).problems
    told = told or ["nothing is refused"]
    unnamed = [f for f in cohort.faults if not any(names(p, f) for p in told)]
    return f"not named: {unnamed}, in: {[*map(str, told)]}" * bool(unnamed)


def of_numbers(cohort: Invented, seed: int) -> str:
    """Return the numbers of the paper that differ from the recount, or that it lacks."""
    patients, rng = followed(cohort), random.Random(seed + 2)
    before = [p["patient_id"] for p in patients[::3]]
    read_as = any(p["radiologist_response"] for p in patients)  # in words of the one rule
    rule = "number_and_size" if read_as else rng.choice(["number_and_size", "recist_1_1"])
    plan, most = part_of_plan(seed, rule, patients), rng.choice([math.inf, math.inf, 5])
    codebook = CODEBOOK | {
        "exclusions": CODEBOOK["exclusions"]
        + [{"name": "many", "label": "too many", "exclude": f"lesions_pre > {most}"}] * (most < 9)
    }
    tables = read_raws(cohort.named("table"), cohort.named("dictionary"), codebook).tables
    amendments = [read_raws(cohort.named(kind)).tables for kind in ("corrections", "withdrawn")]
    chosen_by = {"tests": rng.choice(["auto", "published"]), "response_rule": rule}
    config = COHORT | {"ranges": []} | chosen_by
    try:
        sources = paper.Sources(
            tables, codebook, plan, config, {}, "", {}, *amendments, followed=before
        )
        found = paper.build_paper(sources).numbers
    except InputError as error:
        nobody = "no patient is left" in str(error)
        left = any((p["lesions_pre"] or 0) <= most for p in patients)
        return "" if nobody and not left else f"refused, though sound: {error}"
    chosen = {}
    for key, told in found.items():
        if key.startswith("test.") and key.endswith(".name"):
            exact, p = told["value"] == "mann_whitney", found[key.replace("name", "p")]["value"]
            chosen[key.split(".")[1]] = told["display"] if exact else told["value"], p
    of = codebook, plan, chosen, before, rule, cohort.gone, most
    expected = recount.recount(cohort.told, *of)
    wrong = [
        f"{key}: {found.get(key, {}).get('value')!r} ({found.get(key, {}).get('display')!r}), "
        f"counted {value} ({text!r})"
        for key, (value, text) in expected.items()
        if (key in found or not key.endswith((".q1", ".q3", "iqr")))
        and not agrees(found.get(key, {}), value, text)
    ]
    wrong += [
        f"{key}: {told['value']}, of {', '.join(told['patients'])}"
        for key, told in found.items()
        if told["patients"] is not None
        and key.rpartition(".")[2] in ("n", "denominator", "known", "missing", "unmeasurable")
        and told["value"] != len(told["patients"])
    ]
    wrong += [
        f"{key}: not counted"
        for key, told in found.items()
        if told["rule"] in ("describe_cohort", "clean_cohort", "classify_response")
        and told["value"] is not None
        and key not in expected
        and not (key.endswith("_patients") and key.removesuffix("_patients") in expected)
        and not {key.rsplit(".", 1)[1].split("_")[0]} & TEXTS
        and not key.endswith(("_ci", "_range"))
    ]
    return "; ".join(wrong)


def followed(cohort: Invented) -> list:
    """Return the patients with imaging after chemotherapy."""
    read = [p for content in cohort.told.values() for p in recount.read(content, CODEBOOK)]
    return [p for p in read if (p["lesions_post"], p["size_post_mm"]) != (None, None)]


def agrees(told: dict, value, text: str | None) -> bool:
    same = told.get("value") is None if value is None else told.get("value") is not None and (
        abs(told["value"] - float(value)) <= 1e-9 * max(1, abs(float(value)))
    )  # fmt: skip
    return bool(same and (text is None or told["display"] == text))


def search(seed: int, cohorts: int, folder: Path, kinds: tuple[str, ...] = tuple(KINDS)) -> None:
    """Draw so many cohorts and judge each; a failing one is made small, and written to `folder`.

    Raises
    ------
    AssertionError
        With what is wrong with the cohort that fails.
    """

    @hypothesis.seed(seed)
    @settings(
        max_examples=cohorts, phases=[Phase.generate], deadline=None, database=None,
        print_blob=False, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        st.integers(0, 2**32 - 1), st.integers(1, 25), st.sampled_from([1, 1, 2]),
        st.lists(st.sampled_from(kinds), max_size=4, unique=True),
    )  # fmt: skip
    def hold(drawn: int, most: int, files: int, faults: list[str]) -> None:
        cohort = draw_cohort(drawn, most, files, faults, CODEBOOK)
        fault = fault_of(cohort, drawn)
        for n in range(1, most) if fault else ():  # the first rows are the same, however many
            smaller = draw_cohort(drawn, n, files, faults, CODEBOOK)
            if found := fault_of(smaller, drawn):
                cohort, fault = smaller, found
                break
        for name, content in cohort.files.items() if fault else ():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / Path(name).name).write_bytes(content)
        assert not fault, f"{fault} (the cohort is in {folder})"

    hold()
