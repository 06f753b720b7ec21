"""What Meta checks before it accepts anything."""
