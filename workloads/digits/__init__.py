"""The digits workload."""
