"""What authors of backends and workloads test with."""
