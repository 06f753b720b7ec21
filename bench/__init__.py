"""Benchmarks: each runs side by side with a reference, in turn, in the same run. ``python -m bench NAME``."""
