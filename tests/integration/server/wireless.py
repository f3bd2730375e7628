"""Wi-Fi profiles with a certificate and a key of their own. For the tests beside this file."""

import pathlib
import subprocess
import tempfile


def made(name):
    """A self-signed certificate and its key, each as DER in base64."""
    with tempfile.TemporaryDirectory(prefix="outband-test-") as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"],
                       cwd=folder, capture_output=True, check=True, timeout=60)
        return ["\n".join((pathlib.Path(folder) / f"{name}.{kind}").read_text()
                          .strip().splitlines()[1:-1]) for kind in ("pem", "key")]


def wireless(name):
    certificate, key = made(name)
    return {"profileName": name, "ssid": "corpnet", "priority": 5,
            "authenticationMethod": "WPA2IEEE8021x", "encryptionMethod": "CCMP",
            "ieee8021x": {"username": "bob", "authenticationProtocol": 0,
                          "clientCert": certificate, "privateKey": key}}
