"""An authority of the installation's own, and the certificates that it gives.

Place in the flow: `install.cluster.keys` → **certificates** → Consul and the S3 store, and whoever speaks to them.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = datetime.timedelta(days=1825)
RENEWED = datetime.timedelta(days=90)
"""How long before its end a certificate is replaced by the next deployment."""
_AUTHORITY_LASTS = datetime.timedelta(days=7300)
_USAGES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


@dataclass(frozen=True)
class Pair:
    """Where a certificate and its key lie."""

    certificate: Path
    key: Path

    @classmethod
    def named(cls, folder: Path, name: str) -> Pair:
        return cls(folder / f"{name}.pem", folder / f"{name}-key.pem")


def authority(pair: Pair, name: str) -> bool:
    """Make the authority unless it is there; whether it was made."""
    if pair.certificate.exists() and pair.key.exists():
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    unsigned = (
        _begun(subject, subject, key.public_key(), _AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    _write(pair, unsigned.sign(key, hashes.SHA256()), key)
    return True


def issue(issuer: Pair, pair: Pair, names: Sequence[str]) -> bool:
    """Give a certificate for these names and addresses unless there is one that lasts; whether one was made."""
    given = x509.load_pem_x509_certificate(issuer.certificate.read_bytes())
    if pair.certificate.exists() and pair.key.exists() and _fits(pair.certificate, given, names):
        return False
    signer = serialization.load_pem_private_key(issuer.key.read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{issuer.key} is not the key that was made there")
    key = ec.generate_private_key(ec.SECP256R1())
    unsigned = (
        _begun(_name(names[0]), given.subject, key.public_key(), LASTS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage(_USAGES), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    _write(pair, unsigned.sign(signer, hashes.SHA256()), key)
    return True


def _fits(file: Path, issuer: x509.Certificate, names: Sequence[str]) -> bool:
    found = x509.load_pem_x509_certificate(file.read_bytes())
    told = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = found.not_valid_after_utc - RENEWED > datetime.datetime.now(datetime.UTC)
    return lasts and found.issuer == issuer.subject and list(told) == [_general(name) for name in names]


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lasts: datetime.timedelta
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # clocks of other machines may be late
        .not_valid_after(now + lasts)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(pair: Pair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    pair.key.touch(0o600)
    pair.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
