"""What is on the wire: views, events, close codes. Pure, and the same for REST, sockets and programs."""
