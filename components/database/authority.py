"""Whom clients of RDS trust."""

from pathlib import Path


def certificate_authority(region: str) -> str:
    """Read the certificate that signs those of RDS in a region (rds-ca-rsa2048-g1, valid until 2061).

    Raises:
        ValueError: There is none for that region yet.
    """
    path = Path(__file__).parent / "certificates" / f"{region}.pem"
    if not path.exists():
        raise ValueError(
            f"No certificate of RDS in {region} is here: put that of rds-ca-rsa2048-g1 from "
            f"https://truststore.pki.rds.amazonaws.com/{region}/{region}-bundle.pem at {path.name} beside "
            "the others."
        )
    return path.read_text()
