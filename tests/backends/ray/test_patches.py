"""What Ray does without each patch. A test that fails here says that a patch can go."""

import importlib
import inspect
import multiprocessing
import signal
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from ray._private import services, utils, worker
from ray.air._internal import usage
from ray.air.execution import PlacementGroupResourceManager, ResourceRequest
from ray.air.execution._internal import RayActorManager
from ray.exceptions import OutOfMemoryError
from ray.tune import Callback, Trainable
from ray.tune import tune as tune_run
from ray.tune.execution import class_cache
from ray.tune.execution.tune_controller import TuneController
from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, HyperBandForBOHB, PopulationBasedTraining
from ray.tune.search import BasicVariantGenerator
from ray.tune.utils.object_cache import _ObjectCache

from backends.ray.backend import RayBackend
from backends.ray.patches import cluster as cluster_patches
from backends.ray.patches.actors import KeepsActors, TakesFromBrackets, TakesInOrder
from backends.ray.patches.catalogue import PATCHES, patches_in_force
from backends.ray.patches.controller import (
    BoundedResourceManager,
    RetryingController,
    ToleratingManager,
    callbacks_uncounted,
    signals_left,
)
from backends.ray.patches.population import KeepsTurns
from backends.ray.patches.search_algorithms import FinishedWithItsTrials
from backends.ray.schedulers import Brackets, InOrder
from backends.ray.trial_config import KEY

BOTH = pytest.mark.parametrize("patched", [False, True])


