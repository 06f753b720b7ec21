"""What both sides of a socket share: views, events, the bus, presence, tickets. Knows no database."""
