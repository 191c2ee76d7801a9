import json


def test_doctor_names_precisions_and_speeds(harness):
    outcome = harness("doctor", "--seconds", "0.05", "--json")
    found = json.loads(outcome.out)
    assert set(found["precisions"]) == {"fp32", "tf32", "amp", "amp-fp16", "amp-bf16"}
    assert {(c["operation"], c["dtype"]) for c in found["ceilings"]} >= {
        ("matrix product", "float32"),
        ("convolution", "bfloat16"),
    }
    assert all(ceiling["gflops"] > 0 for ceiling in found["ceilings"])


def test_doctor_prints_tables(harness):
    out = harness("doctor", "--seconds", "0.05").out
    assert "precisions" in out and "GFLOP/s" in out
