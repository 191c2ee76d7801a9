from benchmarks.alternation import alternate, paired_ratios


def test_every_second_round_runs_the_subjects_backwards():
    order = []
    subjects = {name: lambda name=name: order.append(name) for name in "ab"}
    alternate(subjects, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]


def test_ratios_pair_the_results_of_a_round():
    rounds = [{"a": 2.0, "b": 1.0}, {"a": 9.0, "b": 3.0}]
    assert paired_ratios(rounds, "a", "b", float) == [2.0, 3.0]
