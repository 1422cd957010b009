"""What AWS Backup does in an account and region, whichever stack asks."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# All that AWS lets an account choose, as of 2026-11: it answers with the whole list, and one more in its
# answer shows as a difference until it is added here.
SERVICES = (
    "Aurora",
    "CloudFormation",
    "DSQL",
    "DocumentDB",
    "DynamoDB",
    "EBS",
    "EC2",
    "EFS",
    "EKS",
    "FSx",
    "Neptune",
    "RDS",
    "Redshift",
    "Redshift Serverless",
    "S3",
    "SAP HANA on Amazon EC2",
    "Storage Gateway",
    "Timestream",
    "VirtualMachine",
)


@dataclass(frozen=True, kw_only=True)
class BackupRegionArgs:
    """Inputs of `BackupRegion`.

    Attributes:
        services: Services, as AWS Backup names them, that plans may find by tags; the others are turned off.
    """

    services: Sequence[str]


class BackupRegion(pulumi.ComponentResource):
    """Which services AWS Backup looks at when a plan selects by tags, in this account and region.

    Creates the settings of the region, of which there is one: no more than one stack of an account and region
    may have this. A plan passes over whatever is of a service that is turned off, without an error. What is
    deleted stays as it is in AWS.

    Replaces nothing.

    Requirements: not named there; backups by tags need it.
    """

    def __init__(self, name: str, args: BackupRegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:backup:BackupRegion", name, None, opts)
        if unknown := set(args.services) - set(SERVICES):
            raise ValueError(f"AWS Backup knows no service {sorted(unknown)}; it knows {SERVICES}.")
        aws.backup.RegionSettings(
            name,
            resource_type_opt_in_preference={service: service in args.services for service in SERVICES},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
