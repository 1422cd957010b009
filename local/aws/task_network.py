"""What a task of Fargate reaches from its subnet: everything goes through its own network interface.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-version-migration.html
Network ACLs and IPv6 are not read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from local.aws.call import backend
from local.aws.policies import allows, as_list, matches, statements
from local.aws.untyped import Moto

HTTPS, NFS = 443, 2049
_WORLD = "0.0.0.0/0"


@dataclass(frozen=True)
class TaskNetwork:
    """Where ECS puts tasks of a service: in any of the subnets."""

    region: str
    subnets: Sequence[str]
    security_groups: Sequence[str]
    public_address: bool

    @classmethod
    def of(cls, service: Moto) -> "TaskNetwork":
        """That of a service; without security groups it has the default one of its VPC."""
        given = service.network_configuration["awsvpcConfiguration"]
        ec2 = backend("ec2", service.region_name)
        vpc_id = ec2.get_subnet(given["subnets"][0]).vpc_id
        return cls(
            region=service.region_name,
            subnets=given["subnets"],
            security_groups=given.get("securityGroups") or [ec2.get_default_security_group(vpc_id).id],
            public_address=given.get("assignPublicIp") == "ENABLED",
        )

    def cut_off_from_internet(self) -> str | None:
        """Why not every task reaches addresses outside AWS; None when all do."""
        if not self._may_leave(HTTPS, _WORLD):
            return f"no security group lets it reach {_WORLD} at {HTTPS}"
        return next((reason for subnet in self._subnets() if (reason := self._no_way_out(subnet))), None)

    def cut_off_from(self, service: str) -> str | None:
        """Why not every task reaches an AWS service of the region, such as `ecr.api`."""
        endpoint = self._interface_endpoint(service)
        if endpoint is None:
            return self.cut_off_from_internet()
        # With private DNS the service's name leads there, whatever else there is.
        ec2 = backend("ec2", self.region)
        cidrs = [ec2.get_subnet(each).cidr_block for each in endpoint.subnet_ids]
        return self._no_connection(f"the endpoint of {service}", HTTPS, endpoint.security_group_ids, cidrs)

    def cut_off_from_bucket(self, bucket: str) -> str | None:
        """Why not every task reads objects of a bucket of the region."""
        ec2 = backend("ec2", self.region)
        for subnet in self._subnets():
            endpoint = _gateway_endpoint(ec2, self.region, _route_table(ec2, subnet))
            if endpoint is None:
                reason = self.cut_off_from_internet()
            elif not self._may_leave(HTTPS, _WORLD, endpoint.destination_prefix_list_id):
                reason = f"no security group lets it reach S3 at {HTTPS}"
            else:
                reason = _refusal(endpoint, f"arn:aws:s3:::{bucket}/object")
            if reason:
                return reason
        return None

    def cut_off_from_files(self, file_system: str) -> str | None:
        """Why not every task can mount a file system, which it finds by a name of its own zone.

        https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-cmd-dns-name.html
        """
        targets = {
            each.availability_zone_name: each
            for each in backend("efs", self.region).mount_targets_by_id.values()
            if each.file_system_id == file_system and each.life_cycle_state == "available"
        }
        for subnet in self._subnets():
            target = targets.get(subnet.availability_zone)
            if target is None or target.vpc_id != subnet.vpc_id:
                return f"{file_system} has no mount target in {subnet.availability_zone}"
            groups, cidr = target.security_groups or [], f"{target.ip_address}/32"
            if reason := self._no_connection(f"the mount target of {file_system}", NFS, groups, [cidr]):
                return reason
        return None

    def _subnets(self) -> Iterator[Moto]:
        ec2 = backend("ec2", self.region)
        return (ec2.get_subnet(each) for each in self.subnets)

    def _no_way_out(self, subnet: Moto) -> str | None:
        ec2 = backend("ec2", self.region)
        nat, gateway = _default_route(_route_table(ec2, subnet))
        if nat is not None and nat.state == "available":
            return (
                None
                if _default_route(_route_table(ec2, ec2.get_subnet(nat.subnet_id)))[1]
                else f"the subnet of {nat.id} has no route to an internet gateway"
            )
        if gateway is not None and self.public_address:
            return None
        return f"{subnet.id} has no route to a NAT gateway"

    def _interface_endpoint(self, service: str) -> Moto | None:
        (vpc_id,) = {subnet.vpc_id for subnet in self._subnets()}
        name = f"com.amazonaws.{self.region}.{service}"
        return next(
            (
                each
                for each in backend("ec2", self.region).vpc_end_points.values()
                if (each.vpc_id, each.service_name, each.state) == (vpc_id, name, "available")
                and each.private_dns_enabled
            ),
            None,
        )

    def _no_connection(self, what: str, port: int, groups: Sequence[str], cidrs: Sequence[str]) -> str | None:
        if not all(self._may_leave(port, cidr, *groups) for cidr in cidrs):
            return f"no security group lets it reach {what} at {port}"
        if not all(
            _allowed(self.region, groups, port, subnet.cidr_block, self.security_groups, egress=False)
            for subnet in self._subnets()
        ):
            return f"{what} does not let it in at {port}"
        return None

    def _may_leave(self, port: int, cidr: str, *others: str | None) -> bool:
        return _allowed(self.region, self.security_groups, port, cidr, others, egress=True)


def _allowed(
    region: str,
    groups: Sequence[str],
    port: int,
    cidr: str,
    others: Sequence[str | None],
    *,
    egress: bool,
) -> bool:
    """Whether one of the groups has a rule for all of a range, or for one of other groups or prefix lists."""
    ec2 = backend("ec2", region)
    for group in (ec2.get_security_group_from_id(each) for each in groups):
        for rule in group.egress_rules if egress else group.ingress_rules:
            open_port = rule.ip_protocol == "-1" or (
                rule.ip_protocol == "tcp" and rule.from_port <= port <= rule.to_port
            )
            peer = {rule.source_group.get("GroupId"), rule.prefix_list_id} - {None}
            inside = rule.cidr_ipv4 and IPv4Network(cidr).subnet_of(IPv4Network(rule.cidr_ipv4, strict=False))
            if open_port and (inside or peer & set(others)):
                return True
    return False


def _route_table(ec2: Moto, subnet: Moto) -> Moto:
    tables = [table for table in ec2.route_tables.values() if table.vpc_id == subnet.vpc_id]
    explicit = [table for table in tables if subnet.id in table._associations.values()]  # noqa: SLF001
    return next(iter(explicit), None) or next(table for table in tables if table.main_association_id)


def _default_route(table: Moto) -> tuple[Moto | None, Moto | None]:
    """NAT gateway and internet gateway of the default route."""
    for route in table.routes:
        if route.destination_cidr_block == _WORLD:
            return route.nat_gateway, route.gateway
    return None, None


def _gateway_endpoint(ec2: Moto, region: str, table: Moto) -> Moto | None:
    return next(
        (
            each
            for each in ec2.vpc_end_points.values()
            if (each.service_name, each.state) == (f"com.amazonaws.{region}.s3", "available")
            and table.id in (each.route_table_ids or [])
        ),
        None,
    )


def _refusal(endpoint: Moto, arn: str) -> str | None:
    # A condition is about who or whose; a bucket of AWS's own meets none.
    if any(
        "Condition" not in statement
        and allows(statement, "s3:GetObject")
        and matches(arn, as_list(statement.get("Resource", [])))
        for statement in statements(endpoint.policy_document)
    ):
        return None
    return f"the policy of {endpoint.id} does not allow s3:GetObject on {arn}"
