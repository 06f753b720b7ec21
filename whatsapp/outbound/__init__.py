"""From what is asked for to the body Graph expects."""
