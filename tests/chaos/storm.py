"""Kills the processes of a search at random moments, resumes it, and checks what it leaves."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from harness.processes.claim import Holder
from harness.records.directory import RunDirectory
from harness.records.events import read_events
from tests.chaos.clock_jump import move_records

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
PATIENCE_S = 120.0
"""How long a search of a few seconds may take before the storm gives up on it."""

LARGEST_JUMP_S = 7200.0
"""By how much the system's clock may differ from one session to the next."""

TARGETS = ("driver", "worker", "all")
"""What is killed: the process that was typed, one that trains, or every one at once."""


@dataclass(frozen=True)
class Case:
    """A search to disturb.

    Attributes
    ----------
    backend, algo
        The engine and its algorithm.
    seed
        Of the search and of the storm.
    trials, epochs, workers
        Its size.
    epoch_s
        Seconds that an epoch sleeps.
    """

    backend: str
    algo: str
    seed: int = 0
    trials: int = 6
    epochs: int = 6
    workers: int = 2
    epoch_s: float = 0.1

    def arguments(self, out: Path) -> list[str]:
        """Return what follows ``harness run``."""
        settings = {
            "backend": self.backend,
            "algo": self.algo,
            "workload": ANALYTIC,
            "seed": self.seed,
            "trials": self.trials,
            "epochs": self.epochs,
            "workers": self.workers,
            "max-retries": 0,
            "out": out,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [*options, "--set", f"workload_options.epoch_s={self.epoch_s}"]


@dataclass
class Tally:
    """What a storm did.

    Attributes
    ----------
    kills
        How often each kind of target was killed.
    torn
        Event files and states that were cut off while nobody was at work.
    clock_jumps
        How often the system's clock was another one after a kill.
    resumes
        How often the search was resumed.
    other_workers
        How many of these with another number of workers.
    faults
        What was wrong with the records; empty if nothing was lost.
    """

    kills: Counter[str] = field(default_factory=Counter)
    torn: int = 0
    clock_jumps: int = 0
    resumes: int = 0
    other_workers: int = 0
    faults: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        self.kills += other.kills
        self.torn += other.torn
        self.clock_jumps += other.clock_jumps
        self.resumes += other.resumes
        self.other_workers += other.other_workers
        self.faults += other.faults
        return self


class Storm:
    """One search, killed `kills` times.

    Parameters
    ----------
    case
        The search.
    folder
        Where it is recorded.
    kills
        How often to kill.
    """

    def __init__(self, case: Case, folder: Path, kills: int) -> None:
        self._case = case
        self._kills = kills
        self._random = random.Random(f"{case}")
        self._out = folder / f"{case.backend}-{case.algo}-{case.seed}"
        self._log = folder / f"{self._out.name}.log"
        self.directory = RunDirectory(self._out)
        self.tally = Tally()

    def rage(self) -> Tally:
        """Run the search to its end, whatever befalls it."""
        command = ["run", *self._case.arguments(self._out)]
        for _ in range(self._kills):
            killed = self._disturbed(command)
            self._await_silence()
            if not killed:
                break
            self._set_clock()
            self._tear()
            command = self._resume()
        code = self._start(command).wait(PATIENCE_S)
        if code != 0:
            self._fault(f"the last resume ended with {code}: {self._last_words()}")
        return self.tally

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "harness", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _disturbed(self, command: list[str]) -> bool:
        """Start a search and kill it; return whether it did not end by itself before that."""
        process = self._start(command)
        if not self._await_training(process):
            return False
        time.sleep(self._random.uniform(0.0, 6 * self._case.epoch_s))
        target = self._random.choice(TARGETS)
        if process.poll() is not None:
            return False
        self._kill(process, target)
        self.tally.kills[target] += 1
        process.wait(PATIENCE_S)
        return True

    def _await_training(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait for a sign of life of the session; some are killed before they train."""
        before = self._lines()
        deadline = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < deadline:
            if self.directory.config.exists() and self._lines() > before:
                return True
            time.sleep(0.02)
        return False

    def _lines(self) -> int:
        names = {"trial_start", "trial_resume", "epoch"}
        return sum(event["event"] in names for _, event in read_events(self.directory.events))

    def _kill(self, process: subprocess.Popen[bytes], target: str) -> None:
        family = [process.pid, *self._descendants(process.pid)]
        trains = [holder.pid for holder in self._writers("writer") if holder.is_alive_here()]
        victims = {
            "driver": [process.pid],
            "worker": [self._random.choice(trains)] if trains else [process.pid],
            "all": [*family, *trains],
        }[target]
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _descendants(self, pid: int) -> list[int]:
        try:
            return [child.pid for child in psutil.Process(pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _writers(self, *names: str) -> set[Holder]:
        return {
            Holder(event["host"], event["pid"], event["created"])
            for _, event in read_events(self.directory.events)
            if event["event"] in names
        }

    def _await_silence(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            left = [h for h in self._writers("writer", "driver") if h.is_alive_here()]
            if not left:
                return
            time.sleep(0.05)
        self._fault(f"{left[0]} outlived its search")

    def _set_clock(self) -> None:
        """Have the next session begin before or long after the last one, by the clock."""
        if self._random.random() < 0.3:
            move_records(self.directory, self._random.uniform(-LARGEST_JUMP_S, LARGEST_JUMP_S))
            self.tally.clock_jumps += 1

    def _tear(self) -> None:
        """Cut off what a dying process may have left half written."""
        if self._random.random() < 0.5:
            path = self._random.choice(sorted(self.directory.events.glob("*.jsonl")))
            with path.open("ab") as file:
                file.write(b'{"event":"epoch","time":17')
            self.tally.torn += 1
        states = sorted(self.directory.states.glob("*/*.pt"))
        if states and self._random.random() < 0.3:
            path = self._random.choice(states)
            path.write_bytes(path.read_bytes()[: self._random.randrange(200)])
            self.tally.torn += 1

    def _resume(self) -> list[str]:
        self.tally.resumes += 1
        if self._random.random() < 0.3:
            self.tally.other_workers += 1
            return ["resume", str(self._out), f"--workers={self._random.choice([1, 3])}"]
        return ["resume", str(self._out)]

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing"

    def _fault(self, text: str) -> None:
        self.tally.faults.append(f"{self._out.name}: {text}")


def undisturbed(case: Case, folder: Path) -> RunDirectory:
    """Run a search that nobody disturbs."""
    out = folder / f"whole-{case.backend}-{case.algo}-{case.seed}"
    command = [sys.executable, "-m", "harness", "run", *case.arguments(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
    return RunDirectory(out)


def summary_of(directory: RunDirectory) -> dict[str, object]:
    """Return a run's summary."""
    return dict(json.loads(directory.summary.read_text()))
