"""Zones and certificates: what is created, with the requirements' figures."""

import json
from typing import Any

import pytest

from components.dns import Certificate, CertificateArgs, PublicZone, PublicZoneArgs
from tests.components.recording import Registration, of_type, record
from tests.iam import Request, allowed

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
QUERY_LOG = "aws:route53/queryLog:QueryLog"
POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
CERTIFICATE = "aws:acm/certificate:Certificate"
ISSUED = "aws:acm/certificateValidation:CertificateValidation"
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/mpac-cloud.com:log-stream:Z1/NRT1"


def zone(**changes: Any) -> list[Registration]:  # noqa: ANN401
    given: dict[str, Any] = {
        "environment": "prod",
        "account_id": "123456789012",
        "domain": "mpac-cloud.com",
        "zone_id": None,
        "query_log_retention_days": 30,
        "logs_key_arn": "virginia-key",
        "protect": True,
    }
    return record(lambda: PublicZone("zone", PublicZoneArgs(**given | changes)))


def certificate(**changes: Any) -> list[Registration]:  # noqa: ANN401
    given: dict[str, Any] = {
        "environment": "prod",
        "domain": "mpac-cloud.com",
        "validation_zone_id": "Z1",
    }
    return record(lambda: Certificate("proof", CertificateArgs(**given | changes)))


def only(registrations: list[Registration], type_: str) -> Registration:
    (found,) = of_type(registrations, type_).values()
    return found


class TestZone:
    def test_is_created_and_protected(self) -> None:
        created = only(zone(), ZONE)
        assert created.inputs["name"] == "mpac-cloud.com"
        assert created.protect
        assert not only(zone(protect=False), ZONE).protect

    def test_one_that_is_there_is_used(self) -> None:
        graph = zone(zone_id="Z0123456789")
        assert not of_type(graph, ZONE)
        assert only(graph, QUERY_LOG).inputs["zoneId"] == "Z0123456789"
        (component,) = (each for each in graph if each.type == "mpac:dns:PublicZone")
        assert component.outputs["zoneId"] == "Z0123456789"

    def test_what_it_is_asked_is_logged_encrypted_where_route_53_writes(self) -> None:
        graph = zone()
        group = only(graph, LOGS)
        assert group.inputs["name"] == "/aws/route53/mpac-cloud.com"
        assert group.region == only(graph, POLICY).region == "us-east-1"
        assert group.inputs["kmsKeyId"] == "virginia-key"
        assert group.inputs["retentionInDays"] == 30
        assert group.protect

    def test_route_53_may_write_before_it_is_told_to(self) -> None:
        graph = zone()
        assert only(graph, POLICY).urn in only(graph, QUERY_LOG).dependencies

    def test_only_route_53_writes_and_for_zones_of_the_account(self) -> None:
        document = json.loads(only(zone(), POLICY).inputs["policyDocument"])
        (statement,) = document["Statement"]
        assert statement.pop("Principal") == {"Service": "route53.amazonaws.com"}
        ours = {"aws:SourceAccount": "123456789012", "aws:SourceArn": "arn:aws:route53:::hostedzone/Z1"}
        assert allowed([document], Request("logs:PutLogEvents", GROUP, ours))
        for context in (ours | {"aws:SourceAccount": "210987654321"}, {}):
            assert not allowed([document], Request("logs:PutLogEvents", GROUP, context))
        other = GROUP.replace("/aws/route53/mpac-cloud.com", "/mpac/prod/svc-portal")
        assert not allowed([document], Request("logs:PutLogEvents", other, ours))
        assert not allowed([document], Request("logs:DeleteLogStream", GROUP, ours))


class TestCertificate:
    def test_is_for_the_domain_and_one_label_below(self) -> None:
        created = only(certificate(), CERTIFICATE).inputs
        assert created["domainName"] == "mpac-cloud.com"
        assert created["subjectAlternativeNames"] == ["*.mpac-cloud.com"]
        assert (created["validationMethod"], created["keyAlgorithm"]) == ("DNS", "RSA_2048")

    def test_is_proved_by_a_record_and_waited_for(self) -> None:
        graph = certificate()
        proof = only(graph, RECORD)
        assert (proof.inputs["zoneId"], proof.inputs["type"]) == ("Z1", "CNAME")
        assert proof.inputs["name"] == "_proof.mpac-cloud.com."
        assert proof.inputs["records"] == ["_answer.acm-validations.aws."]
        issued = only(graph, ISSUED)
        assert proof.urn in issued.property_dependencies["validationRecordFqdns"]
        (component,) = (each for each in graph if each.type == "mpac:dns:Certificate")
        assert component.outputs["arn"] == issued.inputs["certificateArn"]

    def test_the_record_of_another_proves_it_too(self) -> None:
        graph = certificate(validation_zone_id=None)
        assert not of_type(graph, RECORD)
        assert only(graph, ISSUED).inputs["validationRecordFqdns"] == ["_proof.mpac-cloud.com."]

    def test_takes_over_the_record_of_a_certificate_that_was_there_before(self) -> None:
        assert only(certificate(), RECORD).inputs["allowOverwrite"] is True

    def test_leaves_its_record_in_a_zone_that_was_there_before(self) -> None:
        assert only(certificate(zone_adopted=True), RECORD).retain_on_delete
        assert not only(certificate(), RECORD).retain_on_delete

    @pytest.mark.parametrize("region", ["us-east-1", None])
    def test_certificate_and_wait_lie_in_one_region(self, region: str | None) -> None:
        graph = certificate(region=region)
        assert {only(graph, CERTIFICATE).region, only(graph, ISSUED).region} == {region}
