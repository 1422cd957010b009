"""Zones, certificates, names and their failover."""

from components.dns.certificate import Certificate, CertificateArgs
from components.dns.failover import Alias, FailoverDns, FailoverDnsArgs, endpoint_alarm_name
from components.dns.latch import FailoverLatch, FailoverLatchArgs
from components.dns.zones import PublicZone, PublicZoneArgs

__all__ = [
    "Alias",
    "Certificate",
    "CertificateArgs",
    "FailoverDns",
    "FailoverDnsArgs",
    "FailoverLatch",
    "FailoverLatchArgs",
    "PublicZone",
    "PublicZoneArgs",
    "endpoint_alarm_name",
]
