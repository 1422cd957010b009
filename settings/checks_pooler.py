"""Rules about PgBouncer."""

import math
from collections.abc import Iterator

from settings.models import Settings
from settings.pooler import Pooler
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


def connections_held(settings: Settings) -> int:
    """Return the connections that requests hold at the peak: their number a second times the time of each."""
    return math.ceil(
        settings.observability.load.requests_per_second * settings.pooler.milliseconds_per_request / 1000
    )


def connections_left(pooler: Pooler) -> int:
    """Return the connections that a role has while one task is away."""
    return max(pooler.tasks - 1, 1) * pooler.default_pool_size


def pools_carry_the_load(settings: Settings) -> Iterator[Problem]:
    """Connections in use are requests per second times the time that each holds one (Little's law).

    One task may be away, and all requests may come from one role, which has a pool of its own. A stand-by
    gets its tasks when it takes over.
    """
    pooler, requests = settings.pooler, settings.observability.load.requests_per_second
    needed, left = connections_held(settings), connections_left(pooler)
    if not settings.upstream and needed > left:
        yield Problem(
            key="mpac:pooler.tasks",
            value=pooler.tasks,
            rule=(
                f"leaves {left} connections for a role when one task is away; "
                f"{requests} requests a second x {pooler.milliseconds_per_request:g} ms hold {needed}"
            ),
            remedy=f"run {math.ceil(needed / pooler.default_pool_size) + 1} tasks, "
            "raise mpac:pooler.defaultPoolSize, or shorten the transactions",
        )


POOLER_CHECKS = (pools_fit_the_database, pools_carry_the_load)
