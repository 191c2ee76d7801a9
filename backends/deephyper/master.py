"""The master rank: it runs DeepHyper's search and trains nothing."""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from harness.backend import SearchContext

if TYPE_CHECKING:
    from harness.mpi.world import MpiWorld


def lead(context: SearchContext, world: MpiWorld) -> None:
    """Run the search on the ranks of `world`.

    Parameters
    ----------
    context
        The search.
    world
        The ranks; this process is rank 0.
    """
    # The workers load their data while this rank imports DeepHyper.
    from backends.deephyper.evaluator import RankEvaluator
    from backends.deephyper.search_setup import build_proposals

    spec = context.spec
    log_directory = context.directory / "engine"
    proposals = build_proposals(context, log_directory)
    driver = context.recorder.open_driver(world.clock)
    world.barrier()
    with (
        quiet_engine(),
        frozen_imports(),
        RankEvaluator(world.comm, proposals, world.clock) as evaluator,
    ):
        driver.search_began()
        evaluator.end_after(spec.time_limit)
        evaluations = len(proposals.agenda)
        # DeepHyper takes no evaluations for any number of them.
        if evaluations:
            proposals.search.search(evaluator, max_evals=evaluations, max_evals_strict=True)
        driver.search_ended()
    driver.close()
    # DeepHyper wants a directory, and leaves it empty here.
    with suppress(OSError):
        log_directory.rmdir()


@contextmanager
def quiet_engine() -> Iterator[None]:
    """Keep DeepHyper's everyday messages off the console."""
    logger = logging.getLogger("deephyper")
    level = logger.level
    # It warns at every search's regular end, when the last trial is handed out.
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # A discrete space can be suggested a point again; the trial counts all the same.
        warnings.filterwarnings("ignore", "The objective has been evaluated at this point before")
        try:
            yield
        finally:
            logger.setLevel(level)


@contextmanager
def frozen_imports() -> Iterator[None]:
    """Spare the garbage collector what is loaded by now.

    A suggestion makes so many objects that every tenth or so starts a full
    collection, which goes through all that DeepHyper and torch have loaded: some
    hundred milliseconds, in which workers wait.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
