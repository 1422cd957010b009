"""Rules about PgBouncer."""

import math
from collections.abc import Iterator

from components.pgbouncer.settings import PgBouncerSettings
from components.problems import Problem
from components.section import check
from settings.stack import Settings

# For the master user, Grafana, RDS itself and whoever connects without PgBouncer.
_PERCENT_LEFT = 20


@check
def pools_fit_the_database(settings: Settings) -> Iterator[Problem]:
    """PgBouncer would hand out connections that the database refuses."""
    pgbouncer, database = settings.pgbouncer, settings.database
    databases = 1 if database.read_replicas else 2  # without replicas both are the same instance
    # Services and the readers of reports; each may open both `mpac` and `mpac_ro`.
    roles = len(settings.services.with_database) + 1
    most = roles * databases * pgbouncer.tasks * pgbouncer.default_pool_size
    allowed = database.max_connections * (100 - _PERCENT_LEFT) // 100
    if most > allowed:
        yield Problem(
            key="mpac:pgbouncer.defaultPoolSize",
            value=pgbouncer.default_pool_size,
            rule=(
                f"makes {most} connections to an instance ({roles} roles x {databases} databases x "
                f"{pgbouncer.tasks} tasks); {allowed} of mpac:database.maxConnections are for them"
            ),
            remedy="lower it, run fewer tasks, or raise mpac:database.maxConnections",
        )


def connections_held(settings: Settings) -> int:
    """Return the connections that requests hold at the peak: their number a second times the time of each."""
    return math.ceil(
        settings.observability.load.requests_per_second * settings.pgbouncer.milliseconds_per_request / 1000
    )


def connections_left(pgbouncer: PgBouncerSettings) -> int:
    """Return the connections that a role has while one task is away."""
    return max(pgbouncer.tasks - 1, 1) * pgbouncer.default_pool_size


@check
def pools_carry_the_load(settings: Settings) -> Iterator[Problem]:
    """Connections in use are requests per second times the time that each holds one (Little's law).

    One task may be away, and all requests may come from one role, which has a pool of its own. A standby
    gets its tasks when it takes over.
    """
    pgbouncer, requests = settings.pgbouncer, settings.observability.load.requests_per_second
    needed, left = connections_held(settings), connections_left(pgbouncer)
    if not settings.primary_stack and needed > left:
        yield Problem(
            key="mpac:pgbouncer.tasks",
            value=pgbouncer.tasks,
            rule=(
                f"leaves {left} connections for a role when one task is away; "
                f"{requests} requests a second x {pgbouncer.milliseconds_per_request:g} ms hold {needed}"
            ),
            remedy=f"run {math.ceil(needed / pgbouncer.default_pool_size) + 1} tasks, "
            "raise mpac:pgbouncer.defaultPoolSize, or shorten the transactions",
        )
