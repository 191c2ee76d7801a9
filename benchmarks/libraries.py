"""Two parts that are written by hand, against the library that could take their place.

- `harness.training.initial_weights` against ``torch.device("meta")``: what it takes to
  build a network whose state is loaded next, and whether the network is then the same.
- `harness.records.tensorboard` against tensorboardX's own writers: what an epoch costs the
  process that trains until it can be read on disk, and what the imports cost.

    python -m benchmarks.libraries
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from benchmarks.training_throughput import residual_subject
from harness.records.happenings import EpochTrained
from harness.records.tensorboard import TrialScalars, scalars
from harness.training.initial_weights import seeded_model

ROUNDS = 15
SEED = 3
EPOCHS = 100

Build = Callable[[], nn.Module]
Make = Callable[[Build], nn.Module]


def network() -> nn.Module:
    """Build the network of ``imagenet``."""
    return residual_subject().network()


class WithDrawnBuffer(nn.Module):
    """A layer that draws what no state holds, as a random projection does."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.register_buffer("directions", torch.randn(4, 4), persistent=False)


def filled(build: Build) -> nn.Module:
    """Build with all random numbers drawn."""
    return build()


def unfilled(build: Build) -> nn.Module:
    """Build as the harness does."""
    return seeded_model(build, SEED, restored=True)


def from_meta(build: Build) -> nn.Module:
    """Build on the meta device, and give the tensors memory."""
    with torch.device("meta"):
        model = build()
    return model.to_empty(device="cpu")


def restored(make: Make, build: Build) -> nn.Module:
    """Return the network of a saved state that `make` builds."""
    torch.manual_seed(SEED)
    state = build().state_dict()
    torch.manual_seed(SEED)
    model = make(build)
    model.load_state_dict(state)
    return model


def differing(make: Make) -> list[str]:
    """Return what of a restored network is not bit for bit that which was saved."""
    found = []
    for build in (network, WithDrawnBuffer):
        torch.manual_seed(SEED)
        saved = dict(_tensors(build()))
        found += [
            name
            for name, tensor in _tensors(restored(make, build))
            if not torch.equal(tensor, saved[name])
        ]
    return found


def _tensors(model: nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [*model.named_parameters(), *model.named_buffers()]


def build_times() -> dict[str, float]:
    """Return the median processor milliseconds of each way to build the network, in turns."""
    ways = {"drawn": filled, "by hand": unfilled, "meta": from_meta}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, make in ways.items():
            began = time.process_time()
            make(network)
            taken[name].append(1e3 * (time.process_time() - began))
    return {name: statistics.median(times) for name, times in taken.items()}


def epoch_times(directory: Path) -> dict[str, float]:
    """Return the median microseconds of an epoch's scalars, until they can be read."""
    from tensorboardX import SummaryWriter
    from tensorboardX.event_file_writer import EventsWriter
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.proto.summary_pb2 import Summary

    ours = TrialScalars(directory / "ours", slot=0)
    plain = EventsWriter(str(directory / "plain"))
    summary = SummaryWriter(str(directory / "summary"))

    def by_hand(event: EpochTrained) -> None:
        ours(event)

    def by_events_writer(event: EpochTrained) -> None:
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars(event)]
        message = Event(wall_time=event.time, step=event.epoch, summary=Summary(value=values))
        plain.write_event(message)
        plain.flush()

    def by_summary_writer(event: EpochTrained) -> None:
        for tag, value in scalars(event):
            summary.add_scalar(tag, value, event.epoch, walltime=event.time)
        summary.flush()

    ways = {
        "by hand": by_hand,
        "EventsWriter, flushed": by_events_writer,
        "SummaryWriter, flushed": by_summary_writer,
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    config = {f"c{number}": number for number in range(8)}
    for epoch in range(EPOCHS):
        event = EpochTrained(1e9 + epoch, "t00000", epoch, value=0.5, config=config)
        for name, write in ways.items():
            began = time.perf_counter()
            write(event)
            taken[name].append(1e6 * (time.perf_counter() - began))
    summary.close()
    plain.close()
    return {name: statistics.median(times) for name, times in taken.items()}


def import_times() -> dict[str, float]:
    """Return the median processor milliseconds of a Python that imports what each way needs."""
    needed = {
        "nothing": "pass",
        "by hand": "import tensorboardX.proto.event_pb2, tensorboardX.crc32c",
        "SummaryWriter": "from tensorboardX import SummaryWriter",
    }
    taken: dict[str, list[float]] = {name: [] for name in needed}
    for _ in range(3):
        for name, code in needed.items():
            began = _childrens_seconds()
            subprocess.run([sys.executable, "-c", code], check=True)
            taken[name].append(1e3 * (_childrens_seconds() - began))
    return {name: statistics.median(times) for name, times in taken.items()}


def _childrens_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print all numbers."""
    torch.set_num_threads(1)
    print("Built for a state that is loaded next, ms:", _rounded(build_times()))
    for name, make in {"by hand": unfilled, "meta": from_meta}.items():
        print(f"Not as it was saved, {name}:", differing(make) or "nothing")
    with tempfile.TemporaryDirectory() as scratch:
        epochs = _rounded(epoch_times(Path(scratch)))
    print("An epoch's scalars until they can be read, µs:", epochs)
    print("Python with its imports, ms:", _rounded(import_times()))


def _rounded(numbers: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{number:.3g}") for name, number in numbers.items()}


if __name__ == "__main__":
    main()
