"""A site that provisions: the real server, an administrator who keeps profiles, and simulated
machines with agents. For the tests beside this file."""

import base64
import ctypes
import ctypes.util
import hashlib
import itertools
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile
import time

import provisioning_pfx
from rig import Server, folder, same

AMTSIM = os.environ["AMTSIM"]
ADMIN = "/api/v1/admin"
DOMAIN = "corp.example.com"
HOME = ["--dns-suffix", "pc." + DOMAIN]
PASSWORD = "Pr0file-s3cret!"
MEBX = "MEBx-s3cret!"
ABSENT = {"Activation": "Activation not part of this configuration",
          "WiredNetwork": "Wired network not part of this configuration",
          "WirelessNetwork": "Wireless network not part of this configuration",
          "TLS": "TLS not part of this configuration",
          "CIRAProxy": "CIRA proxy not part of this configuration",
          "CIRAConnection": "CIRA connection not part of this configuration"}


def parts(**changed):
    """`Components` of a final message: those that ran, and what is said of the others."""
    return {name: changed.get(name, {"Result": "NotApplicable", "Details": text})
            for name, text in ABSENT.items()}


def good(details, mode=None):
    return {"Result": "Success", **({"Mode": mode} if mode else {}), "Details": details}


class Secrets:
    """The sealed store of a data folder, read as the server reads it."""

    NONCE = 24

    def __init__(self, data):
        self.data = pathlib.Path(data)
        self.sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
        self.key = bytes.fromhex((self.data / "secret.key").read_text().strip())

    def rows(self):
        database = sqlite3.connect(self.data / "secrets.db", timeout=30)
        try:
            return dict(database.execute("SELECT path, sealed FROM secrets"))
        finally:
            database.close()

    def unseal(self, path, sealed):
        plain = ctypes.create_string_buffer(len(sealed))
        size = ctypes.c_ulonglong()
        name = path.encode()
        same(self.sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain, ctypes.byref(size), None, sealed[self.NONCE:],
            ctypes.c_ulonglong(len(sealed) - self.NONCE), name, ctypes.c_ulonglong(len(name)),
            sealed[:self.NONCE], self.key), 0)
        return plain.raw[:size.value]

    def swap(self, path, members):
        """Changes some members of an entry; returns those that were there."""
        entry = json.loads(self.unseal(path, self.rows()[path]))
        before = {name: entry[name] for name in members}
        plain, name = json.dumps({**entry, **members}).encode(), path.encode()
        nonce = os.urandom(self.NONCE)
        sealed = ctypes.create_string_buffer(len(plain) + 16)
        size = ctypes.c_ulonglong()
        self.sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
            sealed, ctypes.byref(size), plain, ctypes.c_ulonglong(len(plain)), name,
            ctypes.c_ulonglong(len(name)), None, nonce, self.key)
        database = sqlite3.connect(self.data / "secrets.db", timeout=30)
        with database:
            database.execute("UPDATE secrets SET sealed = ? WHERE path = ?",
                             (nonce + sealed.raw[:size.value], path))
        database.close()
        return before

    def devices(self):
        """What is stored of each device, by its GUID."""
        return {path.split("/")[1]: json.loads(self.unseal(path, sealed))
                for path, sealed in self.rows().items() if path.startswith("devices/")}

    def device(self, guid):
        return self.devices().get(guid, {})


def passwords_of(entry, kind="amt"):
    """All that may open the device, by their names: the current one, those that are proven, and
    those that are not."""
    current = entry.get(f"{kind.upper()}_PASSWORD")
    named = {f"{kind.upper()}_PASSWORD": current} if current else {}
    for one in entry.get("PASSWORDS", {}).get(kind, []):
        name = "PROVEN" if one["proven"] else "UNPROVEN"
        if one["text"] != current:
            named[f"{name} {len(named)}"] = one["text"]
    return named


def plain(entry):
    """What the toolkit reads of it."""
    return {name: value for name, value in entry.items() if name != "PASSWORDS"}


def item_of(entry, text, kind="amt"):
    """What is known of one of them."""
    return next((one for one in entry.get("PASSWORDS", {}).get(kind, []) if one["text"] == text),
                {"origin": "administrator", "proven": True, "seen": True})


def ha1(realm, password, user="admin"):
    return hashlib.md5(f"{user}:{realm}:{password}".encode()).hexdigest()


