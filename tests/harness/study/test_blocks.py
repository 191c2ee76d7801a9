"""A machine that drifts must not look like a precision."""

from harness.study.blocks import block_of, blocks_of, in_blocks

GRID = {"algo": ["rand", "asha", "pbt"], "precision": ["fp32", "amp"], "seed": [3, 1, 2]}


def test_every_block_has_every_cell_of_one_seed(cells_of):
    blocks = blocks_of(cells_of(grid=GRID), "study")
    assert [block_of(block[0])[0] for block in blocks] == [1, 2, 3]
    for block in blocks:
        assert len({block_of(cell) for cell in block}) == 1
        assert len({(cell.config.algo, cell.config.precision) for cell in block}) == 6


def test_the_order_is_the_same_for_a_study_and_another_for_another(cells_of):
    cells = cells_of(grid=GRID)
    order = [cell.number for cell in in_blocks(cells, "study")]
    assert order == [cell.number for cell in in_blocks(cells[::-1], "study")]
    assert order != [cell.number for cell in in_blocks(cells, "another")]
    assert sorted(order) == list(range(18)) and order != sorted(order)


def test_blocks_have_orders_of_their_own(cells_of):
    orders = {
        tuple((cell.config.algo, cell.config.precision) for cell in block)
        for block in blocks_of(cells_of(grid=GRID), "study")
    }
    assert len(orders) == 3


def test_what_is_left_to_run_keeps_its_order(cells_of):
    cells = cells_of(grid=GRID)
    whole = in_blocks(cells, "study")
    assert in_blocks(whole[5:], "study") == whole[5:]


def test_replicates_are_blocks(cells_of):
    grid = {"precision": ["fp32", "amp"], "seed": [0], "training_seed": [0, 1]}
    blocks = blocks_of(cells_of(grid=grid), "study")
    assert [block_of(block[0]) for block in blocks] == [(0, 0, 0, 0), (0, 0, 0, 1)]


def test_a_precision_of_a_drifting_machine_is_no_slower(cells_of):
    cells = cells_of(grid={**GRID, "seed": list(range(12))})
    places = {cell.number: place for place, cell in enumerate(in_blocks(cells, "drift"))}
    means = [
        sum(places[c.number] for c in cells if c.config.precision == name) / (len(cells) / 2)
        for name in ("fp32", "amp")
    ]
    # In the order of the grid they lie 36 places apart at one algorithm.
    assert abs(means[0] - means[1]) < 6
