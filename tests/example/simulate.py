"""Write the synthetic files of 2025 as their hospitals would: python simulate.py FOLDER.

`data/raw/synthetic_2025_*` are copies of what it writes.
"""

import sys
from pathlib import Path

from hospitals import write_redcap, write_semicolons, write_spss, write_workbook
from numpy.random import default_rng
from patients import simulate_cohort

from crlm.base.files import folder_whole

SEED = 2025


def simulate(folder: Path, seed: int = SEED) -> Path:
    """Write the five files into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    hospitals, spelling = simulate_cohort(seed), default_rng(seed)
    of = f"{folder}/synthetic_2025_"
    write_semicolons(hospitals["A"], spelling, f"{of}a.csv")
    write_workbook(hospitals["B"], spelling, f"{of}b.xlsx")
    write_spss(hospitals["C"], f"{of}c.sav")
    write_redcap(hospitals["D"], f"{of}d_redcap.csv", f"{of}d_dictionary.csv")
    return folder


if __name__ == "__main__":
    with folder_whole(Path(sys.argv[1])) as whole:
        simulate(whole)
