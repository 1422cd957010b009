"""PostgreSQL."""

from components.database.cluster import (
    CrossRegionReplica,
    PostgresCluster,
    PostgresClusterArgs,
    Primary,
    StandByRegion,
)

__all__ = ["CrossRegionReplica", "PostgresCluster", "PostgresClusterArgs", "Primary", "StandByRegion"]
