"""What replays in virtual time are worth: beside real searches, and at the paper's scale."""
