"""How near a training step comes to the speed at which this processor convolves.

In each round one epoch of a few steps is trained and two ceilings are measured, so
that whatever else the machine does meets all three alike. The ceilings are the forward
and backward passes of one large 3x3 convolution, as `harness doctor` measures it, and
of the network's own convolutions without anything between them. A step counts as three
times the floating-point operations of its forward pass. One thread computes, and its CPU
time counts, so that other processes on the machine change little.

    python benchmarks/training_throughput.py --rounds 15 --json
    python benchmarks/training_throughput.py --network imagenet
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from harness.machine.ceilings import CONVOLUTION_SHAPE
from harness.machine.hardware import detect_hardware
from harness.precision import Precision, resolve_precision
from harness.training.image_batches import Augmentation, ImageBatches, LabelledImages
from harness.training.normalisation import Normalisation
from harness.training.supervised import SupervisedTask, SupervisedTraining, correct_predictions
from harness.workload import BuildContext
from workloads.imagenet.options import ImagenetOptions
from workloads.imagenet.residual_network import ResidualNetwork
from workloads.imagenet.space import stage_channels, stem_channels, width_space
from workloads.nats.network import SizeSpaceNetwork
from workloads.nats.space import STAGES

CPU = torch.device("cpu")
CLASSES = 10
STEPS = 4
WARM_UP_ROUNDS = 2


@dataclass(frozen=True)
class Subject:
    """A network and what it is trained on.

    Attributes
    ----------
    network
        Builds it.
    side
        Height and width of its images, in pixels.
    batch_size
        Images in a step.
    """

    network: Callable[[], nn.Module]
    side: int
    batch_size: int


def size_space_subject(width: int = 32, batch_size: int = 64) -> Subject:
    """Return the network of `cifar10`, all its five channel numbers alike."""
    return Subject(lambda: SizeSpaceNetwork([width] * STAGES, CLASSES), 32, batch_size)


def residual_subject() -> Subject:
    """Return the network of `imagenet`, as its options and its space have it by default."""
    options = ImagenetOptions()
    config = dict(width_space(options).get_default_configuration())
    stem = stem_channels(config, options.width)
    stages = stage_channels(config, options.width)
    return Subject(
        lambda: ResidualNetwork(options.depth, stem, stages, CLASSES),
        options.image_size,
        options.batch_size,
    )


@dataclass(frozen=True)
class Throughput:
    """The speed of training in one precision. Speeds are in 10⁹ operations a second.

    Attributes
    ----------
    precision
        Its name.
    step_ms
        Median CPU time of a training step.
    step_gflops
        Its speed.
    convolution_gflops
        Speed of one large 3x3 convolution.
    own_convolutions_gflops
        Speed of the network's own convolutions alone.
    of_convolution, of_own_convolutions
        Median over the rounds of the step's speed divided by the ceiling's.
    data_wait
        Share of an epoch's wall-clock time that is spent waiting for batches.
    """

    precision: str
    step_ms: float
    step_gflops: float
    convolution_gflops: float
    own_convolutions_gflops: float
    of_convolution: float
    of_own_convolutions: float
    data_wait: float


def measure(subject: Subject, precision: Precision, rounds: int) -> Throughput:
    """Alternate between training and both ceilings, and compare within each round."""
    training = _training(subject, precision)
    dtype = getattr(torch, precision.autocast_dtype or "float32")
    large, large_flop = _large_convolution(dtype)
    own, own_flop = _own_convolutions(subject, dtype)
    step_flop = 3 * _forward_flop(subject)
    steps, larges, owns, waits = [], [], [], []
    for _ in range(WARM_UP_ROUNDS + rounds):
        begin, begin_cpu = time.perf_counter(), time.thread_time()
        result = training.train_epoch()
        steps.append(step_flop * STEPS / (time.thread_time() - begin_cpu) / 1e9)
        waits.append(result.data_wait_s / (time.perf_counter() - begin))
        larges.append(large_flop / _seconds(large) / 1e9)
        owns.append(own_flop / _seconds(own) / 1e9)
    steps, larges, owns, waits = (
        values[WARM_UP_ROUNDS:] for values in (steps, larges, owns, waits)
    )
    return Throughput(
        precision=precision.name,
        step_ms=1e3 * step_flop / (statistics.median(steps) * 1e9),
        step_gflops=statistics.median(steps),
        convolution_gflops=statistics.median(larges),
        own_convolutions_gflops=statistics.median(owns),
        of_convolution=_median_ratio(steps, larges),
        of_own_convolutions=_median_ratio(steps, owns),
        data_wait=statistics.median(waits),
    )


def _training(subject: Subject, precision: Precision) -> SupervisedTraining:
    generator = torch.Generator().manual_seed(0)
    number, side = STEPS * subject.batch_size, subject.side
    pixels = torch.randint(0, 256, (number, 3, side, side), dtype=torch.uint8, generator=generator)
    data = LabelledImages(pixels, torch.arange(number) % CLASSES).to(CPU)
    normalisation = Normalisation((0.5,) * 3, (0.25,) * 3)
    train = ImageBatches(
        data,
        subject.batch_size,
        (side, side),
        normalisation,
        generator,
        Augmentation(4, flip=True),
    )
    task = SupervisedTask(
        model=subject.network,
        loss=functional.cross_entropy,
        metric=correct_predictions,
        train=train,
        validation=train,
        test=train,
        generator=generator,
    )
    context = BuildContext(precision, CPU, seed=0, max_epochs=10_000)
    return SupervisedTraining(task, {"lr": 0.01, "weight_decay": 5e-4}, context)


def _forward_flop(subject: Subject) -> int:
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        subject.network()(_images(subject))
    return int(counter.get_total_flops())


def _images(subject: Subject) -> Tensor:
    return torch.zeros(subject.batch_size, 3, subject.side, subject.side)


def _large_convolution(dtype: torch.dtype) -> tuple[Callable[[], object], float]:
    batch, channels, height, width = CONVOLUTION_SHAPE[CPU.type]
    layer = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    return _forward_and_backward(layer, torch.zeros(batch, channels, height, width), dtype)


def _own_convolutions(subject: Subject, dtype: torch.dtype) -> tuple[Callable[[], object], float]:
    network = subject.network()
    calls: list[tuple[nn.Conv2d, Tensor]] = []
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_pre_hook(lambda module, args: calls.append((module, args[0])))
    with torch.inference_mode():
        network(_images(subject))
    passes = [_forward_and_backward(layer, inputs, dtype) for layer, inputs in calls]
    return lambda: [work() for work, _ in passes], sum(flop for _, flop in passes)


def _forward_and_backward(
    layer: nn.Conv2d, example: Tensor, dtype: torch.dtype
) -> tuple[Callable[[], object], float]:
    """Return the training work of one convolution and its floating-point operations."""
    layout = torch.channels_last
    kernel = torch.randn(layer.weight.shape).to(dtype).to(memory_format=layout).requires_grad_()
    inputs = torch.randn(example.shape).to(dtype).to(memory_format=layout)
    # The network's first convolution gets no gradient for its images.
    wanted = (kernel,) if layer.in_channels == 3 else (kernel, inputs.requires_grad_())

    def convolve() -> Tensor:
        return functional.conv2d(inputs, kernel, None, layer.stride, layer.padding)

    with FlopCounterMode(display=False) as counter:
        gradient = torch.randn_like(convolve()).to(memory_format=layout)
    return lambda: torch.autograd.grad(convolve(), wanted, gradient), 3 * counter.get_total_flops()


def _seconds(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def _median_ratio(values: list[float], ceilings: list[float]) -> float:
    return statistics.median(
        value / ceiling for value, ceiling in zip(values, ceilings, strict=True)
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--precisions", nargs="+", default=["fp32", "amp"])
    parser.add_argument("--network", choices=("cifar10", "imagenet"), default="cifar10")
    parser.add_argument("--width", type=int, default=32, help="cifar10's five channel numbers")
    parser.add_argument("--batch-size", type=int, default=64, help="of cifar10")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    hardware = detect_hardware()
    subject = residual_subject()
    if options.network == "cifar10":
        subject = size_space_subject(options.width, options.batch_size)
    results = [
        measure(subject, resolve_precision(name, "cpu", hardware), options.rounds)
        for name in options.precisions
    ]
    if options.json:
        rows = [asdict(result) for result in results]
        print(json.dumps({"cpu": hardware.cpu, **vars(options), "results": rows}, indent=2))
        return
    for result in results:
        print(
            f"{result.precision}: {result.step_ms:.1f} ms a step, {result.step_gflops:.1f} GFLOP/s "
            f"= {result.of_convolution:.0%} of a large convolution "
            f"({result.convolution_gflops:.1f}), {result.of_own_convolutions:.0%} of its own "
            f"convolutions ({result.own_convolutions_gflops:.1f}); "
            f"waiting for data {result.data_wait:.2%}"
        )


if __name__ == "__main__":
    main()
