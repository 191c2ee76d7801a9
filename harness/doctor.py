"""Examines this machine and this installation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.ceilings import measure_ceilings
from harness.environment import installed_versions
from harness.errors import RequestError
from harness.hardware import Hardware, detect_hardware
from harness.listing import engine_state
from harness.plugins import BACKENDS, load_backend, plugin_names
from harness.precision import PRECISIONS, resolve_precision


def examine(seconds: float) -> dict[str, Any]:
    """Examine hardware, precisions, speeds and engines.

    Parameters
    ----------
    seconds
        Time to spend on each speed measurement.

    Returns
    -------
    dict
        Plain values: ``hardware``, ``precisions``, ``ceilings``, ``threads``,
        ``versions`` and ``backends``.
    """
    import torch

    hardware = detect_hardware()
    device = torch.device("cuda" if hardware.gpus else "cpu")
    dtypes = ["float32", "bfloat16"] + (["float16"] if hardware.gpus else [])
    return {
        "hardware": hardware.to_json(),
        "precisions": {name: precision_state(name, device.type, hardware) for name in PRECISIONS},
        "threads": torch.get_num_threads(),
        "ceilings": [asdict(found) for found in measure_ceilings(device, dtypes, seconds)],
        "versions": installed_versions(),
        "backends": {name: backend_state(name) for name in plugin_names(BACKENDS)},
    }


def precision_state(name: str, device_type: str, hardware: Hardware) -> str:
    """Return ``in hardware``, or why a precision is slow or absent here."""
    try:
        precision = resolve_precision(name, device_type, hardware)
    except RequestError as error:
        return f"not here: {error}"
    return f"slow: {precision.warnings[0]}" if precision.warnings else "in hardware"


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
    console.print(
        _pairs("versions", {k: v or "absent" for k, v in examination["versions"].items()})
    )


def _pairs(title: str, values: dict[str, str]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    for name, value in values.items():
        table.add_row(name, value)
    return table


def _ceilings_table(ceilings: list[dict[str, Any]], threads: int) -> Table:
    base = {c["operation"]: c["gflops"] for c in ceilings if c["dtype"] == "float32"}
    table = Table(title=f"speed, {threads} threads", title_justify="left")
    for column in ("operation", "format", "GFLOP/s", "× float32"):
        table.add_column(column, justify="right" if column in {"GFLOP/s", "× float32"} else "left")
    for found in ceilings:
        ratio = found["gflops"] / base[found["operation"]]
        table.add_row(found["operation"], found["dtype"], f"{found['gflops']:.0f}", f"{ratio:.2f}")
    return table
