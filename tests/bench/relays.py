"""What the relay costs, measured by relay_load at the browser's end and `amtsim --serial` at the
device's. Throughput is per CPU-second of the server's process, which has one loop and a CPU to
itself; both ends share the other CPU. A part of bench.py."""

import json
import os
import signal
import subprocess
import time

import drives
from figures import Row, cpu_seconds, lines, memory_kb, say, until

BASE = "50000000-0000-4000-8000-000000000000"
PASSWORD = "P@ssw0rd"

SESSIONS = 1000
FEW = 4           # sessions that share the wire when throughput is measured
IDLE = 200
STALLED = 20
WARM = 2          # sessions there have been before memory is looked at
APF_MOST = 4087   # data in the largest message that a device sends, 4 KB in all
# KB, bytes of the device's messages, bytes of the browser's
SIZES = [(1, 1024, 1024), (4, APF_MOST, 4096), (16, 16384, 16384)]

MESHCENTRAL = "MeshCentral 146 MB/s per core"


def throughput(key, what, must, others):
    return Row(key, what, "MB", "more", must[0], must[1], others)


ROWS = [
    *(throughput(f"down_{size}", f"device to browser per CPU-second, messages of {size} KB",
                 (150, 300) if size == 4 else (None, None), MESHCENTRAL if size == 4 else "")
      for size, _, _ in SIZES),
    throughput("down_tls", "the same of 4 KB, with TLS to the device inside the tunnel",
               (None, None), ""),
    *(throughput(f"up_{size}", f"browser to device per CPU-second, messages of {size} KB",
                 (150, 300) if size == 4 else (None, None),
                 "MeshCentral collapses" if size == 4 else "")
      for size, _, _ in SIZES),
    throughput("up_tls", "the same of 4 KB, with TLS to the device inside the tunnel",
               (None, None), ""),
    Row("latency", "added to the echo of a byte, p50", "ms", "less", None, 1, ""),
    Row("relay_idle", "memory per relay, idle", "KB", "less", None, 96, ""),
    Row("relay_busy", "memory per relay, as fast as it goes", "KB", "less", None, 96, ""),
    Row("relay_stalled", "memory per relay, both ends stalled", "KB", "less", None, 96,
        "Intel MPS 260 MB, with a stalled browser"),
    Row("sol", "consoles at once, all alive, every byte right", "", "more", SESSIONS, None, ""),
    Row("sol_memory", "memory per console of those", "KB", "less", None, 96, ""),
    *(Row(f"ider_{ms}", f"drive image read by a device, {ms} ms away", "KB/s", "more", None, None,
          "a device takes 8 KB per round trip" if ms else "") for ms in drives.ROUND_TRIPS_MS),
]


class Load:
    """One run of relay_load, from when all sessions are open."""

    def __init__(self, bench, mode, sessions, seconds, size, pause_ms=0, tls=False, device=None):
        target = ([device, "-", "-"] if device else
                  [bench.https, str(bench.data / "ca.pem"), str(bench.folder / "consoles")])
        self.mode, self.sessions = mode, sessions
        self.child = subprocess.Popen(
            [bench.program("tests/bench/relay_load"), *target, mode, str(sessions), str(seconds),
             str(size), str(pause_ms), *(["tls"] if tls else [])],
            env={**os.environ, "OBCTL_TOKEN": bench.token, "AMTSIM_AMT_PASSWORD": PASSWORD},
            stdout=subprocess.PIPE, text=True)
        if bench.cpus:
            os.sched_setaffinity(self.child.pid, bench.cpus)
        bench.children.append(self.child)
        self.bench = bench
        if self.child.stdout.readline() != "ready\n":
            raise SystemExit("relay_load could not start")

    def result(self):
        return json.loads(self.child.stdout.readline())

    def end(self):
        self.child.wait(120)
        self.bench.children.remove(self.child)

    def checked(self):
        """The result; a session that ended makes it no measurement."""
        answer = self.result()
        if answer["failures"] or answer["alive"] != self.sessions:
            say(f"{self.mode}: {answer['alive']} of {self.sessions} sessions alive: "
                f"{answer['first_failure']}")
        return answer


def devices(bench, count, line):
    """Devices with that at their serial lines, all connected."""
    until(60, lambda: bench.connected() == 0, "devices do not leave")
    fleet = bench.fleet("consoles", count, BASE, "--serial", line)
    until(120, lambda: bench.connected() == count, "the devices do not connect")
    return fleet


def per_cpu_second(bench, rows, key, mode, size, seconds, tls=False):
    load = Load(bench, mode, FEW, seconds, size, tls=tls)
    cpu = cpu_seconds(bench.server.pid)
    answer = load.checked()
    spent = cpu_seconds(bench.server.pid) - cpu
    load.end()
    if not answer["failures"]:
        rows[key].value = answer["bytes"] / 1e6 / spent
    say(f"{answer['bytes'] / 1e6 / answer['seconds']:,.0f} MB/s with both ends beside it")


