"""Plugins of strangers: their sources, and what is wrong with each."""

BACKEND = """
from harness.backend import Algorithm, Backend
from harness.testing.backends import SequentialBackend

class Good(SequentialBackend):
    name = "good"

class NoSearch(Backend):
    name, engine, modules = "no-search", "mine", ()
    algorithms = {"rand": Algorithm("mine")}

class Nameless(Backend):
    def search(self, context, world): ...

class Careless(SequentialBackend):
    name = "careless"
    algorithms = {"rand": "configurations of the seed"}

class Idle(SequentialBackend):
    name = "idle"
    algorithms = {}

class Unmakeable(SequentialBackend):
    name = "unmakeable"
    def __init__(self): raise OSError("no licence\\nfound")

class Alias(SequentialBackend):
    name = "ray"

class Fickle(SequentialBackend):
    name = "fickle"
    algorithms = {"rand": Algorithm("mine"), "dream": Algorithm("mine")}
    def check(self, spec, space):
        if spec.algorithm == "dream":
            raise NotImplementedError("dream is for\\nanother day")
        return []

class Failing(SequentialBackend):
    name = "failing"
    def search(self, context, world):
        raise KeyError("column score")

class Bare(SequentialBackend):
    name, engine, modules = "bare", "bare-engine", ("no_such_module",)

class Lazy(SequentialBackend):
    name = "lazy"
    def search(self, context, world):
        driver = context.recorder.open_driver()
        driver.search_began()
        driver.search_ended()

class Changing(SequentialBackend):
    name = "changing"
    def require_engine(self): raise KeyError("licence")

NOT_A_CLASS = 3
"""

WORKLOAD = """
from harness.testing.workloads import AnalyticTraining, AnalyticWorkload
from harness.workload import Metric, Workload

class Good(AnalyticWorkload):
    name = "good"

class NoBuild(Workload):
    name = "no-build"
    def space(self): ...
    def load_data(self, root, split_seed, device): ...

class NoMetric(Workload):
    name, max_epochs = "no-metric", 3
    def space(self): ...
    def load_data(self, root, split_seed, device): ...
    def build(self, config, context): ...

class WrongMetric(AnalyticWorkload):
    name, metric = "wrong-metric", "accuracy"

class WrongMode(AnalyticWorkload):
    name, metric = "wrong-mode", Metric("accuracy", "maximise")

class NoSpace(AnalyticWorkload):
    name = "no-space"
    def space(self): raise ZeroDivisionError("division by zero")

class DictSpace(AnalyticWorkload):
    name = "dict-space"
    def space(self): return {"lr": (0.1, 0.2)}

class Mutating(AnalyticWorkload):
    name, mutable = "mutating", ("momentum",)

class WordyTraining(AnalyticTraining):
    def validate(self): return {"accuracy": 0.5}

class UntestableTraining(AnalyticTraining):
    def test(self): return "very good"

class Untestable(AnalyticWorkload):
    name = "untestable"
    def build(self, config, context):
        return UntestableTraining(config, self.options, context.seed)

class Wordy(AnalyticWorkload):
    name = "wordy"
    def build(self, config, context):
        return WordyTraining(config, self.options, context.seed)
"""

WRONG_BACKENDS = [
    ("absent", "{module}_gone:Good", "does not import: ModuleNotFoundError"),
    ("absent", "{module}:Gone", "does not import: AttributeError"),
    ("no-search", "{module}:NoSearch", "lacks search; see harness.backend.Backend"),
    ("nameless", "{module}:Nameless", "lacks name, engine, modules, algorithms;"),
    ("number", "{module}:NOT_A_CLASS", "is int, not a class of harness.backend.Backend"),
    ("workload", "harness.testing.workloads:AnalyticWorkload", "is AnalyticWorkload, not a class"),
    ("careless", "{module}:Careless", "algorithms['rand'] is of type str, not Algorithm"),
    ("idle", "{module}:Idle", "declares no algorithms"),
    ("unmakeable", "{module}:Unmakeable", "__init__() fails: OSError: no licence found"),
    ("mine", "{module}:Alias", "calls itself 'ray'"),
]

WRONG_WORKLOADS = [
    ("absent", "{module}_gone:Good", "does not import: ModuleNotFoundError"),
    ("no-build", "{module}:NoBuild", "lacks build; see harness.workload.Workload"),
    ("no-metric", "{module}:NoMetric", "lacks metric"),
    ("wrong-metric", "{module}:WrongMetric", "metric is of type str, not Metric"),
    ("wrong-mode", "{module}:WrongMode", "mode is 'maximise', not 'min' or 'max'"),
    ("no-space", "{module}:NoSpace", "space() fails: ZeroDivisionError: division by zero"),
    ("dict-space", "{module}:DictSpace", "space() is of type dict, not ConfigurationSpace"),
    ("mutating", "{module}:Mutating", "may change momentum, and its space has no such"),
]
