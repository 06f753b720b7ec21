"""What must not be lost: dead letters, what is parked, what nobody could read, events to be told."""
