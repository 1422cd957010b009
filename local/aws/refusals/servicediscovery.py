"""What Cloud Map refuses and moto accepts."""

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses


@refuses("servicediscovery", "CreatePrivateDnsNamespace")
def namespace_exists(call: Call) -> None:
    """A VPC has one namespace of a name."""
    for each in call.backend("servicediscovery").namespaces.values():
        if each.name == call.params["Name"] and each.vpc == call.params["Vpc"]:
            raise AwsError("NamespaceAlreadyExists", f"Namespace {each.name} already exists in {each.vpc}")


@refuses("servicediscovery", "CreateService")
def service_exists(call: Call) -> None:
    """A namespace has one service of a name."""
    namespace = call.params.get("NamespaceId") or call.params.get("DnsConfig", {}).get("NamespaceId")
    for each in call.backend("servicediscovery").services.values():
        of = each.namespace_id or (each.dns_config or {}).get("NamespaceId")
        if each.name == call.params["Name"] and of == namespace:
            raise AwsError("ServiceAlreadyExists", f"Service {each.name} already exists in {namespace}")


@refuses("servicediscovery", "DeleteNamespace")
def namespace_in_use(call: Call) -> None:
    """A namespace with services stays."""
    for each in call.backend("servicediscovery").services.values():
        if call.params["Id"] in (each.namespace_id, (each.dns_config or {}).get("NamespaceId")):
            raise AwsError("ResourceInUse", f"Namespace {call.params['Id']} has associated services")
