"""Configuration files of the observability services: text from settings, without pulumi."""
