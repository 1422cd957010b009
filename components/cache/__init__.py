"""The cache: a Valkey or Redis OSS cluster on ElastiCache."""
