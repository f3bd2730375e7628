"""What it costs the server to provision machines: `amtsim agent` speaks for hundreds of them side by
side, over TLS. Firmware answers at once here, and server and simulator share the CPUs, so the
figure that counts is CPU of the server's process per machine; the time that a session waits for its
device is shown apart, as the server counts it. A part of bench.py."""

import hashlib
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time
import urllib.error

from figures import Row, cpu_seconds, lines, memory_kb, say, until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration/server"))

import provisioning_pfx  # pylint: disable=wrong-import-position
from drives import call  # pylint: disable=wrong-import-position

ADMIN = "/api/v1/admin"
SIDE_BY_SIDE = 200
STEADY = 1000
WARM = 20
HELD = 400
HANG_AFTER = 12  # messages: in the middle of a set-up
SUFFIX = "bench.example"
AIM_MS = 20      # of CPU per activation: 100 a second on two cores
GUIDS = "7{:07x}-0000-4000-8000-000000000000"

KINDS = {"ccm": "client control mode",
         "acm": "admin control mode, CIRA and two Wi-Fi profiles"}

ROWS = [
    *(row for key, what in KINDS.items() for row in (
        Row(f"{key}_cpu", f"CPU of the server per activation: {what}", "ms", "less", None, AIM_MS,
            ""),
        Row(f"{key}_rate", f"such activations per minute, {SIDE_BY_SIDE} machines side by side, "
            "simulator on the same CPUs", "", "more", None, None,
            "Intel RPS: 12 s of pause in each"),
        Row(f"{key}_steady", f"… {STEADY} machines side by side", "", "more", None, None, ""),
        Row(f"{key}_alone", "… how long one machine takes, alone", "ms", "less", None, None, ""),
        Row(f"{key}_waited", "… of which the server waits for the device", "ms", "less", None, None,
            ""),
        Row(f"{key}_requests", "… requests to the device", "", "less", None, None, ""),
    )),
    Row("provisioning_memory", "memory per running session, TLS and all", "KB", "less", None, None,
        ""),
]

CIRA = {"configName": "bench", "mpsServerAddress": "127.0.0.1", "mpsPort": 4433,
        "username": "admin", "password": "P@ssw0rd", "commonName": "127.0.0.1",
        "serverAddressFormat": 3, "authMethod": 2, "proxyDetails": ""}
WIFI = {"authenticationMethod": 6, "encryptionMethod": 4, "pskPassphrase": "Wif1-s3cret!",
        "linkPolicy": [14, 16]}
CCM = {"profileName": "ccm", "activation": "ccmactivate", "generateRandomPassword": True,
       "dhcpEnabled": True, "userConsent": "All"}
ACM = {"profileName": "acm", "activation": "acmactivate", "generateRandomPassword": True,
       "generateRandomMEBxPassword": True, "ciraConfigName": "bench", "dhcpEnabled": True,
       "wifiConfigs": [{"priority": 1, "profileName": "one"}, {"priority": 2, "profileName": "two"}]}


def root_hash(pfx_base64):
    """SHA-256 of the root in a file of provisioning_pfx, in hexadecimal."""
    pem = subprocess.run(
        ["sh", "-c", f"base64 -d | openssl pkcs12 -passin pass:{provisioning_pfx.PASSWORD} -cacerts "
         "-nokeys | openssl x509 -outform DER"],
        input=pfx_base64.encode(), capture_output=True, check=True).stdout
    return hashlib.sha256(pem).hexdigest()


def prepare(bench):
    """Domain, CIRA config, Wi-Fi and profiles; returns the arguments of machines that trust it."""
    pfx = provisioning_pfx.make(f"outband.{SUFFIX}")
    root = re.sub(r"-----.*?-----|\s", "", (bench.data / "ca.pem").read_text())
    for collection, body in [
            ("domains", {"profileName": "bench", "domainSuffix": SUFFIX, "provisioningCert": pfx,
                         "provisioningCertStorageFormat": "raw",
                         "provisioningCertPassword": provisioning_pfx.PASSWORD}),
            ("ciraconfigs", {**CIRA, "mpsRootCertificate": root}),
            ("wirelessconfigs", {**WIFI, "profileName": "one", "ssid": "one"}),
            ("wirelessconfigs", {**WIFI, "profileName": "two", "ssid": "two"}),
            ("profiles", CCM), ("profiles", ACM)]:
        try:
            call(bench, "POST", f"{ADMIN}/{collection}", body)
        except urllib.error.HTTPError as refused:
            raise SystemExit(f"{collection}: {refused.read().decode()}") from refused
    return ["--dns-suffix", SUFFIX, "--trusted-root", root_hash(pfx)]


