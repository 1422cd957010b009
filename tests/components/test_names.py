"""Zones and certificates: what is created, with the requirements' figures."""

import json
from dataclasses import replace

import pytest

from components.context import Context
from components.dns.certificate import Certificate, CertificateArgs
from components.dns.settings import DnsSettings
from components.dns.zones import PublicZone, PublicZoneArgs
from components.problems import SettingsError
from tests.components.contexts import CONTEXT, PLAIN, VIRGINIA, key_arns
from tests.components.recording import Registration, of_type, only, record, repeated_names
from tests.iam import Request, allowed

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
QUERY_LOG = "aws:route53/queryLog:QueryLog"
POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
CERTIFICATE = "aws:acm/certificate:Certificate"
ISSUED = "aws:acm/certificateValidation:CertificateValidation"
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/mpac-cloud.com:log-stream:Z1/NRT1"


IN_VIRGINIA = replace(CONTEXT, key_arns=key_arns(VIRGINIA))
DNS = DnsSettings(domain="mpac-cloud.com")
CERTIFICATE_ARGS = CertificateArgs(context=CONTEXT, domain="mpac-cloud.com", validation_zone_id="Z1")


def zone(settings: DnsSettings = DNS, context: Context = IN_VIRGINIA) -> list[Registration]:
    return record(lambda: PublicZone("zone", PublicZoneArgs(context=context, settings=settings)))


def certificate(args: CertificateArgs = CERTIFICATE_ARGS) -> list[Registration]:
    return record(lambda: Certificate("certificate", args))


class TestZone:
    def test_is_created_and_protected(self) -> None:
        created = only(zone(), ZONE)
        assert created.inputs["name"] == "mpac-cloud.com"
        assert created.protect
        assert created.inputs["tags"] == {"Name": "mpac-prod-zone"}
        assert not only(zone(context=replace(IN_VIRGINIA, protect=False)), ZONE).protect

    def test_one_that_is_there_is_used(self) -> None:
        graph = zone(DnsSettings(domain="mpac-cloud.com", zone_id="Z0123456789"))
        assert not of_type(graph, ZONE)
        assert only(graph, QUERY_LOG).inputs["zoneId"] == "Z0123456789"
        (component,) = (each for each in graph if each.type == "mpac:dns:PublicZone")
        assert component.outputs["zoneId"] == "Z0123456789"

    def test_queries_are_logged_encrypted_where_route_53_writes(self) -> None:
        graph = zone()
        group = only(graph, LOGS)
        assert group.inputs["name"] == "/aws/route53/mpac-cloud.com"
        assert group.region == only(graph, POLICY).region == "us-east-1"
        assert group.inputs["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/logs"
        assert group.inputs["retentionInDays"] == 30
        assert group.protect

    def test_route_53_may_write_before_it_is_to(self) -> None:
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

    def test_two_stand_side_by_side(self) -> None:
        def program() -> None:
            for name, domain in (("shops", "shop.example"), ("offices", "office.example")):
                args = PublicZoneArgs(context=CONTEXT, settings=DnsSettings(domain=domain))
                PublicZone(name, args)

        assert repeated_names(record(program)) == []

    def test_another_program_needs_no_key(self) -> None:
        graph = zone(context=PLAIN)
        assert only(graph, ZONE).inputs["comment"] == "Public zone of acme test"
        assert only(graph, POLICY).inputs["policyName"] == "acme-test-zone-query-logs"
        assert "kmsKeyId" not in only(graph, LOGS).inputs

    def test_one_without_a_domain_is_refused(self) -> None:
        with pytest.raises(SettingsError, match=r"PublicZone zone(.|\n)*domain(.|\n)*is required"):
            zone(DnsSettings())


class TestCertificate:
    def test_is_for_the_domain_and_one_label_below(self) -> None:
        created = only(certificate(), CERTIFICATE).inputs
        assert created["domainName"] == "mpac-cloud.com"
        assert created["subjectAlternativeNames"] == ["*.mpac-cloud.com"]
        assert (created["validationMethod"], created["keyAlgorithm"]) == ("DNS", "RSA_2048")

    def test_is_validated_by_a_record_and_waited_for(self) -> None:
        graph = certificate()
        validation = only(graph, RECORD)
        assert (validation.inputs["zoneId"], validation.inputs["type"]) == ("Z1", "CNAME")
        assert validation.inputs["name"] == "_proof.mpac-cloud.com."
        assert validation.inputs["records"] == ["_answer.acm-validations.aws."]
        issued = only(graph, ISSUED)
        assert validation.urn in issued.property_dependencies["validationRecordFqdns"]
        (component,) = (each for each in graph if each.type == "mpac:dns:Certificate")
        assert component.outputs["arn"] == issued.inputs["certificateArn"]

    def test_the_record_of_another_validates_it_too(self) -> None:
        graph = certificate(replace(CERTIFICATE_ARGS, validation_zone_id=None))
        assert not of_type(graph, RECORD)
        assert only(graph, ISSUED).inputs["validationRecordFqdns"] == ["_proof.mpac-cloud.com."]

    def test_takes_over_the_record_of_a_certificate_that_was_there_before(self) -> None:
        assert only(certificate(), RECORD).inputs["allowOverwrite"] is True

    def test_leaves_its_record_in_a_zone_that_was_there_before(self) -> None:
        assert only(certificate(replace(CERTIFICATE_ARGS, zone_adopted=True)), RECORD).retain_on_delete
        assert not only(certificate(), RECORD).retain_on_delete

    @pytest.mark.parametrize("region", ["us-east-1", None])
    def test_certificate_and_wait_are_in_one_region(self, region: str | None) -> None:
        graph = certificate(replace(CERTIFICATE_ARGS, region=region))
        assert {only(graph, CERTIFICATE).region, only(graph, ISSUED).region} == {region}

    def test_two_are_told_apart_by_their_tags(self) -> None:
        def program() -> None:
            Certificate("certificate", CERTIFICATE_ARGS)
            Certificate("cdn-certificate", replace(CERTIFICATE_ARGS, context=PLAIN, region=VIRGINIA))

        tags = [each.inputs["tags"]["Name"] for each in of_type(record(program), CERTIFICATE).values()]
        assert tags == ["mpac-prod-certificate", "acme-test-cdn-certificate"]
