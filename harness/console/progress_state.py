"""What is known of a running search, from its events."""

from __future__ import annotations

from collections import Counter

from harness.records.events import Event
from harness.records.happenings import (
    EpochTrained,
    Opened,
    PaceFound,
    SearchBegan,
    SessionBegan,
    TrialEnded,
    TrialPaused,
    TrialResumed,
    TrialStarted,
)
from harness.records.lines import event_of
from harness.workload import Metric


class ProgressState:
    """The state of a running search.

    Parameters
    ----------
    trials
        Trials asked for.
    max_epochs
        Length of a whole training.
    workers
        Trials that train at the same time.
    metric
        The workload's metric.

    Attributes
    ----------
    epochs
        Epochs trained, in all sessions of the run.
    best
        The best validation value so far, or None.
    """

    def __init__(self, trials: int, max_epochs: int, workers: int, metric: Metric) -> None:
        self.trials = trials
        self.metric = metric
        self.epochs = 0
        self.best: float | None = None
        self._max_epochs = max_epochs
        self._workers = workers
        self._session = 0
        self._session_of: dict[str, int] = {}
        self._began: dict[int, float] = {}
        self._epochs_of: Counter[int] = Counter()
        self._epoch_s: dict[int, float] = {}
        self._status: dict[str, str] = {}
        self._remaining: dict[str, int] = {}
        self._members: dict[int, str] = {}

    @property
    def states(self) -> Counter[str]:
        """The number of trials in each state."""
        return Counter(self._status.values())

    @property
    def session_epochs(self) -> int:
        """Epochs trained in the session that was begun last."""
        return self._epochs_of[self._session]

    @property
    def epoch_s(self) -> float | None:
        """Seconds that an epoch takes in this session, by its first steps; None before them."""
        return self._epoch_s.get(self._session)

    def take(self, event: Event, writer: str = "") -> None:
        """Learn from one event of a writer."""
        happening = event_of(event)
        if isinstance(happening, Opened | SessionBegan):
            self._session_of[writer] = happening.session
            self._session = max(self._session, happening.session)
        session = self._session_of.get(writer, 0)
        match happening:
            case SearchBegan():
                self._began[session] = happening.time
            case TrialStarted():
                self._start(happening)
            case PaceFound():
                self._epoch_s.setdefault(session, happening.step_s * happening.steps)
            case EpochTrained():
                self._epochs_of[session] += 1
                self._epoch(happening)
                self._epoch_s.setdefault(session, happening.train_s + happening.validate_s)
            case TrialPaused():
                self._status[happening.trial_id] = "paused"
            case TrialResumed():
                self._status[happening.trial_id] = "running"
            case TrialEnded():
                self._status[happening.trial_id] = happening.status
                self._remaining[happening.trial_id] = 0

    def elapsed(self, now: float) -> float | None:
        """Return the seconds since this session's search began; None before it."""
        began = self._began.get(self._session)
        return None if began is None else max(0.0, now - began)

    def rate(self, now: float) -> float:
        """Return the epochs a second of this session; 0 before its first."""
        elapsed = self.elapsed(now)
        return self.session_epochs / elapsed if elapsed else 0.0

    def time_left(self, now: float) -> float | None:
        """Return the seconds until the end if no trial stops early; None before an epoch."""
        rate = self.rate(now)
        return self.epochs_left() / rate if rate else None

    def epochs_left(self) -> int:
        """Return the epochs until the end if no trial stops early."""
        unseen = max(0, self.trials - len(self._members or self._status))
        return sum(self._remaining.values()) + unseen * self._max_epochs

    def search_s(self) -> float | None:
        """Return how long the search takes by its first steps, if no trial stops early."""
        if self.epoch_s is None:
            return None
        return self.epochs_left() * self.epoch_s / min(self._workers, self.trials)

    def _start(self, event: TrialStarted) -> None:
        trial_id, member = event.trial_id, event.member
        if member is not None:
            exploited = self._members.get(member)
            if exploited is not None and exploited != trial_id:
                self._status[exploited] = "stopped"
                self._remaining[exploited] = 0
            self._members[member] = trial_id
        self._status[trial_id] = "running"
        self._remaining[trial_id] = self._max_epochs - (event.parent_epoch or 0)

    def _epoch(self, event: EpochTrained) -> None:
        self.epochs += 1
        trial_id = event.trial_id
        self._remaining[trial_id] = max(0, self._max_epochs - event.epoch)
        if self.best is None or self.metric.better(event.value, self.best):
            self.best = event.value
