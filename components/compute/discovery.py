"""Host names of tasks."""

import pulumi
import pulumi_aws as aws

from .cluster import Cluster

TTL_SECONDS = 10


def host_name(
    name: str, cluster: Cluster, host: str, *, tag: str, opts: pulumi.ResourceOptions
) -> aws.servicediscovery.Service:
    """Create a name that answers with the addresses of the tasks that register with it.

    Args:
        name: Name of the resource.
        cluster: The cluster, whose private domain the name is in.
        host: First part of the name.
        tag: Value of the tag `Name`.
        opts: Options, with the parent.

    Returns:
        The service of Cloud Map.
    """
    return aws.servicediscovery.Service(
        name,
        name=host,
        description=f"Tasks of {tag}",
        dns_config=aws.servicediscovery.ServiceDnsConfigArgs(
            namespace_id=cluster.namespace_id,
            routing_policy="MULTIVALUE",
            dns_records=[aws.servicediscovery.ServiceDnsConfigDnsRecordArgs(type="A", ttl=TTL_SECONDS)],
        ),
        tags={"Name": tag},
        opts=opts,
    )
