"""Certificates for a domain and everything one label below it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context

VALIDATION_TTL_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """Inputs of `Certificate`.

    Attributes:
        context: Who and where.
        domain: The domain.
        region: Region of the certificate; None for that of the provider. CloudFront takes us-east-1 only.
        validation_zone_id: The domain's zone, to create the validation record in. None where another
            certificate for the same domain in this account creates it: ACM requires of all of them the same
            record.
        zone_adopted: Whether that zone was there before the stack. Another certificate of the domain may then
            be validated by the same record, and be renewed by it when this one is gone: it stays.
        validation_record_fqdn: Where that other certificate is of this stack, the name of its record, so that
            nothing waits for a record that is yet to be made. None where it is of another stack.
    """

    context: Context
    domain: str
    region: str | None = None
    validation_zone_id: pulumi.Input[str] | None = None
    zone_adopted: bool = False
    validation_record_fqdn: pulumi.Input[str] | None = None


class Certificate(pulumi.ComponentResource):
    """A certificate of ACM for a domain and `*.<domain>`, which ACM renews by itself.

    Creates the certificate, its validation record if a zone is given, and waits until it is issued: a while
    after the record can be resolved, and for 75 minutes in vain while the registrar does not name the zone's
    servers. A record that is there already, as in an adopted zone whose domain has a certificate in this
    account, is taken over: ACM requires the same one. In an adopted zone it stays behind when this component
    goes; in a zone of the stack it goes, for a zone that holds records cannot.

    Replaces the certificate: its domain. The new one is in use before the old one goes.

    Requirements: Application Load Balancer, "SSL/TLS".

    Attributes:
        arn: ARN of the issued certificate.
        validation_record_fqdn: Name of the validation record.
    """

    arn: pulumi.Output[str]
    validation_record_fqdn: pulumi.Output[str]

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
            tags={"Name": args.context.name(name)},
            opts=child,
        )
        # The domain and its wildcard are validated by one record.
        validation = certificate.domain_validation_options[0]
        self.validation_record_fqdn = pulumi.Output.from_input(
            args.validation_record_fqdn or validation.resource_record_name
        )
        if args.validation_zone_id is not None:
            record = aws.route53.Record(
                name,
                zone_id=args.validation_zone_id,
                name=validation.resource_record_name,
                type=validation.resource_record_type,
                records=[validation.resource_record_value],
                ttl=VALIDATION_TTL_SECONDS,
                # For another certificate of the domain and account it is the very same:
                # https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
                allow_overwrite=True,
                # ACM renews for as long as the record is there:
                # https://docs.aws.amazon.com/acm/latest/userguide/dns-renewal-validation.html
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.zone_adopted),
            )
            self.validation_record_fqdn = record.fqdn
        issued = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[self.validation_record_fqdn],
            region=args.region,
            opts=child,
        )
        self.arn = issued.certificate_arn
        self.register_outputs({"arn": self.arn, "validationRecordFqdn": self.validation_record_fqdn})
