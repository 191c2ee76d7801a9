"""Answers before a cluster is booked, from searches in virtual time."""
