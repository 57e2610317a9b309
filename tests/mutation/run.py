"""Judge every mutant of a cohort's paper, built before: python run.py COHORT CORES."""

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
from outcomes import describe_mutants, summarise_mutants
from trials import run_trials

from crlm.base.files import folder_whole, write_frame
from crlm.config.configuration import read_configuration
from crlm.paper import Sources, read_sources

SHARES = 16  # in each of which every sixteenth mutant is judged


def sources_of(name: str) -> Sources:
    """Return what the paper of a cohort is made from."""
    configuration = read_configuration("config", "workflow/schemas")
    cohort = configuration.cohorts[name]
    files = SimpleNamespace(
        **{"printed": []} | cohort,
        literature="data/literature.yaml",
        template="manuscript/paper.qmd.j2",
        prose="manuscript/prose.yaml",
    )
    own = {"codebook": configuration.codebooks[name], "plan": configuration.plans[name]}
    return read_sources(files, SimpleNamespace(cohort=cohort, **own))


def main(name: str, cores: str) -> None:
    """Write results/<cohort>/mutation/, and say how far the trials are."""
    folder = Path("results", name, "mutation")
    filled = Path("results", name, "manuscript/paper.qmd").read_text(encoding="utf-8")
    judge, found = partial(run_trials, sources_of(name), filled, step=SHARES), []
    with ProcessPoolExecutor(int(cores)) as pool:
        for share in pool.map(judge, range(SHARES)):
            found.append(share)
            print(f"{len(found)} of {SHARES} shares of the mutants are judged", flush=True)
    mutants = pd.concat(found).sort_index()
    summary = summarise_mutants(mutants)
    told = describe_mutants(mutants, summary, name)
    with folder_whole(folder) as new:
        write_frame(mutants, f"{new}/mutation.csv")
        write_frame(summary, f"{new}/summary.csv")
        Path(new, "mutation.md").write_text(told, encoding="utf-8")
    print(f"What came of the mutants: {folder}/mutation.md")


if __name__ == "__main__":
    main(*sys.argv[1:])
