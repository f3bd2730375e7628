"""What the agent weighs, and what it costs on the machine that it sets up: `rpc` and `rpc-static`
beside a simulated engine. Sizes are of stripped files, memory is the most that was resident; times
are of the whole run, with the simulator on the same CPUs. A part of bench.py."""

import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import time

from figures import Row, lines, say

PEAK = pathlib.Path(__file__).resolve().parent / "peak.py"
PASSWORD = "Bench-7-agent"
RUNS = 9
STARTS = 50
KINDS = {"rpc": "dynamic", "rpc-static": "static"}
MOST = {"rpc": (None, None), "rpc-static": (5_000, 8_192)}

ROWS = [
    *(row for key, kind in KINDS.items() for row in (
        Row(f"{key}_size", f"`{key}` ({kind}), stripped", "KB", "less", MOST[key][0], None,
            {"rpc": "", "rpc-static": "rpc-go 3: 22,968, with its symbols"}[key]),
        Row(f"{key}_info", "… resident at most: `amtinfo --all`", "KB", "less", MOST[key][1], None,
            ""),
        Row(f"{key}_set_up", "… in an activation (CCM, over LME)", "KB", "less", MOST[key][1], None,
            ""),
        Row(f"{key}_start", "… CPU of a start (`version`), against that of `/bin/true`", "×", "less",
            None, None, ""),
    )),
    Row("lme", "local activation (CCM) over LME", "ms", "less", None, 800, "rpc-go 98 s, on hardware"),
    Row("lms", "… over LMS", "ms", "less", None, 800, "rpc-go 0.8 s, on hardware with LMS"),
]


def free_port():
    """Where nobody listens, nor on the next one, which is for TLS."""
    with socket.socket() as one, socket.socket() as next_one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        try:
            next_one.bind(("127.0.0.1", port + 1))
            return str(port)
        except OSError:
            return free_port()


def cpu_of(*command):
    """CPU seconds of a run, on average."""
    def once():
        before = os.times()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd="/")
        after = os.times()
        return (after.children_user - before.children_user
                + after.children_system - before.children_system)
    return sum(once() for _ in range(STARTS)) / STARTS


class Agent:
    def __init__(self, bench, name, folder):
        self.amtsim = bench.program("src/sim/amtsim")
        static = bench.build.parent / "static/src/rpc/rpc-static"
        built = static if name == "rpc-static" else bench.program("src/rpc/rpc")
        self.file, self.folder = folder / name, folder
        subprocess.run(["strip", "-o", str(self.file), str(built)], check=True)

    def beside(self, *command, options=()):
        done = subprocess.run(
            [self.amtsim, "mei", "--ports", "0", *options, "--", *map(str, command)], check=False,
            capture_output=True, stdin=subprocess.DEVNULL, cwd="/",
            env={**os.environ, "AMT_PASSWORD": PASSWORD})
        if done.returncode != 0:
            raise SystemExit(f"{command}: {done.stderr.decode()}")

    def peak(self, *arguments):
        self.beside(PEAK, self.folder / "peak", self.file, *arguments)
        return int((self.folder / "peak").read_text())

    def activation_ms(self, *flags, options=()):
        """Without the time that the simulator takes to start and to end."""
        def took(*arguments):
            started = time.monotonic()
            self.beside(self.file, *arguments, options=options)
            return (time.monotonic() - started) * 1000
        whole = statistics.median(
            took("activate", "--ccm", "--log-level", "error", *flags) for _ in range(RUNS))
        return whole - statistics.median(took("version") for _ in range(RUNS))


def measure(bench):
    rows = {row.key: row for row in ROWS}
    folder = bench.folder / "agent"
    folder.mkdir()
    true = cpu_of(shutil.which("true"))
    for name in KINDS:
        say(f"{name}: size, memory, start")
        agent = Agent(bench, name, folder)
        rows[f"{name}_size"].value = agent.file.stat().st_size / 1000
        rows[f"{name}_info"].value = agent.peak("amtinfo", "--all", "--lmsport", free_port())
        rows[f"{name}_set_up"].value = agent.peak("activate", "--ccm", "--lmsport",
                                                  free_port())
        rows[f"{name}_start"].value = cpu_of(str(agent.file), "version") / true
    say("local activations, over LME and LMS")
    rows["lme"].value = agent.activation_ms("--lmsport", free_port())
    port = free_port()
    rows["lms"].value = agent.activation_ms("--lmsport", port, options=("--lms-port", port))
    return rows


def table(rows):
    return ["", "The agent on a managed machine; the engine is simulated and answers at once:", "", *lines(rows)]
