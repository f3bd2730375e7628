"""Every firmware personality calls in to the real server and is managed through its tunnel."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from rig import Server, contains, main, same  # pylint: disable=wrong-import-position

AMTSIM = os.environ["AMTSIM"]
COUNT = 7
FLEET = [AMTSIM, "fleet", "--count", str(COUNT), "--personality", "all"]


def enrolled(server):
    server.log_in()
    done = subprocess.run([*FLEET, "--enroll", "-"], capture_output=True, text=True, timeout=30,
                          check=True)
    devices = [json.loads(line) for line in done.stdout.splitlines()]
    for device in devices:
        same(server.ask("POST", "/api/v1/devices", device)[0], 201)
    return devices


def connected(server):
    return server.ask("GET", "/api/v1/devices/stats")[1]["connectedCount"]


def each_tells_its_version():
    """Also those whose only way in is TLS inside the tunnel."""
    server = Server()
    try:
        devices = enrolled(server)
        same(len({device["tags"][1] for device in devices}), COUNT)
        with tempfile.TemporaryFile(mode="w+") as output:
            fleet = subprocess.Popen([*FLEET, "--server", f"127.0.0.1:{server.cira}"],
                                     stdout=output, stderr=subprocess.STDOUT)
            try:
                end = time.monotonic() + 60
                while connected(server) < COUNT and time.monotonic() < end:
                    time.sleep(0.05)
                same(connected(server), COUNT)
                for device in devices:
                    status, answer = server.ask("GET", f"/api/v1/amt/version/{device['guid']}")
                    same((device["tags"][1], status), (device["tags"][1], 200))
                    versions = {each["InstanceID"]: each["VersionString"] for each in
                                answer["CIM_SoftwareIdentity"]["responses"]}
                    contains(versions["AMT"], device["tags"][1].split("-", maxsplit=1)[0])
                fleet.send_signal(signal.SIGTERM)
                same(fleet.wait(timeout=30), 0)
            finally:
                if fleet.poll() is None:
                    fleet.kill()
                    fleet.wait()
    finally:
        server.stop()


if __name__ == "__main__":
    main([each_tells_its_version])
