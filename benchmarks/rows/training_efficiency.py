"""How near a training step comes to the speed at which the processor convolves."""

from __future__ import annotations

import torch

from benchmarks.conditions import Conditions
from benchmarks.measured import Measured, Target, median_of
from benchmarks.training_throughput import measure as measure_throughput
from benchmarks.training_throughput import residual_subject, size_space_subject
from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision

NAME = "training-efficiency"
TARGET = Target(0.75, "at least")
SUBJECTS = {"cifar10": size_space_subject, "imagenet": residual_subject}


def measure(conditions: Conditions) -> list[Measured]:
    """Measure both image workloads in both precisions."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    hardware = detect_hardware()
    rounds = 1 if conditions.quick else 11
    measured = []
    for workload, subject in SUBJECTS.items():
        for name in ("fp32", "amp"):
            precision = resolve_precision(name, "cpu", hardware)
            speed = measure_throughput(subject(), precision, rounds)
            measured.append(
                median_of(
                    NAME,
                    f"{workload} {name}",
                    [speed.of_convolution],
                    target=TARGET,
                    details={
                        "step_ms": speed.step_ms,
                        "step_gflops": speed.step_gflops,
                        "convolution_gflops": speed.convolution_gflops,
                        "of_own_convolutions": speed.of_own_convolutions,
                    },
                )
            )
    return measured
