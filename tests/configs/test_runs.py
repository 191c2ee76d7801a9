"""The configurations of single searches are what they are said to be, and can run."""

import pytest

from harness.config import build_config
from harness.replay.plan_of_recording import read_recording
from harness.search.resolve import resolve

WORKLOADS = ("cifar10", "imagenet", "cfd")
ALGORITHMS = ("rand", "asha", "bohb", "pbt")
STUDIES = ("paper", "laptop", "laptop-control", "frameworks", "cells")
RECORDINGS = {
    "digits": (48, 6, (0, 1)),
    "cifar10": (16, 12, (0, 1)),
    "imagenet": (16, 12, (0, 1)),
    "cfd": (16, 12, (0, 1)),
}
"""Configurations, epochs and training seeds of each."""

MARKS = ("[paper]", "[inferred]", "[assumed]")


@pytest.fixture
def load(configs):
    def read(folder, workload, **options):
        return build_config(configs / folder / f"{workload}.yaml", options, [])

    return read


def test_every_file_is_covered_here_or_with_the_studies(configs):
    found = {path.relative_to(configs).as_posix() for path in configs.rglob("*.yaml")}
    runs = {f"{folder}/{name}.yaml" for folder in ("paper", "laptop") for name in WORKLOADS}
    studies = {f"studies/{name}.yaml" for name in STUDIES}
    recordings = {f"studies/record-{name}.yaml" for name in RECORDINGS}
    assert found == runs | studies | recordings


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_holds_the_configurations_of_a_search(configs, name):
    recording = read_recording(configs / f"studies/record-{name}.yaml")
    held = (len(recording.configurations), recording.epochs, recording.seeds)
    assert held == RECORDINGS[name]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_laptop_run_resolves_on_two_cores(load, workload, algorithm, two_cores, any_data):
    resolved = resolve(load("laptop", workload, algo=algorithm), two_cores, {})
    assert resolved.config.workers == 2
    assert resolved.config.grace_epochs == (3 if algorithm == "bohb" else 1)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_paper_run_resolves_on_the_papers_gpus(load, workload, algorithm, gpu_machine, any_data):
    resolved = resolve(load("paper", workload, algo=algorithm), gpu_machine, {})
    assert resolved.precision.autocast_dtype == "float16"
    assert resolved.config.grace_epochs == (3 if algorithm == "bohb" else 1)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_paper_run_takes_64_gpus(load, workload):
    config = load("paper", workload)
    assert config.workers * config.ranks_per_trial == 64
    assert config.ranks_per_trial == (2 if workload == "cfd" else 4)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_value_of_a_paper_run_names_where_it_comes_from(configs, workload):
    text = (configs / "paper" / f"{workload}.yaml").read_text()
    values = [
        line
        for line in text.splitlines()
        if ": " in line and not line.startswith(("#", "workload:"))
    ]
    assert len(values) > 12
    assert [line for line in values if not any(m in line for m in MARKS)] == []
