"""Provisioning certificates for tests, made with openssl(1). For the tests beside this file."""

import base64
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


def make(name, usage=AMT, days=365, password=PASSWORD, legacy=False, bits=2048):
    """The base64 of a PKCS#12 file: key, a leaf with that common name, its root."""
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        (folder / "extensions").write_text(EXTENSIONS.format(usage=usage))
        openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key",
                "-out", "root.pem", "-days", 3650, "-subj", "/CN=Test Root")
        openssl(folder, "req", "-newkey", f"rsa:{bits}", "-nodes", "-keyout", "leaf.key", "-out",
                "leaf.csr", "-subj", f"/CN={name}")
        openssl(folder, "x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key",
                "-CAcreateserial", "-out", "leaf.pem", "-days", days, "-extfile", "extensions",
                "-extensions", "leaf")
        old = ["-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-3DES"] if legacy else []
        openssl(folder, "pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-certfile",
                "root.pem", "-out", "all.pfx", "-passout", f"pass:{password}", *old)
        return base64.b64encode((folder / "all.pfx").read_bytes()).decode()
