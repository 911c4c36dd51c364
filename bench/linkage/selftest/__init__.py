"""The metrics on examples that are counted by hand. Needs neither Splink nor the sets."""
