"""Provisioning certificates for tests, made with openssl(1). For the tests beside this file."""

import base64
import hashlib
import pathlib
import subprocess
import tempfile

PASSWORD = "P@ssw0rd"
EXTENSIONS = """[leaf]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth, {usage}
[root]
basicConstraints = critical, CA:TRUE
"""
AMT = "2.16.840.1.113741.1.2.3"


def openssl(folder, *arguments):
    subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, capture_output=True)


def make(name, usage=AMT, days=365, password=PASSWORD, legacy=False, bits=2048, curve=None):
    """The base64 of a PKCS#12 file: key, a leaf with that common name, its root."""
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        (folder / "extensions").write_text(EXTENSIONS.format(usage=usage))
        openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key",
                "-out", "root.pem", "-days", 3650, "-subj", "/CN=Test Root")
        key = ["ec", "-pkeyopt", f"ec_paramgen_curve:{curve}"] if curve else [f"rsa:{bits}"]
        openssl(folder, "req", "-newkey", *key, "-nodes", "-keyout", "leaf.key", "-out",
                "leaf.csr", "-subj", f"/CN={name}")
        openssl(folder, "x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key",
                "-CAcreateserial", "-out", "leaf.pem", "-days", days, "-extfile", "extensions",
                "-extensions", "leaf")
        old = ["-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-3DES"] if legacy else []
        openssl(folder, "pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-certfile",
                "root.pem", "-out", "all.pfx", "-passout", f"pass:{password}", *old)
        return base64.b64encode((folder / "all.pfx").read_bytes()).decode()


def root_hash(pfx, password=PASSWORD):
    """SHA-256 of the root in such a file."""
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        (folder / "all.pfx").write_bytes(base64.b64decode(pfx))
        openssl(folder, "pkcs12", "-in", "all.pfx", "-passin", f"pass:{password}", "-cacerts",
                "-nokeys", "-out", "root.pem")
        openssl(folder, "x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der")
        return hashlib.sha256((folder / "root.der").read_bytes()).hexdigest()


def make_chip(folder):
    """PEM files in the folder: on-die.pem, a root as of the makers of chips; chip.pem and chip.key,
    what a chip that leads to it shows."""
    folder = pathlib.Path(folder)
    (folder / "extensions").write_text(EXTENSIONS.format(usage=AMT))
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "on-die.key",
            "-out", "on-die.pem", "-days", 3650, "-subj", "/CN=Test On-Die Root")
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "chip.key", "-out",
            "chip.csr", "-subj", "/CN=Test Chip")
    openssl(folder, "x509", "-req", "-in", "chip.csr", "-CA", "on-die.pem", "-CAkey",
            "on-die.key", "-CAcreateserial", "-out", "chip.pem", "-days", 365)
