"""Joules from the counters of a machine; where it has none, there is no number."""
