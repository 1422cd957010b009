"""Rules about PgBouncer."""

from collections.abc import Iterator

from settings.models import Settings
from settings.problems import Problem

# Three services and the readers of reports; each may open both `mpac` and `mpac_ro`.
POOLED_ROLES = 4
# For the master user, Grafana, RDS itself and whoever connects without PgBouncer.
_PERCENT_LEFT = 20


def pools_fit_the_database(settings: Settings) -> Iterator[Problem]:
    """PgBouncer would hand out connections that the database refuses."""
    pooler, database = settings.pooler, settings.database
    databases = 1 if database.read_replicas else 2  # without replicas both are the same instance
    most = POOLED_ROLES * databases * pooler.tasks * pooler.default_pool_size
    allowed = database.max_connections * (100 - _PERCENT_LEFT) // 100
    if most > allowed:
        yield Problem(
            key="mpac:pooler.defaultPoolSize",
            value=pooler.default_pool_size,
            rule=(
                f"makes {most} connections to an instance ({POOLED_ROLES} roles x {databases} databases x "
                f"{pooler.tasks} tasks); {allowed} of mpac:database.maxConnections are for them"
            ),
            remedy="lower it, run fewer tasks, or raise mpac:database.maxConnections",
        )


POOLER_CHECKS = (pools_fit_the_database,)
