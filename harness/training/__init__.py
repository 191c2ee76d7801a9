"""Trainings that workloads need not write themselves."""
