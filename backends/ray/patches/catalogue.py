"""The patches by name: what each mends, where upstream knows of it, and whether a search needs it.

Ray is not imported here: a record names its patches before Ray is started.
"""

from __future__ import annotations

from dataclasses import dataclass

_UPSTREAM = "https://github.com/ray-project/ray"


@dataclass(frozen=True)
class Patch:
    """One place where the adapter changes Ray, or leans on what Ray does not promise.

    Attributes
    ----------
    name
        What records call it.
    code
        The function or class, below `backends.ray`.
    mends
        What Ray does without it.
    upstream
        A thread of Ray's own about it; None where none was found.
    required
        Why no search works without it; empty where Tune works as it is.
    """

    name: str
    code: str
    mends: str
    upstream: str | None = None
    required: str = ""


PATCHES: tuple[Patch, ...] = (
    Patch(
        "processes-beyond-cores",
        "patches.cluster.as_many_cores_as",
        "Ray starts no more processes in advance than the machine has cores.",
        f"{_UPSTREAM}/issues/29162",
    ),
    Patch(
        "processes-import-in-advance",
        "patches.cluster.ready_processes",
        "Processes begin their imports, of seconds, when the search's clock runs.",
    ),
    Patch(
        "processes-keep-priority",
        "patches.cluster.ready_processes",
        "Training has a lower priority than everything else on the machine.",
        f"{_UPSTREAM}/pull/24928",
    ),
    Patch(
        "actors-take-ready-processes",
        "patches.cluster.inherited_process_environment",
        "Tune gives each actor an environment variable, so none takes a process that is ready.",
        f"{_UPSTREAM}/pull/15782",
    ),
    Patch(
        "idle-actors-live",
        "patches.actors.KeepsActors",
        "Tune ends every idle process but one.",
        f"{_UPSTREAM}/pull/42951",
    ),
    Patch(
        "starting-actors-live",
        "patches.actors.KeepsActors",
        "Tune ends a process that comes up for a trial, to give that trial an idle one; and of "
        "members with equal claims the first trains again and again.",
        f"{_UPSTREAM}/pull/42951",
    ),
    Patch(
        "paused-trials-keep-actors",
        "patches.search_algorithms.FinishedWithItsTrials",
        "Tune ends the process of each trial that pauses once the last one is handed out.",
    ),
    Patch(
        "idle-deaths-retried",
        "patches.controller.RetryingController",
        "The search hangs where an idle process dies before it turns to its next trial.",
    ),
    Patch(
        "memory-kills-retried",
        "patches.controller.ToleratingManager",
        "The search ends where Ray ends a process to save the machine's memory.",
    ),
    Patch(
        "members-keep-their-turns",
        "patches.population.KeepsTurns",
        "A member whose process died counts as one that never perturbed.",
    ),
    Patch(
        "checkpoints-in-place",
        "patches.checkpoints.SavesInPlace",
        "Each checkpoint is written into a temporary directory and copied from there.",
        f"{_UPSTREAM}/pull/38382",
    ),
    Patch(
        "callbacks-uncounted",
        "patches.controller.callbacks_uncounted",
        "Tune imports MLflow to count callbacks, when the search's clock runs.",
    ),
    Patch(
        "termination-is-the-callers",
        "patches.cluster.no_termination_handler",
        "Ray takes SIGTERM and ends the process.",
        f"{_UPSTREAM}/issues/17308",
        "a search that is asked to end would leave no records",
    ),
    Patch(
        "interrupts-are-the-callers",
        "patches.controller.signals_left",
        "Tune takes an interrupt for a wish to end well, and returns as from a whole search.",
        f"{_UPSTREAM}/issues/50358",
        "a search that is interrupted would be recorded as completed",
    ),
    Patch(
        "silent-driver",
        "patches.cluster.silence",
        "Ray prints on standard output what it says of dead processes.",
        None,
        "standard output is the summary's",
    ),
    Patch(
        "actors-bounded",
        "patches.controller.actors_bounded",
        "Tune starts an actor for each waiting member as long as a cluster has room.",
        None,
        "an actor without a slot would wait for ever on a cluster that others share",
    ),
    Patch(
        "exploits-open-trials",
        "patches.population.OpensTrials",
        "An exploit goes on under the donor's identity.",
        None,
        "records could not tell trials apart",
    ),
    Patch(
        "decisions-told",
        "schedulers.PlainRungs, schedulers.JudgingBracket, patches.population.OpensTrials",
        "Schedulers keep to themselves which values they compared.",
        None,
        "records could not say what decided",
    ),
    Patch(
        "earlier-sessions-recalled",
        "patches.population.TakesUpMembers, schedulers.Rungs, searchers.NumberedBOHB",
        "Schedulers and searchers have no way to be told what an earlier session saw.",
        None,
        "a resumed search would judge as a new one",
    ),
)
"""All patches. A replay has others of its own, see `backends.ray.replay`."""


def patches_in_force(patched: bool) -> tuple[str, ...]:
    """Return the names of the patches of a search.

    Parameters
    ----------
    patched
        The option `patches`: False leaves those that no search works without.
    """
    return tuple(patch.name for patch in PATCHES if patched or patch.required)
