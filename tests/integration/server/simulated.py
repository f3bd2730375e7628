"""Simulated devices that call in to the server under test. For the tests beside this file."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time

from rig import same

AMTSIM = os.environ["AMTSIM"]


class Devices:
    """Devices of some personalities, one each, enrolled and connected."""

    def __init__(self, server, *personalities):
        self.server = server
        self.running = []
        self.rows = []  # as they were added
        self.log = tempfile.TemporaryFile(mode="w+")  # closed by stop
        self.guids = [self.start(number, name) for number, name in enumerate(personalities, 1)]
        self.wait()

    def add(self, personality, *flags):
        """One more device, whose amtsim has further flags; returns its number."""
        self.guids.append(self.start(len(self.guids) + 1, personality, *flags))
        self.wait()
        return len(self.guids) - 1

    def start(self, number, personality, *flags):
        options = ["--count", "1", "--personality", personality, "--guid-base", f"{number:08x}"]
        listed = subprocess.run([AMTSIM, "fleet", *options, "--enroll", "-"], check=True,
                                capture_output=True, text=True, timeout=30)
        device = json.loads(listed.stdout)
        same(self.server.ask("POST", "/api/v1/devices", device)[0], 201)
        self.rows.append(device)
        self.running.append(subprocess.Popen(
            [AMTSIM, "fleet", "--server", f"127.0.0.1:{self.server.cira}", "--redial", "1",
             *options, *flags], stdout=self.log, stderr=subprocess.STDOUT))
        return device["guid"]

    def wait(self):
        end = time.monotonic() + 60
        while self.server.ask("GET", "/api/v1/devices/stats")[1]["connectedCount"] < \
                len(self.guids):
            if time.monotonic() > end:
                raise AssertionError("the devices did not connect within a minute")
            time.sleep(0.05)

    def ask(self, number, method, path, body=None):
        """Asks the device of that number; GUID in `path` stands for its own."""
        return self.server.ask(method, path.replace("GUID", self.guids[number]), body)

    def said(self):
        """What they have printed so far; reading leaves the place where they write alone."""
        return os.pread(self.log.fileno(), 1 << 24, 0).decode()

    def hears(self, pattern, before=""):
        """Waits until they print what matches, after what was said `before`; returns the match."""
        end = time.monotonic() + 30
        while True:
            found = re.search(pattern, self.said()[len(before):])
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError(f"nobody says {pattern}: {self.said()[len(before):]}")
            time.sleep(0.02)

    def stop(self):
        """Ends them; an error that a sanitizer or the simulator found is one of the test."""
        states = []
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                states.append(process.wait(timeout=30))
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        self.log.seek(0)
        said = self.log.read()
        self.log.close()
        if any(states):
            raise AssertionError(f"amtsim ended with {states}: {said}")
