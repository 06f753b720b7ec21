"""Tables and their verbs, a wing an aggregate. The rest of the house calls verbs and writes no queries."""
