"""Zones, certificates and names."""

from components.dns.certificate import Certificate, CertificateArgs
from components.dns.zones import PublicZone, PublicZoneArgs

__all__ = ["Certificate", "CertificateArgs", "PublicZone", "PublicZoneArgs"]
