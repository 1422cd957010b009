"""AWS Backup: vaults, plans that find what they keep by its tags, and restore tests."""
