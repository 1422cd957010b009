"""Load balancers that records lead to, and whether Route 53 takes them for healthy."""

from moto.elbv2.models import elbv2_backends

from local.aws.call import ACCOUNT, backend
from local.aws.untyped import Moto


def load_balancer(dns_name: str) -> Moto:
    """The load balancer of a name, in whatever region; None when there is none."""
    name = dns_name.rstrip(".").removeprefix("dualstack.").lower()
    return next(
        (
            balancer
            for regional in elbv2_backends[ACCOUNT].values()
            for balancer in regional.load_balancers.values()
            if balancer.dns_name.lower() == name
        ),
        None,
    )


def is_healthy(dns_name: str) -> bool:
    """Whether each target group of a load balancer has a target; one without any makes all of it unhealthy.

    No task runs here, so a service that wants some counts as a target.
    """
    balancer = load_balancer(dns_name)
    if balancer is None:
        return False
    region = balancer.arn.split(":")[3]
    served = {
        each["targetGroupArn"]
        for service in backend("ecs", region).services.values()
        if service.desired_count > 0
        for each in service.load_balancers
    }
    groups = [
        group
        for group in backend("elbv2", region).target_groups.values()
        if balancer.arn in group.load_balancer_arns
    ]
    return all(group.targets or group.arn in served for group in groups)
