"""The long storm: ``python -m tests.chaos --kills 200``; prints its counts as JSON."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from pathlib import Path

from tests.chaos.invariants import violations
from tests.chaos.storm import Case, Storm, Tally, undisturbed

BACKENDS = {
    "propulate": ("rand", "asha", "pbt"),
    "deephyper": ("rand", "asha"),
    "ray": ("rand", "asha", "pbt"),
}


def main() -> int:
    """Rage until enough was killed; return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many to kill at least")
    parser.add_argument("--kills-per-search", type=int, default=3)
    parser.add_argument("--backend", choices=BACKENDS, nargs="+", default=list(BACKENDS))
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    arguments = parser.parse_args()
    total, searches = Tally(), 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in itertools.count(arguments.seed):
            for backend in arguments.backend:
                for algo in BACKENDS[backend]:
                    if total.kills.total() >= arguments.kills:
                        report(total, searches)
                        return int(bool(total.faults))
                    case = Case(backend, algo, seed)
                    total += disturbed(case, Path(folder), arguments.kills_per_search)
                    searches += 1
                    print(case, dict(total.kills), total.faults[-3:], file=sys.stderr, flush=True)
    return 0


def disturbed(case: Case, folder: Path, kills: int) -> Tally:
    """Disturb one search, and check its records."""
    storm = Storm(case, folder, kills)
    tally = storm.rage()
    whole = undisturbed(case, folder) if case.algo == "rand" else None
    name = storm.directory.path.name
    try:
        tally.faults += [f"{name}: {found}" for found in violations(case, storm.directory, whole)]
    except Exception as error:
        tally.faults.append(f"{name}: its records cannot be read: {error}")
    return tally


def report(total: Tally, searches: int) -> None:
    """Print the counts."""
    counts = {
        "searches": searches,
        "kills": dict(total.kills),
        "torn_files": total.torn,
        "clock_jumps": total.clock_jumps,
        "resumes": total.resumes,
        "resumes_with_other_worker_count": total.other_workers,
        "losses": len(total.faults),
        "faults": total.faults,
    }
    print(json.dumps(counts, indent=2))


if __name__ == "__main__":
    sys.exit(main())
