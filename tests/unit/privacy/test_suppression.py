"""Small cells can't be computed from what is left of the tables; those that are only hidden can."""

import random

import numpy as np
import pandas as pd
import pytest
from project import write_files
from scipy.optimize import linprog

from crlm.base.problems import InputError
from crlm.description import describe_tables
from crlm.plan.analysis import read_plan
from crlm.wings.privacy.suppression import NOT_SHOWN, suppress, suppress_release

PLAN = {
    "groups": {
        "ra": {"label": "A", "meaning": "a", "responses": ["regressive", "stationary"]},
        "rb": {"label": "B", "meaning": "b", "responses": ["progressive"]},
    },
    "variables": {
        "grade": {"label": "Grade", "source": "grade", "levels": {
            k: {"label": k, "values": [k]} for k in ("g1", "g2", "g3")}},
        "high": {"label": "High", "source": "grade", "levels": {
            "low": {"label": "low", "values": ["g1", "g2"]},
            "g3": {"label": "g3", "values": ["g3"]}}},
        "age": {"label": "Age", "source": "age", "unit": "years", "scale": 1},
        "old": {"label": "Old", "source": "age", "levels": {
            "no": {"label": "no", "at_least": 0, "below": 60},
            "yes": {"label": "yes", "at_least": 60, "below": np.inf}}},
        "response": {"label": "Response", "source": "response", "levels": {
            k: {"label": k, "values": [k]} for k in ("regressive", "stationary", "progressive")}},
    },
    "tables": {
        "one": {"title": "1", "groups": ["all"], "percent_of": "group", "rows": [
            {"variable": v} for v in ("grade", "high", "response", "old")] + [
            {"variable": "age", "show": "mean_sd_range"}]},
        "two": {"title": "2", "groups": ["ra", "rb"], "percent_of": "level", "rows": [
            {"variable": "grade", "published": None}, {"variable": "old", "published": None},
            {"variable": "age", "show": "mean_sd", "published": None}]},
    },
    "decimals": {"percent": 1, "mean": 1},
}  # fmt: skip


def draw(seed: int, n: int) -> pd.DataFrame:
    """Return patients at random, some levels of whom are rare."""
    rng = random.Random(seed)
    shares = [rng.random() ** 2 for _ in range(3)]
    rows = [
        {
            "grade": rng.choices(["g1", "g2", "g3", None], [*shares, 0.05])[0],
            "age": rng.choice([rng.randint(30, 59)] * 3 + [rng.randint(60, 90), np.nan]),
            "response": rng.choices(["regressive", "stationary", "progressive"], shares)[0],
        }
        for _ in range(n)
    ]
    frame = pd.DataFrame(rows).astype({"age": float, "grade": object})
    frame["group"] = frame["response"].map({"progressive": "rb"}).fillna("ra")
    return frame


def attack(tables: dict, n: int) -> dict:
    """Return the bounds of what isn't shown, by linear programs over all that tables show.

    The unknowns are the patients by grade or age class (the last one not known), and group.
    """
    names = {"grade": ["g1", "g2", "g3", None], "old": ["no", "yes", None]}
    names["response"] = ["regressive", "stationary", "progressive"]
    level_in = {"high": {"low": ("g1", "g2"), "g3": ("g3",)}}
    cells = [
        (v, level, group) for v, own in names.items() for level in own for group in ("ra", "rb")
        if v != "response" or (level == "progressive") == (group == "rb")
    ]  # fmt: skip

    def vector(variable, levels, group):
        of = {"high": "grade", "age": "old"}.get(variable, variable)
        return [float(c[0] == of and c[1] in levels and group in ("all", c[2])) for c in cells]

    rows = [vector(v, own, "all") for v, own in names.items()]
    rows += [  # each group is as large by grade as by age and response
        list(np.subtract(vector(v, names[v], "ra"), vector("response", names["response"], "ra")))
        for v in ("grade", "old")
    ]
    sums, asked = [float(n)] * 3 + [0.0] * 2, {}
    for name, table in tables.items():
        for row in table.itertuples():
            known = [
                k
                for k in names[{"high": "grade", "age": "old"}.get(row.variable, row.variable)]
                if k
            ]
            levels = level_in.get(row.variable, {}).get(row.level, (row.level,))
            levels = known if pd.isna(row.level) else levels
            of = (
                vector(row.variable, levels, "all")
                if name == "two"
                else vector(row.variable, known, row.group)
            )
            own = vector(row.variable, levels, row.group)
            for x, value in ((own, row.n), (of, row.denominator)):
                rows += [x] if pd.notna(value) else []
                sums += [value] if pd.notna(value) else []
            if pd.isna(row.n):
                asked[name, row.Index] = own
    bounds = {}
    for place, aim in asked.items():
        ends = [linprog(np.multiply(s, aim), A_eq=rows, b_eq=sums, bounds=(0, n)) for s in (1, -1)]
        bounds[place] = ends[0].fun, -ends[1].fun
    return bounds


