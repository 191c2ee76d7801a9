"""What is known of a running search, from its events."""

from __future__ import annotations

from collections import Counter

from harness.records.events import Event
from harness.workload import Metric


class ProgressState:
    """The state of a running search.

    Parameters
    ----------
    trials
        Trials asked for.
    max_epochs
        Length of a whole training.
    metric
        The workload's metric.

    Attributes
    ----------
    epochs
        Epochs trained.
    best
        The best validation value so far, or None.
    """

    def __init__(self, trials: int, max_epochs: int, metric: Metric) -> None:
        self.trials = trials
        self.metric = metric
        self.epochs = 0
        self.best: float | None = None
        self._max_epochs = max_epochs
        self._began: float | None = None
        self._status: dict[str, str] = {}
        self._remaining: dict[str, int] = {}
        self._members: dict[int, str] = {}

    @property
    def states(self) -> Counter[str]:
        """The number of trials in each state."""
        return Counter(self._status.values())

    def take(self, event: Event) -> None:
        """Learn from one event."""
        name = event["event"]
        if name == "search_begin":
            self._began = event["time"]
        elif name == "trial_start":
            self._start(event)
        elif name == "epoch":
            self._epoch(event)
        elif name in {"trial_pause", "trial_resume"}:
            self._status[event["trial_id"]] = "paused" if name == "trial_pause" else "running"
        elif name == "trial_end":
            self._status[event["trial_id"]] = event["status"]
            self._remaining[event["trial_id"]] = 0

    def elapsed(self, now: float) -> float | None:
        """Return the seconds since t = 0; None before it."""
        return None if self._began is None else max(0.0, now - self._began)

    def time_left(self, now: float) -> float | None:
        """Return the seconds until the end if no trial stops early; None before an epoch."""
        elapsed = self.elapsed(now)
        if not elapsed or self.epochs == 0:
            return None
        unseen = max(0, self.trials - len(self._members or self._status))
        remaining = sum(self._remaining.values()) + unseen * self._max_epochs
        return remaining * elapsed / self.epochs

    def _start(self, event: Event) -> None:
        trial_id, member = event["trial_id"], event["member"]
        if member is not None:
            exploited = self._members.get(member)
            if exploited is not None and exploited != trial_id:
                self._status[exploited] = "stopped"
                self._remaining[exploited] = 0
            self._members[member] = trial_id
        self._status[trial_id] = "running"
        self._remaining[trial_id] = self._max_epochs - (event["parent_epoch"] or 0)

    def _epoch(self, event: Event) -> None:
        self.epochs += 1
        trial_id = event["trial_id"]
        self._remaining[trial_id] = max(0, self._max_epochs - event["epoch"])
        if self.best is None or self.metric.better(event["value"], self.best):
            self.best = event["value"]
