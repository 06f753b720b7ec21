"""Message templates: what they say, what they take, and whether a message fits one."""
