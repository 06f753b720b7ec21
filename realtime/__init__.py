"""What both sides of a socket share: the bus, presence, sessions and tickets. Knows no database."""
