"""Graph's paths as Meta answers them."""
