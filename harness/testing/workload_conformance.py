"""The contract of a workload, as tests that every workload passes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from harness.checkpoints.file import snapshot
from harness.errors import RequestError
from harness.machine.hardware import detect_hardware
from harness.plugins.loading import load_workload
from harness.precision import resolve_precision
from harness.space import plain_configuration, sample_configurations
from harness.testing.rank_pairs import train_in_two_ranks
from harness.testing.state_leaves import differing_leaves, is_discrete, state_leaves
from harness.testing.workload_under_test import WorkloadUnderTest as WorkloadUnderTest
from harness.workload import BuildContext, EpochResult, Training, Workload

CPU = torch.device("cpu")
PLAIN = (bool, int, float, str)

Curve = list[tuple[float, float]]
"""Training loss and validation value, epoch by epoch."""

Build = Callable[..., Training]
"""Builds a training; takes a configuration, ``precision`` and ``seed``, each with a default."""


class WorkloadConformance:
    """Subclass this with a fixture ``workload`` that returns a `WorkloadUnderTest`.

    ::

        class TestMyWorkload(WorkloadConformance):
            @pytest.fixture
            def workload(self):
                return WorkloadUnderTest("mine", options={"samples": 100})

    Everything runs on the CPU on one thread, in a second or two if the options
    and the configuration are small.

    Attributes
    ----------
    epochs
        The length of a training in these tests.
    samples
        How many random configurations are built.
    amp_tolerance
        How far the first epoch's loss under autocast may be from that in float32,
        relative to it.
    ranks_tolerance
        How far the first epoch's loss of two ranks may be from that of one, relative to
        it; only a workload that declares `several_ranks` is trained by two.
    """

    epochs: ClassVar[int] = 2
    samples: ClassVar[int] = 8
    amp_tolerance: ClassVar[float] = 0.1
    ranks_tolerance: ClassVar[float] = 0.1

    @pytest.fixture(autouse=True)
    def one_thread(self) -> Iterator[None]:
        """Train on one thread: small models are slower on several."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(threads)

    @pytest.fixture
    def loaded(self, workload: WorkloadUnderTest) -> Workload:
        """The workload with its data."""
        loaded = load_workload(workload.name, dict(workload.options))
        loaded.check_data(workload.data)
        loaded.load_data(workload.data, 0, CPU)
        return loaded

    @pytest.fixture
    def config(self, workload: WorkloadUnderTest, loaded: Workload) -> dict[str, Any]:
        """The default configuration, made small."""
        default = plain_configuration(dict(loaded.space().get_default_configuration()))
        return {**default, **workload.config}

    @pytest.fixture
    def mutated(self, config: dict[str, Any], loaded: Workload) -> dict[str, Any]:
        """The same configuration with other values of the mutable hyperparameters."""
        for drawn in sample_configurations(loaded.space(), 20, 0):
            changed = {name: drawn[name] for name in loaded.mutable}
            if all(config[name] != value for name, value in changed.items()):
                return {**config, **changed}
        raise AssertionError("no sample differs from the default in every mutable hyperparameter")

    @pytest.fixture
    def build(self, loaded: Workload, config: dict[str, Any]) -> Build:
        """Builds trainings on the loaded data."""

        def build(
            changed: Mapping[str, Any] | None = None,
            precision: str = "fp32",
            seed: int = 1,
            restored: bool = False,
        ) -> Training:
            policy = resolve_precision(precision, "cpu", detect_hardware())
            context = BuildContext(policy, CPU, seed, max_epochs=2 * self.epochs, restored=restored)
            return loaded.build(config if changed is None else changed, context)

        return build

    def test_it_says_what_it_is(self, workload: WorkloadUnderTest, loaded: Workload) -> None:
        """Name, metric and sizes are there, and a name is the one it is registered by."""
        assert ":" in workload.name or loaded.name == workload.name
        assert loaded.metric.name and loaded.metric.mode in {"min", "max"}
        assert loaded.max_epochs >= 1 and loaded.default_trials >= 1

    def test_what_a_training_imports_is_there(self, loaded: Workload) -> None:
        """Every module that is to be imported in advance exists."""
        loaded.import_training_modules()

    def test_a_wrong_option_is_refused(self, workload: WorkloadUnderTest) -> None:
        """The message names the option and those there are."""
        with pytest.raises(RequestError, match="no_such_option") as refusal:
            load_workload(workload.name, {**workload.options, "no_such_option": 1})
        assert len(str(refusal.value).splitlines()) == 1

    def test_options_say_what_they_do_and_survive_a_file(self, loaded: Workload) -> None:
        """A run directory holds them as YAML."""
        model = type(loaded.options)
        assert all(option.description for option in model.model_fields.values())
        written = json.loads(json.dumps(loaded.options.model_dump(mode="json")))
        assert model.model_validate(written) == loaded.options

    def test_the_space_is_new_and_unseeded_each_time(self, loaded: Workload) -> None:
        """Sampling from one space does not change what another gives."""
        one, other = loaded.space(), loaded.space()
        assert one is not other
        one.sample_configuration(3)
        first, second = (sample_configurations(space, 4, 7) for space in (one, other))
        assert first == second
        assert first != sample_configurations(loaded.space(), 4, 8)

    def test_samples_are_plain_legal_and_survive_a_file(self, loaded: Workload) -> None:
        """Records hold a configuration as JSON."""
        space = loaded.space()
        for drawn in sample_configurations(loaded.space(), 50, 0):
            assert all(type(value) in PLAIN for value in drawn.values()), drawn
            assert json.loads(json.dumps(drawn)) == drawn
            assert all(space[name].legal_value(value) for name, value in drawn.items()), drawn

    def test_samples_can_be_built(self, loaded: Workload, build: Build) -> None:
        """Every point of the space is a model with something to train."""
        for drawn in sample_configurations(loaded.space(), self.samples, 0):
            assert build(drawn).parameters > 0, drawn

    def test_what_may_change_is_in_the_space(self, loaded: Workload) -> None:
        """Population-based training finds its hyperparameters."""
        assert set(loaded.mutable) <= set(loaded.space())

    def test_an_epoch_trains_and_values_are_numbers(self, build: Build) -> None:
        """Each is finite for the default configuration."""
        training = build()
        result = training.train_epoch()
        assert isinstance(result, EpochResult)
        assert math.isfinite(result.train_loss) and result.samples > 0
        assert result.data_wait_s >= 0 and result.skipped_steps == 0
        assert math.isfinite(float(training.validate()))
        assert math.isfinite(float(training.test()))

    def test_looking_does_not_change_the_training(self, build: Build) -> None:
        """Validation and test leave the state as it is."""
        training = build()
        training.train_epoch()
        before = state_leaves(training.state_dict())
        value = training.validate()
        training.test()
        assert training.validate() == value
        assert differing_leaves(before, state_leaves(training.state_dict())) == []

    def test_the_same_seed_gives_the_same_training(self, build: Build) -> None:
        """Bit for bit, and another seed gives another."""
        first = self._curve(build())
        assert self._curve(build()) == first
        assert self._curve(build(seed=2)) != first

    def test_two_trainings_do_not_disturb_one_another(self, build: Build) -> None:
        """They share the data and nothing else, torch's own generator included."""
        alone = self._curve(build())
        one, other = build(), build(seed=2)
        taken: Curve = []
        for _ in range(self.epochs):
            torch.rand(1)
            other.train_epoch()
            taken += self._curve(one, 1)
        assert taken == alone

    @pytest.mark.parametrize("told", [False, True])
    def test_a_restored_training_goes_on_as_the_first(
        self, build: Build, tmp_path: Path, told: bool
    ) -> None:
        """Bit for bit, from a file that holds no code, whatever the seed it was built with.

        Whether it was told that a state would come makes no difference.
        """
        training = build()
        self._curve(training)
        torch.save(training.state_dict(), tmp_path / "state.pt")
        restored = build(seed=7, restored=told)
        restored.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
        assert self._curve(restored) == self._curve(training)

    def test_a_state_that_was_loaded_stays_as_it_is(self, build: Build) -> None:
        """Two members may take over the same state."""
        training = build()
        self._curve(training)
        state = snapshot(training.state_dict())
        before = state_leaves(state)
        restored = build(seed=7)
        restored.load_state_dict(state)
        self._curve(restored)
        assert differing_leaves(before, state_leaves(state)) == []

    def test_a_mutation_holds_after_a_restore(
        self, loaded: Workload, build: Build, mutated: dict[str, Any]
    ) -> None:
        """Loading an optimizer state does not undo the new learning rate."""
        if not loaded.mutable:
            pytest.skip("no hyperparameter of this workload may change")
        training = build()
        self._curve(training)
        state = snapshot(training.state_dict())
        exploited, unchanged = build(mutated, seed=7), build()
        exploited.load_state_dict(state)
        unchanged.load_state_dict(state)
        training.set_hyperparameters(mutated)
        expected = self._curve(training)
        assert self._curve(exploited) == expected
        assert self._curve(unchanged) != expected

    def test_precisions_start_from_the_same_weights(self, build: Build) -> None:
        """A difference in result is the precision's own."""
        exact, automatic = (
            state_leaves(build(precision=precision).state_dict()) for precision in ("fp32", "amp")
        )
        assert differing_leaves(exact, automatic) == []

    def test_precisions_see_the_data_in_the_same_order(self, build: Build) -> None:
        """After an epoch, random states and counters are equal and the losses are close."""
        losses, discrete = [], []
        for precision in ("fp32", "amp"):
            training = build(precision=precision)
            result = training.train_epoch()
            losses.append(result.train_loss)
            leaves = state_leaves(training.state_dict())
            discrete.append({"samples": result.samples} | _discrete(leaves))
        assert differing_leaves(*discrete) == []
        assert losses[1] == pytest.approx(losses[0], rel=self.amp_tolerance)

    def test_ranks_share_a_trial_or_the_workload_says_that_they_cannot(
        self,
        workload: WorkloadUnderTest,
        loaded: Workload,
        config: Any,
        build: Build,
        tmp_path: Path,
    ) -> None:
        """Two ranks train as one does on the whole batch, and neither does without the other."""
        if not loaded.several_ranks:
            return
        alone = build().train_epoch()
        pair = train_in_two_ranks(workload, config, tmp_path, 2 * self.epochs)
        pair.check(alone, self.ranks_tolerance)

    def _curve(self, training: Training, epochs: int | None = None) -> Curve:
        return [
            (training.train_epoch().train_loss, training.validate())
            for _ in range(self.epochs if epochs is None else epochs)
        ]


def _discrete(leaves: Mapping[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in leaves.items() if is_discrete(value)}
