"""Runs `harness run` as a user would, and reads what it left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class SearchRequest:
    """One search.

    Attributes
    ----------
    backend, algo, workload, precision, workers, trials, epochs, seed, data
        As on the command line; None leaves one out.
    settings
        What ``--set`` sets.
    """

    backend: str
    algo: str = "rand"
    workload: str | None = None
    precision: str = "fp32"
    workers: int = 2
    trials: int = 8
    epochs: int | None = None
    seed: int = 0
    data: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def arguments(self, out: Path) -> list[str]:
        """Return the command line that writes into `out`."""
        line = [str(Path(sys.executable).with_name("harness")), "run", "--out", str(out)]
        options = {
            "--backend": self.backend,
            "--algo": self.algo,
            "--workload": self.workload,
            "--precision": self.precision,
            "--workers": self.workers,
            "--trials": self.trials,
            "--epochs": self.epochs,
            "--seed": self.seed,
            "--data": self.data,
        }
        for name, value in options.items():
            if value is not None:
                line += [name, str(value)]
        for key, value in self.settings.items():
            line += ["--set", f"{key}={json.dumps(value)}"]
        return line


@dataclass(frozen=True)
class FinishedSearch:
    """A search that is over.

    Attributes
    ----------
    directory
        Its run directory.
    summary
        Its summary.
    began
        Unix time of the command's start.
    wall_s
        From the command's start to its end.
    """

    directory: Path
    summary: dict[str, Any]
    began: float
    wall_s: float

    @property
    def epoch_s(self) -> float:
        """Seconds of the search for each epoch that it trained."""
        return float(self.summary["runtime_s"] / self.summary["epochs"])


def run_search(request: SearchRequest, out: Path) -> FinishedSearch:
    """Run a search.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails; its standard error is shown.
    """
    began = time.time()
    wall_s = timed_command(request.arguments(out))
    return FinishedSearch(
        out, json.loads((out / "summary.json").read_text(encoding="utf-8")), began, wall_s
    )


def timed_command(command: Sequence[str], environ: Mapping[str, str] = os.environ) -> float:
    """Run a command that finds this repository's modules; return its seconds.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails; its standard error is shown.
    """
    began = time.perf_counter()
    finished = subprocess.run(
        command,
        env={**environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if finished.returncode != 0:
        sys.stderr.write(finished.stderr)
        finished.check_returncode()
    return seconds
