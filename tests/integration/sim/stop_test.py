"""Stops simulated devices at bad moments: `amtsim fleet` has to end by itself, with status 0."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from rig import Server, main, same  # pylint: disable=wrong-import-position

AMTSIM = os.environ["AMTSIM"]
COUNT = 8


def devices():
    done = subprocess.run([AMTSIM, "fleet", "--count", str(COUNT), "--enroll", "-"],
                          capture_output=True, text=True, timeout=30, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def eventually(what, condition):
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within a minute: {what}")
        time.sleep(0.05)


def connected(server):
    return server.ask("GET", "/api/v1/devices/stats")[1]["connectedCount"]


def stop_devices(server, *arguments, meanwhile):
    """Lets the devices call in, stops them once `meanwhile` is done, and checks how they end."""
    server.log_in()
    enrolled = devices()
    for device in enrolled:
        same(server.ask("POST", "/api/v1/devices", device)[0], 201)
    with tempfile.TemporaryFile(mode="w+") as output:
        fleet = subprocess.Popen(
            [AMTSIM, "fleet", "--server", f"127.0.0.1:{server.cira}", "--count", str(COUNT),
             "--redial", "1", *arguments], stdout=output, stderr=subprocess.STDOUT)
        try:
            eventually("all devices connected", lambda: connected(server) == COUNT)
            meanwhile([device["guid"] for device in enrolled])
            fleet.send_signal(signal.SIGTERM)
            status = fleet.wait(timeout=30)
        finally:
            if fleet.poll() is None:
                fleet.kill()
                fleet.wait()
        output.seek(0)
        if status != 0:
            raise AssertionError(f"amtsim ended with {status}: {output.read()}")


def with_server(test):
    server = Server()
    try:
        test(server)
    finally:
        server.stop()


def power_off(server, guids):
    for guid in guids:
        status, answer = server.ask("POST", f"/api/v1/amt/power/action/{guid}", {"action": 8})
        same((status, answer["Body"]["ReturnValue"]), (200, 0))


def devices_stop_while_their_power_is_about_to_change():
    with_server(lambda server: stop_devices(
        server, "--power-delay", "600000", meanwhile=lambda guids: power_off(server, guids)))


def devices_stop_while_they_wait_to_dial_again():
    def lose_all(server, guids):
        power_off(server, guids)
        eventually("all devices gone", lambda: connected(server) == 0)

    with_server(lambda server: stop_devices(
        server, "--power-delay", "1", "--drop-on-power=600",
        meanwhile=lambda guids: lose_all(server, guids)))


def no_devices_at_all_are_refused():
    done = subprocess.run([AMTSIM, "fleet", "--server", "127.0.0.1:1", "--count", "0"],
                          capture_output=True, text=True, timeout=30, check=False)
    same((done.returncode, done.stdout, done.stderr),
         (2, "", "amtsim fleet: --count 0 without --storm leaves no devices at all\n"))


def help_is_of_the_command_that_is_named():
    for command, only in (("lan", "--sessions"), ("fleet", "--server"), ("agent", "--url")):
        for words in ([command, "--help"], [command, "--count", "3", "-h"], ["help", command]):
            done = subprocess.run([AMTSIM, *words], capture_output=True, text=True, timeout=30,
                                  check=False)
            same((done.returncode, done.stderr), (0, ""))
            same(done.stdout.startswith(f"usage: amtsim {command} OPTIONS\n"), True)
            same(f"  {only} " in done.stdout, True)
            same("options of" in done.stdout, False)


main([
    help_is_of_the_command_that_is_named,
    devices_stop_while_their_power_is_about_to_change,
    devices_stop_while_they_wait_to_dial_again,
    no_devices_at_all_are_refused,
])
