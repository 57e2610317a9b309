"""Hold an invented cohort against the code: refused with every fault named, or recounted."""

import contextlib
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


def part_of_plan(seed: int) -> dict:
    """Return the plan with some of its tables' rows: all of them are computed in some cohort."""
    rng = random.Random(seed)
    tables = {
        name: table
        | {"rows": [r for r in table["rows"] if rng.random() < 0.15 or r["variable"] in ALWAYS]}
        for name, table in PLAN["tables"].items()
    }
    for name, table in tables.items():
        table["rows"] = table["rows"] or PLAN["tables"][name]["rows"][:1]
    multiverse = PLAN["multiverse"] | {
        "questions": {"cycles": [6]}, "methods": ["exact"], "missing": ["left_out"]
    }  # fmt: skip
    return PLAN | {"tables": tables, "multiverse": multiverse, "figures": {}, "correlations": []}


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
        return of_refusal(cohort) if cohort.faults else of_numbers(cohort, part_of_plan(seed))


def of_refusal(cohort: Invented) -> str:
    own = {"raw": [*cohort.files], "response_rule": "number_and_size"}
    plan = PLAN if any(f.kind == "undecided" for f in cohort.faults) else None  # it takes a while
    told = check.check_tables(own, CODEBOOK, plan, [], None, counted=False).problems
    told = told or ["nothing is refused"]
    unnamed = [f for f in cohort.faults if not any(names(p, f) for p in told)]
    return f"not named: {unnamed}, in: {[*map(str, told)]}" * bool(unnamed)


def of_numbers(cohort: Invented, plan: dict) -> str:
    """Return the numbers of the paper that differ from the recount, or that it lacks."""
    tables = read_raws([*cohort.files], [], CODEBOOK).tables
    config = COHORT | {"ranges": [], "tests": "auto"}
    before = [p["patient_id"] for p in followed(cohort)[::3]]
    try:
        sources = paper.Sources(tables, CODEBOOK, plan, config, {}, "", {}, followed=before)
        found = paper.build_paper(sources).numbers
    except InputError as error:
        nobody = "no patient is left" in str(error)
        return "" if nobody and not any(followed(cohort)) else f"refused, though sound: {error}"
    chosen = {}
    for key, told in found.items():
        if key.startswith("test.") and key.endswith(".name"):
            exact = told["value"] == "mann_whitney"
            chosen[key.split(".")[1]] = told["display"] if exact else told["value"]
    expected = recount.recount(cohort.files, CODEBOOK, plan, chosen, before)
    wrong = [
        f"{key}: {found.get(key, {}).get('value')!r} ({found.get(key, {}).get('display')!r}), "
        f"counted {value} ({text!r})"
        for key, (value, text) in expected.items()
        if (key in found or not key.endswith((".q1", ".q3")))
        and not agrees(found.get(key, {}), value, text)
    ]
    wrong += [
        f"{key}: not counted"
        for key, told in found.items()
        if told["rule"] in ("describe_cohort", "clean_cohort", "classify_response")
        and not key.startswith("agreement.")
        and told["value"] is not None
        and key not in expected
        and not (key.endswith("_patients") and key.removesuffix("_patients") in expected)
        and not {key.rsplit(".", 1)[1].split("_")[0]} & TEXTS
        and "_" not in key.rsplit(".", 1)[1]
    ]
    return "; ".join(wrong)


def followed(cohort: Invented) -> list:
    """Return the patients with imaging after chemotherapy."""
    read = [p for content in cohort.files.values() for p in recount.read(content, CODEBOOK)]
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