def measure_throughput(bench, rows, seconds):
    for kb, device_size, _ in SIZES:
        say(f"device to browser, messages of {kb} KB, for {seconds} s")
        fleet = devices(bench, FEW, f"source:{device_size}")
        per_cpu_second(bench, rows, f"down_{kb}", "receive", device_size, seconds)
        if kb == 4:
            per_cpu_second(bench, rows, "down_tls", "receive", device_size, seconds, True)
        bench.stop(fleet)
    fleet = devices(bench, FEW, "sink")
    for kb, _, size in SIZES:
        say(f"browser to device, messages of {kb} KB, for {seconds} s")
        per_cpu_second(bench, rows, f"up_{kb}", "send", size, seconds)
    per_cpu_second(bench, rows, "up_tls", "send", 4096, seconds, True)
    bench.stop(fleet)


def measure_latency(bench, rows, seconds):
    """A byte that comes back, through server and tunnel, and straight from a device on the LAN."""
    say(f"echoes for {seconds} s")
    fleet = devices(bench, 1, "echo")
    load = Load(bench, "echo", 1, seconds, 11, 5)
    relayed = load.checked()
    load.end()
    bench.stop(fleet)
    lan = bench.start("lan", bench.program("src/sim/amtsim"), "lan", "--ports", "0", "--serial",
                      "echo", env={"AMTSIM_AMT_PASSWORD": PASSWORD})
    until(20, lambda: "redirection=" in (bench.folder / "lan.log").read_text(),
          "the device on the LAN does not start")
    port = (bench.folder / "lan.log").read_text().split("redirection=")[1].split()[0]
    load = Load(bench, "echo", 1, seconds, 11, 5, device=f"127.0.0.1:{port}")
    straight = load.checked()
    load.end()
    bench.stop(lan)
    rows["latency"].value = (relayed["p50_us"] - straight["p50_us"]) / 1000
    say(f"relayed p50 {relayed['p50_us']} µs, p99 {relayed['p99_us']} µs; "
        f"straight p50 {straight['p50_us']} µs, p99 {straight['p99_us']} µs")


def settle(bench, count, line):
    """A new server, since memory that one has had for a relay stays with it, whose devices have all
    connected and some of them been used; and its memory then."""
    bench.alone_on_a_cpu()
    fleet = devices(bench, count, line)
    load = Load(bench, "echo" if line == "echo" else "receive", WARM, 1, 64)
    load.result()
    load.end()
    time.sleep(3)
    return fleet, memory_kb(bench.server.pid)


def grown(bench, before, count):
    return (memory_kb(bench.server.pid) - before) * 1024 / 1000 / (count - WARM)


def measure_memory(bench, rows):
    say(f"memory of {IDLE} idle relays")
    fleet, before = settle(bench, IDLE, "echo")
    load = Load(bench, "echo", IDLE, 3, 64, 3600000)
    time.sleep(1)
    rows["relay_idle"].value = grown(bench, before, IDLE)
    load.checked()
    load.end()
    bench.stop(fleet)

    say(f"memory of {STALLED} busy relays")
    fleet, before = settle(bench, STALLED, f"source:{APF_MOST}")
    load = Load(bench, "receive", STALLED, 5, 64)
    most = 0
    for _ in range(20):
        time.sleep(0.2)
        most = max(most, grown(bench, before, STALLED))
    rows["relay_busy"].value = most
    load.checked()
    load.end()
    bench.stop(fleet)

    say(f"memory of {STALLED} stalled relays")
    fleet, before = settle(bench, STALLED, f"source:{APF_MOST}")
    load = Load(bench, "stall", STALLED, 10, 4096)
    os.kill(fleet.pid, signal.SIGSTOP)  # from now on the devices take nothing
    time.sleep(8)
    rows["relay_stalled"].value = grown(bench, before, STALLED)
    load.checked()
    os.kill(fleet.pid, signal.SIGCONT)
    load.end()
    bench.stop(fleet)


def measure_consoles(bench, rows, seconds):
    say(f"{SESSIONS} consoles for {seconds} s")
    fleet, before = settle(bench, SESSIONS, "echo")
    load = Load(bench, "echo", SESSIONS, seconds, 74, 1000)
    time.sleep(1)
    rows["sol_memory"].value = grown(bench, before, SESSIONS)
    answer = load.checked()
    load.end()
    rows["sol"].value = 0 if answer["failures"] else answer["alive"]
    say(f"{answer['samples']} lines came back, p50 {answer['p50_us'] / 1000} ms, "
        f"p99 {answer['p99_us'] / 1000} ms")
    bench.stop(fleet)


def measure(bench, seconds):
    rows = {row.key: row for row in ROWS}
    bench.alone_on_a_cpu()
    bench.enroll(SESSIONS, BASE)
    (bench.folder / "consoles").write_text(
        "".join(f"{BASE[:-12]}{number:012x}\n" for number in range(SESSIONS)))
    measure_throughput(bench, rows, seconds)
    measure_latency(bench, rows, seconds)
    measure_memory(bench, rows)
    measure_consoles(bench, rows, seconds)
    drives.measure(bench, rows)
    return rows


def table(rows):
    yield ""
    yield ("Consoles, screens and drives through the relay, TLS on both sides (CIRA's and the "
           "browser's):")
    yield ""
    yield from lines(rows)
