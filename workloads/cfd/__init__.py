"""The CFD workload: a convolutional autoencoder of turbulent flow fields."""
