"""What came of the mutants: how many were caught, and what the survivors are."""

import pandas as pd

MEANINGS = {
    "literal": "a number of the text, or a word that hangs on one, typed instead of bound",
    "name": "a name (of a level, a test, a study) typed instead of bound: no number, no hole",
    "claim": "a variant of a claim, its data so that it no longer holds",
    "word": "a word that is computed, its numbers moved",
    "cell": "a raw cell changed to another valid value",
    "table cell": "a digit changed in a table of the filled manuscript",
    "not printed": "a binding in a branch that this cohort does not take: not judged",
}


def summarise_mutants(mutants: pd.DataFrame) -> pd.DataFrame:
    """Count the mutants of each kind.

    Returns
    -------
    frame
        `kind, mutants, caught, survived, percent`: `caught` counts those that stop the build and
        those that change the paper or a figure; of the kind `not printed` none was judged.
    """
    judged = mutants.assign(
        caught=mutants["outcome"].isin(["caught", "changed"]),
        survived=mutants["outcome"].eq("survived"),
    )
    counts = judged.groupby("kind", sort=False)[["caught", "survived"]].sum()
    counts.insert(0, "mutants", mutants.groupby("kind", sort=False).size())
    share = 100 * counts["caught"] / (counts["caught"] + counts["survived"])
    return counts.assign(percent=share.round(1)).reset_index()


def dead_cells(mutants: pd.DataFrame) -> pd.DataFrame:
    """Return the raw cells that change nothing, whatever valid value was tried.

    Returns
    -------
    frame
        `id, column, explanation`.
    """
    cells = mutants[mutants["kind"] == "cell"]
    dead = cells.groupby("id", sort=False).filter(lambda c: c["outcome"].eq("survived").all())
    dead = dead.assign(column=dead["id"].str.rsplit(":", n=1).str[-1])
    return dead.drop_duplicates("id")[["id", "column", "explanation"]].reset_index(drop=True)


def rows_of(frame: pd.DataFrame) -> list[str]:
    """Return a frame as the lines of a Markdown table."""
    shown = frame.astype(object).where(frame.notna(), "–").astype(str)
    lines = [list(frame.columns), ["---"] * len(frame.columns), *shown.to_numpy().tolist()]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def describe_mutants(mutants: pd.DataFrame, summary: pd.DataFrame, cohort: str) -> str:
    """Tell people what came of the mutants, as Markdown."""
    cells = mutants[mutants["kind"] == "cell"]
    survived = mutants[mutants["outcome"] == "survived"]
    dead = dead_cells(mutants)
    counted = {
        # without the numbers that move
        "reason": survived["explanation"].fillna("").str.split(": |, behind ", regex=True).str[0],
        "column": survived["id"].str.rsplit(":", n=1).str[-1],
    }
    reasons = survived[survived["kind"] == "cell"].assign(**counted)
    reasons = reasons.groupby(["column", "reason"], sort=False).size().reset_index(name="mutants")
    holes = survived[~survived["kind"].isin(["cell", "name"])]
    return "\n".join(
        [
            f"# Proof by mutation, cohort {cohort}",
            "",
            "Each mutant changes one place. It is caught where the build stops, or where the paper "
            "or a figure changes as it must. `mutation.csv` lists them all.",
            "",
            *rows_of(summary.assign(meaning=summary["kind"].map(MEANINGS))),
            "",
            f"## Holes: {len(holes)}",
            "",
            *(rows_of(holes[["kind", "id", "place", "explanation"]]) if len(holes) else ["None."]),
            "",
            f"## Dead data: {len(dead)} of {cells['id'].nunique()} raw cells change nothing",
            "",
            "Whatever other valid value was tried, neither text nor figures moved.",
            "",
            *rows_of(dead),
            "",
            "## Changed cells that change nothing, by column and reason",
            "",
            *rows_of(reasons),
            "",
        ]
    )
