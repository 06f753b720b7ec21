"""Hypothesis measures no time here: a busy machine is no fault of an example."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
