"""The Cloud API and nothing else. Pure but for graph/; knows no table of Parley's."""
