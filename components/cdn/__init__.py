"""Content delivery of APKs and static assets."""
