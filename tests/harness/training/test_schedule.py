import pytest

from harness.training.schedule import cosine_decay, learning_rate_factor, linear_warm_up


def factors(schedule, warm_up_epochs, epochs, max_epochs=10, steps_per_epoch=4):
    return [
        learning_rate_factor(
            step,
            steps_per_epoch=steps_per_epoch,
            warm_up_epochs=warm_up_epochs,
            max_epochs=max_epochs,
            schedule=schedule,
        )
        for step in range(epochs * steps_per_epoch)
    ]


def test_warm_up_rises_linearly_from_the_first_step_and_stays_at_one():
    assert [linear_warm_up(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


def test_no_warm_up_starts_at_one():
    assert linear_warm_up(0, 0) == 1.0


def test_cosine_falls_from_one_through_a_half_to_zero_and_stays_there():
    values = [cosine_decay(step, 4) for step in (0, 2, 4, 5)]
    assert values == pytest.approx([1.0, 0.5, 0.0, 0.0])


def test_a_constant_schedule_never_exceeds_the_configured_rate():
    values = factors("constant", warm_up_epochs=2, epochs=10)
    assert values[:8] == pytest.approx([(step + 1) / 8 for step in range(8)])
    assert set(values[8:]) == {1.0}


def test_cosine_decays_from_the_end_of_the_warm_up_to_the_end_of_the_training():
    values = factors("cosine", warm_up_epochs=2, epochs=10)
    assert max(values) == values[7] == values[8] == 1.0
    assert values[8:] == sorted(values[8:], reverse=True)
    assert values[24] == pytest.approx(0.5)
    assert 0.0 < values[-1] < 0.01


def test_the_schedule_depends_on_the_whole_training_not_on_how_far_it_has_come():
    assert factors("cosine", 1, epochs=3) == factors("cosine", 1, epochs=10)[:12]


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_warm_up_longer_than_the_training_is_cut_short(schedule):
    values = factors(schedule, warm_up_epochs=5, epochs=3, max_epochs=3)
    assert values == pytest.approx([(step + 1) / 20 for step in range(12)])


def test_cosine_stays_at_zero_beyond_the_end_of_the_training():
    assert set(factors("cosine", warm_up_epochs=1, epochs=12)[40:]) == {0.0}
