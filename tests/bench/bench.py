#!/usr/bin/python3
"""Measures what README.md's table says and prints that table.

usage: bench.py BUILD [--tunnels N] [--hold SECONDS] [--json FILE]

Server and simulator share the machine, so the figures are CPU time and bytes of the server process,
not wall-clock rates; only the two latencies are times, and they include the simulator's own share
of the CPUs. Starts its own server and simulators in a folder of its own; fails when a "must" of the
table is missed, or was not measured.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

import agent
import figures
import provisioning
import relays
from figures import Row, cpu_seconds, memory_kb, say, until

ROWS = [
    Row("memory", "memory per idle tunnel, all state included", "KB", "less", 16, 14.5,
        "Intel MPS 48.8; a bare idle TLS connection: nginx 13.9, HAProxy 15"),
    Row("logins", "full RSA-2048 handshake and login, per CPU-second", "", "more", 1500, 1800,
        "Intel MPS 306"),
    Row("held", "tunnels held by one process, nobody dropped", "", "more", 15000, None, ""),
    Row("storm", "p99 keep-alive of a tunnel while 500 handshakes are in flight", "ms", "less", 10,
        2, ""),
    Row("calls", "power-state calls through tunnels, per CPU-second", "", "more", None, 5000,
        "Intel MPS 202"),
    Row("call_p99", "p99 of such a call, at 500 calls per second", "ms", "less", None, 10,
        "Intel MPS ~500"),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_name():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    found = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    return f"{os.cpu_count()} × {found.group(1).strip() if found else 'unknown CPU'}"


class Bench:
    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.data = folder / "data"
        self.https = f"127.0.0.1:{free_port()}"
        self.cira = f"127.0.0.1:{free_port()}"
        self.children = []
        self.server = None
        self.token = None
        self.tls = None
        self.cpus = None  # children run on these CPUs; None: on all

    def program(self, path):
        return str(self.build / path)

    def start(self, name, *command, env=None):
        with open(self.folder / f"{name}.log", "ab") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     env={**os.environ, "MPS_LOG_LEVEL": "error", **(env or {})})
        if self.cpus:
            os.sched_setaffinity(child.pid, self.cpus)
        self.children.append(child)
        return child

    def stop(self, child):
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children.remove(child)

    def stop_all(self):
        for child in reversed(list(self.children)):
            self.stop(child)

    def start_server(self, *more):
        self.server = self.start(
            "server", self.program("src/server/outband"), "serve", "--data", str(self.data),
            "--https", self.https, "--cira", self.cira,
            "--cira-source-rate", "0", "--https-source-rate", "0", *more)  # one address for all
        until(60, self.ready, "the server did not start")
        self.token = subprocess.run(
            [self.program("src/server/outband"), "token", "--data", str(self.data)],
            capture_output=True, text=True, check=True).stdout.strip()

    def alone_on_a_cpu(self):
        """Starts the server again, with one loop and a CPU to itself; all others share the rest."""
        self.stop_all()
        cpus = sorted(os.sched_getaffinity(0))
        self.cpus = cpus[:1]
        self.start_server("--loops", "1")
        self.cpus = cpus[1:] or cpus

    def ready(self):
        if self.server.poll() is not None:
            raise SystemExit(f"the server ended: {(self.folder / 'server.log').read_text()}")
        if not (self.data / "ca.pem").exists():
            return False
        try:
            self.tls = ssl.create_default_context(cafile=str(self.data / "ca.pem"))
            self.get("/readyz")
            return True
        except OSError:
            return False

    def get(self, path):
        request = urllib.request.Request(f"https://{self.https}{path}")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
            return answer.read().decode()

    def connected(self):
        return json.loads(self.get("/api/v1/devices/stats"))["connectedCount"]

    def obctl(self, *arguments):
        env = {**os.environ, "OBCTL_TOKEN": self.token, "OBCTL_URL": f"https://{self.https}",
               "OBCTL_CA": str(self.data / "ca.pem"), "OBCTL_CONFIG": str(self.folder / "obctl")}
        return subprocess.run([self.program("src/obctl/obctl"), *arguments], env=env, check=True,
                              capture_output=True, text=True).stdout

    def enroll(self, count, guid_base):
        """Adds the devices of a fleet to the server."""
        path = self.folder / "devices"
        subprocess.run([self.program("src/sim/amtsim"), "fleet", "--count", str(count),
                        "--guid-base", guid_base, "--enroll", str(path)], check=True)
        self.obctl("devices", "add", "--file", str(path))
        return path

    def fleet(self, name, count, guid_base, *more):
        return self.start(name, self.program("src/sim/amtsim"), "fleet", "--server", self.cira,
                          "--count", str(count), "--guid-base", guid_base, "--rate", "1000000",
                          "--redial", "1", "--stats-file", str(self.folder / f"{name}.json"), *more)

    def stats(self, name):
        try:
            return json.loads((self.folder / f"{name}.json").read_text())
        except (OSError, ValueError):
            return {}


WARM, HELD, STORM = (f"{n}0000000-0000-4000-8000-000000000000" for n in (1, 2, 3))


def measure_tunnels(bench, rows, tunnels, hold):
    """Memory per tunnel, and whether everybody stays."""
    say(f"adding {tunnels} devices")
    bench.enroll(100, WARM)
    bench.enroll(tunnels, HELD)
    warm = bench.fleet("warm", 100, WARM)
    until(60, lambda: bench.connected() == 100, "the first 100 devices do not connect")
    bench.stop(warm)
    until(60, lambda: bench.connected() == 0, "the first 100 devices do not leave")
    time.sleep(2)

    say(f"connecting {tunnels} devices")
    memory = memory_kb(bench.server.pid)
    bench.fleet("held", tunnels, HELD)
    until(300, lambda: bench.stats("held").get("connected", 0) >= tunnels,
          "not all devices connected within 300 s")

    say(f"holding them for {hold} s")
    time.sleep(hold)
    grown = memory_kb(bench.server.pid) - memory
    rows["memory"].value = grown * 1024 / 1000 / tunnels  # as the peers' figures: 1 KB is 1,000 bytes
    stats = bench.stats("held")
    say(f"{stats['connected']} connected, {stats['drops']} dropped, "
        f"{stats['login_failures']} failed logins")
    rows["held"].value = stats["connected"] if stats["drops"] == 0 else 0


def measure_logins(bench, rows, seconds):
    """Logins of 500 devices at a time that call in, log in and leave, over and over. One loop that
    has a CPU to itself and the simulator on the other, as the figures compared with were taken: a
    loop that shares its CPU spends a part of its time going to sleep and waking."""
    say(f"logging in without pause for {seconds} s, 500 handshakes in flight, one loop")
    bench.alone_on_a_cpu()
    cpu = cpu_seconds(bench.server.pid)
    storm = bench.fleet("logins", 0, STORM, "--storm", "500", "--duration", str(seconds))
    storm.wait(seconds + 60)
    bench.children.remove(storm)
    rows["logins"].value = bench.stats("logins")["logins"] / (cpu_seconds(bench.server.pid) - cpu)


def measure_storm(bench, rows, seconds):
    """What established tunnels feel of 500 handshakes in flight."""
    say(f"500 handshakes in flight for {seconds} s")
    bench.enroll(520, STORM)
    storm = bench.fleet("storm", 20, STORM, "--probe", "20", "--storm", "500", "--duration",
                        str(seconds))
    storm.wait(seconds + 60)
    bench.children.remove(storm)
    stats = bench.stats("storm")
    say(f"{stats['logins']} logins, {stats['keepalive_us']['count']} keep-alives, "
        f"p50 {stats['keepalive_us']['p50']:.0f} µs, max {stats['keepalive_us']['max']:.0f} µs")
    rows["storm"].value = stats["keepalive_us"]["p99"] / 1000


def load_rest(bench, guids, connections, seconds, rate=0, paths=()):
    done = subprocess.run(
        [bench.program("tests/bench/rest_load"), bench.https, str(bench.data / "ca.pem"),
         str(guids), str(connections), str(seconds), str(rate), *paths],
        env={**os.environ, "OBCTL_TOKEN": bench.token}, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    if result["failures"]:
        say(f"{result['failures']} calls failed, first: {result['first_failure']}")
    return result


def write_guids(bench, count):
    guids = bench.folder / "guids"
    guids.write_text("".join(f"{HELD[:-12]}{number:012x}\n" for number in range(count)))
    return guids


def measure_calls(bench, rows, seconds):
    """Power states through tunnels, over 32 connections that are kept."""
    say(f"power-state calls for {seconds} s")
    guids = write_guids(bench, 1000)
    load_rest(bench, guids, 32, 3)  # every device has been asked once: the first call is answered 401
    cpu = cpu_seconds(bench.server.pid)
    result = load_rest(bench, guids, 32, seconds)
    spent = cpu_seconds(bench.server.pid) - cpu
    rows["calls"].value = result["calls"] / spent
    say(f"{result['calls'] / result['seconds']:,.0f} calls per second with the simulator beside it, "
        f"p99 {result['p99_us'] / 1000} ms")
    rows["call_p99"].value = load_rest(bench, guids, 32, seconds, 500)["p99_us"] / 1000


# A page is what a console asks when a device's page is opened (spec webui 1.6).
PAGES = [
    ("power/state", ["power/state"], "Intel MPS 0.5 s"),
    ("features", ["features"], "Intel MPS 2.0 s"),
    ("hardwareInfo", ["hardwareInfo"], "Intel MPS 4.0 s"),
    ("device page of 8 calls",
     ["version", "power/state", "features", "generalSettings", "hardwareInfo", "networkSettings",
      "certificates", "kvm/displays"], "Console: two calls a second for the whole fleet"),
]
CROWDS = [(1, 1), (100, 16), (1000, 64)]  # devices, connections


def measure_pages(bench, seconds):
    """Latency and calls per CPU-second of single calls and of a whole page."""
    lines = []
    for name, paths, others in PAGES:
        cells = []
        for devices, connections in CROWDS:
            say(f"{name} on {devices} devices for {seconds} s")
            guids = write_guids(bench, devices)
            load_rest(bench, guids, connections, 2, 0, paths)  # warm: digest and connections
            cpu = cpu_seconds(bench.server.pid)
            result = load_rest(bench, guids, connections, seconds, 0, paths)
            spent = cpu_seconds(bench.server.pid) - cpu
            cells.append(f"{result['p50_us'] / 1000:.1f} / {result['p99_us'] / 1000:.1f} ms, "
                         f"{result['calls'] / spent:,.0f}")
        lines.append(f"| {name} | {' | '.join(cells)} | {others} |")
    return lines


def page_table(lines):
    yield ""
    yield ("What a console asks of a device, as fast as answers come (16 connections for 100 devices, "
           "64 for 1,000); p50 / p99 of the page, calls per CPU-second of the server:")
    yield ""
    yield "| what | 1 device | 100 devices | 1,000 devices | for comparison |"
    yield "| --- | --- | --- | --- | --- |"
    yield from lines


def table(rows):
    today = datetime.date.today().isoformat()
    yield f"{today}, {cpu_name()}, server and simulator on the same machine:"
    yield ""
    yield from figures.lines(rows)


def measure_fleet(bench, rows, options):
    bench.start_server()
    measure_tunnels(bench, rows, options.tunnels, options.hold)
    measure_storm(bench, rows, options.seconds)
    measure_calls(bench, rows, options.seconds)
    pages = measure_pages(bench, max(options.seconds // 4, 2))
    measure_logins(bench, rows, options.seconds)
    return [*table(rows), *page_table(pages)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--tunnels", type=int, default=15000)
    parser.add_argument("--hold", type=int, default=60)
    parser.add_argument("--seconds", type=int, default=20, help="of the storm and of the calls")
    parser.add_argument("--only", choices=["relays", "provisioning", "agent"],
                        help="measure these and nothing else")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = {row.key: row for row in ROWS}
    if hard < options.tunnels + 500:
        say(f"only {hard} open files are allowed here: {hard - 500} tunnels instead of "
            f"{options.tunnels}")
        options.tunnels = hard - 500
        rows["held"].must = options.tunnels
    rows["held"].must = min(rows["held"].must, options.tunnels)

    if os.getloadavg()[0] > 0.5:
        say(f"this machine is busy (load {os.getloadavg()[0]:.1f}): the figures will be worse")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="outband-bench-"))
    bench = Bench(options.build.resolve(), folder)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(bench.stop_all)
        rows, lines = ({}, []) if options.only else (rows, measure_fleet(bench, rows, options))
        if options.only in (None, "relays"):
            relayed = relays.measure(bench, max(options.seconds // 2, 2))
            lines += relays.table(relayed)
            rows.update(relayed)
        if options.only in (None, "provisioning"):
            provisioned = provisioning.measure(bench)
            lines += provisioning.table(provisioned)
            rows.update(provisioned)
        if options.only in (None, "agent"):
            weighed = agent.measure(bench)
            lines += agent.table(weighed)
            rows.update(weighed)
    for line in lines:
        print(line)
    if options.json:
        options.json.write_text(json.dumps({key: row.value for key, row in rows.items()}))
    missed = [row.what for row in rows.values() if row.verdict() == "MISSED"]
    for row in rows.values():
        say(f"{row.verdict():>12}  {row.what}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
