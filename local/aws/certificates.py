"""Certificates for intercepting HTTPS: one authority per start, one leaf per parent domain.

moto ships an authority whose private key is public, and has openssl write certificates into its own package:
that fails on a read-only installation, and servers that start together overwrite each other's files.
"""

import datetime as dt
import ssl
from pathlib import Path
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALIDITY = dt.timedelta(days=365)


class CertificateAuthority:
    """Issues server certificates; only its own certificate and the leaves' key are written to disk.

    Args:
        directory: where ``ca.crt`` (for clients) and the leaves are written.
    """

    def __init__(self, directory: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _name("Local AWS certificate authority")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = Lock()
        self._leaf_file = directory / "leaf.pem"
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        self._certificate = (
            self._builder(self._subject, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.bundle = directory / "ca.crt"
        self.bundle.write_bytes(_pem(self._certificate))

    def context_for(self, host: str) -> ssl.SSLContext:
        """A TLS server context for ``host``; hosts of one parent domain share a wildcard certificate."""
        parent = host.partition(".")[2]
        with self._lock:
            if parent not in self._contexts:
                self._contexts[parent] = self._issue(host, parent)
            return self._contexts[parent]

    def _issue(self, host: str, parent: str) -> ssl.SSLContext:
        names = [x509.DNSName(host), x509.DNSName(f"*.{parent}")]
        authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._builder(_name("Local AWS"), self._leaf_key)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(authority_id, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        key = self._leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Python reads a certificate from a file only; the file is not needed afterwards.
        self._leaf_file.touch(mode=0o600)
        self._leaf_file.write_bytes(key + _pem(certificate))
        context.load_cert_chain(self._leaf_file)
        self._leaf_file.unlink()
        return context

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))  # clocks of clients differ
            .not_valid_after(now + VALIDITY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
