"""Statistics of comparisons over seeds: numbers in, numbers out."""
