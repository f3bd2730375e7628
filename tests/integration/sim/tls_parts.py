"""What a set-up server does to give a machine a key and a certificate for its TLS doors."""

import base64
import pathlib
import re
import subprocess

from host_door import AMT, SETUP, TRANSFER, reference
from rig import same

KEYS = AMT + "AMT_PublicKeyManagementService"
CONTEXT = AMT + "AMT_TLSCredentialContext"
SETTINGS = AMT + "AMT_TLSSettingData"
NETWORK, LOCAL = "Intel(r) AMT 802.3 TLS Settings", "Intel(r) AMT LMS TLS Settings"
OID_RSA = "06092a864886f70d0101010500"


def der(tag, body):
    size = len(body)
    head = bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + head + body


def handle_of(text):
    return re.search(r"Selector Name=\"InstanceID\">(.*?)<", text).group(1)


def make_key(admin):
    value, text = admin.call(KEYS, "GenerateKeyPair", KeyAlgorithm=0, KeyLength=2048)
    same(value, 0)
    handle = handle_of(text)
    pulled = admin.pull(AMT + "AMT_PublicPrivateKeyPair")
    pair = re.search(r"<h:DERKey>([^<]*)</h:DERKey>(?:(?!DERKey).)*?" + re.escape(handle), pulled)
    return handle, base64.b64decode(pair.group(1))


def issue(authority, name, public):
    """A certificate of the authority for a key of which only the public half is known."""
    whole = der(0x30, der(0x30, bytes.fromhex(OID_RSA)) + der(3, b"\0" + public))
    path = authority.path(name, "pub")
    pathlib.Path(path).write_text("-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(whole).decode()
                                  + "-----END PUBLIC KEY-----\n")
    authority.make(name, f"/CN={name}", "root")
    subprocess.run(["openssl", "x509", "-req", "-in", authority.path(name, "csr"), "-force_pubkey", path,
                    "-CA", authority.path("root", "pem"), "-CAkey", authority.path("root", "key"), "-days", "9",
                    "-out", authority.path(name, "pem")], capture_output=True, check=True)
    return authority.der(name)


def install(admin, authority, name):
    """Key, certificate, credential context; returns the certificate."""
    _, public = make_key(admin)
    certificate = issue(authority, name, public)
    value, text = admin.call(KEYS, "AddCertificate",
                             CertificateBlob=base64.b64encode(certificate).decode())
    same(value, 0)
    handle = handle_of(text)
    status, text = admin.ask(
        TRANSFER + "Create", CONTEXT,
        f'<h:AMT_TLSCredentialContext xmlns:h="{CONTEXT}"><h:ElementInContext>'
        + reference(AMT + "AMT_PublicKeyCertificate", "InstanceID", handle)
        + "</h:ElementInContext><h:ElementProvidingContext>"
        + reference(AMT + "AMT_TLSProtocolEndpointCollection", "ElementName",
                    "TLSProtocolEndpointInstances Collection")
        + "</h:ElementProvidingContext></h:AMT_TLSCredentialContext>")
    same((status, "Fault" in text), (200, False))
    return certificate


def switch(admin, enabled, plain, mutual="false", **more):
    for instance in (NETWORK, LOCAL):
        admin.put(SETTINGS, instance, AcceptNonSecureConnections=plain, ElementName=instance,
                  Enabled=enabled, InstanceID=instance, MutualAuthentication=mutual, **more)
    return admin.call(SETUP, "CommitChanges")[0]
