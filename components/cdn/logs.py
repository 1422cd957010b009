"""Access logs of the distribution."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..regions import GLOBAL_REGION
from ..storage.bucket import PrivateBucket


@dataclass(frozen=True, kw_only=True)
class CdnLogsArgs:
    """Inputs of `CdnLogs`.

    Attributes:
        context: Who and where.
        distribution_arn: ARN of the distribution.
        bucket: Bucket that takes the logs, whose policy must let CloudWatch Logs deliver.
    """

    context: Context
    distribution_arn: pulumi.Input[str]
    bucket: PrivateBucket


class CdnLogs(pulumi.ComponentResource):
    """Access logs of a distribution, in a bucket below `AWSLogs/<account>/CloudFront/`.

    Creates what CloudWatch Logs calls the source, the destination and the delivery, all in us-east-1 and
    named `<prefix>-<environment>-<name>`. The older way to log needs a bucket with ACLs, and these have none.

    Replaces the delivery: its distribution or bucket. Nothing is lost but what is on its way.

    Requirements: S3 Buckets; AWS Foundational Security Best Practices CloudFront.5.
    """

    def __init__(self, name: str, args: CdnLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:cdn:CdnLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        label = args.context.name(name)
        source = aws.cloudwatch.LogDeliverySource(
            name,
            name=label,
            log_type="ACCESS_LOGS",
            resource_arn=args.distribution_arn,
            region=GLOBAL_REGION,
            tags={"Name": label},
            opts=child,
        )
        destination = aws.cloudwatch.LogDeliveryDestination(
            name,
            name=label,
            output_format="json",
            delivery_destination_configuration=(
                aws.cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                    destination_resource_arn=args.bucket.arn
                )
            ),
            region=GLOBAL_REGION,
            tags={"Name": label},
            opts=child,
        )
        aws.cloudwatch.LogDelivery(
            name,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            region=GLOBAL_REGION,
            tags={"Name": label},
            # AWS would write the bucket's policy itself where it does not find what it needs.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.bucket.policy]),
        )
        self.register_outputs({})
