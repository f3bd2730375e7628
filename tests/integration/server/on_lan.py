"""A simulated device on the LAN. `amtsim lan` has the firmware's own ports, so each run has loopback
addresses of its own. For the tests beside this file."""

import os
import signal
import subprocess

from rig import same, surroundings

AMTSIM = os.environ["AMTSIM"]
PASSWORD = "Am1-lan-test"  # noqa: of a simulated device
NUMBER = os.getpid() % 60000
NETWORK = f"127.{100 + NUMBER // 250}.{1 + NUMBER % 250}"


class Lan:
    """`amtsim lan` with one device at NETWORK.`place`."""

    def __init__(self, place, *arguments):
        self.address = f"{NETWORK}.{place}"
        self.process = subprocess.Popen(
            [AMTSIM, "lan", "--bind", self.address, "--password", PASSWORD, *map(str, arguments)],
            stdout=subprocess.PIPE, text=True, env=surroundings())
        words = self.process.stdout.readline().split()
        same(words[:2], ["ready", self.address])
        self.sha256 = dict(word.split("=") for word in words[2:]).get("sha256")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.status = self.process.wait(timeout=30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
        same(self.status, 0)
