"""Population-based training on Propulate: asynchronous, without a central process."""