class Fleet:
    """Machines that have never been seen before, each with an agent."""

    made = 0

    def __init__(self, bench, profile, count, *more):
        Fleet.made += 1
        self.bench = bench
        self.name = f"agents-{Fleet.made}"
        self.command = [
            bench.program("src/sim/amtsim"), "agent", "--url", f"wss://{bench.https}/activate",
            "--ca", str(bench.data / "ca.pem"), "--profile", profile, "--count", str(count),
            "--rate", "1000000", "--keys-fast", "--guid-base", GUIDS.format(Fleet.made),
            "--cira-via", bench.cira, *more]

    def run(self):
        """Until all sessions are over; returns what each came to, and the whole."""
        done = subprocess.run([*self.command, "--once"], capture_output=True, text=True,
                              timeout=900, check=False)
        said = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode != 0:
            wrong = [line for line in said if line.get("method") != "success"]
            raise SystemExit(f"machines were not activated: {wrong[:1]} {done.stderr[-500:]}")
        return [line for line in said if line["event"] == "final"], said[-1]

    def start(self):
        return self.bench.start(self.name, *self.command)


def waited(bench, count):
    """Milliseconds that each of the last sessions waited for its device, of the server's log."""
    log = (bench.folder / "server.log").read_text()
    found = re.findall(r'waited-ms"?[=:]"?(\d+)', log)
    return [int(ms) for ms in found[-count:]]


def measure_kind(bench, rows, kind, machines):
    profile = kind
    Fleet(bench, profile, WARM, *machines).run()
    alone = [Fleet(bench, profile, 1, *machines).run()[0][0] for _ in range(9)]
    rows[f"{kind}_alone"].value = statistics.median(line["ms"] for line in alone)
    rows[f"{kind}_waited"].value = statistics.median(waited(bench, len(alone)))
    rows[f"{kind}_requests"].value = statistics.median(line["requests"] for line in alone)
    for count, key in [(SIDE_BY_SIDE, "rate"), (STEADY, "steady")]:
        say(f"{count} machines into {KINDS[kind]}, side by side")
        cpu = cpu_seconds(bench.server.pid)
        ends, whole = Fleet(bench, profile, count, *machines).run()
        spent = cpu_seconds(bench.server.pid) - cpu
        say(f"{whole['ms'] / 1000:.1f} s; p50 of a session "
            f"{statistics.median(line['ms'] for line in ends):.0f} ms, of which waiting for the "
            f"device {statistics.median(waited(bench, count)):.0f} ms; "
            f"{1000 * spent / count:.1f} ms of the server's CPU each")
        rows[f"{kind}_{key}"].value = 60_000 * count / whole["ms"]
        rows[f"{kind}_cpu"].value = 1000 * spent / count


def running(bench):
    return len(json.loads(call(bench, "GET", f"{ADMIN}/provisioning")))


def measure_memory(bench, rows):
    """Machines that stop answering in the middle of it, so that their sessions wait."""
    say(f"{HELD} sessions that wait for their devices")
    before = memory_kb(bench.server.pid)
    held = Fleet(bench, "ccm", HELD, "--hang-after", str(HANG_AFTER)).start()
    until(60, lambda: running(bench) == HELD, "the sessions do not begin")
    time.sleep(3)
    rows["provisioning_memory"].value = (
        (memory_kb(bench.server.pid) - before) * 1024 / 1000 / HELD)
    bench.stop(held)


def measure(bench):
    rows = {row.key: row for row in ROWS}
    bench.stop_all()
    bench.cpus = None
    bench.start_server("--log-level", "info", "--common-name", "127.0.0.1",
                       "--agent-sessions", "5000", "--agent-source-sessions", "5000",
                       "--agent-source-newcomers", "1000000")
    machines = prepare(bench)
    measure_memory(bench, rows)
    for kind in KINDS:
        measure_kind(bench, rows, kind, machines)
    return rows


def table(rows):
    yield ""
    yield ("Provisioning, by agents over TLS; firmware that answers at once, keys that devices make "
           "from a pool:")
    yield ""
    yield from lines(rows)
