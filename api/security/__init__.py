"""Who may come in, how often, and the log of it."""
