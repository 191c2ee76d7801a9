"""Successive halving through Propulate's surrogate interface."""

from __future__ import annotations

from propulate import Individual, Surrogate

from backends.propulate.evaluation import Evaluator
from harness.trials.stopping import RUNG, Stopping


class RungSurrogate(Surrogate):
    """Ends an evaluation that a rung does not let pass.

    It predicts nothing. It is the only place where Propulate asks whether an
    evaluation goes on, so the rule of `harness.rules.halving` is applied here, with
    the rungs in memory that all ranks share. What Propulate would exchange
    between surrogates arrives only when evaluations end, and is not used.

    Parameters
    ----------
    evaluator
        Whose trial is judged.
    stopping
        Judges, by the rungs that all ranks share.
    """

    def __init__(self, evaluator: Evaluator, stopping: Stopping) -> None:
        self._evaluator = evaluator
        self._stopping = stopping

    def start_run(self, ind: Individual) -> None:
        """Do nothing: each report says which trial it is of."""

    def cancel(self, loss: float) -> bool:
        """Tell whether the trial that has just reported ends at its rung."""
        run, report = self._evaluator.run, self._evaluator.report
        if run is None or report is None or run.ended:
            return False
        if self._stopping.passes_rung(report):
            return False
        run.stop(RUNG)
        return True

    def update(self, loss: float) -> None:
        """Do nothing: the rungs hold all there is to know."""

    def merge(self, data: None) -> None:
        """Do nothing: the rungs are shared already."""

    def data(self) -> None:
        """Return nothing to share."""
