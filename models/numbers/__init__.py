"""The business numbers: how each stands, what it may, and what it speaks with."""
