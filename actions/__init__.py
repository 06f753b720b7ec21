"""Use cases: one verb a thing anybody may do, whoever asks. Knows no HTTP and no task."""
