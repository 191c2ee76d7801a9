"""Trials that several processes train together, on equal shares of every batch."""
