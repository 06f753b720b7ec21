"""Everybody who speaks to the house while it is struck, and what they were promised."""
