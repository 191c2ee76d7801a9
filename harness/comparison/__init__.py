"""Fair comparison: what two runs must share before their numbers may stand side by side."""
