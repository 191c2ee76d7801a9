"""The CIFAR-10 workload."""
