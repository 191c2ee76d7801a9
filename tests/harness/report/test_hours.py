"""What was held, by what it went into."""

import json

import pytest

from harness.report.collection import collect
from harness.report.hours import hours_tables


def test_hours_by_kind_sum_to_what_was_held(write_runs):
    folder = write_runs(backend=["ray", "propulate"], seed=[0, 1], gpus=2)
    processor, gpu = hours_tables(collect([folder]))
    assert (processor.name, gpu.name) == ("processor-hours", "gpu-hours")
    summaries = [json.loads((run / "summary.json").read_text()) for run in folder.iterdir()]
    rays = [s["processor_hours"] for s in summaries if s["backend"] == "ray"]
    row = processor.data.set_index("search").loc["ray rand"]
    assert row["sum"] == pytest.approx(sum(rays) / 2) and row["n"] == 2
    # A master holds a processor while the search runs, and no GPU.
    runtimes = [s["runtime_s"] for s in summaries if s["backend"] == "ray"]
    assert row["master"] == pytest.approx(sum(runtimes) / 2 / 3600)
    assert (gpu.data["master"] == 0).all() and (gpu.data["launch"] > 0).all()


def test_runs_that_do_not_say_what_they_held_have_no_hours(write_runs):
    assert list(hours_tables(collect([write_runs()]))) == []


def test_without_gpus_there_are_no_gpu_hours(write_runs):
    (table,) = hours_tables(collect([write_runs(gpus=0)]))
    assert table.name == "processor-hours"
