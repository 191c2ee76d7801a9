"""States of trainings: their files, and which of them are kept."""
