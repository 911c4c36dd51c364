"""Our record linkage beside Splink and a trivial baseline, on labelled record sets and on generated leads."""
