"""The configuration that Tune carries: a harness trial in Tune's terms.

Everything lies under one key. Tune knows a trial by its own identifier, which it
keeps when an exploit replaces the trial's state; the harness' identifier is part
of the configuration and changes with it.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from typing import Any

from harness.trial import Trial

KEY = "trial"
"""The one key of Tune's configuration."""

CONFIGURATION = "configuration"
"""Under `KEY`: the hyperparameters."""

COORDINATES = "coordinates"
"""Under `KEY`: where PB2 looks for the hyperparameters it searches."""

REPORTED = "reported"
"""Under `KEY`: the result that a process which is gone reported last, in Tune's terms."""

_IDENTITY = (
    "trial_id",
    "number",
    "member",
    "parent_trial_id",
    "parent_epoch",
    "origin",
    "told",
)


def describe_trial(trial: Trial) -> dict[str, Any]:
    """Return what lies under `KEY` for a trial."""
    identity = {name: getattr(trial, name) for name in _IDENTITY}
    return {**identity, CONFIGURATION: whole(trial.config)}


def whole(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a configuration as one value, whose names Tune does not read.

    PB2 takes a dictionary in a dictionary for a path, and a name with a slash for two of them.
    """
    return UserDict(configuration)


def trial_of(config: Mapping[str, Any]) -> Trial:
    """Return the trial that a Tune configuration stands for."""
    described = config[KEY]
    identity = {name: described[name] for name in _IDENTITY}
    return Trial(config=dict(described[CONFIGURATION]), **identity)


def trial_id_of(config: Mapping[str, Any]) -> str:
    """Return the harness' identifier of the trial that a Tune configuration stands for."""
    trial_id: str = config[KEY]["trial_id"]
    return trial_id
