"""One module an aggregate: thin resources that call verbs."""
