"""Zones, certificates, names and their failover."""
