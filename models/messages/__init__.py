"""Messages: their table, their two journeys, and what happens to one that is there."""
