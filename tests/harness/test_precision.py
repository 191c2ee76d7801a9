import pytest

from harness.errors import RequestError
from harness.machine.hardware import Gpu, Hardware
from harness.precision import PRECISIONS, resolve_precision

OLD_CPU = Hardware("cpu", 2, 2**30, cpu_has_bf16=False, cpu_has_fp16=False)
BF16_CPU = Hardware("cpu", 2, 2**30, cpu_has_bf16=True, cpu_has_fp16=False)
V100 = Hardware("cpu", 2, 2**30, False, False, (Gpu("V100", 2**34, (7, 0)),))
A100 = Hardware("cpu", 2, 2**30, False, False, (Gpu("A100", 2**35, (8, 0)),))


def test_fp32_is_strict():
    precision = resolve_precision("fp32", "cuda", A100)
    assert precision.autocast_dtype is None and not precision.tf32


def test_amp_is_bfloat16_on_a_processor_and_scaled_float16_on_a_gpu():
    cpu = resolve_precision("amp", "cpu", BF16_CPU)
    gpu = resolve_precision("amp", "cuda", A100)
    assert (cpu.autocast_dtype, cpu.scale_gradients) == ("bfloat16", False)
    assert (gpu.autocast_dtype, gpu.scale_gradients) == ("float16", True)


def test_amp_without_hardware_support_warns():
    emulated = resolve_precision("amp", "cpu", OLD_CPU)
    assert "computed in float32 and rounded" in emulated.warnings[0]
    native = resolve_precision("amp", "cpu", OLD_CPU, "native")
    assert "--set arithmetic=emulated" in native.warnings[0]
    assert not resolve_precision("amp", "cpu", BF16_CPU).warnings


@pytest.mark.parametrize(
    ("name", "device", "hardware"),
    [("tf32", "cpu", BF16_CPU), ("tf32", "cuda", V100), ("amp-bf16", "cuda", V100)],
)
def test_a_precision_the_hardware_lacks_is_refused(name, device, hardware):
    with pytest.raises(RequestError):
        resolve_precision(name, device, hardware)


def test_every_precision_resolves_on_a_recent_gpu():
    for name in PRECISIONS:
        assert resolve_precision(name, "cuda", A100).name == name


def test_autocast_computes_in_the_named_format():
    import torch

    precision = resolve_precision("amp", "cpu", BF16_CPU)
    with precision.autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
    with resolve_precision("fp32", "cpu", BF16_CPU).autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
