"""Tables and their verbs, one file an aggregate. The rest of the house calls verbs and writes no queries."""
