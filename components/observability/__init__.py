"""The observability services, their files, dashboards and rules."""
