"""The MPAC SmartPOS platform on AWS: one program for every stack.

What a stack consists of is data in `Pulumi.<stack>.yaml`; what each part creates is said at its component,
and `wiring` has what each part takes from the settings and from the others.
"""

import pulumi
import pulumi_aws as aws

from components.network import Tier
from settings import Contract, Settings, SettingsError, check_against, check_upgrade, load
from settings.models import Upstream
from wiring.backup import backups
from wiring.budgets import budget
from wiring.cdn import cdn, cdn_logs
from wiring.contract import contract_for_stand_by
from wiring.data import cache, database, outputs_of_database
from wiring.data_holders import DataHolders, own_outputs
from wiring.edge import certificate, domain, load_balancer, target_groups, websocket_load_balancer
from wiring.encryption import encryption_keys
from wiring.monitoring import alarm_topic, global_alarm_topic, replica_alarm_topic
from wiring.names import failover_dns
from wiring.network import network, peering, security_groups, task_network
from wiring.observability import observability
from wiring.pooler import (
    database_secrets,
    database_setup,
    grafana_database,
    pooler,
    role_secrets,
)
from wiring.registry import registry
from wiring.services import cluster, services
from wiring.stack import Stack
from wiring.storage import platform_buckets


async def main() -> None:
    """Check all that can be checked, then declare the stack."""
    try:
        settings = load(pulumi.get_stack(), pulumi.runtime.get_config_env())
        contract = await upstream_contract(settings, settings.upstream) if settings.upstream else None
        last = own_outputs()
        check_upgrade(settings, await deployed_version(last))
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from error
    holders = await DataHolders.watch(settings.given_up, last)
    opts = pulumi.ResourceOptions(provider=provider(settings))
    keys = None if contract else encryption_keys(settings, opts)
    declare(Stack(settings=settings, contract=contract, opts=opts, keys=keys))
    holders.export()


def declare(stack: Stack) -> None:
    """Declare every part of the stack, and export what people and other stacks look up."""
    vpc = network(stack)
    groups = security_groups(stack, vpc)
    names = domain(stack)
    global_alarms = global_alarm_topic(stack)
    proof = certificate(stack, names)
    content = cdn(stack, names, proof=proof, global_alarms=global_alarms)
    alarms = alarm_topic(stack)
    replica_alarms = replica_alarm_topic(stack)
    buckets = platform_buckets(stack, content, alarms=alarms, replica_alarms=replica_alarms)
    cdn_logs(stack, content, buckets)
    postgres = database(stack, vpc=vpc, groups=groups, alarms=alarms)
    vault = backups(stack, vpc=vpc, alarms=alarms, postgres=postgres)
    budget(stack, alarms=alarms)
    redis = cache(stack, vpc=vpc, groups=groups, alarms=alarms)
    images = registry(stack)
    ecs = cluster(stack, vpc=vpc, alarms=alarms)
    roles = role_secrets(stack)
    setup = database_setup(stack, images=images, postgres=postgres, roles=roles)
    bouncer = pooler(
        stack,
        vpc=vpc,
        groups=groups,
        alarms=alarms,
        ecs=ecs,
        images=images,
        postgres=postgres,
        roles=roles,
    )
    balancer = load_balancer(
        stack, vpc=vpc, groups=groups, buckets=buckets, alarms=alarms, names=names, proof=proof
    )
    websockets = websocket_load_balancer(
        stack, vpc=vpc, groups=groups, buckets=buckets, names=names, proof=proof
    )
    apps = services(
        stack,
        vpc=vpc,
        groups=groups,
        alarms=alarms,
        ecs=ecs,
        buckets=buckets,
        redis=redis,
        images=images,
        target_groups=target_groups(balancer, websockets),
        bouncer=bouncer,
        database_secrets=database_secrets(stack, roles),
    )
    watch = observability(
        stack,
        vpc=vpc,
        groups=groups,
        alarms=alarms,
        ecs=ecs,
        images=images,
        grafana_database=grafana_database(stack, postgres, roles),
    )
    named = failover_dns(
        stack,
        names=names,
        balancer=balancer,
        websockets=websockets,
        global_alarms=global_alarms,
        replica_alarms=replica_alarms,
    )
    peering(stack, vpc)

    pulumi.export("vpcId", vpc.vpc_id)
    pulumi.export("natPublicIps", vpc.nat_public_ips)
    pulumi.export("securityGroupIds", groups.ids)
    pulumi.export("buckets", {kind: bucket.name for kind, bucket in buckets.buckets.items()})
    pulumi.export("alarmTopicArn", alarms.arn)
    pulumi.export("database", outputs_of_database(stack, postgres))
    if setup:
        pulumi.export("databaseSetupTask", setup.task_definition_arn)
        pulumi.export("databaseSetupNetwork", task_network(vpc, groups, Tier.SQL))
    pulumi.export("pgbouncer", {"host": bouncer.host, "port": bouncer.port})
    pulumi.export("backupVaultArn", vault.arn)
    pulumi.export("cache", {"endpoint": redis.endpoint, "port": redis.port, "secretArn": redis.secret_arn})
    pulumi.export("repositories", {name: each.url for name, each in images.repositories.items()})
    pulumi.export("cluster", {"arn": ecs.arn, "name": ecs.name, "namespace": ecs.namespace_name})
    pulumi.export("domain", {"name": names.name, "nameServers": names.zone and names.zone.name_servers})
    pulumi.export("loadBalancer", {"dnsName": balancer.dns_name, "zoneId": balancer.zone_id})
    pulumi.export("urls", named.urls)
    pulumi.export("cdn", content and {"url": content.url, "distributionId": content.id})
    pulumi.export("services", {name: each.service_name for name, each in apps.items()})
    pulumi.export(
        "observability",
        {
            "otlpEndpoint": watch.otlp_endpoint,
            "grafanaUrl": watch.grafana_url,
            "grafanaTunnelNetwork": task_network(vpc, groups, Tier.OBSERVABILITY),
            "fileSystemIds": watch.file_system_ids,
            "workspaceArn": watch.workspace_arn,
        },
    )
    contract = contract_for_stand_by(
        stack, vpc=vpc, buckets=buckets, postgres=postgres, images=images, names=names, roles=roles
    )
    if contract:
        pulumi.export("contract", contract)


async def upstream_contract(settings: Settings, upstream: Upstream) -> Contract:
    """Read what the stack that this one stands by for hands over."""
    details = await pulumi.StackReference(upstream.stack).get_output_details("contract")
    contract = Contract.parse(details.value, upstream.stack)
    check_against(settings, contract)
    return contract


async def deployed_version(last: pulumi.StackReference) -> str | None:
    """Read which version of PostgreSQL the last update ended with; None if there was none."""
    details = await last.get_output_details("database")
    version: str | None = (details.value or {}).get("version")
    return version


def provider(settings: Settings) -> aws.Provider:
    """The only provider: one account, one region, the same tags on everything."""
    return aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=settings.default_tags),
    )


pulumi.run(main)
