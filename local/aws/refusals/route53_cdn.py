"""What Route 53 refuses of a record that leads to a distribution, and moto accepts."""

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

DISTRIBUTIONS_ZONE = "Z2FDTNDATAQYW2"


@refuses("route53", "ChangeResourceRecordSets")
def alias_of_distribution(call: Call) -> None:
    """All of them lie in one zone, and have no health that could be evaluated."""
    for change in call.params["ChangeBatch"]["Changes"]:
        target = change["ResourceRecordSet"].get("AliasTarget")
        if target is None or not target["DNSName"].rstrip(".").endswith(".cloudfront.net"):
            continue
        about = f"Tried to create an alias that targets {target['DNSName']} in zone {target['HostedZoneId']}"
        if target["HostedZoneId"] != DISTRIBUTIONS_ZONE:
            message = f"[{about}, but the alias target name does not lie within the target zone]"
            raise AwsError("InvalidChangeBatch", message)
        if target["EvaluateTargetHealth"]:
            raise AwsError("InvalidChangeBatch", f"[{about}, for which EvaluateTargetHealth must be false]")
