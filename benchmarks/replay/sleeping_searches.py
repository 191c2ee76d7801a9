"""Real searches whose epochs sleep, beside their replays: the order of events, and the runtime.

    python -m benchmarks.replay.sleeping_searches propulate --workers 2 --seeds 10
    python -m benchmarks.replay.sleeping_searches deephyper --algo rand --workers 4 --epoch-s 2

The first search, with another seed, measures what the engine costs: seconds of each trial and
each epoch, when each slot begins, and how long the end takes. All others are predicted with
these costs; only where slots begin one after the other, as Ray's actors do, `--own-starts` takes
their starts and the end from the search itself. With `--together` every slot waits in its first
set-up until all of them are there, and only that one time and the end are the search's own.
Two events are called close where the replay has them nearer than `--close-ms`.
`--apart-ms` leaves out seeds whose prediction has two events nearer than that: no clock of such
a machine tells their order.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.harness_run import FinishedSearch, SearchRequest, run_search
from benchmarks.replay.engine_costs import Events, measured_costs, read_events
from benchmarks.replay.sleeping_table import SLEEPING, sleeping_table
from harness.config import RunConfig
from harness.replay.costs import ReplayCosts
from harness.replay.origins import Origins
from harness.replay.request import resolve_replay
from harness.replay.search import replay
from harness.replay.table import TrainingTable

CALIBRATION_SEED = 1000


@dataclass(frozen=True)
class Compared:
    """A real search and its replay.

    Attributes
    ----------
    backend, algo, workers, seed
        The search.
    events
        Epochs of the real one.
    same_order, same_decisions
        Whether epochs ended in the same order, and trials in the same way.
    swaps_are_close
        Whether every pair that is out of order is a close one in the replay.
    closest_ms
        How near the two nearest events of different trials are in the replay.
    real_s, virtual_s
        The runtimes.
    """

    backend: str
    algo: str
    workers: int
    seed: int
    events: int
    same_order: bool
    same_decisions: bool
    swaps_are_close: bool
    closest_ms: float
    real_s: float
    virtual_s: float

    @property
    def error(self) -> float:
        """The relative error of the virtual runtime."""
        return self.virtual_s / self.real_s - 1.0


def compare(
    backend: str, seed: int, real: Events, virtual: Events, options: argparse.Namespace
) -> Compared:
    """Compare a real search with its replay."""
    close_s = options.close_ms / 1000
    return Compared(
        backend,
        options.algo,
        options.workers,
        seed,
        len(real.epochs),
        real.epochs == virtual.epochs,
        real.fates == virtual.fates,
        swaps_are_close(real.epochs, virtual, close_s),
        closest_ms(virtual),
        real.runtime_s,
        virtual.runtime_s,
    )


def closest_ms(events: Events) -> float:
    """Return how near the two nearest epochs of a search end."""
    return 1000 * min((b - a for a, b in pairwise(events.ended_s)), default=float("inf"))


def swaps_are_close(real: Sequence[tuple[int, int]], virtual: Events, close_s: float) -> bool:
    """Whether two epochs that ended in another order really are close in the replay."""
    if set(real) != set(virtual.epochs):
        return False
    when = dict(zip(virtual.epochs, virtual.ended_s, strict=True))
    latest = -float("inf")
    for event in real:
        if when[event] < latest - close_s:
            return False
        latest = max(latest, when[event])
    return True


def run_real(
    backend: str, seed: int, options: argparse.Namespace, out: Path, lead_s: float = 0.0
) -> FinishedSearch:
    """Run a search whose epochs sleep, none of them until `lead_s` seconds from now."""
    sleeps = _workload_options(options)
    if lead_s:
        sleeps["first_epoch_at"] = time.time() + lead_s
    request = SearchRequest(
        backend,
        options.algo,
        SLEEPING,
        workers=options.workers,
        trials=options.trials,
        epochs=options.epochs,
        seed=seed,
        settings={f"workload_options.{k}": v for k, v in sleeps.items()},
    )
    return run_search(request, out)


def run_virtual(
    backend: str, seed: int, table: TrainingTable, costs: ReplayCosts, options: argparse.Namespace
) -> Events:
    """Replay the same search."""
    config = RunConfig(
        backend=backend,
        algo=options.algo,
        workers=options.workers,
        trials=options.trials,
        seed=seed,
    )
    resolved = resolve_replay(config, table, costs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        replay(resolved, Origins(table).of(resolved), path)
        return read_events(path)


def _workload_options(options: argparse.Namespace) -> dict[str, Any]:
    return {"epoch_s": options.epoch_s, "jitter": options.jitter}


def _table(seed: int, options: argparse.Namespace) -> TrainingTable:
    return sleeping_table(_workload_options(options), options.trials, options.epochs, seed)


def measure(options: argparse.Namespace, folder: Path) -> list[Compared]:
    """Run and replay every search asked for, and print each as it is done."""
    first = run_real(options.backend, CALIBRATION_SEED, options, folder / "calibration")
    costs = measured_costs(first.directory, _table(CALIBRATION_SEED, options))
    # A start may take longer than the first one did.
    lead_s = 1.4 * (first.wall_s - float(first.summary["runtime_s"])) if options.together else 0.0
    if options.together:
        costs = costs.model_copy(update={"slot_starts_s": ()})
    print(f"costs: {costs.model_dump_json()}", flush=True)
    found: list[Compared] = []
    seed = options.first_seed
    while len(found) < options.seeds:
        table = _table(seed, options)
        predicted = run_virtual(options.backend, seed, table, costs, options)
        if closest_ms(predicted) >= options.apart_ms:
            run = run_real(options.backend, seed, options, folder / f"seed{seed}", lead_s).directory
            if options.own_starts or options.together:
                own = measured_costs(run, table)
                apart_ms = 1000 * (own.slot_starts_s[-1] - own.slot_starts_s[0])
                print(f"seed {seed}: slots began within {apart_ms:.1f} ms", flush=True)
                used = costs.model_copy(update=own_edges(own, options.together))
                predicted = run_virtual(options.backend, seed, table, used, options)
            found.append(compare(options.backend, seed, read_events(run), predicted, options))
            print(json.dumps({**asdict(found[-1]), "error": found[-1].error}), flush=True)
        seed += 1
    print(f"seeds {options.first_seed} to {seed - 1}, of which {len(found)} ran", flush=True)
    return found


def own_edges(own: ReplayCosts, together: bool) -> dict[str, Any]:
    """Return when a search's slots began, each or all of them together, and how long it ended."""
    starts = own.slot_starts_s
    if together:
        starts = (statistics.median(starts),) * len(starts)
    return {"slot_starts_s": starts, "closing_s": own.closing_s}


