"""Diabetes progression as a workload of hpo-harness."""
