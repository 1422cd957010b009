"""The registry of container images."""

from components.registry.registry import Registry, RegistryArgs, RegistryReplica, RepositoryReference

__all__ = ["Registry", "RegistryArgs", "RegistryReplica", "RepositoryReference"]
