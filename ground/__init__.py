"""What every room stands on: the clock, ids, and rules that both doors share. Knows no engine and no room."""
