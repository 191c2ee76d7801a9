"""An engine whose internals are not those that replays know is refused by name."""

import pytest

from harness.config import RunConfig
from harness.errors import RequestError
from harness.replay.costs import ReplayCosts
from harness.replay.request import resolve_replay
from harness.testing.tables import synthetic_table


def refusal(backend):
    config = RunConfig(backend=backend, workers=2, trials=4)
    with pytest.raises(RequestError) as refused:
        resolve_replay(config, synthetic_table(4), ReplayCosts())
    assert "\n" not in str(refused.value) and f"The installed {backend}" in str(refused.value)
    return str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["add_actor", "schedule_actor_task", "next"])
def test_a_ray_whose_actor_manager_takes_other_arguments_is_refused(name, monkeypatch):
    from ray.air.execution._internal import RayActorManager

    monkeypatch.setattr(RayActorManager, name, lambda self, plan: None)
    assert f"the actor manager's '{name}' takes other arguments" in refusal("ray")


@pytest.mark.slow
def test_a_ray_whose_controller_asks_its_actor_manager_for_more_is_refused(monkeypatch):
    from ray.tune.execution.tune_controller import TuneController

    import backends.ray.replay as replayed

    class Changed(TuneController):
        def step(self):
            self._actor_manager.migrate()

    monkeypatch.setattr(replayed, "TuneController", Changed)
    assert "its controller uses 'migrate' of the actor manager" in refusal("ray")


@pytest.mark.slow
def test_a_ray_whose_awaited_states_take_other_arguments_is_refused(monkeypatch):
    from ray.train._internal.session import _FutureTrainingResult

    monkeypatch.setattr(_FutureTrainingResult, "resolve", lambda self, timeout: None)
    assert "a state that is awaited takes other arguments" in refusal("ray")


def test_a_deephyper_whose_evaluator_lost_a_method_is_refused(monkeypatch):
    from deephyper.evaluator import Evaluator

    monkeypatch.delattr(Evaluator, "_await_at_least_n_tasks")
    assert "Evaluator has no '_await_at_least_n_tasks'" in refusal("deephyper")


def test_a_deephyper_that_executes_without_asyncio_is_refused(monkeypatch):
    from deephyper.evaluator import Evaluator

    monkeypatch.setattr(Evaluator, "execute", lambda self, job: job)
    assert "Evaluator.execute is no coroutine" in refusal("deephyper")


def test_a_propulate_whose_loop_is_built_otherwise_is_refused(monkeypatch):
    from propulate import Propulator

    def built(self, loss_fn, propagator, island_comm, propulate_comm, worker_sub_comm):
        pass

    monkeypatch.setattr(Propulator, "__init__", built)
    assert "Propulator takes no 'surrogate_factory'" in refusal("propulate")
