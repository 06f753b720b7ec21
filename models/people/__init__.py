"""Who writes to us: contacts, groups, and what we know of them."""
