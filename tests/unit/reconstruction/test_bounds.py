"""What the solver proves of a rank test, against all samples listed by hand."""

from itertools import combinations_with_replacement as samples_of
from statistics import mean, stdev

import pytest
from published import ASSUMED, CODEBOOK, PLAN, TABLES, read_cohort

from crlm.statistics.ranks import mann_whitney
from crlm.wings.reconstruction import bounds
from crlm.wings.reconstruction.bounds import prove_bounds


@pytest.fixture(scope="module")
def cycles():
    """Return the printed cells of the cycles, a cohort that keeps them, a plan of them alone."""
    cells = TABLES[TABLES["variable"].isin(["cycles", "cycles_class"])]
    tables = {
        name: table._replace(rows=[r for r in table.rows if r.variable.name.startswith("cycles")])
        for name, table in PLAN.tables.items()
    }
    return cells, read_cohort(), PLAN._replace(tables=tables)


@pytest.fixture(scope="module")
def listed():
    """List all pairs of samples by the printed page alone.

    Responders: 3 below 6 cycles, 9 with 6 or more, 6.6 ± 1.5; progressive: 5 and 1, 3.8 ± 1.2; 3
    to 9 cycles in all, and both ends occur.
    """
    groups = []
    for low, high, printed in ((3, 9, (6.6, 1.5)), (5, 1, (3.8, 1.2))):
        groups.append(
            [
                few + many
                for few in samples_of(range(3, 6), low)
                for many in samples_of(range(6, 10), high)
                if all(
                    abs(f(few + many) - value) < 0.05
                    for f, value in zip((mean, stdev), printed, strict=True)
                )
            ]
        )
    pairs = [(x, y) for x in groups[0] for y in groups[1] if min(x + y) == 3 and max(x + y) == 9]
    return [mann_whitney(x, y) for x, y in pairs]


def test_few_samples_are_listed(cycles, listed):
    cells, rows, plan = cycles
    p, effect = prove_bounds(cells, rows, plan, CODEBOOK, ASSUMED["ranges"]).itertuples(index=False)
    ps, effects = ([getattr(r, form) for r in listed] for form in ("p_value", "estimate"))
    assert p == ("test.cycles.p", min(ps), max(ps), f"all {len(listed)} pairs of samples listed")
    assert effect[:3] == ("test.cycles.effect", min(effects), max(effects))


def test_of_many_samples_the_solver_bounds_the_shift(cycles, listed, monkeypatch):
    monkeypatch.setattr(bounds, "MOST", 0)
    cells, rows, plan = cycles
    (effect,) = prove_bounds(cells, rows, plan, CODEBOOK, ASSUMED["ranges"]).itertuples(index=False)
    assert (effect.quantity, effect.status) == ("test.cycles.effect", "reached")
    # 12 * 6 differences, an even number: the two middle ones bound the shift
    assert effect.low <= min(r.estimate for r in listed)
    assert effect.high >= max(r.estimate for r in listed)
    assert effect.high - effect.low <= 1


def test_of_a_solver_that_gives_up_nothing_is_claimed(cycles, monkeypatch):
    monkeypatch.setattr(bounds, "MOST", 0)
    monkeypatch.setattr(bounds, "EFFORT", 1e-9)
    assert prove_bounds(*cycles, CODEBOOK, ASSUMED["ranges"]).empty
