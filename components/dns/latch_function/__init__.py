"""Code of the function that sets the latch."""
