"""Snapshots of what is deleted."""

from components.snapshots.final import final_snapshot_name

__all__ = ["final_snapshot_name"]
