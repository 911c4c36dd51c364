"""Measures the pure cores and a site on a real broker, and compares them with the floors."""
