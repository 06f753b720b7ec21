"""The fault table: what strikes, and what must hold."""
