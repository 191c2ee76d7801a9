"""The log of a running search that cannot be read is refused in one line."""

import io
import json
import shutil

import pytest
from rich.console import Console

from harness import plots
from harness import run as run_search
from harness.config import RunConfig
from harness.console.show import print_run
from harness.errors import RequestError
from harness.load import load_run


def show(run):
    print_run(run, Console(file=io.StringIO()))


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A run without an engine, which no test changes."""
    config = RunConfig(
        backend="harness.testing.backends:SequentialBackend",
        workload="harness.testing.workloads:AnalyticWorkload",
        workers=1,
        trials=3,
        epochs=2,
    )
    return run_search(config, tmp_path_factory.mktemp("ended") / "run").directory


@pytest.fixture
def running(ended, tmp_path):
    """A run as it is while it runs, and its workers' log."""
    run = tmp_path / "running"
    shutil.copytree(ended, run)
    for name in ("summary.json", "trials.parquet", "epochs.parquet", "spans.parquet"):
        (run / name).unlink()
    (log,) = run.glob("events/0-*.jsonl")
    return run, log


def edit_event(log, name, **changes):
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    next(line for line in lines if line["event"] == name).update(changes)
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize(
    "event, changes, reason",
    [
        ("epoch", {"epoch": "x"}, "an event 'epoch': 'epoch' is 'x'"),
        ("epoch", {"value": [1]}, "an event 'epoch': 'value' is [1]"),
        ("span", {"start": None}, "an event 'span': 'start' is None"),
        ("trial_start", {"number": 1e300}, "an event 'trial_start': 'number' is 1e+300"),
        ("trial_start", {"config": None}, "an event 'trial_start': 'config' is None"),
        ("writer", {"session": "x"}, "an event 'writer': 'session' is 'x'"),
        ("writer", {"time": 1e300}, "its events are damaged"),
    ],
)
def test_an_event_that_cannot_be_read_is_named(running, event, changes, reason):
    run, log = running
    edit_event(log, event, **changes)
    for read in (show, plots.plot_run, load_run):
        with pytest.raises(RequestError) as refusal:
            read(run)
        assert reason in str(refusal.value)


def test_words_and_fields_of_later_releases_leave_a_running_search_readable(running):
    run, log = running
    edit_event(log, "trial_start", origin="dream", later=1)
    edit_event(log, "span", trial_id=None)
    show(run)


@pytest.mark.parametrize("content", ["", "[]", "{}", "{"])
def test_a_running_search_without_its_machine_is_refused(running, content):
    run, _log = running
    (run / "environment.json").write_text(content)
    with pytest.raises(RequestError, match=r"environment\.json"):
        show(run)
