"""Certificates, revocation lists and OCSP responses of X.509, as the tests need them."""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID, ObjectIdentifier

PURPOSES = {"client": "1.3.6.1.5.5.7.3.21", "server": "1.3.6.1.5.5.7.3.22",
            "tls-client": "1.3.6.1.5.5.7.3.2", "tls-server": "1.3.6.1.5.5.7.3.1",
            "ocsp": "1.3.6.1.5.5.7.3.9", "any": "2.5.29.37.0"}
UPN = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
ATTRIBUTES = {"C": NameOID.COUNTRY_NAME, "O": NameOID.ORGANIZATION_NAME,
              "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "CN": NameOID.COMMON_NAME}
KINDS = {"ecdsa256": lambda: ec.generate_private_key(ec.SECP256R1()),
         "ecdsa384": lambda: ec.generate_private_key(ec.SECP384R1()),
         "ecdsa521": lambda: ec.generate_private_key(ec.SECP521R1()),
         "ed25519": ed25519.Ed25519PrivateKey.generate,
         "ed448": ed448.Ed448PrivateKey.generate,
         "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
         "rsa1024": lambda: rsa.generate_private_key(65537, 1024)}


def days(number):
    """From now on, or back."""
    return datetime.datetime.utcnow() + datetime.timedelta(days=number)


def name_of(text):
    """ "O=Example,CN=alice" """
    parts = (part.split("=", 1) for part in text.split(","))
    return x509.Name([x509.NameAttribute(ATTRIBUTES[key], value) for key, value in parts])


def alternative(text):
    """ "email:me", "dns:host", "ip:127.0.0.1" or "upn:me@example.org" """
    kind, value = text.split(":", 1)
    if kind == "upn":
        utf8 = value.encode()
        return x509.OtherName(UPN, bytes([0x0c, len(utf8)]) + utf8)
    if kind == "ip":
        return x509.IPAddress(ipaddress.ip_address(value))
    return {"email": x509.RFC822Name, "dns": x509.DNSName}[kind](value)


def digest_for(key, wanted):
    return None if isinstance(key, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)) else wanted


def pem(*objects):
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in objects)


def der(one):
    return one.public_bytes(serialization.Encoding.DER)


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def key_usage(ca, signs):
    return x509.KeyUsage(digital_signature=signs, content_commitment=False, key_encipherment=not ca,
                         data_encipherment=False, key_agreement=False, key_cert_sign=ca,
                         crl_sign=ca, encipher_only=False, decipher_only=False)


class Authority:
    """One that issues certificates; below another if one is given."""

    def __init__(self, subject, above=None, kind="ecdsa256", start=None, end=None, **more):
        self.key = KINDS[kind]()
        self.name = name_of(subject)
        self.start, self.end = start or days(-30), end or days(3650)
        issuer = above or self
        self.cert = issuer.issue(subject, self.key.public_key(), ca=True, start=self.start,
                                 end=self.end, **more)

    def issue(self, subject, public_key, names=(), purposes=(), ca=False, signs=None, usage=True,
              start=None, end=None, limits=None, responder=None, digest=None, path_length=None,
              unchecked=False):
        """A certificate. limits: a list of name constraints' permitted names; signs: whether the
        key is for signatures; responder: an OCSP responder's address."""
        start, end = start or days(-1), end or days(365)
        builder = (x509.CertificateBuilder().subject_name(name_of(subject)).issuer_name(self.name)
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(start).not_valid_after(end)
                   .add_extension(x509.BasicConstraints(ca, path_length if ca else None), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False))
        if usage:
            builder = builder.add_extension(key_usage(ca, not ca if signs is None else signs), True)
        if purposes:
            oids = [ObjectIdentifier(PURPOSES[one]) for one in purposes]
            builder = builder.add_extension(x509.ExtendedKeyUsage(oids), False)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([alternative(one) for one in names]), False)
        if limits:
            permitted = [alternative(one) for one in limits]
            builder = builder.add_extension(x509.NameConstraints(permitted, None), True)
        if responder:
            place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP,
                                           x509.UniformResourceIdentifier(responder))
            builder = builder.add_extension(x509.AuthorityInformationAccess([place]), False)
        if unchecked:
            builder = builder.add_extension(x509.OCSPNoCheck(), False)
        return builder.sign(self.key, digest_for(self.key, digest or hashes.SHA256()))

    def crl(self, *revoked, start=None, end=None, extensions=()):
        builder = (x509.CertificateRevocationListBuilder().issuer_name(self.name)
                   .last_update(start or days(-1)).next_update(end or days(30)))
        for cert in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(cert.serial_number)
                .revocation_date(start or days(-1)).build())
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self.key, digest_for(self.key, hashes.SHA256()))

    def response(self, cert, status="GOOD", start=None, end=None, by=None, digest=None):
        """OCSP's, about one of ours. by: (certificate, key) of whoever answers for us."""
        signer, key = by or (self.cert, self.key)
        revoked = (start or days(-1)) if status == "REVOKED" else None
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=cert, issuer=self.cert, algorithm=digest or hashes.SHA1(),
            cert_status=ocsp.OCSPCertStatus[status], this_update=start or days(-0.5),
            next_update=end, revocation_time=revoked, revocation_reason=None)
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
        if by:
            builder = builder.certificates([signer])
        return builder.sign(key, digest_for(key, hashes.SHA256()))
