"""One module a benchmark, with the rows it prints."""
