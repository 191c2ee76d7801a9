from harness.figures.run_picture import draw_run


def test_a_run_is_drawn_into_a_picture(sequential_run, tmp_path):
    result = sequential_run(algo="asha")
    draw_run(result.directory, tmp_path / "run.png")
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
