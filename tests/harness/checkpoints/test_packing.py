"""A packed state unpacks to what it was."""

import math
from collections import OrderedDict

import pytest
import torch

from harness.checkpoints.packing import pack, unpack
from harness.testing.state_leaves import differing_leaves, state_leaves


def written_and_read(state, path):
    torch.save(pack(state), path)
    return unpack(torch.load(path, weights_only=True))


@pytest.fixture
def state():
    weight = torch.randn(6, 5, 3, 3).to(memory_format=torch.channels_last)
    return {
        "model": OrderedDict(weight=weight, counted=torch.tensor(7), empty=torch.zeros(0, 2)),
        "optimizer": {
            "state": {0: {"momentum_buffer": weight * 2}, 1: {}},
            "groups": [{"lr": 0.1}],
        },
        "half": torch.randn(3).bfloat16(),
        "generator": torch.Generator().get_state(),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "plain": (1, None, True, "text", math.inf, [2.5]),
    }


def test_every_value_comes_back(state, tmp_path):
    found = written_and_read(state, tmp_path / "state.pt")
    assert differing_leaves(state_leaves(state), state_leaves(found)) == []
    assert found["plain"] == state["plain"]
    assert found["optimizer"]["groups"] == [{"lr": 0.1}]
    assert list(found["optimizer"]["state"]) == [0, 1]


def test_layouts_come_back(state, tmp_path):
    found = written_and_read(state, tmp_path / "state.pt")
    assert found["model"]["weight"].stride() == state["model"]["weight"].stride()
    assert not found["parameter"].requires_grad


def test_there_is_one_tensor_for_each_type(state):
    assert len(pack(state)["flat"]) == 4


def test_views_and_tensors_that_are_not_dense_come_back(tmp_path):
    whole = torch.arange(12.0).view(3, 4)
    state = {
        "row": whole[1],
        "column": whole[:, 2],
        "expanded": torch.ones(1).expand(5),
        "sparse": torch.eye(3).to_sparse(),
        "conjugate": torch.tensor([1j]).conj(),
    }
    found = written_and_read(state, tmp_path / "state.pt")
    assert torch.equal(found["row"], whole[1])
    assert torch.equal(found["column"], whole[:, 2])
    assert torch.equal(found["expanded"], torch.ones(5))
    assert torch.equal(found["sparse"].to_dense(), torch.eye(3))
    assert torch.equal(found["conjugate"], torch.tensor([-1j]))


def test_a_packed_state_is_a_copy(state):
    packed = pack(state)
    before = state["model"]["weight"].clone()
    state["model"]["weight"].zero_()
    assert torch.equal(unpack(packed)["model"]["weight"], before)


def test_a_text_that_could_be_taken_for_a_tensor_is_refused():
    with pytest.raises(ValueError, match="may not hold"):
        pack({"name": "\0tensor 3"})
