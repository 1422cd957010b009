"""Keys."""

import pulumi

from components.encryption import EncryptionKeys, EncryptionKeysArgs
from settings import Settings


def encryption_keys(settings: Settings, opts: pulumi.ResourceOptions) -> EncryptionKeys:
    """Keys of every class of data."""
    return EncryptionKeys(
        "keys",
        EncryptionKeysArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            replica_regions=[settings.replica_region] if settings.replica_region else [],
            log_replica_regions=settings.encryption.log_replica_regions,
            deletion_window_days=settings.encryption.deletion_window_days,
            protect=settings.protect,
        ),
        opts,
    )
