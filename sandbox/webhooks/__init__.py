"""Webhooks from the sandbox to the business, as Meta builds, signs and repeats them."""
