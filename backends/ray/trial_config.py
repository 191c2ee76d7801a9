"""The configuration that Tune carries: a harness trial in Tune's terms.

Everything lies under one key. Tune knows a trial by its own identifier, which it
keeps when an exploit replaces the trial's state; the harness' identifier is part
of the configuration and changes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.trial import Trial, trial_name

KEY = "trial"
"""The one key of Tune's configuration."""

COORDINATES = "coordinates"
"""Under `KEY`: where PB2 looks for the hyperparameters it searches."""


def describe_trial(
    number: int, configuration: Mapping[str, Any], member: int | None = None
) -> dict[str, Any]:
    """Return what lies under `KEY` for a new trial."""
    return {
        "trial_id": trial_name(number),
        "number": number,
        "member": member,
        "configuration": dict(configuration),
    }


def trial_of(config: Mapping[str, Any]) -> Trial:
    """Return the trial that a Tune configuration stands for."""
    described = config[KEY]
    return Trial(
        trial_id=described["trial_id"],
        number=described["number"],
        config=described["configuration"],
        member=described["member"],
    )


def successor(
    exploited: Mapping[str, Any], explored: Mapping[str, Any], trial_id: str
) -> dict[str, Any]:
    """Return the Tune configuration of the trial that an exploit opens.

    Parameters
    ----------
    exploited
        Tune's configuration of the trial that ends: its number and member stay.
    explored
        The donor's configuration after the explore step.
    trial_id
        The new trial.
    """
    identity = {name: exploited[KEY][name] for name in ("number", "member")}
    return {**explored, KEY: {**explored[KEY], **identity, "trial_id": trial_id}}
