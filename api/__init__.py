"""HTTP: one Falcon app with the only route table, and thin resources that call verbs."""
