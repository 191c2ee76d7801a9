"""The test of a search's winner, off its clock: in its own precision, and in FP32."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from harness.checkpoints.file import read_checkpoint
from harness.checkpoints.incumbent import incumbent_path
from harness.errors import one_line
from harness.records.directory import RunDirectory
from harness.trials.objective_spec import ObjectiveSpec

FULL = "fp32"
"""The precision in which winners of all precisions are comparable."""


@dataclass(frozen=True)
class FinalTest:
    """What the test of a winner gave; None where there is none.

    Attributes
    ----------
    value
        The test metric, evaluated in the precision of the search.
    value_fp32
        That of the same weights, evaluated in FP32: what training in the search's precision
        gave, without what evaluating in it changes.
    samples
        Of how many samples the metric is a mean.
    warnings
        What went wrong.
    """

    value: float | None = None
    value_fp32: float | None = None
    samples: int | None = None
    warnings: tuple[str, ...] = ()

    def entries(self) -> dict[str, float | int | None]:
        """Return it as ``summary.json`` holds it."""
        return {
            "test_value": self.value,
            "test_value_fp32": self.value_fp32,
            "test_samples": self.samples,
        }


def evaluate_winner(directory: RunDirectory, trial_id: str, objective: ObjectiveSpec) -> FinalTest:
    """Test a trial's best state.

    A workload that can draw what the state does, draws it into the run directory. An error,
    as well as a state that is missing, becomes a warning: the records of a whole search are
    worth more than a number.

    Parameters
    ----------
    directory
        The run.
    trial_id
        The winner.
    objective
        What was searched.
    """
    path = incumbent_path(directory.incumbents, trial_id)
    found = FinalTest()
    if not path.is_file():
        lost = f"The best state, that of trial '{trial_id}', is not there, so it was not tested."
        return dataclasses.replace(found, warnings=(lost,))
    try:
        # The test is not part of the search.
        prepared = dataclasses.replace(objective, time_limit=None).prepare()
        checkpoint = read_checkpoint(path)
        value, training = prepared.test(checkpoint)
        training.picture(directory.picture)
        found = FinalTest(value, samples=training.tested_samples)
        if objective.precision == FULL:
            return dataclasses.replace(found, value_fp32=value)
        value_fp32, _training = prepared.in_precision(FULL).test(checkpoint)
        return dataclasses.replace(found, value_fp32=value_fp32)
    except Exception as error:
        which = "test" if found.value is None else "test in FP32"
        warning = f"The {which} of the best state failed: {one_line(error)}."
        return dataclasses.replace(found, warnings=(warning,))
