"""Calls to Graph. Only tasks and the operator's commands make any: no request waits for Meta."""
