"""What the paper printed, and the committed cohort as clean rows."""

import pandas as pd
from project import ROOT

from crlm.base.files import read_texts, read_yaml
from crlm.plan.analysis import read_plan
from crlm.wings.audit.transcription import binding_cells

WRITTEN = read_yaml(ROOT / "config/plan.yaml")
PLAN = read_plan(WRITTEN)
CODEBOOK = read_yaml(ROOT / "config/codebook.yaml")
ASSUMED = read_yaml(ROOT / "data/published/plausibility.yaml")
GROUP = PLAN.group_of
TABLES, TEXT = (read_texts(ROOT / f"data/published/{name}.csv") for name in ("tables", "text"))
CELLS = binding_cells(TABLES, TEXT)


def read_cohort() -> pd.DataFrame:
    """Read the committed cohort: spellings of levels are put back."""
    rows = pd.read_csv(ROOT / "data/raw/cohort_2024.csv")
    for column, entry in CODEBOOK["variables"].items():
        spelt = {
            s.lower(): level
            for level, all_ in entry.get("levels", {}).items()
            for s in [level, *all_]
        }
        if spelt:
            rows[column] = rows[column].map(lambda v, spelt=spelt: spelt.get(str(v).lower()))
    response = rows["radiologist_response"]
    return rows.assign(response=response, group=response.map(GROUP))
