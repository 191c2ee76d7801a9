"""Searches in virtual time: the real engines, against trainings that were recorded before."""
