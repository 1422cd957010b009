"""The MPAC SmartPOS platform on AWS: one program for every stack.

What a stack consists of is data in `Pulumi.<stack>.yaml`; what each class creates, and what replaces it, is
in its docstring.
"""

from collections.abc import Mapping
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.backup.plans import BackupPlans, BackupPlansArgs
from components.backup.policies import BACKUP_TAGS
from components.backup.restore_test import RestoredDatabase, RestoreTest, RestoreTestArgs
from components.backup.vault import BackupVault, BackupVaultArgs
from components.budgets.budget import MonthlyBudget, MonthlyBudgetArgs
from components.cache.cluster import RedisCluster, RedisClusterArgs
from components.cdn.distribution import Cdn, CdnArgs
from components.cdn.logs import CdnLogs, CdnLogsArgs
from components.cdn.origins import BucketOrigin
from components.compute.attachments import ScrapeTarget
from components.compute.cluster import Cluster, ClusterArgs
from components.compute.service import FargateService, FargateServiceArgs
from components.context import Context, DataClass, Standby
from components.database.cluster import CrossRegionReplica, PostgresCluster, PostgresClusterArgs, Primary
from components.database.roles import DatabaseRolesArgs, database_roles
from components.database.setup import DatabaseSetup, DatabaseSetupArgs
from components.dns.certificate import Certificate, CertificateArgs
from components.dns.failover import Alias, FailoverDns, FailoverDnsArgs, endpoint_alarm_name
from components.dns.latch import FailoverLatch, FailoverLatchArgs
from components.dns.zones import PublicZone, PublicZoneArgs
from components.elb.alb import ApplicationLoadBalancer, ApplicationLoadBalancerArgs
from components.elb.nlb import WebsocketLoadBalancer, WebsocketLoadBalancerArgs
from components.encryption.keys import EncryptionKeys, EncryptionKeysArgs
from components.monitoring.topic import AlarmTopic, AlarmTopicArgs
from components.network.paths import Tier
from components.network.peering import PeeredNetwork, VpcPeering, VpcPeeringArgs
from components.network.security_groups import SecurityGroups, SecurityGroupsArgs
from components.network.vpc import Vpc, VpcArgs
from components.observability.args import GrafanaDatabase, ObsStackArgs
from components.observability.stack import ObsStack
from components.pgbouncer.cluster import PgBouncer, PgBouncerArgs
from components.problems import SettingsError
from components.regions import CITIES, GLOBAL_REGION
from components.registry.registry import Registry, RegistryArgs
from components.storage.kinds import DISTRIBUTED
from components.storage.names import bucket_names
from components.storage.platform import PlatformBuckets, PlatformBucketsArgs
from components.waf.web_acl import WebAcl, WebAclArgs
from program.contract import contract_for_standby, read_contract, usable_buckets
from program.data_holders import DataHolders, own_outputs
from program.services import (
    UsedByServices,
    service_routes,
    service_scaling,
    service_task,
    target_groups,
    task_network,
    websocket_route,
)
from settings import Contract, Settings, check_upgrade, load

# Begins the name of everything in AWS.
PREFIX = "mpac"


async def main() -> None:
    """Check all that can be checked, then declare the stack."""
    try:
        settings = load(pulumi.get_stack(), pulumi.runtime.get_config_env())
        contract = await read_contract(settings)
        last = own_outputs()
        check_upgrade(settings, await deployed_version(last))
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from error
    holders = await DataHolders.watch(settings.given_up, last)
    declare(settings, contract)
    holders.export()


