"""Customer-managed KMS keys, one per data class."""

from components.encryption.keys import EncryptionKey, EncryptionKeyArgs, EncryptionKeys, EncryptionKeysArgs
from components.encryption.policies import DataClass, key_policy

__all__ = [
    "DataClass",
    "EncryptionKey",
    "EncryptionKeyArgs",
    "EncryptionKeys",
    "EncryptionKeysArgs",
    "key_policy",
]
