from harness.machine.hardware import cpu_flags, cpu_name, detect_hardware

CPUINFO = """processor\t: 0
model name\t: Some Processor
flags\t\t: fpu avx512f avx512_bf16 sse2
"""


def test_flags_and_name_are_read_from_cpuinfo():
    assert "avx512_bf16" in cpu_flags(CPUINFO)
    assert cpu_name(CPUINFO) == "Some Processor"


def test_bfloat16_is_detected(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text(CPUINFO)
    assert detect_hardware(path).cpu_has_bf16
    path.write_text(CPUINFO.replace("avx512_bf16", ""))
    assert not detect_hardware(path).cpu_has_bf16


def test_a_machine_without_cpuinfo_is_described(tmp_path):
    hardware = detect_hardware(tmp_path / "absent")
    assert hardware.cores >= 1 and hardware.memory_bytes > 0
