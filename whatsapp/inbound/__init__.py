"""From the bytes of a webhook to typed updates."""
