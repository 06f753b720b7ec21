"""A stand-in for Meta's Cloud API over real HTTP, and a customer's phone in the browser.

Started with ``python -m sandbox``; described in docs/sandbox.md. It imports no other room of the house:
what it knows of the Cloud API it knows by itself, so that a mistake shared by both sides stays visible.
"""
