"""A simulated machine whose management engine the agent finds behind /dev/mei0. For the tests
beside this file: every step is a run of the real agent under `amtsim mei`, and the machine keeps
its state between them."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from rig import main, same  # pylint: disable=wrong-import-position,unused-import
import provisioning_pfx  # pylint: disable=wrong-import-position

AMTSIM = os.environ["AMTSIM"]
RPC = os.environ["RPC"]
PASSWORD = "P@ssw0rd-of-AMT1"  # noqa: of a simulated device
DOMAIN = "example.test"


def free_ports():
    """Two that follow one another."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue


class Result:
    """What came of one run."""

    def __init__(self, code, out, log):
        self.code, self.out, self.log = code, out, log

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n{self.out}{self.log}"


class Machine:
    """Options are those of `amtsim mei`."""

    def __init__(self, *options, lms=False, **environment):
        self.folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.options = [*options, "--state", self.folder.name + "/machine", "--keys-fast"]
        port = free_ports()  # without LMS nobody listens there, whoever else runs on this machine
        self.flags = ["--lmsport", str(port)]
        if lms:
            self.options += ["--lms-port", str(port)]
        self.environment = {"RPC_STATE_FOLDER": self.folder.name + "/kept", **environment}

    def start(self, *arguments, options=(), before=(), **environment):
        own = {**os.environ, "AMT_PASSWORD": PASSWORD, **self.environment, **environment}
        return subprocess.Popen(
            [AMTSIM, "mei", *self.options, *options, "--", *before, RPC, *arguments, *self.flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.folder.name, env={k: v for k, v in own.items() if v is not None})

    def run(self, *arguments, code=0, options=(), **environment):
        process = self.start(*arguments, options=options, **environment)
        result = finish(process)
        if code is not None and result.code != code:
            raise AssertionError(f"{' '.join(arguments)}: {code} expected, {result}")
        for text in (result.out, result.log):
            for secret in (PASSWORD, environment.get("AMT_PASSWORD") or PASSWORD):
                if secret in text:
                    raise AssertionError(f"a secret is told: {result}")
        return result

    def mode(self):
        return self.run("amtinfo", "--mode", "--json", AMT_PASSWORD=None).json()["controlMode"]

    def interrupt(self, *arguments, after, options=(), number=signal.SIGINT):
        """Sends the signal once the log shows `after`, and gives the result."""
        process = self.start(*arguments, options=options)
        log = ""
        while after not in log:
            line = process.stderr.readline()
            if not line:
                break
            log += line
        time.sleep(0.3)
        process.send_signal(number)
        result = finish(process)
        result.log = log + result.log
        return result


def finish(process):
    try:
        out, log = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Result(process.returncode, out, log)


def contains(result, *texts):
    for text in texts:
        if text not in result.out + result.log:
            raise AssertionError(f"{text!r} is missing: {result}")


MADE = {}


def certificate():
    """The base64 of a PFX for DOMAIN, and the options of a machine that trusts it."""
    if not MADE:
        MADE["pfx"] = provisioning_pfx.make("amt." + DOMAIN)
        MADE["root"] = provisioning_pfx.root_hash(MADE["pfx"])
    return MADE["pfx"], ("--trusted-root", MADE["root"], "--dns-suffix", DOMAIN)


def admin_machine(*options, **more):
    """A fresh one, with all that admin control mode needs in its environment."""
    pfx, trust = certificate()
    return Machine(*trust, *options, PROVISIONING_CERT=pfx,
                   PROVISIONING_CERT_PASSWORD=provisioning_pfx.PASSWORD, **more)


def make_on_die(folder):
    """root.pem, a root as of the makers of chips; chip.pem, the chain of a chip that leads to it
    without the root itself; chip.key."""
    names = [("root", "/CN=On Die Root"), ("rom", "/CN=CSME ROM CA"), ("kernel", "/CN=Kernel CA"),
             ("amt", "/CN=AMT CA"), ("chip", "/CN=AMT RCFG")]
    names[0] = ("root", "/OU=On Die CSME P/CN=On Die Root")
    folder = pathlib.Path(folder)
    (folder / "ca.ext").write_text("basicConstraints=critical,CA:TRUE\n")
    (folder / "leaf.ext").write_text("basicConstraints=CA:FALSE\n")
    openssl = provisioning_pfx.openssl
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out",
            "root.pem", "-days", 3650, "-subj", names[0][1])
    for (issuer, _), (name, subject) in zip(names, names[1:]):
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out",
                name + ".csr", "-subj", subject)
        openssl(folder, "x509", "-req", "-in", name + ".csr", "-CA", issuer + ".pem", "-CAkey",
                issuer + ".key", "-CAcreateserial", "-out", name + ".pem", "-days", 365,
                "-extfile", "leaf.ext" if name == "chip" else "ca.ext")
    chain = [(folder / (name + ".pem")).read_text() for name in ("chip", "amt", "kernel", "rom")]
    (folder / "chip.pem").write_text("".join(chain))