class FakeTrial(SimpleNamespace):
    """As much of Tune's trial as a scheduler sees."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


def fake_trial(name="a", status=Trial.PENDING):
    checkpoints = SimpleNamespace(checkpoint_config=SimpleNamespace(num_to_keep=None))
    return FakeTrial(
        trial_id=name,
        status=status,
        config={KEY: {"trial_id": name}},
        placement_group_factory="one CPU",
        run_metadata=SimpleNamespace(checkpoint_manager=checkpoints, num_failures=1),
        evaluated_params={},
        experiment_tag=name,
    )


def fake_controller(trials, coming=()):
    """A controller in which an actor comes up for some of the trials."""
    return SimpleNamespace(
        get_trials=lambda: list(trials),
        _pending_trials=[trial for trial in trials if trial.status == Trial.PENDING],
        _trial_to_actor={trial: trial.trial_id for trial in coming},
        _actor_manager=SimpleNamespace(is_actor_started=lambda actor: True),
        _actor_cache=_ObjectCache(may_keep_one=True),
        search_alg=None,
    )


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.name)
def test_every_patch_names_code_that_is_there(patch):
    for code in patch.code.split(", "):
        module, _, name = code.rpartition(".")
        assert inspect.getdoc(getattr(importlib.import_module(f"backends.ray.{module}"), name))


def test_without_patches_those_that_nothing_works_without_stay():
    needed = patches_in_force(False)
    assert needed == tuple(patch.name for patch in PATCHES if patch.required)
    assert 0 < len(needed) < len(patches_in_force(True)) == len(PATCHES)
    assert RayBackend().patches({"patches": False}) == needed
    assert RayBackend().patches({}) == patches_in_force(True)


def test_ray_starts_no_more_processes_in_advance_than_there_are_cores():
    assert "multiprocessing.cpu_count(), num_cpus_static" in inspect.getsource(services)
    many = multiprocessing.cpu_count() + 3
    with cluster_patches.as_many_cores_as(many):
        assert multiprocessing.cpu_count() == many


def test_tune_gives_each_actor_an_environment_of_its_own(monkeypatch):
    for name in class_cache.ENV_VARS_TO_PROPAGATE:
        monkeypatch.delenv(name, raising=False)

    def environment():
        remote = class_cache._ActorClassCache().get(type("Nothing", (), {}))
        return remote._default_options["runtime_env"].get("env_vars", {})

    assert environment()
    with cluster_patches.inherited_process_environment():
        assert not environment()
    assert environment()


@BOTH
def test_tune_keeps_one_idle_actor(patched):
    controller = fake_controller([])
    if patched:
        scheduler = type("Kept", (KeepsActors, FIFOScheduler), {"slots": 2})()
        scheduler.on_trial_add(controller, fake_trial())
    kept = [controller._actor_cache.cache_object("one CPU", actor) for actor in ("a", "b")]
    assert kept == [True, patched]


@BOTH
def test_tune_gives_an_idle_actor_to_a_trial_that_has_one_to_come(patched):
    coming, waiting = fake_trial("a"), fake_trial("b")
    controller = fake_controller([coming, waiting], coming=[coming])
    scheduler = InOrder() if patched else FIFOScheduler()
    for trial in (coming, waiting):
        scheduler.on_trial_add(controller, trial)
    assert scheduler.choose_trial_to_run(controller) is (waiting if patched else coming)
    assert issubclass(InOrder, TakesInOrder)


@BOTH
def test_brackets_do_so_too(patched):
    coming, waiting = fake_trial("a"), fake_trial("b")
    controller = fake_controller([coming, waiting], coming=[coming])
    made = Brackets if patched else HyperBandForBOHB
    scheduler = made(time_attr="epoch", metric="value", mode="max", max_t=9, reduction_factor=3)
    for trial in (coming, waiting):
        scheduler.on_trial_add(controller, trial)
    assert scheduler.choose_trial_to_run(controller) is (waiting if patched else coming)
    assert issubclass(Brackets, TakesFromBrackets)


@BOTH
def test_of_members_with_equal_claims_the_first_has_every_turn(patched):
    bases = (KeepsActors, PopulationBasedTraining) if patched else (PopulationBasedTraining,)
    scheduler = population(*bases)
    first, second = fake_trial("a"), fake_trial("b")
    controller = fake_controller([first, second])
    for trial in (first, second):
        scheduler.on_trial_add(controller, trial)
    first.status = Trial.RUNNING
    scheduler.choose_trial_to_run(controller)
    first.status = Trial.PAUSED
    assert scheduler.choose_trial_to_run(controller) is (second if patched else first)


def population(*bases):
    return type("Population", bases, {})(
        time_attr="epoch",
        metric="value",
        mode="max",
        perturbation_interval=1,
        custom_explore_fn=lambda config: config,
    )


@BOTH
def test_a_member_that_is_added_again_has_never_perturbed(patched):
    bases = (KeepsTurns, PopulationBasedTraining) if patched else (PopulationBasedTraining,)
    scheduler = population(*bases)
    member, controller = fake_trial(), fake_controller([])
    scheduler.on_trial_add(controller, member)
    scheduler._trial_state[member].last_perturbation_time = 3
    scheduler.on_trial_add(controller, member)
    assert scheduler._trial_state[member].last_perturbation_time == (3 if patched else 0)


def test_an_exploit_takes_the_donors_identity():
    scheduler = population(PopulationBasedTraining)
    opened, _ = scheduler._get_new_config(fake_trial("exploited"), fake_trial("donor"))
    assert opened[KEY]["trial_id"] == "donor"


@BOTH
def test_a_search_algorithm_is_finished_while_its_last_trial_is_under_way(patched):
    class Handed(BasicVariantGenerator):
        left = 1

        def next_trial(self):
            self.left -= 1
            return fake_trial()

        def is_finished(self):
            return self.left == 0

    made = type("Waits", (FinishedWithItsTrials, Handed), {}) if patched else Handed
    algorithm = made()
    trial = algorithm.next_trial()
    assert algorithm.is_finished() is not patched
    if patched:
        algorithm.on_trial_complete(trial.trial_id)
        assert algorithm.is_finished()


@BOTH
def test_a_trial_waits_for_ever_for_an_idle_process_that_died(patched, monkeypatch):
    controller = (RetryingController if patched else TuneController).__new__(
        RetryingController if patched else TuneController
    )
    trial, failures = fake_trial(), []
    controller._actor_to_trial = {"actor": trial}
    controller._resetting_trials = {trial}
    controller._pending_trials, controller._paused_trials = {trial}, set()
    controller._actor_manager = SimpleNamespace(
        clear_actor_task_futures=lambda actor: None, remove_actor=lambda actor, kill: None
    )
    controller._unstage_trial_with_resources = lambda trial: None
    controller._actor_stopped = lambda actor: None
    controller._trial_task_failure = lambda trial, exception: failures.append(trial)
    controller._set_trial_status = lambda trial, status: controller._pending_trials.discard(trial)
    actor = FakeTrial(set_on_stop=lambda _: None, set_on_error=lambda _: None)
    controller._actor_to_trial = {actor: trial}
    controller._actor_failed(actor, RuntimeError("gone"))
    # A trial that is being reset takes no other actor.
    assert (trial in controller._resetting_trials) is not patched
    # The failure of its task comes next, and would be the second of one death.
    assert len(failures) == (0 if patched else 1)


@BOTH
def test_a_process_that_was_killed_for_its_memory_ends_the_search(patched):
    manager = (ToleratingManager if patched else RayActorManager).__new__(
        ToleratingManager if patched else RayActorManager
    )
    manager._failed_actor_ids = set()
    manager._cleanup_actor = lambda tracked_actor: None
    seen = []
    actor = SimpleNamespace(actor_id=1, _on_error=lambda *given: seen.append("actor"))
    task = SimpleNamespace(_tracked_actor=actor, _on_error=lambda *given: seen.append("task"))
    killed = OutOfMemoryError("the node is running low on memory")
    if patched:
        manager._actor_task_failed(task, killed)
        assert seen == ["actor", "task"]
    else:
        with pytest.raises(RuntimeError):
            manager._actor_task_failed(task, killed)


@BOTH
def test_tune_has_an_actor_for_each_waiting_member_that_a_cluster_has_room_for(patched):
    made = type("Bounded", (BoundedResourceManager,), {"slots": 2})
    manager = object.__new__(made if patched else PlacementGroupResourceManager)
    request = ResourceRequest([{"CPU": 1.0}])
    manager._request_to_ready_pgs = {request: {"a third group"}}
    manager._acquired_pgs = {"one": 1, "two": 2}
    assert manager.has_resources_ready(request) is not patched


def test_a_checkpoint_goes_through_a_temporary_directory():
    class Saves(Trainable):
        def save_checkpoint(self, checkpoint_dir):
            self.into = checkpoint_dir

    trainable = Saves()
    trainable.save()
    assert trainable.into.startswith(tempfile.gettempdir())


def test_tune_imports_mlflow_to_count_callbacks(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray.air.integrations.mlflow", None)
    with callbacks_uncounted():
        usage.tag_callbacks([Callback()])
    with pytest.raises(ImportError):
        usage.tag_callbacks([Callback()])


def test_tune_takes_the_signals_of_who_called():
    numbers = (signal.SIGINT, signal.SIGUSR1)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        with signals_left():
            tune_run._setup_signal_catching()
        assert {number: signal.getsignal(number) for number in numbers} == before
        tune_run._setup_signal_catching()
        assert not {signal.getsignal(number) for number in numbers} & set(before.values())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_ray_takes_sigterm_of_who_called():
    before = signal.getsignal(signal.SIGTERM)
    try:
        with cluster_patches.no_termination_handler():
            utils.set_sigterm_handler(lambda *given: None)
        assert signal.getsignal(signal.SIGTERM) is before
        utils.set_sigterm_handler(lambda *given: None)
        assert signal.getsignal(signal.SIGTERM) is not before
        assert "set_sigterm_handler(sigterm_handler)" in inspect.getsource(worker)
    finally:
        signal.signal(signal.SIGTERM, before)


@BOTH
def test_ray_prints_what_it_has_to_say_on_standard_output(patched, capsys):
    line = {
        "ip": "127.0.0.1",
        "pid": "raylet",
        "lines": ["a process died"],
        "is_err": False,
        "job": None,
        "actor_name": None,
        "task_name": None,
    }
    if patched:
        with cluster_patches.silence():
            worker.print_to_stdstream(line, ignore_prefix=False)
    else:
        worker.print_to_stdstream(line, ignore_prefix=False)
    assert ("a process died" in capsys.readouterr().out) is not patched


def test_the_documentation_lists_every_patch():
    page = Path(__file__).parents[3].joinpath("docs", "backends.md").read_text(encoding="utf-8")
    for patch in PATCHES:
        row = next(line for line in page.splitlines() if line.startswith(f"| `{patch.name}` |"))
        assert patch.mends in row
        assert (patch.upstream or "none found") in row
        assert patch.required in row
