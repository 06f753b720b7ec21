"""How the house is, for /readyz, /metrics, alarms and doctor."""
