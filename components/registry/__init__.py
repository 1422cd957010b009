"""The registry of container images."""
