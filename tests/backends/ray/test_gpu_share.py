import pytest

pytest.importorskip("ray")

from backends.ray.tuning import gpu_share


@pytest.mark.parametrize(
    ("gpus", "processes", "on_each"),
    [(4, 4, 1), (4, 2, 1), (4, 6, 2), (2, 3, 2), (1, 3, 3), (4, 16, 4)],
)
def test_all_processes_find_a_place_on_the_gpus(gpus, processes, on_each):
    share = gpu_share(gpus, processes)
    assert 1 // share == on_each
    assert on_each * gpus >= processes


def test_without_gpus_no_process_asks_for_one():
    assert gpu_share(0, 4) == 0
