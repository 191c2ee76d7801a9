"""Compare hyperparameter-optimization engines on one set of workloads and records."""
