"""The Cloud API and nothing else. Pure but for client.py; knows no table of Parley's."""
