"""Propulate: asynchronous, decentral evolutionary search on MPI ranks."""