class Site:
    """One server and its administrator. `keep` runs it on a data folder that outlives it."""

    def __init__(self, flags=(), data=None, environment=None):
        self.flags = ["--rps-ws", "127.0.0.1:0", "--common-name", "127.0.0.1", *flags]
        self.scratch = folder()
        self.tokens = itertools.count()
        self.server = Server(flags=self.flags, data=data or self.scratch / "data",
                             environment=environment)
        self.server.log_in()
        self.find_port()
        self.roots = []
        self.keys = []

    def find_port(self):
        found = [word for word in self.server.output().split() if word.startswith("rps-ws=")]
        self.port = int(found[0].rsplit(":", 1)[1])
        self.secrets = Secrets(self.server.data)

    def restart(self, number=signal.SIGKILL):
        """Ends the server at once and starts it again on what it has left."""
        data = self.server.data
        self.server.stop(number, keep=True)
        self.server = Server(flags=self.flags, data=data)
        self.server.log_in()
        self.find_port()

    def stop(self):
        code = self.server.stop()
        if code != 0:
            raise AssertionError(f"the server ended with {code}: {self.server.said}")

    # ---- what the administrator does ----

    def ask(self, method, path, body=None):
        return self.server.ask(method, path, body)

    def make(self, collection, body):
        status, row = self.ask("POST", f"{ADMIN}/{collection}", body)
        same((status, row), (201, row))
        return row

    def make_profile(self, name, mode="ccmactivate", **members):
        given = {"profileName": name, "activation": mode, "amtPassword": PASSWORD,
                 "generateRandomPassword": False, "dhcpEnabled": True, "tags": ["north", "lab"],
                 "userConsent": "All" if mode == "ccmactivate" else "None",
                 "iderEnabled": True, "kvmEnabled": True, "solEnabled": True, **members}
        if mode == "acmactivate":
            given.setdefault("mebxPassword", MEBX)
        self.make("profiles", {key: value for key, value in given.items() if value is not None})

    def make_domain(self, suffix=DOMAIN, name="corp", **certificate):
        """Uploads a certificate that is made now; machines are told its root (`roots`)."""
        pfx = provisioning_pfx.make(f"vpro.{suffix}", **certificate)
        self.roots += ["--trusted-root", provisioning_pfx.root_hash(pfx)]
        self.make("domains", {"profileName": name, "domainSuffix": suffix,
                              "provisioningCert": pfx,
                              "provisioningCertPassword": provisioning_pfx.PASSWORD,
                              "provisioningCertStorageFormat": "string"})

    def make_cira(self, name="home", common="127.0.0.1", **members):
        pem = (self.server.data / "ca.pem").read_text()
        der = "".join(line for line in pem.splitlines() if "-----" not in line)
        return self.make("ciraconfigs", {
            "configName": name, "mpsServerAddress": "127.0.0.1", "mpsPort": 4433,
            "username": "admin", "password": None, "commonName": common,
            "serverAddressFormat": 3, "authMethod": 2, "mpsRootCertificate": der,
            "proxyDetails": "", **members})

    def make_wireless(self, name="office"):
        self.make("wirelessconfigs", {
            "profileName": name, "authenticationMethod": 6, "encryptionMethod": 4, "ssid": name,
            "pskPassphrase": "Wif1-secret!", "linkPolicy": [14, 16]})

    def token_file(self, device="all"):
        """For agents that are to be believed."""
        path = self.scratch / f"token-{next(self.tokens)}"
        status, answer = self.ask("POST", f"{ADMIN}/agenttokens", {"purpose": "agent", **({"device": device} if device else {})})
        same(status, 201)
        path.write_text(answer["token"])
        path.chmod(0o600)
        return path

    def history(self, guid):
        status, answer = self.ask("GET", f"{ADMIN}/provisioning/{guid}")
        same(status, 200)
        return answer

    def make_keys(self):
        """For machines that make theirs, in runs of many processes which would make too many."""
        path = self.scratch / "keys.pem"
        making = [subprocess.Popen(["openssl", "genrsa", "2048"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL) for _ in range(16)]
        path.write_bytes(b"".join(one.communicate()[0] for one in making))
        self.keys = ["--keys-from", path]

    # ---- machines ----

    def agents(self, *flags, profile=None, port=None, number=1, state="machine", wait=True):
        """Machines `number` and following run an errand; their state stays in the folder."""
        errand = ["--profile", profile] if profile else []
        run = Agents([AMTSIM, "agent", "--url", f"ws://127.0.0.1:{port or self.port}/activate",
                      "--cira-via", f"127.0.0.1:{self.server.cira}", "--redial", "1",
                      "--keys-fast", *self.keys, "--guid-base", f"{number:08x}",
                      "--keep-state", self.scratch / state, *errand, *self.roots, *flags])
        return run.finish() if wait else run

    def state(self, state="machine"):
        return json.loads((self.scratch / state).read_text())


class Agents:
    """One run of `amtsim agent`, and what it says."""

    def __init__(self, arguments):
        self.output = tempfile.TemporaryFile(mode="w+")
        self.errors = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(list(map(str, arguments)), stdout=self.output,
                                        stderr=self.errors)

    def lines(self):
        text = os.pread(self.output.fileno(), 1 << 26, 0).decode()
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def hears(self, event, **members):
        """Waits for a line with these members."""
        end = time.monotonic() + 30
        while True:
            for line in self.lines():
                if line["event"] == event and members.items() <= line.items():
                    return line
            if time.monotonic() > end or self.process.poll() not in (None, 0, 1):
                raise AssertionError(f"no {event} {members} in {self.lines()} {self.complaints()}")
            time.sleep(0.01)

    def ends(self):
        """What became of each machine, by its number; they have ended their errands."""
        return {line["number"]: line for line in self.lines()
                if line["event"] in ("final", "ended")}

    def complaints(self):
        return os.pread(self.errors.fileno(), 1 << 20, 0).decode()

    def finish(self, timeout=120):
        """Waits until it ends by itself."""
        try:
            self.process.wait(timeout=timeout)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        if self.process.returncode not in (0, 1):
            raise AssertionError(f"amtsim ended with {self.process.returncode}: "
                                 f"{self.complaints()}")
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.finish(timeout=30)

    def kill(self):
        """At once."""
        self.process.kill()
        self.process.wait(timeout=30)

    def final(self, number=0):
        """The kind of final message of a machine, and what it says."""
        line = self.ends()[number]
        same((line["event"], line.get("reshaped")), ("final", None))
        try:
            return line["method"], json.loads(line["message"])
        except ValueError:
            return line["method"], line["message"]


def realm_of(state):
    """The digest realm of a simulated machine, by its state (src/sim/device.c): the digits of its
    GUID in reverse, moved on at each set-up."""
    digits = "0123456789ABCDEF"
    guid = state["guid"].replace("-", "")
    return "Digest:" + "".join(
        digits[(int(guid[31 - place], 16) + state["setups"] * (place + 1)) & 15]
        for place in range(32))
