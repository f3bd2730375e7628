"""Certificates that devices are given are good for nothing else: nothing that trusts this server's
CA trusts them, they bear no name but the device's GUID, and a device is held to its own."""

import ssl
import subprocess

import provisioning_pfx
import rig
from activation import HOME, PASSWORD, Site
from rig import contains, same

ISSUED = "TLS_ISSUED_CERTIFICATE"


class Floor:
    """What all tests share."""
    site = None
    chip = None
    leaf = None
    guid = None


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True,
                          text=True, check=False)


def run(profile, number, *flags, **expected):
    agents = Floor.site.agents("--once", *HOME, *flags, profile=profile, number=number,
                               state=f"machine-{number}")
    method, message = agents.final()
    same((method, message), (expected.get("method", "success"), message))
    return message, agents.ends()[0]["guid"]


def issued(guid):
    return Floor.site.secrets.device(guid)[ISSUED]


def what_a_device_gets_is_trusted_by_nobody_who_trusts_the_server():
    _, Floor.guid = run("tls", 1)
    Floor.leaf = issued(Floor.guid)
    checked = openssl("verify", "-CAfile", Floor.site.server.data / "ca.pem", data=Floor.leaf)
    same(checked.returncode != 0, True)
    shown = openssl("x509", "-noout", "-issuer", "-subject", "-ext",
                    "subjectAltName,extendedKeyUsage", data=Floor.leaf).stdout
    contains(shown, "issuer=CN = Outband Devices-")
    contains(shown, f"subject=CN = AMT-{Floor.guid}")
    contains(shown, f"\n    DNS:{Floor.guid}\n")
    contains(shown, "TLS Web Server Authentication")


def its_ca_is_kept_apart_from_the_servers_own():
    own = Floor.site.server.data / "ca.pem"
    secrets = Floor.site.secrets
    before = secrets.unseal("outband/devices-ca", secrets.rows()["outband/devices-ca"])
    same(own.read_text() in before.decode(), False)
    contains(before, b"PRIVATE KEY")
    Floor.site.restart()
    _, guid = run("tls", 2)
    after = secrets.unseal("outband/devices-ca", secrets.rows()["outband/devices-ca"])
    same(after, before)
    same(ssl.PEM_cert_to_DER_cert(issued(guid)) == ssl.PEM_cert_to_DER_cert(Floor.leaf), False)


def a_device_is_held_to_the_certificate_that_it_was_given():
    """Not to just any of that CA."""
    _, guid = run("acm", 3, *Floor.chip)
    path = f"devices/{guid}"
    before = Floor.site.secrets.swap(path, {ISSUED: Floor.leaf})
    Floor.site.restart()
    for command in (["--password", PASSWORD], ["--deactivate", "--password", PASSWORD]):
        message, _ = run("acm", 3, *Floor.chip, *command, method="error")
        contains(str(message), "certificate is refused")
        contains(str(message), "stored")
    # A run that was cut off may have left another one before it.
    Floor.site.secrets.swap(path, {ISSUED: Floor.leaf + before[ISSUED]})
    Floor.site.restart()
    message, _ = run("acm", 3, *Floor.chip, "--password", PASSWORD)
    contains(message["Status"], "already enabled in admin mode.")


def begin():
    """The server starts, and the administrator makes profiles."""
    chip = rig.folder()
    provisioning_pfx.make_chip(chip)
    Floor.chip = ["--personality", "19", "--certificate", chip / "chip.pem", "--key",
                  chip / "chip.key"]
    Floor.site = Site(["--on-die-roots", chip / "on-die.pem"])
    Floor.site.make_domain()
    Floor.site.make_profile("tls", tlsMode=1)
    Floor.site.make_profile("acm", "acmactivate")


def end_of_all():
    """The server ends well."""
    same(Floor.site.stop(), None)


if __name__ == "__main__":
    rig.main([
        begin,
        what_a_device_gets_is_trusted_by_nobody_who_trusts_the_server,
        its_ca_is_kept_apart_from_the_servers_own,
        a_device_is_held_to_the_certificate_that_it_was_given,
        end_of_all,
    ])
