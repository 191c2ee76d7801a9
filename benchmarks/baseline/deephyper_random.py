"""Random search with DeepHyper on MPI ranks: a master, and workers that keep their data.

    mpiexec -n 3 python -m benchmarks.baseline.deephyper_random --trials 8 --epochs 4 \\
        --workers 2 --data ../shared/data --out by-hand

Each process writes its epochs into a file of its own there.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from deephyper.evaluator import Evaluator
from deephyper.evaluator.mpi import MPI
from deephyper.evaluator.storage import MemoryStorage
from deephyper.hpo import HpProblem, Search

from benchmarks.baseline.options import BaselineOptions, parse_options
from benchmarks.baseline.result import write_result
from benchmarks.baseline.training import Trainer, configurations
from benchmarks.scripted_cifar10 import ScriptedCifar10

_trainers: list[Trainer] = []
_epochs = 0


class ListedSearch(Search):  # type: ignore[misc]
    """Hands out the seed's configurations in order."""

    def __init__(self, problem: HpProblem, points: list[dict[str, Any]], log_dir: str) -> None:
        super().__init__(problem, log_dir=log_dir, checkpoint_history_to_csv=False)
        self._points = list(points)

    def _ask(self, n: int = 1) -> list[dict[str, Any]]:
        asked, self._points = self._points[:n], self._points[n:]
        return asked

    def _tell(self, results: list[Any]) -> None:
        pass


def run(job: Any) -> float:
    """Train one trial on this rank."""
    number = int(str(job.id).rpartition(".")[2])
    return _trainers[0].train(number, dict(job.parameters), _epochs)


def search(options: BaselineOptions) -> None:
    """Search; called on every rank."""
    global _epochs
    _epochs = options.epochs
    logging.getLogger("deephyper").setLevel(logging.ERROR)
    options.out.mkdir(parents=True, exist_ok=True)
    # The default storage is a window of MPI memory that each access copies as a whole.
    evaluator = Evaluator.create(run, method="mpicomm", method_kwargs={"storage": MemoryStorage()})
    if not evaluator.is_master:
        _trainers.append(Trainer(options))
    MPI.COMM_WORLD.Barrier()
    with evaluator:
        if evaluator.is_master:
            points = configurations(options)
            listed = ListedSearch(HpProblem(ScriptedCifar10().space()), points, str(options.out))
            began = time.perf_counter()
            listed.search(evaluator, max_evals=options.trials, max_evals_strict=True)
            write_result(options.out, time.perf_counter() - began)


if __name__ == "__main__":
    search(parse_options())