# Of 12 patients the sizes of the groups are told by other columns than that of the small count.
@pytest.mark.parametrize(
    ("seed", "n"), [(3, 12), (9, 12), *((seed, n) for seed in range(4) for n in (25, 60, 200))]
)
def test_no_small_cell_follows_from_what_is_shown(seed, n):
    frame = draw(seed, n)
    tables = describe_tables(frame, read_plan(PLAN))
    hidden, whole = suppress(tables, frame, read_plan(PLAN), 5)
    bounds, small = attack(hidden, n), 0
    for name, table in tables.items():
        for i, row in table.iterrows():
            shown = hidden[name].loc[i]
            if 0 < row["n"] < 5:
                small += 1
                assert pd.isna(shown["n"]) and pd.isna(shown["percent"])
                assert shown["text"] == NOT_SHOWN
                low, high = bounds[name, i]
                assert high >= 5 > low, (
                    name,
                    row["variable"],
                    row["level"],
                    row["group"],
                    low,
                    high,
                )
            if pd.notna(shown["n"]):
                assert shown["n"] == row["n"]
            else:  # what follows from the others anyway is shown
                assert np.subtract(*bounds[name, i]) < -0.5
        assert hidden[name][["min", "max", "median"]].isna().all(axis=None)
    assert small or whole == {*PLAN["variables"]}


def test_without_secondary_suppression_the_attack_finds_them():
    found = 0
    for seed in range(4):
        frame = draw(seed, 60)
        tables = describe_tables(frame, read_plan(PLAN))
        only_small = {
            name: t.assign(n=t["n"].where(~t["n"].between(1, 4))) for name, t in tables.items()
        }
        bounds = attack(only_small, 60)
        found += sum(
            abs(low - high) < 1e-6 and 0 < tables[name].loc[i, "n"] < 5
            for (name, i), (low, high) in bounds.items()
        )
    assert found


def test_fewer_patients_than_that_hide_nothing():
    frame = draw(1, 4)
    with pytest.raises(InputError, match="too few patients to hide counts below 5"):
        suppress(describe_tables(frame, read_plan(PLAN)), frame, read_plan(PLAN), 5)


def test_of_a_group_of_whom_no_number_is_known_none_is_printed():
    frame = draw(1, 60)
    frame.loc[frame["group"] == "rb", "age"] = np.nan
    hidden, _ = suppress(describe_tables(frame, read_plan(PLAN)), frame, read_plan(PLAN), 5)
    told = hidden["two"].query("variable == 'age' and group == 'rb'")
    assert "nan" not in told["text"].item()


def test_what_would_tell_small_cells_is_left_out_by_name(tmp_path):
    """Of sex nothing is small: its test and figure stay; of grade something is."""
    plan = PLAN | {
        "variables": PLAN["variables"] | {"sex": {"label": "Sex", "source": "sex", "levels": {
            k: {"label": k, "values": [k]} for k in ("f", "m")}}},
        "figures": {name: {"kind": "shares", "variables": [name], "title": name}
                    for name in ("sex", "grade")},
    }  # fmt: skip
    rows = [*PLAN["tables"]["two"]["rows"], {"variable": "sex", "published": None}]
    plan["tables"] = PLAN["tables"] | {"two": PLAN["tables"]["two"] | {"rows": rows}}
    frame = draw(1, 60).assign(sex=["f", "m"] * 30)
    tables = describe_tables(frame, read_plan(plan)).items()
    others = "figures/sex.svg", "figures/grade.svg", "manuscript/paper.html", "numbers/numbers.json"
    kept = "comparison/tests.csv", "comparison/sensitivity.csv", "cohort/flow.csv"
    text = "variable,test,patients\nsex,t,60\ngrade,t,8\nage,spearman,9\n"
    write_files(tmp_path, dict.fromkeys([*kept, *others], text))
    write_files(tmp_path, {f"tables/{name}.csv": t.to_csv(index=False) for name, t in tables})
    gone = suppress_release(tmp_path, frame, read_plan(plan), 5)
    assert gone == ["figures/grade.svg", "manuscript/paper.html", "numbers/numbers.json"]
    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert not {*gone} & {*left} and "figures/sex.svg" in left and "cohort/flow.csv" in left
    tests = (tmp_path / "comparison/tests.csv").read_text().split()
    assert tests == ["variable,test,patients", "sex,t,60"]
    (tmp_path / "cohort/flow.csv").write_text(
        "step,patients\nreceived,63\nexcluded,3\nanalysed,60\n"
    )
    assert suppress_release(tmp_path, frame, read_plan(plan), 5) == ["cohort/flow.csv"]
