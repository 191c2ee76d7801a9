"""A slot belongs to one process at a time."""

import subprocess
import sys
import threading

from backends.ray.slots import claim_slot

HOLD = """
import sys, time
from pathlib import Path
from backends.ray.slots import claim_slot
print(claim_slot(Path(sys.argv[1]), 2).slot, flush=True)
time.sleep(60)
"""


def holder(directory):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(directory)], stdout=subprocess.PIPE, text=True
    )
    return process, int(process.stdout.readline())


def test_claims_get_different_slots(tmp_path):
    claims = [claim_slot(tmp_path, 3) for _ in range(3)]
    assert [claim.slot for claim in claims] == [0, 1, 2]


def test_a_released_slot_is_free_again(tmp_path):
    first = claim_slot(tmp_path, 1)
    first.release()
    first.release()
    assert claim_slot(tmp_path, 1).slot == 0


def test_a_claim_waits_until_a_slot_is_free(tmp_path):
    held = claim_slot(tmp_path, 1)
    claimed = []
    waiter = threading.Thread(target=lambda: claimed.append(claim_slot(tmp_path, 1).slot))
    waiter.start()
    waiter.join(0.2)
    assert claimed == []
    held.release()
    waiter.join(5)
    assert claimed == [0]


def test_a_slot_is_free_when_its_process_is_killed(tmp_path):
    process, slot = holder(tmp_path)
    try:
        assert slot == 0
        assert claim_slot(tmp_path, 2).slot == 1
    finally:
        process.kill()
        process.wait()
    assert claim_slot(tmp_path, 2).slot == 0
