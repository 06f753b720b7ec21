"""Who puts load on the house: programs, sockets, webhooks, all bounded."""
