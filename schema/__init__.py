"""What is on the wire: requests, views, events, errors, close codes. Pure; the same for REST, sockets and programs."""
