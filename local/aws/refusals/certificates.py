"""What ACM, and services that are given a certificate, refuse, and moto accepts."""

import fnmatch
from collections.abc import Iterable

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

VIRGINIA = "us-east-1"


def issued(arn: str, region: str) -> Moto:
    """The certificate of that ARN where it lies in the region and is issued; else None."""
    certificate = None
    if arn.split(":")[3] == region:
        certificate = backend("acm", region)._certificates.get(arn)  # noqa: SLF001
    if certificate is not None:
        certificate.check()
    return certificate if certificate is not None and certificate.status == "ISSUED" else None


def covers(certificate: Moto, host: str) -> bool:
    """Whether a name of the certificate is the host, or a wildcard for its first label."""
    names = [certificate.common_name, *certificate.sans]
    return any(fnmatch.fnmatchcase(host, name) and host.count(".") == name.count(".") for name in names)


def users_of(arn: str, region: str) -> Iterable[str]:
    """ARNs of listeners and distributions with the certificate."""
    for balancer in backend("elbv2", region).load_balancers.values():
        for listener in balancer.listeners.values():
            if arn in str(listener.certificates):
                yield listener.arn
    if region == VIRGINIA:
        for distribution in backend("cloudfront", "aws").distributions.values():
            if distribution.document.get("ViewerCertificate", {}).get("ACMCertificateArn") == arn:
                yield distribution.arn


@refuses("acm", "DeleteCertificate")
def certificate_in_use(call: Call) -> None:
    """Nobody loses a certificate while a listener or distribution shows it."""
    arn = call.params["CertificateArn"]
    if users := list(users_of(arn, call.region)):
        raise AwsError("ResourceInUseException", f"Certificate {arn} is in use by {', '.join(users)}.")
