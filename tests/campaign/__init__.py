"""Kills services of a real site under load, and lets the checker judge what became of it."""
