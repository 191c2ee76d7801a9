"""Every engine and algorithm over every kind of space: legal configurations only, or a refusal."""

import json

import pytest

from harness.backend import SingleProcess
from harness.config import RunConfig, read_config_file, validate_config
from harness.errors import RequestError
from harness.machine.hardware import detect_hardware
from harness.plugins.loading import load_backend
from harness.records.directory import RunDirectory
from harness.search.finish import finish_run
from harness.search.prepare import objective_spec, prepare, prepare_resumed, search_context
from harness.search.resolve import reopen, resolve
from harness.space_values import illegality, own_configuration
from harness.testing.searches import carry_out_prepared, read_search
from harness.testing.spaces import FIXED, KINDS

WORKLOAD = "harness.testing.spaces:SpaceWorkload"
ENGINES = ("ray", "deephyper", "propulate")
CELLS = [
    (backend, algorithm) for backend in ENGINES for algorithm in load_backend(backend).algorithms
]
RESTRICTED = {"conditions", "forbidden"}
FIXED_LISTS = {("ray", "rand"), ("ray", "asha"), ("deephyper", "rand"), ("deephyper", "asha")} | {
    ("propulate", "rand"),
    ("propulate", "asha"),
}


def refused_kinds(backend, algorithm):
    """Return the kinds of space that an algorithm cannot search."""
    if (backend, algorithm) in FIXED_LISTS:
        return set()
    nothing = {"nothing-to-choose"}
    if algorithm in {"pbt", "cbo", "cbo-asha"}:
        return nothing
    if algorithm == "regevo":
        return nothing | {"forbidden"}
    if algorithm in {"pso", "cmaes", "nelder-mead"}:
        return nothing | RESTRICTED | {"categories"}
    return nothing | RESTRICTED


def request(backend, algorithm, kind, **changes):
    return {
        "backend": backend,
        "algo": algorithm,
        "workload": WORKLOAD,
        "workload_options": {"kind": kind},
        # A process of Ray's takes longer to start than such a search.
        "workers": 1 if backend == "ray" else 2,
        "trials": 6,
        "epochs": 3,
        "reduction_factor": 2,
        "population": 6 if algorithm in {"pbt", "pb2"} else 3,
        "device": "cpu",
        "threads": 1,
        "engine": {"n_points": 200} if backend == "deephyper" else {},
        **changes,
    }


@pytest.mark.parametrize(("backend", "algorithm"), CELLS)
def test_a_space_that_an_algorithm_cannot_search_is_refused_in_one_line(backend, algorithm):
    refused = set()
    for kind in KINDS:
        try:
            config = RunConfig.model_validate(request(backend, algorithm, kind))
            resolve(config, detect_hardware(), {})
        except RequestError as error:
            assert "\n" not in str(error)
            refused.add(kind)
    assert refused == refused_kinds(backend, algorithm)


def check(search):
    """Check that every trial trained what its space allows, and ended well."""
    told = f"{search.config.backend} {search.config.algo} {search.config.workload_options}"
    space = search.workload.space()
    failed = search.trials[~search.trials["status"].isin(["completed", "stopped"])]
    assert failed.empty, (told, list(failed["error"]))
    assert search.summary["unfinished_trials"] == 0, told
    warned = search.summary["warnings"]
    # A search that is cut off after its end has lost the states of all but its winner.
    lost = search.summary["sessions"] == 2 and any("is not there" in line for line in warned)
    assert search.summary["test_value"] is not None or lost, (told, warned)
    fixed = FIXED.get(search.config.workload_options["kind"], frozenset())
    configs = {}
    for trial in search.trial_rows():
        config = own_configuration(space, json.loads(trial.config))
        assert illegality(space, config) is None, (told, config)
        configs[trial.trial_id] = {name: config.get(name) for name in fixed}
    for trial in search.trial_rows():
        if trial.parent_trial_id is not None:
            assert configs[trial.trial_id] == configs[trial.parent_trial_id], told


def cut_off(search):
    """Leave of a finished search what its first half had recorded, and prepare its resume."""
    directory = RunDirectory(search.directory)
    middle = search.summary["runtime_s"] / 2
    began = next(e["time"] for e in search.events() if e["event"] == "search_begin")
    for file in directory.events.glob("*.jsonl"):
        lines = file.read_text().splitlines(keepends=True)
        kept = [line for line in lines if json.loads(line)["time"] <= began + middle]
        file.write_text("".join(kept))
    directory.summary.unlink()
    prepare_resumed(validate_config(search.config.to_plain()), directory, None)


def carry_out(backend, directory, names):
    """Carry out prepared searches on one start of the engine."""
    if load_backend(backend).process_model == "mpi":
        carry_out_prepared(directory, names, timeout_s=1200.0)
        return
    runs = []
    for name in names:
        config = validate_config(read_config_file(directory / name / "run.yaml"))
        run, place = reopen(config, detect_hardware()), RunDirectory(directory / name)
        runs.append((run, place, search_context(run, place)))
    with load_backend(backend).engine_started(runs[0][2]):
        for run, place, context in runs:
            run.backend.search(context, SingleProcess())
            objective = objective_spec(run.config, place)
            finish_run(run.config, place, run.workload.metric, "completed", objective)


@pytest.mark.long
@pytest.mark.parametrize(("backend", "algorithm"), CELLS)
def test_an_algorithm_trains_only_what_a_space_allows_after_a_resume_too(
    backend, algorithm, tmp_path
):
    requests = {
        kind: request(backend, algorithm, kind)
        for kind in KINDS
        if kind not in refused_kinds(backend, algorithm)
    }
    for name, settings in requests.items():
        prepare(validate_config(settings), tmp_path / name)
    carry_out(backend, tmp_path, list(requests))
    for name in requests:
        found = read_search(tmp_path / name)
        check(found)
        cut_off(found)
    carry_out(backend, tmp_path, list(requests))
    for name in requests:
        found = read_search(tmp_path / name)
        check(found)
        assert found.summary["sessions"] == 2, name
