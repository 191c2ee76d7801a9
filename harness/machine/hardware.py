"""What the machine at hand has: cores, memory, numeric formats, GPUs."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16", "svebf16"})
_FP16_FLAGS = frozenset({"avx512_fp16", "amx_fp16", "asimdhp", "fphp"})
# PyTorch's library has kernels of its own for these, which may be quick.
_MAYBE_BF16_FLAGS = frozenset({"avx512f", "avx_ne_convert"})
_MAYBE_FP16_FLAGS = frozenset({"avx_ne_convert"})


@dataclass(frozen=True)
class Gpu:
    """One GPU.

    Attributes
    ----------
    name
        The product name.
    memory_bytes
        Its memory.
    capability
        CUDA compute capability, major and minor.
    """

    name: str
    memory_bytes: int
    capability: tuple[int, int]


@dataclass(frozen=True)
class Hardware:
    """A machine, as far as it matters to a training.

    Attributes
    ----------
    cpu
        The processor's model name.
    cores
        Cores this process may use.
    memory_bytes
        Main memory.
    cpu_has_bf16, cpu_has_fp16
        Whether the processor computes in these formats in hardware.
    gpus
        The visible GPUs.
    unsettled_formats
        Formats of which the processor's flags do not say whether it is quick in them.
    """

    cpu: str
    cores: int
    memory_bytes: int
    cpu_has_bf16: bool
    cpu_has_fp16: bool
    gpus: tuple[Gpu, ...] = field(default=())
    unsettled_formats: tuple[str, ...] = ()

    def has_format(self, number_format: str) -> bool:
        """Whether the processor computes in ``"bfloat16"`` or ``"float16"`` in hardware."""
        return self.cpu_has_bf16 if number_format == "bfloat16" else self.cpu_has_fp16

    @property
    def gpu_has_tf32(self) -> bool:
        """Whether every visible GPU has TF32."""
        return bool(self.gpus) and all(gpu.capability >= (8, 0) for gpu in self.gpus)

    @property
    def gpu_has_bf16(self) -> bool:
        """Whether every visible GPU has bfloat16."""
        return self.gpu_has_tf32

    def to_json(self) -> dict[str, Any]:
        """Return the machine as plain values."""
        return asdict(self)


def usable_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_flags(cpuinfo: str) -> frozenset[str]:
    """Return the feature flags named in the text of ``/proc/cpuinfo``."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"flags", "Features"}:
            return frozenset(value.split())
    return frozenset()


def cpu_name(cpuinfo: str) -> str:
    """Return the model name in the text of ``/proc/cpuinfo``."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def detect_hardware(cpuinfo_path: Path = Path("/proc/cpuinfo")) -> Hardware:
    """Look at the machine at hand."""
    import psutil

    cpuinfo = cpuinfo_path.read_text(encoding="utf-8") if cpuinfo_path.exists() else ""
    flags = cpu_flags(cpuinfo)
    return Hardware(
        cpu=cpu_name(cpuinfo),
        cores=usable_cores(),
        memory_bytes=int(psutil.virtual_memory().total),
        cpu_has_bf16=bool(flags & _BF16_FLAGS),
        cpu_has_fp16=bool(flags & _FP16_FLAGS),
        gpus=_detect_gpus(),
        unsettled_formats=unsettled_formats(flags),
    )


def unsettled_formats(flags: frozenset[str]) -> tuple[str, ...]:
    """Return the short formats that a processor with these flags may be quick in, or not."""
    if not flags:
        return "bfloat16", "float16"
    formats = []
    if flags & _MAYBE_BF16_FLAGS and not flags & _BF16_FLAGS:
        formats.append("bfloat16")
    if flags & _MAYBE_FP16_FLAGS and not flags & _FP16_FLAGS:
        formats.append("float16")
    return tuple(formats)


def _detect_gpus() -> tuple[Gpu, ...]:
    # Importing torch takes seconds; a machine without a driver needs no look.
    if not any(Path(device).exists() for device in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")):
        return ()
    import torch

    if not torch.cuda.is_available():
        return ()
    gpus = []
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        gpus.append(
            Gpu(properties.name, properties.total_memory, (properties.major, properties.minor))
        )
    return tuple(gpus)