def declare(  # noqa: C901, PLR0912, PLR0915  a paragraph for each area, read from top to bottom
    settings: Settings, contract: Contract | None
) -> None:
    """Declare every component of the stack, and export what people and other stacks look up."""
    provider = aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=settings.default_tags),
    )
    opts = pulumi.ResourceOptions(provider=provider)
    context = Context(
        prefix=PREFIX,
        environment=settings.environment,
        account_id=settings.account_id,
        region=settings.region,
        protect=settings.protect,
    )

    # Encryption: own keys, or the replicas that the primary stack has here.
    keys = None
    key_arns: Mapping[DataClass, pulumi.Input[str]]
    if contract:
        key_arns = {each: getattr(contract.keys, each) for each in DataClass}
    else:
        keys = EncryptionKeys(
            "keys",
            EncryptionKeysArgs(
                context=context,
                settings=settings.encryption,
                replica_regions=[settings.replica_region] if settings.replica_region else [],
            ),
            opts,
        )
        key_arns = keys.arns

    # Alarms: a topic in each region, for an alarm notifies none but of its own.
    def topic(name: str, region: str | None = None) -> AlarmTopic:
        window = settings.encryption.deletion_window_days
        args = AlarmTopicArgs(
            context=context, settings=settings.alarms, region=region, key_deletion_window_days=window
        )
        return AlarmTopic(name, args, opts)

    alarms, global_alarms = topic("alarms"), topic("global-alarms", GLOBAL_REGION)
    standby = None
    if keys and settings.replica_region:
        standby = Standby(
            region=settings.replica_region,
            key_arns={each: arns[settings.replica_region] for each, arns in keys.replica_arns.items()},
            alarm_topic_arn=topic("replica-alarms", settings.replica_region).arn,
        )
    context = replace(context, key_arns=key_arns, alarm_topic_arn=alarms.arn, standby=standby)
    # For what AWS has once for all regions: its logs and metrics are in us-east-1.
    global_context = replace(
        context,
        key_arns={DataClass.LOGS: keys.replica_arns[DataClass.LOGS][GLOBAL_REGION]} if keys else {},
        alarm_topic_arn=global_alarms.arn,
        standby=None,
    )

    # Network
    vpc = Vpc("vpc", VpcArgs(context=context, settings=settings.network), opts)
    groups = SecurityGroups(
        "sg",
        SecurityGroupsArgs(
            context=context,
            vpc_id=vpc.vpc_id,
            services={name: service.port for name, service in settings.services.enabled().items()},
            websocket_port=settings.services.smarttab.port if settings.nlb.enabled else None,
            grafana_admin_cidrs=settings.grafana_admin_cidrs,
            grafana_in_database=settings.observability.grafana.in_database,
            peer=settings.network.peer,
        ),
        opts,
    )
    if contract and settings.primary_stack and settings.primary_stack.peering:
        VpcPeering(
            "peering",
            VpcPeeringArgs(
                context=context,
                vpc_id=vpc.vpc_id,
                cidr=vpc.cidr,
                route_table_ids=vpc.peering_route_table_ids,
                accepter=PeeredNetwork(
                    environment=contract.environment,
                    region=contract.region,
                    vpc_id=contract.network.vpc_id,
                    cidr=contract.network.cidr,
                    route_table_ids=contract.network.route_table_ids,
                ),
            ),
            opts,
        )

    # Domain and certificate: own zone, or that of the primary stack.
    zone = None
    if not contract:
        zone = PublicZone("zone", PublicZoneArgs(context=global_context, settings=settings.dns), opts)
    domain = contract.dns.domain if contract else settings.dns.domain or ""
    zone_id = zone.zone_id if zone else contract.dns.zone_id if contract else ""
    certificate = Certificate(
        "certificate",
        CertificateArgs(
            context=context,
            domain=domain,
            validation_zone_id=zone_id if zone else None,
            zone_adopted=settings.dns.zone_id is not None,
        ),
        opts,
    )

    # CDN: its certificate and web ACL are in us-east-1. Buckets come later: their policies name it.
    cdn = None
    if zone:
        cdn_certificate = Certificate(
            "cdn-certificate",
            CertificateArgs(
                context=context,
                domain=domain,
                region=GLOBAL_REGION,
                validation_record_fqdn=certificate.validation_record_fqdn,
            ),
            opts,
        )
        cdn_acl = WebAcl(
            "cdn-waf",
            WebAclArgs(context=global_context, scope="CLOUDFRONT", settings=settings.waf),
            opts,
        )
        cdn = Cdn(
            "cdn",
            CdnArgs(
                context=global_context,
                domain=domain,
                zone_id=zone_id,
                certificate_arn=cdn_certificate.arn,
                web_acl_arn=cdn_acl.arn,
                settings=settings.cdn,
                buckets={
                    kind: [
                        BucketOrigin(bucket=bucket, region=region)
                        for region, bucket in bucket_names(context, settings.storage, kind).items()
                    ]
                    for kind in DISTRIBUTED
                },
            ),
            opts,
        )

    # Storage
    buckets = PlatformBuckets(
        "buckets",
        PlatformBucketsArgs(
            context=context,
            kinds=settings.bucket_kinds,
            settings=settings.storage,
            distribution_arn=cdn.arn if cdn else None,
        ),
        opts,
    )
    if cdn:
        CdnLogs(
            "cdn-logs",
            CdnLogsArgs(context=context, distribution_arn=cdn.arn, bucket=buckets.access_logs),
            opts,
        )

    # Database: a primary, or a replica of the one in the primary stack.
    postgres = PostgresCluster(
        "database",
        PostgresClusterArgs(
            context=context,
            settings=settings.database,
            role=(
                CrossRegionReplica(source_arn=contract.database.arn, promoted=settings.database.promoted)
                if contract
                else Primary(
                    replica_zones=settings.network.availability_zones[: settings.database.read_replicas]
                )
            ),
            subnet_ids=vpc.database_subnet_ids,
            security_group_id=groups.ids[Tier.DATABASE],
            backup_tags=BACKUP_TAGS["weekly"],
        ),
        opts,
    )
    role_secrets = (
        {}
        if contract
        else database_roles(
            "database",
            DatabaseRolesArgs(
                context=context,
                services=settings.services.with_database,
                grafana=settings.observability.grafana.in_database,
            ),
            opts,
        )
    )
    role_secret_arns = (
        contract.database.role_secret_arns
        if contract
        else {role: secret.arn for role, secret in role_secrets.items()}
    )

    # Backup: file systems daily; a database that takes writes weekly, with a copy in the standby's region.
    vault = BackupVault("backups", BackupVaultArgs(context=context, settings=settings.backup), opts)
    copies = None
    if context.standby:
        copies = BackupVault(
            "backup-copies",
            BackupVaultArgs(context=context, settings=settings.backup, region=context.standby.region),
            opts,
        )
    BackupPlans(
        "backups",
        BackupPlansArgs(
            context=context,
            settings=settings.backup,
            vault_name=vault.name,
            vault_arn=vault.arn,
            copy_vault_arn=copies.arn if copies else None,
            database=postgres.takes_writes,
        ),
        opts,
    )
    if settings.backup.restore_test:
        RestoreTest(
            "restore-test",
            RestoreTestArgs(
                context=context,
                vault_arn=vault.arn,
                database=(
                    RestoredDatabase(
                        subnet_group_name=postgres.identifier,
                        parameter_group_name=postgres.parameter_group_name,
                        security_group_id=vpc.default_security_group_id,
                    )
                    if postgres.takes_writes
                    else None
                ),
            ),
            opts,
        )
    if settings.budget.monthly_usd is not None:
        MonthlyBudget(
            "budget",
            MonthlyBudgetArgs(context=context, settings=settings.budget, emails=settings.alarms.emails),
            opts,
        )

    # Cache: each stack has its own, for what is cached in one region is of no use in another.
    redis = RedisCluster(
        "cache",
        RedisClusterArgs(
            context=context,
            settings=settings.cache,
            subnet_ids=vpc.database_subnet_ids,
            security_group_ids=[groups.ids[Tier.CACHE]],
        ),
        opts,
    )

    # Images, and the cluster that runs them
    registry = Registry(
        "registry",
        RegistryArgs(
            context=context,
            settings=settings.registry,
            repositories=settings.repositories,
        ),
        opts,
    )
    cluster = Cluster(
        "cluster", ClusterArgs(context=context, settings=settings.compute, vpc_id=vpc.vpc_id), opts
    )

    # PgBouncer, and the task that prepares the database
    setup = None
    master = postgres.secret.arn if postgres.secret else contract.database.secret_arn if contract else None
    if master is not None:
        setup = DatabaseSetup(
            "database-setup",
            DatabaseSetupArgs(
                context=context,
                compute=settings.compute,
                peer_region=contract.region if contract else settings.replica_region,
                image=registry.cached(settings.pgbouncer.tools_image),
                address=postgres.address,
                database_port=postgres.port,
                master=master,
                services=settings.services.with_database,
                roles=role_secret_arns,
            ),
            opts,
        )
    pgbouncer = PgBouncer(
        "pgbouncer",
        PgBouncerArgs(
            context=context,
            settings=settings.pgbouncer,
            compute=settings.compute,
            vpc_id=vpc.vpc_id,
            subnet_ids=vpc.private_subnet_ids,
            after=[vpc, groups],
            security_group_id=groups.ids[Tier.PGBOUNCER],
            cluster=cluster,
            image=registry.cached(settings.pgbouncer.image),
            tools_image=registry.cached(settings.pgbouncer.tools_image),
            address=postgres.address,
            replica_addresses=postgres.replica_addresses,
            database_port=postgres.port,
            roles={role: arn for role, arn in role_secret_arns.items() if role != "grafana"},
        ),
        opts,
    )

    # Load balancers, behind a web ACL
    acl = WebAcl("waf", WebAclArgs(context=context, scope="REGIONAL", settings=settings.waf), opts)
    routes = service_routes(settings, domain)
    alb = ApplicationLoadBalancer(
        "alb",
        ApplicationLoadBalancerArgs(
            context=context,
            settings=settings.alb,
            vpc_id=vpc.vpc_id,
            subnet_ids=vpc.public_subnet_ids,
            security_group_id=groups.ids[Tier.LOAD_BALANCER],
            certificate_arn=certificate.arn,
            routes=list(routes.values()),
            access_logs=buckets.access_logs,
            internet_gateway=vpc.internet_gateway,
            web_acl_arn=acl.arn,
        ),
        opts,
    )
    nlb = None
    if settings.nlb.enabled:
        nlb = WebsocketLoadBalancer(
            "nlb",
            WebsocketLoadBalancerArgs(
                context=context,
                vpc_id=vpc.vpc_id,
                subnet_ids=vpc.public_subnet_ids,
                security_group_id=groups.ids[Tier.WEBSOCKET_LOAD_BALANCER],
                certificate_arn=certificate.arn,
                tls_policy=settings.alb.tls_policy,
                route=websocket_route(settings, domain),
                access_logs=buckets.access_logs,
                internet_gateway=vpc.internet_gateway,
            ),
            opts,
        )

    # Services
    used = UsedByServices(
        compute=settings.compute,
        cluster=cluster,
        redis=redis,
        pgbouncer=pgbouncer,
        buckets=usable_buckets(buckets, contract),
        role_secret_arns=role_secret_arns,
        repository_urls=(
            {name: each.url for name, each in contract.repositories.items()}
            if contract
            else {name: each.url for name, each in registry.repositories.items()}
        ),
    )
    services = {
        name: FargateService(
            service.task_name,
            FargateServiceArgs(
                context=context,
                task=service_task(context, name, service, used, opts),
                cluster=cluster,
                subnet_ids=vpc.private_subnet_ids,
                security_group_ids=[groups.ids[Tier.APP]],
                scaling=service_scaling(service),
                target_groups=target_groups(name, alb, nlb),
                after=[vpc, groups, *([pgbouncer] if service.database else [])],
                scrape=ScrapeTarget(port=service.port),
                maximum_percent=service.deployment_percent,
                latency_seconds=2 * service.latency_seconds,
            ),
            opts,
        )
        for name, service in settings.services.enabled().items()
    }

    # Observability
    observability = ObsStack(
        "obs",
        ObsStackArgs(
            context=context,
            settings=settings.observability,
            compute=settings.compute,
            cluster=cluster,
            subnet_ids=vpc.private_subnet_ids,
            after=[vpc, groups],
            security_group_id=groups.ids[Tier.OBSERVABILITY],
            files_security_group_id=groups.ids[Tier.FILES],
            name_suffix=settings.storage.name_suffix,
            image=registry.cached,
            grafana_database=(
                GrafanaDatabase(
                    host=postgres.address,
                    port=postgres.port,
                    password_secret_arn=role_secret_arns["grafana"],
                )
                if settings.observability.grafana.in_database
                else None
            ),
            backup_tags=BACKUP_TAGS["daily"],
        ),
        opts,
    )

    # DNS: this region's half of each failover pair, and the latch in the standby's region.
    aliases = {
        service.host: Alias(dns_name=alb.dns_name, zone_id=alb.zone_id)
        for service in settings.services.enabled().values()
    }
    if nlb:
        aliases[settings.nlb.host] = Alias(dns_name=nlb.dns_name, zone_id=nlb.zone_id)
    latch = None
    if context.standby:
        latch = FailoverLatch(
            "latch",
            FailoverLatchArgs(
                # It does not fail together with this region.
                context=context.in_standby(),
                alarms={
                    GLOBAL_REGION: [endpoint_alarm_name(context, label) for label in aliases],
                    # Route 53 leads away from a load balancer without targets, whatever the checks say.
                    settings.region: alb.no_target_alarms,
                },
            ),
            opts,
        )
    names = FailoverDns(
        "names",
        FailoverDnsArgs(
            context=global_context,
            settings=settings.failover,
            domain=domain,
            zone_id=zone_id,
            city=CITIES[settings.region],
            names=aliases,
            role="SECONDARY" if contract else "PRIMARY" if context.standby else None,
            latch_health_check_id=latch.health_check_id if latch else None,
        ),
        opts,
    )

    # Outputs
    pulumi.export("vpcId", vpc.vpc_id)
    pulumi.export("natPublicIps", vpc.nat_public_ips)
    pulumi.export("securityGroupIds", groups.ids)
    pulumi.export("buckets", {kind: bucket.name for kind, bucket in buckets.buckets.items()})
    pulumi.export("alarmTopicArn", alarms.arn)
    pulumi.export(
        "database",
        {
            "identifier": postgres.identifier,
            "version": postgres.version,
            "address": postgres.address,
            "replicaAddresses": postgres.replica_addresses,
            "port": postgres.port,
            "secretArn": master,
        },
    )
    if setup:
        pulumi.export("databaseSetupTask", setup.task_definition_arn)
        pulumi.export("databaseSetupNetwork", task_network(vpc, groups, Tier.SQL))
    pulumi.export("pgbouncer", {"host": pgbouncer.host, "port": pgbouncer.port})
    pulumi.export("backupVaultArn", vault.arn)
    pulumi.export("cache", {"endpoint": redis.endpoint, "port": redis.port, "secretArn": redis.secret_arn})
    pulumi.export("repositories", {name: each.url for name, each in registry.repositories.items()})
    pulumi.export("cluster", {"arn": cluster.arn, "name": cluster.name, "namespace": cluster.namespace_name})
    pulumi.export("domain", {"name": domain, "nameServers": zone and zone.name_servers})
    pulumi.export("loadBalancer", {"dnsName": alb.dns_name, "zoneId": alb.zone_id})
    pulumi.export("urls", names.urls)
    pulumi.export("cdn", cdn and {"url": cdn.url, "distributionId": cdn.id})
    pulumi.export("services", {name: each.service_name for name, each in services.items()})
    pulumi.export(
        "observability",
        {
            "otlpEndpoint": observability.otlp_endpoint,
            "grafanaUrl": observability.grafana_url,
            "grafanaTunnelNetwork": task_network(vpc, groups, Tier.OBSERVABILITY),
            "fileSystemIds": observability.file_system_ids,
            "workspaceArn": observability.workspace_arn,
        },
    )
    if keys and context.standby:
        pulumi.export(
            "contract",
            contract_for_standby(
                settings,
                context.standby,
                vpc=vpc,
                buckets=buckets,
                postgres=postgres,
                registry=registry,
                zone_id=zone_id,
                domain=domain,
                roles=role_secrets,
            ),
        )


async def deployed_version(last: pulumi.StackReference) -> str | None:
    """Read which version of PostgreSQL the last update ended with; None if there was none."""
    details = await last.get_output_details("database")
    version: str | None = (details.value or {}).get("version")
    return version


pulumi.run(main)
