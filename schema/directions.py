"""Which way a message went: from a customer, from us, or from us by another program of the business (an echo)."""

INBOUND, OUTBOUND, ECHO = "inbound", "outbound", "echo"
DIRECTIONS = (INBOUND, OUTBOUND, ECHO)
