import pytest
import torch

from harness.parallel.shares import share_of_batch


@pytest.mark.parametrize("samples", [1, 2, 3, 4, 7, 8])
@pytest.mark.parametrize("ranks", [1, 2, 3, 4])
def test_the_weighted_mean_over_ranks_is_the_mean_of_the_batch(samples, ranks):
    values = torch.arange(float(samples)) ** 2
    shares = [share_of_batch((values, values), rank, ranks) for rank in range(ranks)]
    weighted = [share.weight * share.batch[0].mean() for share in shares]
    assert sum(weighted) / ranks == pytest.approx(values.mean().item())
    assert sum(share.samples for share in shares) == samples


def test_no_share_is_empty():
    values = torch.zeros(2)
    assert all(len(share_of_batch((values, values), rank, 4).batch[0]) for rank in range(4))
