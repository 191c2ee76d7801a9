"""What the records of a search over several nodes say."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from harness.records.events import read_events


def hosts_that_trained(out: Path, but_for: Collection[str] = ()) -> set[str]:
    """Return the hosts of the writers of epochs, some writers left out."""
    written = read_events(out / "events")
    hosts = {writer: e["host"] for writer, e in written if e["event"] == "writer"}
    return {hosts[w] for w, e in written if e["event"] == "epoch" and w not in but_for}


def read_plain(file: Path):
    return json.loads(file.read_text())


def summary(out: Path):
    return read_plain(out / "summary.json")


def exploits_between_nodes(out: Path) -> int:
    """Count the trials that began on one node from a state that another one wrote."""
    written = read_events(out / "events")
    hosts = {writer: e["host"] for writer, e in written if e["event"] == "writer"}
    begun = {e["trial_id"]: (hosts[w], e) for w, e in written if e["event"] == "trial_start"}
    return sum(
        host != begun[event["parent_trial_id"]][0]
        for host, event in begun.values()
        if event["parent_trial_id"] is not None
    )


def values(out: Path) -> list[tuple[str, int, float]]:
    epochs = pd.read_parquet(out / "epochs.parquet").sort_values(["trial_id", "epoch"])
    return list(zip(epochs["trial_id"], epochs["epoch"], epochs["value"], strict=True))


def epochs_of(out: Path) -> list[tuple[str, int]]:
    events = read_events(out / "events") if (out / "events").is_dir() else []
    return [(e["trial_id"], e["epoch"]) for _writer, e in events if e["event"] == "epoch"]


def wait_until(is_so, said, patience_s: float = 200.0) -> None:
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, said()
        time.sleep(0.1)
