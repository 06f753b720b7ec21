"""gunicorn's side: requests that are whole before a thread sees them."""
