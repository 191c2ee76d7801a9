import pytest

from harness.errors import DataError
from workloads.cfd.selection import PlaneSelection
from workloads.cfd.snapshot import ArraySnapshot


class Flow(ArraySnapshot):
    """A snapshot of which only the shape matters."""

    def __init__(self, *shape):
        super().__init__("flow", "case", None, {})
        object.__setattr__(self, "_shape", shape)

    @property
    def shape(self):
        return self._shape


def test_all_planes_are_taken_by_default():
    assert PlaneSelection().planes((8, 5, 12)) == (0, 1, 2, 3, 4)


def test_the_free_stream_is_trimmed():
    assert PlaneSelection(trim=9).planes((250, 98, 192)) == tuple(range(89))


def test_planes_are_thinned_evenly_from_the_wall_to_the_last():
    assert PlaneSelection(max_planes=3).planes((8, 9, 12)) == (0, 4, 8)
    assert PlaneSelection(max_planes=20).planes((8, 3, 12)) == (0, 1, 2)


@pytest.mark.parametrize(
    ("span", "starts"),
    [
        (250, (0,)),
        (300, (0, 50)),
        (400, (0, 150)),
        (450, (0, 200)),
        (750, (0, 250, 500)),
        (600, (0, 175, 350)),
    ],
)
def test_wide_planes_are_cut_into_as_few_chunks_as_cover_them(span, starts):
    assert PlaneSelection(chunk_width=250).chunk_starts((span, 98, 192)) == starts


def test_without_a_chunk_width_an_image_is_a_whole_plane():
    assert PlaneSelection().chunk_starts((48, 65, 30)) == (0,)
    assert PlaneSelection().image_size((48, 65, 30)) == (48, 30)


@pytest.mark.parametrize("shape", [(8, 6, 12), (8, 5, 13)])
def test_snapshots_of_different_shape_are_refused(shape):
    with pytest.raises(DataError, match="must agree"):
        PlaneSelection().check([Flow(8, 5, 12), Flow(*shape)])


def test_different_spans_need_a_chunk_width():
    flows = [Flow(300, 5, 12), Flow(400, 5, 12)]
    with pytest.raises(DataError, match=r"300, 400 cells.*chunk_width=300"):
        PlaneSelection().check(flows)
    PlaneSelection(chunk_width=250).check(flows)


def test_a_chunk_wider_than_the_span_is_refused():
    with pytest.raises(DataError, match="fewer than chunk_width 250"):
        PlaneSelection(chunk_width=250).check([Flow(48, 5, 12)])


def test_trimming_every_plane_is_refused():
    with pytest.raises(DataError, match="with trim 9 none is left"):
        PlaneSelection(trim=9).check([Flow(48, 9, 12)])
