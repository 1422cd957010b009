"""A certificate in a zone that is adopted, where another one of the domain was proved before."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from local.opening import started_aws
from local.recovery import clients_of
from tests.engine.checkouts import REPOSITORY, Checkout

pytestmark = pytest.mark.engine

TOKYO = "ap-northeast-1"
DOMAIN = "adopted.example"
PROGRAM = """
    import pulumi
    import pulumi_aws as aws

    from components.context import Context
    from components.dns.certificate import Certificate, CertificateArgs

    async def main():
        provider = aws.Provider("aws", region="ap-northeast-1")
        proof = Certificate(
            "proof",
            CertificateArgs(
                context=Context(
                    prefix="mpac",
                    environment="staging",
                    account_id="123456789012",
                    region="ap-northeast-1",
                    protect=False,
                ),
                domain="adopted.example",
                validation_zone_id=pulumi.Config("mpac").require("zone"),
                zone_adopted=True,
            ),
            pulumi.ResourceOptions(provider=provider),
        )
        pulumi.export("arn", proof.arn)

    pulumi.run(main)
"""


def test_a_record_that_proves_another_certificate_is_taken_over_and_stays(
    make_checkout: Callable[[], Checkout],
) -> None:
    checkout = make_checkout()
    (checkout.directory / "components").symlink_to(REPOSITORY / "components")
    with checkout.run.lock():
        started_aws(checkout.run, Console(file=io.StringIO()))
    client = clients_of(checkout.server)
    acm, route53 = client("acm", TOKYO), client("route53", "us-east-1")
    zone = route53.create_hosted_zone(Name=DOMAIN, CallerReference="before")["HostedZone"]["Id"]
    arn = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
    (option,) = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    record = {
        "Name": option["ResourceRecord"]["Name"],
        "Type": "CNAME",
        "TTL": 60,
        "ResourceRecords": [{"Value": option["ResourceRecord"]["Value"]}],
    }
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)

    checkout.write(PROGRAM, staging={"mpac:zone": zone.rpartition("/")[2]})
    checkout.up()
    for each in (arn, checkout.outputs()["arn"]):
        assert acm.describe_certificate(CertificateArn=each)["Certificate"]["Status"] == "ISSUED"
    (proof,) = proofs(route53, zone)
    assert proof["ResourceRecords"] == record["ResourceRecords"]

    # The other certificate is renewed by it.
    assert checkout.command("destroy", "staging").returncode == 0
    assert [each["CertificateArn"] for each in acm.list_certificates()["CertificateSummaryList"]] == [arn]
    assert proofs(route53, zone) == [proof]


def proofs(route53: Any, zone: str) -> list[Any]:  # noqa: ANN401  boto3 has no types
    found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [each for each in found if each["Type"] == "CNAME"]
