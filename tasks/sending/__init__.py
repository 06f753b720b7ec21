"""Messages on their way to Meta: which goes when, the call, and what became of it."""
