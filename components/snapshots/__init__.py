"""Snapshots of what is deleted."""
