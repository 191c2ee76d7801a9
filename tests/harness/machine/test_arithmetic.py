import pytest

from harness.errors import RequestError
from harness.machine import arithmetic
from harness.machine.arithmetic import choose_arithmetic
from harness.machine.environment import run_arithmetic, run_patches, session_arithmetics
from harness.machine.hardware import Hardware, unsettled_formats

AVX2 = Hardware("cpu", 2, 2**30, cpu_has_bf16=False, cpu_has_fp16=False)
BF16 = Hardware("cpu", 2, 2**30, cpu_has_bf16=True, cpu_has_fp16=False)
AVX512 = Hardware("cpu", 2, 2**30, False, False, unsettled_formats=("bfloat16",))


def never(number_format):
    raise AssertionError("measured, though the flags settle it")


@pytest.mark.parametrize(
    ("hardware", "number_format", "device", "chosen"),
    [
        (AVX2, "bfloat16", "cpu", "emulated"),
        (AVX2, "float16", "cpu", "emulated"),
        (AVX2, None, "cpu", "native"),
        (AVX2, "float16", "cuda", "native"),
        (BF16, "bfloat16", "cpu", "native"),
        (BF16, "float16", "cpu", "emulated"),
    ],
)
def test_a_format_is_emulated_where_the_processor_lacks_it(hardware, number_format, device, chosen):
    assert choose_arithmetic("auto", number_format, device, hardware, never) == chosen


@pytest.mark.parametrize(("speed", "chosen"), [(0.07, "emulated"), (0.9, "native")])
def test_where_the_flags_say_too_little_a_measurement_decides(speed, chosen):
    assert choose_arithmetic("auto", "bfloat16", "cpu", AVX512, lambda _: speed) == chosen


@pytest.mark.parametrize("asked", ["native", "emulated"])
def test_it_can_be_forced(asked):
    for hardware in (AVX2, BF16, AVX512):
        assert choose_arithmetic(asked, "bfloat16", "cpu", hardware, never) == asked


@pytest.mark.parametrize(
    ("asked", "number_format", "device", "words"),
    [
        ("native", "float16", "cuda", "trains on a GPU"),
        ("emulated", "bfloat16", "cuda", "trains on a GPU"),
        ("emulated", None, "cpu", "'fp32' has nothing to emulate"),
    ],
)
def test_what_cannot_be_chosen_is_refused(asked, number_format, device, words):
    with pytest.raises(RequestError, match=words):
        choose_arithmetic(asked, number_format, device, AVX2)


def test_a_pytorch_that_keeps_its_kernels_computes_natively(monkeypatch):
    monkeypatch.setattr(arithmetic, "version", lambda package: "2.6.0")
    assert choose_arithmetic("auto", "bfloat16", "cpu", AVX2) == "native"
    with pytest.raises(RequestError, match=r"needs PyTorch 2\.9"):
        choose_arithmetic("emulated", "bfloat16", "cpu", AVX2)


@pytest.mark.parametrize(
    ("flags", "unsettled"),
    [
        ({"avx2"}, ()),
        ({"avx2", "avx512f"}, ("bfloat16",)),
        ({"avx512f", "avx512_bf16"}, ()),
        ({"avx2", "avx_ne_convert"}, ("bfloat16", "float16")),
        (set(), ("bfloat16", "float16")),
    ],
)
def test_flags_that_say_too_little_are_known(flags, unsettled):
    assert unsettled_formats(frozenset(flags)) == unsettled


def test_a_run_is_emulated_if_any_of_its_sessions_was():
    native = {"arithmetic": "native"}
    assert run_arithmetic(native) == "native"
    resumed = {**native, "resumed": [{"arithmetic": "emulated"}, native]}
    assert session_arithmetics(resumed) == ["native", "emulated", "native"]
    assert run_arithmetic(resumed) == "emulated"
    assert run_arithmetic({"written by": "a release that did not tell"}) == "native"


def test_what_any_session_of_a_run_mended_of_its_engine_counts():
    assert run_patches({"written by": "a release that did not tell"}) is None
    resumed = {"engine_patches": ["a"], "resumed": [{"engine_patches": ["b", "a"]}]}
    assert run_patches(resumed) == ["a", "b"]
