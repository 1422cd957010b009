"""Whom clients of RDS trust."""

from pathlib import Path


def certificate_authority(region: str) -> str:
    """Read the certificate that signs those of RDS in a region (rds-ca-rsa2048-g1, valid until 2061)."""
    return (Path(__file__).parent / "certificates" / f"{region}.pem").read_text()
