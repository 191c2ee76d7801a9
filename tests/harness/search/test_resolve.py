from dataclasses import replace

import pytest
from ConfigSpace import CategoricalHyperparameter, ConfigurationSpace

from harness.config import RunConfig, validate_config
from harness.errors import RequestError
from harness.machine.hardware import Gpu, Hardware, usable_cores
from harness.search.resolve import resolve
from harness.testing.workloads import AnalyticWorkload

TWO_CORES = Hardware("cpu", 2, 2**30, cpu_has_bf16=True, cpu_has_fp16=False)
REQUEST = {
    "backend": "harness.testing.backends:SequentialBackend",
    "workload": "harness.testing.workloads:AnalyticWorkload",
}


def resolved(environ=None, workers=None, **settings):
    return resolve(RunConfig(**{**REQUEST, **settings}), TWO_CORES, environ or {}, workers)


def test_every_default_is_filled_in():
    config = resolved().config
    left_open = {name for name, value in config.model_dump().items() if value is None}
    seeds = {"search_seed", "split_seed", "training_seed"}
    assert left_open <= {"time_limit", "trial_timeout", "data"} | seeds


def test_workers_default_to_the_cores_but_not_to_more_than_the_trials():
    assert resolved(trials=8).config.workers == 2
    assert resolved(trials=1).config.workers == 1


def test_threads_default_to_cores_over_workers():
    assert resolved(workers=1).config.threads == usable_cores()
    assert resolved(workers=2).config.threads == max(1, usable_cores() // 2)
    assert resolved(workers=10_000).config.threads == 1


def test_threads_are_those_of_a_node_or_of_a_task():
    config = RunConfig(**REQUEST, workers=2)
    two_nodes = {"SLURM_JOB_NUM_NODES": "2", "SLURM_CPUS_PER_TASK": "7"}
    assert resolve(config, TWO_CORES, two_nodes).config.threads == usable_cores()
    assert resolved(two_nodes, workers=2).config.threads == 7


def test_workers_that_no_trial_is_left_for_are_warned_of():
    assert not resolved(workers=4, trials=4).warnings
    (warning,) = resolved(workers=6, trials=4).warnings
    assert "2 have no work" in warning


def test_an_initial_design_is_at_most_a_third_of_the_trials():
    assert resolved(trials=12).config.population == 4


def test_the_data_root_comes_from_the_environment(tmp_path):
    assert resolved({"HARNESS_DATA": str(tmp_path)}).config.data == tmp_path
    assert resolved({"HARNESS_DATA": "/nowhere"}, data=tmp_path).config.data == tmp_path


def test_a_jobs_workers_win_and_contradictions_are_refused():
    assert resolved(workers=5).config.workers == 5
    with pytest.raises(RequestError, match="makes 5 workers"):
        resolve(RunConfig(**REQUEST, workers=3), TWO_CORES, {}, 5)


def test_cuda_without_a_gpu_is_refused():
    with pytest.raises(RequestError, match="no GPU"):
        resolved(device="cuda")


def test_workers_that_share_a_gpu_are_named_where_all_gpus_are_seen():
    machine = replace(TWO_CORES, gpus=(Gpu("a GPU", 2**34, (9, 0)),))
    config = RunConfig(**REQUEST, workers=2)
    assert "2 workers share 1 GPU of this machine." in resolve(config, machine, {}).warnings
    for environ, given in (({"SLURM_NNODES": "2"}, {}), ({}, {"device": "cpu"})):
        elsewhere = resolve(config.model_copy(update=given), machine, environ)
        assert elsewhere.warnings == ()
    with pytest.raises(RequestError, match="need 4 GPUs, and this machine shows 1"):
        pytest.importorskip("ray")
        shared = {"backend": "ray", "workload": "digits", "ranks_per_trial": 2}
        resolve(config.model_copy(update=shared), machine, {})


def test_ranks_that_would_each_train_the_whole_trial_are_refused():
    alone = {"workload": "harness.testing.workloads:AnalyticWorkload"}
    with pytest.raises(
        RequestError, match=r"Workload .*AnalyticWorkload. does not declare several"
    ):
        resolved(**alone, ranks_per_trial=2)
    sharing = {"workload": "harness.testing.workloads:RanksWorkload"}
    backend = "harness.testing.backends:SequentialBackend"
    with pytest.raises(
        RequestError, match=r"Backend .*SequentialBackend. does not declare several"
    ):
        resolved(**sharing, backend=backend, ranks_per_trial=2)


def test_a_resolved_configuration_resolves_to_itself():
    config = resolved(trials=5).config
    again = resolve(config, TWO_CORES, {}).config
    assert again == config


def test_a_launcher_that_does_not_exist_is_refused_before_anything_is_written():
    for module in ("propulate", "mpi4py"):
        pytest.importorskip(module)
    with pytest.raises(RequestError, match="there is no 'nowhere-mpiexec'"):
        resolved({"HARNESS_MPIEXEC": "nowhere-mpiexec"}, backend="propulate")


def test_a_rung_that_no_training_reaches_is_refused():
    with pytest.raises(RequestError, match="grace_epochs=9 is more than the 4 epochs"):
        resolved(algo="asha", grace_epochs=9, epochs=4)
    (warning,) = resolved(algo="asha", grace_epochs=4, epochs=4, workers=1).warnings
    assert "no trial is stopped early" in warning


@pytest.mark.parametrize(
    "settings",
    [
        {"time_limit": float("inf")},
        {"trial_timeout": float("inf")},
        {"perturbation_factors": (0.0, 1.2)},
        {"perturbation_factors": (float("nan"), 1.2)},
    ],
)
def test_limits_and_factors_are_positive_numbers(settings):
    with pytest.raises(RequestError, match=next(iter(settings))):
        validate_config({**REQUEST, **settings})


def test_a_space_that_records_cannot_hold_is_refused(monkeypatch):
    space = ConfigurationSpace()
    space.add(CategoricalHyperparameter("kinds", [frozenset({1}), frozenset({2})]))
    monkeypatch.setattr(AnalyticWorkload, "mutable", ())
    monkeypatch.setattr(AnalyticWorkload, "space", lambda self: space)
    with pytest.raises(RequestError, match="'kinds' has the value frozenset") as error:
        resolved()
    assert "\n" not in str(error.value)
