"""Starts simulated devices that call in to a server of rig.py."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from rig import same, surroundings


class Fleet:
    """`amtsim fleet` with its devices added to the server. `flags` are the fleet's own."""

    def __init__(self, server, count, flags=(), start=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="outband-fleet-"))
        self.server, self.count, self.flags = server, count, flags
        self.process = None
        run = [os.environ["AMTSIM"], "fleet", "--count", str(count), *flags]
        subprocess.run([*run, "--enroll", self.folder / "devices"], check=True, timeout=60,
                       env=surroundings())
        lines = (self.folder / "devices").read_text().splitlines()
        self.devices = [json.loads(line) for line in lines]
        self.guids = [device["guid"] for device in self.devices]
        connection = server.connection()
        for device in self.devices:
            same(server.ask_on(connection, "POST", "/api/v1/devices", device)[0], 201)
        connection.close()
        if start:
            self.start()

    def start(self):
        run = [os.environ["AMTSIM"], "fleet", "--count", str(self.count), "--redial", "1", "--server",
               f"127.0.0.1:{self.server.cira}", "--stats-file", self.folder / "stats", *self.flags]
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(run, stdout=log, stderr=log, env=surroundings())

    def connected(self, count=None):
        """Waits until all are, or as many as given."""
        wanted = self.count if count is None else count
        for _ in range(1200):
            if self.server.ask("GET", "/api/v1/devices/stats")[1]["connectedCount"] == wanted:
                return
            time.sleep(0.05)
        raise AssertionError(f"not {wanted} devices are connected: {self.said()}")

    def said(self):
        return (self.folder / "log").read_text()

    def stop(self, number=signal.SIGTERM):
        """Ends the devices; returns what they counted."""
        counted = {}
        if self.process is not None:
            self.process.send_signal(number)
            same(self.process.wait(timeout=30), 0)
            counted = json.loads((self.folder / "stats").read_text().splitlines()[-1])
        shutil.rmtree(self.folder)
        return counted
