"""Public hosted zones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..iam import document
from ..problems import Problem, SettingsError
from ..regions import GLOBAL_REGION
from ..section import verify
from .settings import DnsSettings


@dataclass(frozen=True, kw_only=True)
class PublicZoneArgs:
    """Inputs of `PublicZone`.

    Attributes:
        context: Who and where; with the keys of us-east-1, the only region that Route 53 writes query logs
            to.
        settings: The domain, which is required here; the id of its zone if there is one already; how long
            query logs are kept.
    """

    context: Context
    settings: DnsSettings


class PublicZone(pulumi.ComponentResource):
    """The zone of a domain, created or adopted, and the log of queries for it.

    Creates the zone unless an id is given, the encrypted log group `/aws/route53/<domain>` in us-east-1, the
    permission for Route 53 to write there, and the query logging.

    A new zone is not used before the registrar of the domain names its servers (`name_servers`); certificates
    are not issued before that: see `docs/first-deployment.md`.

    Replaces the zone: its domain. It then has other name servers, which the registrar must be given.

    Requirements: DNS, "Route 53 Hosted Zones".

    Attributes:
        zone_id: Id of the zone.
        domain: The domain.
        name_servers: What the registrar must name; None for an adopted zone.
    """

    zone_id: pulumi.Output[str]
    domain: str
    name_servers: pulumi.Output[Sequence[str]] | None

    def __init__(self, name: str, args: PublicZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:dns:PublicZone", name, None, opts)
        verify(f"PublicZone {name}", args.settings)
        context, settings = args.context, args.settings
        if settings.domain is None:
            missing = Problem(key="domain", rule="is required", remedy="write a domain, such as example.com")
            raise SettingsError(f"PublicZone {name}", [missing])
        child = pulumi.ResourceOptions(parent=self)
        self.domain = settings.domain
        if settings.zone_id:
            self.zone_id = pulumi.Output.from_input(settings.zone_id)
            self.name_servers = None
        else:
            zone = aws.route53.Zone(
                name,
                name=settings.domain,
                comment=f"Public zone of {context.title}",
                tags={"Name": context.name(name)},
                opts=pulumi.ResourceOptions(parent=self, protect=context.protect),
            )
            self.zone_id = zone.zone_id
            self.name_servers = zone.name_servers

        group_name = f"/aws/route53/{settings.domain}"
        group = aws.cloudwatch.LogGroup(
            name,
            name=group_name,
            region=GLOBAL_REGION,
            retention_in_days=settings.query_log_retention_days,
            kms_key_id=context.key_arn(DataClass.LOGS),
            opts=pulumi.ResourceOptions(parent=self, protect=context.protect),
        )
        permission = aws.cloudwatch.LogResourcePolicy(
            name,
            policy_name=context.name(f"{name}-query-logs"),
            region=GLOBAL_REGION,
            policy_document=json.dumps(query_log_delivery(context.account_id, group_name)),
            opts=child,
        )
        aws.route53.QueryLog(
            name,
            zone_id=self.zone_id,
            cloudwatch_log_group_arn=group.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        self.register_outputs({"zoneId": self.zone_id, "nameServers": self.name_servers})


def query_log_delivery(account_id: str, group_name: str) -> dict[str, object]:
    """Let Route 53 write the query logs of this account's zones into one log group."""
    return document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Service": "route53.amazonaws.com"},
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"arn:aws:logs:{GLOBAL_REGION}:{account_id}:log-group:{group_name}:*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account_id},
                    "ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
                },
            }
        ]
    )
