"""Hold many cohorts at random against the code: `make soak`, or with COHORTS=… and SEED=…"""

import os
import secrets
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from judged import search

EACH = 100  # cohorts between two lines of progress


def main(cohorts: int, seed: int) -> int:
    """Search on all cores; exit code 1 where a cohort fails, which is written out then."""
    print(f"{cohorts} cohorts, seed {seed} (again: make soak COHORTS={cohorts} SEED={seed})")
    start, done = time.monotonic(), 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        parts = [
            pool.submit(search, seed + i, min(EACH, cohorts - i), Path(f"results/soak/{seed + i}"))
            for i in range(0, cohorts, EACH)
        ]
        for part in as_completed(parts):
            if error := part.exception():
                pool.shutdown(cancel_futures=True)
                print(f"\nA cohort fails: {error}", file=sys.stderr)
                return 1
            done += EACH
            print(
                f"{min(done, cohorts)} of {cohorts} hold, {time.monotonic() - start:.0f} s",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2] or secrets.randbelow(10**9))))
