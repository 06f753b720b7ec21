"""Who does something here: agents and their logins."""
