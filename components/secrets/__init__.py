"""Generated secrets."""

from components.secrets.generated import GeneratedSecret, GeneratedSecretArgs, SecretReplica

__all__ = ["GeneratedSecret", "GeneratedSecretArgs", "SecretReplica"]
