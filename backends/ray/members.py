"""The members of a population, as the trials that they are in."""

from __future__ import annotations

from harness.backend import SearchContext
from harness.trial import Trial, trial_name


def unfinished_members(context: SearchContext) -> list[Trial]:
    """Return the trial of each member that is not at its end, by member.

    It is the seed's configuration if the member has not begun, and otherwise its
    latest trial, or the one that an exploit opened and that has not begun.
    """
    latest = context.history.members
    trials = []
    for member, configuration in enumerate(context.configurations):
        past = latest.get(member)
        if past is None:
            trials.append(
                Trial(trial_name(member), member, configuration, member, origin="design", told=0)
            )
        elif not past.is_over:
            trials.append(past.trial)
    return trials
