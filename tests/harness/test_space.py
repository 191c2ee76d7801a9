import json

from harness.space import plain_configuration, sample_configurations
from harness.testing.workloads import AnalyticWorkload


def test_the_same_seed_gives_the_same_configurations():
    first = sample_configurations(AnalyticWorkload().space(), 8, seed=3)
    again = sample_configurations(AnalyticWorkload().space(), 8, seed=3)
    assert first == again
    assert first != sample_configurations(AnalyticWorkload().space(), 8, seed=4)


def test_one_configuration_is_a_list_of_one():
    assert len(sample_configurations(AnalyticWorkload().space(), 1, seed=0)) == 1


def test_values_are_plain_python_values():
    for config in sample_configurations(AnalyticWorkload().space(), 20, seed=0):
        assert json.loads(json.dumps(config)) == config
        assert {type(value) for value in config.values()} <= {int, float, str}


def test_numpy_scalars_become_python_values():
    import numpy as np

    plain = plain_configuration({"a": np.int64(3), "b": np.float64(0.5), "c": "x"})
    assert [type(value) for value in plain.values()] == [int, float, str]
