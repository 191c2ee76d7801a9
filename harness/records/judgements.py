"""What an event log says of why a configuration was tried, and why a trial went on or ended."""

from __future__ import annotations

from typing import Any

from harness.records.events import Event


class Judgements:
    """The decisions at rungs and exploits, by trial and epoch."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], Event] = {}

    def note(self, event: Event) -> None:
        """Note a decision; one that was taken again replaces the first."""
        self._found[event["trial_id"], event["epoch"]] = event

    def against(self, trial_id: str, epoch: int) -> float | None:
        """Return what a trial's value was compared with after an epoch, if it was."""
        value: float | None = self._found.get((trial_id, epoch), {}).get("against")
        return value

    def last(self) -> dict[str, dict[str, Any]]:
        """Return the columns of the trials' table that tell of each trial's last decision."""
        return {
            trial_id: {"judged_value": event["value"], "judged_against": event["against"]}
            for (trial_id, _epoch), event in sorted(self._found.items(), key=lambda item: item[0])
        }


def proposal(event: Event, announced: Event) -> dict[str, Any]:
    """Return where a configuration comes from; who opens a trial may know more than who begins it.

    Logs of earlier releases do not say.
    """
    names = ("origin", "told")
    return {n: announced.get(n) if event.get(n) is None else event[n] for n in names}
