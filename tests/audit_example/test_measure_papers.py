"""An error planted in the clean trial is one changed number, and is found where it was planted."""

import random

import pytest
from measure_papers import EXAMPLES, PLANTINGS, judge, located, plant, published

FOUND = {  # those that other numbers pin down, whichever number is hit
    "count, a digit", "cell of the other arm", "size of an arm",
    "p of counts, decimal point", "odds ratio, a digit",
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTINGS)
def test_a_planted_error_is_one_change_of_one_line(tmp_path, kind):
    rngs = (random.Random(f"{seed} {kind}") for seed in range(1, 30))
    planted = next(filter(None, (plant(kind, EXAMPLES / "pbc", tmp_path, rng) for rng in rngs)))
    file, line, _ = planted[0]
    before, after = ((folder / file).read_text("utf-8") for folder in (EXAMPLES / "pbc", tmp_path))
    pairs = enumerate(zip(before.split("\n"), after.split("\n"), strict=True), start=1)
    assert [i for i, (a, b) in pairs if a != b] == [line]
    assert located(planted, judge(tmp_path)) or kind not in FOUND


def test_the_impossible_means_of_two_criticised_papers_are_found():
    # by trying every sum
    assert published() == [("regret", 21, 21, 38, 0), ("taste", 10, 10, 18, 0)]
