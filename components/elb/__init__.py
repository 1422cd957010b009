"""Load balancers and what leads to which service."""
