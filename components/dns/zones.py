"""Public hosted zones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# Route 53 writes query logs there and nowhere else.
QUERY_LOG_REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class PublicZoneArgs:
    """Inputs of `PublicZone`.

    Attributes:
        environment: Part of every name.
        account_id: The account of the zone.
        domain: The domain, without a dot at its end.
        zone_id: A zone that is there already; None creates one.
        query_log_retention_days: Days that query logs are kept, one of those that CloudWatch Logs takes.
        logs_key_arn: KMS key of the query logs, in us-east-1; its policy must let CloudWatch Logs use it.
        protect: Whether Pulumi refuses to delete the zone.
    """

    environment: str
    account_id: str
    domain: str
    zone_id: str | None
    query_log_retention_days: int
    logs_key_arn: pulumi.Input[str]
    protect: bool


class PublicZone(pulumi.ComponentResource):
    """The zone of a domain, created or adopted, and the log of what it is asked.

    Creates the zone unless an id is given, the encrypted log group `/aws/route53/<domain>` in us-east-1, the
    permission for Route 53 to write there, and the query logging.

    A new zone answers nobody before the registrar of the domain names its servers (`name_servers`);
    certificates are not issued before that: see `docs/first-deployment.md`.

    Replaces the zone: its domain. It then has other name servers, and the registrar must be told.

    Requirements: DNS, "Route 53 Hosted Zones".

    Attributes:
        zone_id: Id of the zone.
        domain: The domain.
        name_servers: What the registrar must name; None of an adopted zone.
    """

    zone_id: pulumi.Output[str]
    domain: str
    name_servers: pulumi.Output[Sequence[str]] | None

    def __init__(self, name: str, args: PublicZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:dns:PublicZone", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.domain = args.domain
        if args.zone_id:
            self.zone_id = pulumi.Output.from_input(args.zone_id)
            self.name_servers = None
        else:
            zone = aws.route53.Zone(
                name,
                name=args.domain,
                comment=f"Public zone of mpac {args.environment}",
                tags={"Name": f"mpac-{args.environment}"},
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
            )
            self.zone_id = zone.zone_id
            self.name_servers = zone.name_servers

        group_name = f"/aws/route53/{args.domain}"
        group = aws.cloudwatch.LogGroup(
            name,
            name=group_name,
            region=QUERY_LOG_REGION,
            retention_in_days=args.query_log_retention_days,
            kms_key_id=args.logs_key_arn,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        permission = aws.cloudwatch.LogResourcePolicy(
            name,
            policy_name=f"mpac-{args.environment}-route53-query-logs",
            region=QUERY_LOG_REGION,
            policy_document=json.dumps(query_log_delivery(args.account_id, group_name)),
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
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "route53.amazonaws.com"},
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"arn:aws:logs:{QUERY_LOG_REGION}:{account_id}:log-group:{group_name}:*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account_id},
                    "ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
                },
            }
        ],
    }
