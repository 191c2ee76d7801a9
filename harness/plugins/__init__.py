"""Finds backends and workloads, and says what there is."""
