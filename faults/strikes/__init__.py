"""What strikes the house, and how."""
