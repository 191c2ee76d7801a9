"""Processes of one machine: how they start, end together, and keep one another out."""
