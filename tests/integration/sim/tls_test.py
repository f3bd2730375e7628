"""Gives a simulated machine a key and a certificate for its TLS doors, and demands certificates of
its clients: doors open and close with CommitChanges, and show what was installed."""

import base64
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from host_door import AMT, SETUP, TRANSFER, Authority, Lost, Machine, reference  # pylint: disable=wrong-import-position
from tls_parts import KEYS, OID_RSA, der, install, make_key, switch  # pylint: disable=wrong-import-position
from rig import main, same  # pylint: disable=wrong-import-position

FOLDER = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
CA = Authority(FOLDER.name)
def is_closed(door):
    try:
        door.mode()
    except (Lost, OSError):
        return True
    return False


def ready(machine):
    machine.local().set_up(machine.PASSWORD)
    return machine.admin()


def doors_follow_what_is_committed():
    with Machine() as machine:
        same(is_closed(machine.secure()), True)
        admin = ready(machine)
        same(is_closed(machine.secure()), True)
        same(switch(admin, "true", "true"), 2057)  # without a certificate
        certificate = install(admin, CA, "amt-1")
        same(is_closed(machine.secure()), True)
        same(switch(admin, "true", "true"), 0)
        secure = machine.secure()
        same((admin.mode(), secure.mode(), secure.peer == certificate), (1, 1, True))
        status, _ = admin.ask(TRANSFER + "Delete", AMT + "AMT_PublicKeyCertificate", "",
                              '<w:SelectorSet><w:Selector Name="InstanceID">Intel(r) AMT '
                              "Certificate: Handle: 0</w:Selector></w:SelectorSet>")
        same(status, 400)  # TLS needs it
        same(switch(secure, "true", "false"), 0)
        same((is_closed(admin), secure.mode()), (True, 1))
        same(switch(secure, "false", "false"), 0)
        same((is_closed(secure), admin.mode()), (True, 1))


def client_certificates_are_demanded():
    chain, key = CA.leaf("console", "/CN=console", "clientAuth", issuer="root")
    CA.leaf("stranger", "/CN=stranger", "clientAuth", issuer=None)
    same(len(chain), 3)

    def secure(machine, name=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        if name is not None:
            context.load_cert_chain(CA.path(name, "pem"), CA.path(name, "key"))
        return machine.secure(context=context)

    with Machine() as machine:
        admin = ready(machine)
        install(admin, CA, "amt-2")
        same(admin.call(KEYS, "AddTrustedRootCertificate",
                        CertificateBlob=base64.b64encode(CA.der("root")).decode())[0], 0)
        same(switch(admin, "true", "false", "true"), 0)
        same(is_closed(secure(machine)), True)
        same(is_closed(secure(machine, "stranger")), True)
        good = secure(machine, "console")
        same(good.mode(), 1)
        same(switch(good, "true", "false", "true", TrustedCN="another"), 0)
        same(is_closed(good), True)
    same(pathlib.Path(key).exists(), True)


def the_machine_signs_requests_with_its_key():
    with Machine("--keys-fast") as machine:
        admin = ready(machine)
        handle, public = make_key(admin)
        name = der(0x30, b"")
        info = der(0x30, b"\2\1\0" + name
                   + der(0x30, der(0x30, bytes.fromhex(OID_RSA)) + der(3, b"\0" + public))
                   + b"\xa0\0")
        null = der(0x30, info + der(0x30, bytes.fromhex("06092a864886f70d01010b0500"))
                   + der(3, b"\0" + bytes(256)))
        value, text = admin.call(
            KEYS, "GeneratePKCS10RequestEx",
            KeyPair=reference(AMT + "AMT_PublicPrivateKeyPair", "InstanceID", handle),
            SigningAlgorithm=1, NullSignedCertificateRequest=base64.b64encode(null).decode())
        same(value, 0)
        signed = re.search("<g:SignedCertificateRequest>(.*?)<", text).group(1)
        done = subprocess.run(["openssl", "req", "-inform", "DER", "-verify", "-noout"],
                              input=base64.b64decode(signed), capture_output=True, check=False)
        same((done.returncode, b"OK" in done.stdout + done.stderr), (0, True))
        keys = {make_key(admin)[1] for _ in range(3)}
        same(len(keys | {public}), 4)


def firmware_without_plain_doors_takes_a_certificate():
    with Machine(personality="19") as machine:
        local = machine.secure("$$OsAdmin", machine.LOCAL)
        local.set_up(machine.PASSWORD)
        own = local.peer
        admin = machine.secure()
        same(admin.call(SETUP, "CommitChanges")[0], 0)
        certificate = install(admin, CA, "amt-3")
        admin.mode()
        same(admin.peer == own, True)
        same(admin.call(SETUP, "CommitChanges")[0], 0)
        admin.mode()
        same(admin.peer == certificate, True)
        same(admin.call(SETUP, "Unprovision", ProvisioningMode=1)[0], 0)
        local = machine.secure("$$OsAdmin", machine.LOCAL)
        same((local.mode(), local.peer == own), (0, True))


main([
    doors_follow_what_is_committed,
    client_certificates_are_demanded,
    the_machine_signs_requests_with_its_key,
    firmware_without_plain_doors_takes_a_certificate,
])
