"""Certificates of a domain that is delegated late, as at the first deployment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local_aws.harness import Server


@pytest.fixture(scope="module")
def undelegated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A local AWS whose registrar waits to be told."""
    running = Server(Path(tmp_path_factory.mktemp("registrar")))
    yield running
    assert running.stop() == 0


def test_a_certificate_is_pending_until_the_domain_is_delegated_to_the_zone(undelegated: Server) -> None:
    acm, route53 = undelegated.client("acm"), undelegated.client("route53")
    arn = acm.request_certificate(DomainName="late.example", ValidationMethod="DNS")["CertificateArn"]

    def read() -> dict[str, object]:
        found: dict[str, object] = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        return found

    (option,) = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    record = {
        "Name": option["ResourceRecord"]["Name"],
        "Type": "CNAME",
        "TTL": 300,
        "ResourceRecords": [{"Value": option["ResourceRecord"]["Value"]}],
    }
    # Two zones of one name, of which the registrar can name the servers of one.
    zones = []
    for reference in ("with the record", "without"):
        zone = route53.create_hosted_zone(Name="late.example", CallerReference=reference)
        zones.append(zone["HostedZone"]["Id"].rpartition("/")[2])
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zones[0], ChangeBatch=change)
    assert read()["Status"] == "PENDING_VALIDATION"
    undelegated.control(f"/domains/delegate/{zones[1]}", "POST")
    assert read()["Status"] == "PENDING_VALIDATION"
    undelegated.control(f"/domains/delegate/{zones[0]}", "POST")
    assert read()["Status"] == "ISSUED"
