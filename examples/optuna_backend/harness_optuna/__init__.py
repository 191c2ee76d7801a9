"""Optuna as a backend of hpo-harness."""
