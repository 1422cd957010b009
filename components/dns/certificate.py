"""Certificates for a domain and everything one label below it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

VALIDATION_TTL_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """Inputs of `Certificate`.

    Attributes:
        environment: Part of the `Name` tag.
        domain: The domain.
        region: Region of the certificate; None for that of the provider. CloudFront takes us-east-1 only.
        validation_zone_id: The domain's zone, to create the record that proves that it is ours. None where
            another certificate for the same domain in this account has created it: ACM asks all of them for
            the same record.
    """

    environment: str
    domain: str
    region: str | None = None
    validation_zone_id: pulumi.Input[str] | None = None


class Certificate(pulumi.ComponentResource):
    """A certificate of ACM for a domain and `*.<domain>`, which ACM renews by itself.

    Creates the certificate, with a zone its validation record, and waits until it is issued: a while after
    the record can be resolved, and for ever while the registrar does not name the zone's servers.

    Replaces the certificate: its domain. The new one is in use before the old one goes.

    Requirements: Application Load Balancer, "SSL/TLS".

    Attributes:
        arn: ARN of the issued certificate.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:dns:Certificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            name,
            domain_name=args.domain,
            subject_alternative_names=[f"*.{args.domain}"],
            validation_method="DNS",
            key_algorithm="RSA_2048",  # EC keys are not taken by every terminal's TLS library
            region=args.region,
            tags={"Name": f"mpac-{args.environment}-{args.region or 'regional'}"},
            opts=child,
        )
        # The domain and its wildcard are proved by one record.
        proof = certificate.domain_validation_options[0]
        fqdns: list[pulumi.Output[str]] = [proof.resource_record_name]
        if args.validation_zone_id is not None:
            record = aws.route53.Record(
                name,
                zone_id=args.validation_zone_id,
                name=proof.resource_record_name,
                type=proof.resource_record_type,
                records=[proof.resource_record_value],
                ttl=VALIDATION_TTL_SECONDS,
                opts=child,
            )
            fqdns = [record.fqdn]
        issued = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=fqdns,
            region=args.region,
            opts=child,
        )
        self.arn = issued.certificate_arn
        self.register_outputs({"arn": self.arn})
