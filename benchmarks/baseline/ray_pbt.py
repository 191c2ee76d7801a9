"""Population-based training on Ray Tune, on actors that go from member to member.

    python -m benchmarks.baseline.ray_pbt --trials 8 --epochs 4 --workers 2 \\
        --data ../shared/data --out by-hand

Each process writes its epochs into a file of its own there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from ray import tune
from ray.tune.schedulers import PopulationBasedTraining

from benchmarks.baseline.options import BaselineOptions, parse_options
from benchmarks.baseline.ray_cluster import cluster, tune_and_time
from benchmarks.baseline.training import Trainer, configurations

STATE = "state.pt"


class Member(tune.Trainable):
    """Trains one member at a time; its process keeps the data."""

    def setup(self, config: dict[str, Any], options: BaselineOptions) -> None:
        """Load the data, and turn to the first member."""
        self._trainer = Trainer(options)
        self._configurations = configurations(options)
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Turn to another member, or to the same with other hyperparameters."""
        self._number = new_config["number"]
        mutated = {name: new_config[name] for name in ("lr", "weight_decay")}
        self._config = {**self._configurations[self._number], **mutated}
        self._training = self._trainer.build(self._number, self._config)
        return True

    def step(self) -> dict[str, Any]:
        """Train one epoch."""
        epoch = self.iteration + 1
        value = self._trainer.train_epoch(self._training, self._number, epoch, self._config)
        return {"value": value}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Write the state."""
        torch.save(self._training.state_dict(), Path(checkpoint_dir) / STATE)

    def load_checkpoint(self, checkpoint: str) -> None:  # type: ignore[override]
        """Go on from a state."""
        state = torch.load(Path(checkpoint) / STATE, weights_only=True)
        self._training.load_state_dict(state)


def search(options: BaselineOptions) -> None:
    """Search."""
    first = configurations(options)
    scheduler = PopulationBasedTraining(
        time_attr="training_iteration",
        metric="value",
        mode="max",
        perturbation_interval=1,
        hyperparam_mutations={
            "lr": tune.loguniform(1e-3, 0.1),
            "weight_decay": tune.loguniform(1e-6, 1e-2),
        },
        log_config=False,
    )
    hyperparameters = {
        name: tune.sample_from(lambda spec, name=name: first[spec.config.number][name])
        for name in ("lr", "weight_decay")
    }
    members = tune.grid_search(list(range(options.trials)))
    tune_and_time(options, Member, {"number": members, **hyperparameters}, scheduler)


if __name__ == "__main__":
    asked = parse_options()
    with cluster(asked):
        search(asked)
