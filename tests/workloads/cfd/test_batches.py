import threading

import numpy as np
import pytest
import torch

from harness.errors import DataError
from workloads.cfd.batches import PlaneBatches, regrouped
from workloads.cfd.blocks import blocks_of
from workloads.cfd.plane_order import epoch_windows
from workloads.cfd.plane_sets import HeldPlanes, StreamedPlanes, image_bytes
from workloads.cfd.selection import PlaneSelection
from workloads.cfd.snapshot import ArraySnapshot

CPU = torch.device("cpu")
SHAPE = (6, 5, 7)


class CountingSnapshot(ArraySnapshot):
    """A snapshot that remembers how many planes were read at once."""

    depths: list[int] = []

    def read(self, component, first, stop):
        self.depths.append(stop - first)
        return super().read(component, first, stop)


@pytest.fixture
def snapshots(random_fields):
    CountingSnapshot.depths = []
    return [
        CountingSnapshot(f"flow{number}", "case", number, random_fields(SHAPE, number))
        for number in range(4)
    ]


def plane_set(kind, snapshots, block_planes=2, **selection):
    return kind(blocks_of(snapshots, PlaneSelection(**selection), block_planes), CPU)


def batches(planes, seed=None, size=4, window_blocks=3):
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return PlaneBatches(planes, size, window_blocks, generator)


def images(source):
    return torch.cat([inputs for inputs, _ in source])


def test_each_wall_normal_plane_is_an_image_of_three_normalised_components(snapshots):
    first = images(batches(plane_set(HeldPlanes, snapshots)))[3]
    for channel, component in enumerate("uvw"):
        values = snapshots[0].fields[component]
        expected = 2 * (values - values.min()) / (values.max() - values.min()) - 1
        np.testing.assert_allclose(first[channel], expected[:, 3], atol=1e-6)


def test_the_target_of_a_plane_is_the_plane_itself(snapshots):
    for inputs, targets in batches(plane_set(HeldPlanes, snapshots), seed=0):
        assert inputs is targets
        assert inputs.is_contiguous(memory_format=torch.channels_last)


def test_chunks_of_a_plane_are_images_of_their_own(snapshots):
    whole = images(batches(plane_set(HeldPlanes, snapshots, block_planes=5)))
    chunks = images(batches(plane_set(HeldPlanes, snapshots, block_planes=5, chunk_width=4)))
    assert chunks.shape == (40, 3, 4, 7)
    torch.testing.assert_close(chunks[:5], whole[:5, :, :4])
    torch.testing.assert_close(chunks[5:10], whole[:5, :, 2:])


def test_thinned_planes_keep_the_range_of_the_whole_snapshot(snapshots):
    whole = images(batches(plane_set(HeldPlanes, snapshots, block_planes=5)))
    thinned = images(batches(plane_set(HeldPlanes, snapshots, block_planes=5, max_planes=2)))
    torch.testing.assert_close(thinned[:2], whole[[0, 4]])


@pytest.mark.parametrize("kind", [HeldPlanes, StreamedPlanes])
def test_an_epoch_has_every_plane_once(snapshots, kind):
    planes = plane_set(kind, snapshots)
    ordered, shuffled = images(batches(planes)), images(batches(planes, seed=0))
    assert len(ordered) == len(planes) == 20
    assert not torch.equal(ordered, shuffled)
    keys = [sorted(plane.sum().item() for plane in part) for part in (ordered, shuffled)]
    assert keys[0] == pytest.approx(keys[1])


@pytest.mark.parametrize("seed", [None, 0])
@pytest.mark.parametrize("window_blocks", [1, 3, 100])
def test_streamed_batches_are_bitwise_those_from_memory(snapshots, seed, window_blocks):
    sources = [
        batches(plane_set(kind, snapshots), seed, window_blocks=window_blocks)
        for kind in (HeldPlanes, StreamedPlanes)
    ]
    for _ in range(2):
        held, streamed = ([inputs for inputs, _ in source] for source in sources)
        assert [len(batch) for batch in held] == [4] * 5
        for one, other in zip(held, streamed, strict=True):
            assert torch.equal(one, other)


def test_every_epoch_has_its_own_order_and_a_seed_repeats_it(snapshots):
    planes = plane_set(HeldPlanes, snapshots)
    source, again = batches(planes, seed=3), batches(planes, seed=3)
    first, second = images(source), images(source)
    assert not torch.equal(first, second)
    assert torch.equal(first, images(again))


def test_the_number_of_batches_counts_the_smaller_last_one(snapshots):
    source = batches(plane_set(HeldPlanes, snapshots), seed=0, size=6)
    assert len(source) == 4
    assert [len(inputs) for inputs, _ in source] == [6, 6, 6, 2]


def test_a_stream_never_reads_more_than_a_block_at_once(snapshots):
    images(batches(plane_set(StreamedPlanes, snapshots, block_planes=2), seed=0))
    assert max(CountingSnapshot.depths) == 2


def test_a_stream_is_at_most_one_window_ahead(snapshots):
    planes = plane_set(StreamedPlanes, snapshots)
    read_before = len(CountingSnapshot.depths)
    stream = iter(batches(planes, window_blocks=1, size=2))
    next(stream)
    stream.close()
    assert len(CountingSnapshot.depths) - read_before <= 2 * 3
    assert not any(thread.name.startswith("flow-reader") for thread in threading.enumerate())


def test_an_error_while_streaming_reaches_the_training(snapshots, monkeypatch):
    planes = plane_set(StreamedPlanes, snapshots)

    def fail(*_):
        raise DataError("the file is gone")

    monkeypatch.setattr(CountingSnapshot, "read", fail)
    with pytest.raises(DataError, match="the file is gone"):
        images(batches(planes))


def test_the_size_in_memory_is_known_before_reading(snapshots):
    blocks = blocks_of(snapshots, PlaneSelection(chunk_width=4), 2)
    held = HeldPlanes(blocks, CPU)
    assert image_bytes(blocks) == images(batches(held)).numel() * 4


@pytest.mark.parametrize("lengths", [[7], [4, 4], [1, 1, 1, 1, 1], [3, 9, 2], [0, 5, 0]])
def test_pieces_are_regrouped_in_order(lengths):
    row = torch.arange(sum(lengths))
    pieces = list(regrouped(row.split(lengths), 4))
    assert torch.equal(torch.cat(pieces), row)
    assert all(len(piece) == 4 for piece in pieces[:-1])


def test_a_window_shuffles_its_own_blocks_only():
    windows = epoch_windows([2, 3, 4], 2, torch.Generator().manual_seed(0))
    assert sorted(block for window in windows for block in window.blocks) == [0, 1, 2]
    for window in windows:
        images_of_window = sum([2, 3, 4][block] for block in window.blocks)
        assert sorted(window.order.tolist()) == list(range(images_of_window))
