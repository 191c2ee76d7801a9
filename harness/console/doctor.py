"""Examines this machine and this installation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.errors import RequestError
from harness.machine.arithmetic import measured_speed
from harness.machine.ceilings import TF32, Ceiling, measure_ceilings
from harness.machine.hardware import Hardware, detect_hardware
from harness.machine.version_problems import Problem, problems, unmet_requirements
from harness.machine.versions import (
    PackageVersion,
    installed_distributions,
    judge,
    own_requirements,
    requirements_of,
    tested_versions,
)
from harness.plugins.listing import engine_state, plugin_problems, print_problems
from harness.plugins.loading import BACKENDS, WORKLOADS, load_backend, plugin_names
from harness.precision import PRECISIONS, resolve_precision


def examine(seconds: float, tell: Callable[[str], None] = lambda _step: None) -> dict[str, Any]:
    """Examine hardware, precisions, speeds and engines.

    Parameters
    ----------
    seconds
        Time to spend on each speed measurement.
    tell
        Is called with each step as it begins.

    Returns
    -------
    dict
        Plain values: ``hardware``, ``precisions``, ``arithmetic`` (``native`` or
        ``emulated``, by precision), ``ceilings``, ``threads``,
        ``backends``, ``plugins`` (a line for each that cannot be used),
        ``versions`` (a list, one entry a package) and ``problems`` (what does
        not fit, and the command that mends it).
    """
    import torch

    hardware = detect_hardware()
    device = torch.device("cuda" if hardware.gpus else "cpu")
    dtypes = ["float32", "bfloat16"]
    if hardware.gpus:
        dtypes += ["float16"] + ([TF32] if hardware.gpu_has_tf32 else [])
    ceilings = []
    for dtype in dtypes:
        tell(f"measuring {dtype} on {device.type}")
        ceilings += measure_ceilings(device, [dtype], seconds)
    tell("checking precisions, engines and versions")
    states = {name: precision_state(name, device.type, hardware, ceilings) for name in PRECISIONS}
    return {
        "hardware": hardware.to_json(),
        "precisions": states,
        "arithmetic": {
            name: "emulated" if state.startswith("emulated") else "native"
            for name, state in states.items()
            if not state.startswith("not here")
        },
        "threads": torch.get_num_threads(),
        "ceilings": [asdict(found) for found in ceilings],
        "backends": {name: backend_state(name) for name in plugin_names(BACKENDS)},
        "plugins": [*plugin_problems(BACKENDS), *plugin_problems(WORKLOADS)],
        **examine_versions(),
    }


def examine_versions() -> dict[str, list[dict[str, Any]]]:
    """Compare what is installed with what was tested together and with what is allowed."""
    installed, tested = installed_distributions(), tested_versions()
    own = own_requirements()
    packages = judge(installed, tested, own)
    required_by = requirements_of(
        package.name for package in packages if package.installed is not None
    )
    found = [*problems(installed, tested, own), *unmet_requirements(installed, tested, required_by)]
    return {
        "versions": [asdict(package) for package in packages],
        "problems": [asdict(problem) for problem in found],
    }


def precision_state(
    name: str, device_type: str, hardware: Hardware, ceilings: Sequence[Ceiling] = ()
) -> str:
    """Return ``in hardware``, or why a precision is emulated, slow or absent here.

    Where speeds were measured, what trains convolutions slower than float32 is named, and
    they decide on a format of which the processor's flags say too little.
    """
    speeds = {c.dtype: c.gflops for c in ceilings if c.operation == "convolution training"}
    measured = {dtype: speed / speeds["float32"] for dtype, speed in speeds.items()}
    try:
        precision = resolve_precision(
            name,
            device_type,
            hardware,
            measure=lambda dtype: measured[dtype] if dtype in measured else measured_speed(dtype),
        )
    except RequestError as error:
        return f"not here: {error}"
    if precision.arithmetic == "emulated":
        return f"emulated: {precision.warnings[0]}"
    if precision.warnings:
        return f"slow: {precision.warnings[0]}"
    dtype = precision.autocast_dtype or (TF32 if precision.tf32 else "float32")
    ratio = measured.get(dtype, math.inf)
    if ratio < 1:
        return f"in hardware, but slower than fp32: {ratio:.2f} times its speed in convolutions"
    return "in hardware"


def backend_state(name: str) -> str:
    """Return ``ready``, or what keeps a backend from running."""
    try:
        return engine_state(load_backend(name))
    except RequestError as error:
        return str(error)


def print_examination(examination: dict[str, Any], console: Console) -> None:
    """Print an examination."""
    hardware = examination["hardware"]
    console.print(
        f"{hardware['cpu']}, {hardware['cores']} cores, "
        f"{hardware['memory_bytes'] / 2**30:.0f} GiB, {len(hardware['gpus'])} GPUs",
        highlight=False,
    )
    console.print(_pairs("precisions", examination["precisions"]))
    console.print(_ceilings_table(examination["ceilings"], examination["threads"]))
    console.print(_pairs("backends", examination["backends"]))
    print_problems(examination["plugins"], console)
    console.print(_versions_table([PackageVersion(**p) for p in examination["versions"]]))
    for problem in (Problem(**p) for p in examination["problems"]):
        console.print(f"problem: {problem.what}", highlight=False, soft_wrap=True, markup=False)
        console.print(f"   mend: {problem.mend}", highlight=False, soft_wrap=True, markup=False)


def _pairs(title: str, values: dict[str, str]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    for name, value in values.items():
        table.add_row(name, escape(value))
    return table


def _ceilings_table(ceilings: list[dict[str, Any]], threads: int) -> Table:
    base = {c["operation"]: c["gflops"] for c in ceilings if c["dtype"] == "float32"}
    table = Table(title=f"speed, {threads} threads", title_justify="left")
    for column in ("operation", "format", "GFLOP/s", "× float32"):
        table.add_column(column, justify="right" if column in {"GFLOP/s", "× float32"} else "left")
    for found in ceilings:
        gflops, reference = found["gflops"], base.get(found["operation"])
        ratio = f"{gflops / reference:.2f}" if reference else "–"
        table.add_row(found["operation"], found["dtype"], f"{gflops:.0f}", ratio)
    return table


def _versions_table(packages: list[PackageVersion]) -> Table:
    table = Table(title="versions", title_justify="left")
    for column in ("package", "installed", "tested together", "allowed", "state"):
        table.add_column(column)
    for package in packages:
        table.add_row(
            package.name,
            package.installed or "–",
            package.tested or "–",
            package.allowed,
            package.state,
        )
    return table
