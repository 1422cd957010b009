"""Names of the platform, and their failover to the other region."""

from collections.abc import Sequence

from components.dns import (
    Alias,
    FailoverDns,
    FailoverDnsArgs,
    FailoverLatch,
    FailoverLatchArgs,
    endpoint_alarm_name,
)
from components.encryption import DataClass
from components.load_balancing import ApplicationLoadBalancer, WebsocketLoadBalancer
from components.monitoring import AlarmTopic
from settings.regions import CITIES, GLOBAL_REGION
from wiring.edge import Domain
from wiring.stack import Stack


def failover_dns(
    stack: Stack,
    *,
    names: Domain,
    balancer: ApplicationLoadBalancer,
    websockets: WebsocketLoadBalancer | None,
    global_alarms: AlarmTopic,
    replica_alarms: AlarmTopic | None,
) -> FailoverDns:
    """The names at which services are reached: a half of a pair where another region stands by.

    Args:
        stack: The stack.
        names: The domain.
        balancer: What services are behind.
        websockets: What WebSockets go through, where that is not the same.
        global_alarms: Where alarms on health checks go.
        replica_alarms: Where alarms in the region that stands by go, if there is one.
    """
    settings = stack.settings
    labels = dict.fromkeys(service.host for service in settings.services.enabled().values())
    aliases = {label: Alias(dns_name=balancer.dns_name, zone_id=balancer.zone_id) for label in labels}
    if websockets:
        aliases[settings.websocket_load_balancer.host] = Alias(
            dns_name=websockets.dns_name, zone_id=websockets.zone_id
        )
    latch = _latch(stack, list(aliases), balancer.no_target_alarms, replica_alarms)
    return FailoverDns(
        "names",
        FailoverDnsArgs(
            environment=settings.environment,
            domain=names.name,
            zone_id=names.zone_id,
            city=CITIES[settings.region],
            names=aliases,
            role="SECONDARY" if stack.contract else "PRIMARY" if settings.replica_region else None,
            health_path="/health",
            interval_seconds=settings.failover.interval_seconds,
            failure_threshold=settings.failover.failure_threshold,
            checker_regions=settings.failover.checker_regions,
            alarm_topic_arn=global_alarms.arn,
            latch_health_check_id=latch.health_check_id if latch else None,
        ),
        stack.opts,
    )


def _latch(
    stack: Stack, labels: Sequence[str], no_target_alarms: Sequence[str], alarms: AlarmTopic | None
) -> FailoverLatch | None:
    """In the region that stands by, which does not fail together with this one."""
    settings = stack.settings
    region, logs_key_arn = settings.replica_region, stack.replica_key_arn(DataClass.LOGS)
    if not region or logs_key_arn is None or alarms is None:
        return None
    return FailoverLatch(
        "latch",
        FailoverLatchArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=region,
            alarms={
                GLOBAL_REGION: [endpoint_alarm_name(settings.environment, label) for label in labels],
                # Route 53 leads away from a load balancer without targets, whatever the checks say.
                settings.region: no_target_alarms,
            },
            logs_key_arn=logs_key_arn,
            alarm_topic_arn=alarms.arn,
            protect=settings.protect,
        ),
        stack.opts,
    )
