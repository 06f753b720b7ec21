"""Message templates as Meta has them."""
