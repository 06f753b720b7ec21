"""The socket server: agents' browsers and programs connect here and receive what happens, as it happens."""
