import platform

import pytest
import torch

from harness.training.host_memory import keep_freed_memory

GLIBC = platform.libc_ver()[0] == "glibc"


@pytest.mark.skipif(not GLIBC, reason="only glibc can be told to keep freed memory")
def test_freed_memory_is_used_again_without_page_faults():
    import resource

    def faults():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    def touch_tensors():
        tensors = [torch.ones(4 * 2**20) for _ in range(8)]
        del tensors

    assert keep_freed_memory()
    for _ in range(5):
        touch_tensors()
    before = faults()
    touch_tensors()
    pages = 8 * 2**24 // resource.getpagesize()
    assert faults() - before < pages / 4


@pytest.mark.skipif(GLIBC, reason="this is glibc")
def test_other_libraries_are_left_alone():
    assert not keep_freed_memory()
