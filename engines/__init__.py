"""The servers Parley leans on in development and in tests, as children of whoever starts them.

``postgres.Postgres``, ``valkey.Valkey`` and ``caddy.Caddy`` start one server each, and
``formation.Formation`` the whole house. Nothing here runs in production.
"""
