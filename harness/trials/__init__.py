"""What a trial is: an objective that trains epoch by epoch."""
