"""What is there before what needs it: AWS starts some things at once, and one that fails ends an update."""

import pytest

from operations.plan import Plan, Resource

SERVICE = "aws:ecs/service:Service"
# What a task reaches images, secrets, logs and others through; three starts that fail end a deployment.
NETWORK = {
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
}
# Of what a service depends on, what has to be there too, and the input that it names the first one by.
COMPLETE = {
    "aws:efs/mountTarget:MountTarget": "fileSystemId",
    "aws:iam/rolePolicy:RolePolicy": "role",
    "aws:secretsmanager/secretVersion:SecretVersion": "secretId",
}
ROLE = "aws:iam/role:Role"
ROLE_POLICIES = {
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
}


def needed(plan: Plan, resource: Resource) -> set[str]:
    """URNs of all that is there before a resource."""
    by_urn = {each.urn: each for each in plan.resources}
    found: set[str] = set()
    waiting = [resource]
    while waiting:
        each = waiting.pop()
        direct = {*each.dependencies, *(urn for urns in each.property_dependencies.values() for urn in urns)}
        waiting += [by_urn[urn] for urn in direct & by_urn.keys() - found]
        found |= direct & by_urn.keys()
    return found


def of_types(plan: Plan, *types: str) -> list[Resource]:
    return [resource for resource in plan.resources if resource.type in types]


def test_every_service_waits_for_its_network(stack: Plan) -> None:
    # The peering carries nothing that a task needs to start, and touches the other region.
    network = {
        each.urn for each in of_types(stack, *NETWORK) if "mpac:network:VpcPeering" not in str(each.parent)
    }
    services = of_types(stack, SERVICE)

    assert len(services) >= 9
    assert {each.type for each in of_types(stack, *NETWORK)} == NETWORK
    for service in services:
        assert network - needed(stack, service) == set(), service.name


def test_services_of_the_database_wait_for_pgbouncer(stack: Plan) -> None:
    services = {each.name: each for each in of_types(stack, SERVICE)}
    waiting = {
        name
        for name, each in services.items()
        if services["pgbouncer"].urn in needed(stack, each) and name != "pgbouncer"
    }

    assert waiting == {"svc-portal", "svc-smarttab", "mpac-pgw"}
    database = {each.urn for each in of_types(stack, "aws:rds/instance:Instance")}
    assert database <= needed(stack, services["pgbouncer"])


@pytest.mark.parametrize("type_", COMPLETE)
def test_what_a_service_uses_is_complete(stack: Plan, type_: str) -> None:
    parts = of_types(stack, type_)

    assert parts
    for service in of_types(stack, SERVICE):
        there = needed(stack, service)
        wanted = {
            part.urn for part in parts if there & set(part.property_dependencies.get(COMPLETE[type_], ()))
        }
        assert wanted - there == set(), service.name


def test_whatever_has_a_role_waits_for_what_the_role_may_do(stack: Plan) -> None:
    roles: dict[str, set[str]] = {each.urn: set() for each in of_types(stack, ROLE)}
    for policy in of_types(stack, *ROLE_POLICIES):
        for role in policy.property_dependencies["role"]:
            roles[role].add(policy.urn)

    assert roles
    users = [each for each in stack.resources if each.custom and each.type not in ROLE_POLICIES]
    used = set()
    for user in users:
        for key, urns in user.property_dependencies.items():
            for role in roles.keys() & set(urns):
                used.add(role)
                assert roles[role] - needed(stack, user) == set(), f"{key} of {user.urn}"
    # People give it to a batch operation of S3: docs/replication.md.
    by_hand = {each.urn for each in of_types(stack, ROLE) if each.name == "buckets-retry-replication"}
    assert used == roles.keys() - by_hand


def test_every_certificate_waits_for_the_record_that_proves_it(stack: Plan) -> None:
    # dr has its certificate proved by the record of prod.
    records = {
        each.urn
        for each in of_types(stack, "aws:route53/record:Record")
        if str(each.parent).split("::")[2] == "mpac:dns:Certificate"
    }
    issued = of_types(stack, "aws:acm/certificateValidation:CertificateValidation")

    assert (len(records), len(issued)) == ((0, 1) if stack.stack == "dr" else (1, 2))
    for each in issued:
        assert records <= needed(stack, each), each.name
