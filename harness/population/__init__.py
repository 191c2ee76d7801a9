"""A population whose members train by turns on shared slots, without an engine."""