def summary_line(found: Sequence[Compared]) -> str:
    """Return a row of a Markdown table for one kind of search."""
    first, count = found[0], len(found)
    errors = sorted(abs(one.error) for one in found)
    return (
        f"| {first.backend} | {first.algo} | {first.workers} | "
        f"{sum(one.same_order for one in found)} of {count} | "
        f"{sum(one.swaps_are_close for one in found)} of {count} | "
        f"{sum(one.same_decisions for one in found)} of {count} | "
        f"{errors[count // 2]:.2%} | {errors[-1]:.2%} |"
    )


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backend")
    parser.add_argument("--algo", default="asha")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--trials", type=int, help="[three a worker]")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--epoch-s", type=float, default=2.0)
    parser.add_argument("--jitter", type=float, default=0.5)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--close-ms", type=float, default=10.0)
    parser.add_argument("--apart-ms", type=float, default=0.0)
    starts = parser.add_mutually_exclusive_group()
    starts.add_argument("--own-starts", action="store_true")
    starts.add_argument("--together", action="store_true")
    options = parser.parse_args(arguments)
    options.trials = options.trials or 3 * options.workers
    return options


def main() -> None:
    """Measure and print."""
    options = parse_options()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options, Path(folder))
    print(
        "| engine | algorithm | workers | same order | swaps close | decisions | median | largest |"
    )
    print(summary_line(found))


if __name__ == "__main__":
    main()
