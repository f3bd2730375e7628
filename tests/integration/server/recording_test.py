#!/usr/bin/python3
"""Recordings that the settings demand: a session of which there can be none, or none any more, ends and
says why; one that was asked for with record=1 never ends for that."""

import os
import re
import struct
import threading

import obctl
import relayed
from on_lan import PASSWORD
from rig import Server, contains, main, same, until
from simulated import Devices
from websocket_client import Closed

MUST = "the session must be recorded, and cannot be: "
SAID = b"\x2a\0\0\0" + struct.pack("<IH", 0, 2) + b"ok"

# name: what the server is told, how a browser asks; what goes wrong; whether the session ends.
CASES = {
    "demanded, no file": (["--record", "sol,kvm"], None, "no folder", True),
    "demanded, not required": (["--record", "sol", "--record-required=false"], None, "no folder",
                               False),
    "asked for, no file": ([], 1, "no folder", False),
    "demanded of other devices": (["--record", "sol", "--record-tags", "lab"], 1, "no folder",
                                  False),
    "demanded, nonsense": (["--record", "sol"], None, "nonsense", True),
    "demanded, nonsense, not required": (["--record", "sol", "--record-required=false"], None,
                                         "nonsense", False),
    "asked for, nonsense": ([], 1, "nonsense", False),
    "demanded, no room": (["--record", "sol", "--recordings-limit", "1"], None, "too much", True),
    "asked for, no room": (["--recordings-limit", "1"], 1, "too much", False),
}

REASONS = {"no folder": "No such file or directory", "nonsense": "what is none",
           "too much": "take all the room"}


class Machine:
    """A device on the LAN that lets anybody in, says what it is told to, and then waits."""

    def __init__(self, server, fault):
        self.go_on = threading.Event()
        self.fault = fault
        self.device = relayed.Hostile(self.talk)
        status, answer = server.ask("POST", "/api/v1/devices", {
            "hostname": self.device.address, "password": PASSWORD, "useTLS": False})
        same(status, 201)
        self.guid = answer["guid"]

    def talk(self, device):
        device.log_in()
        device.connection.sendall(SAID)
        if self.fault == "nonsense":
            device.connection.sendall(b"\xff" * 16)
        elif self.fault == "too much":
            line = b"\x2a\0\0\0" + struct.pack("<IH", 0, 8000) + b"x" * 8000
            for _ in range(300):
                device.connection.sendall(line)
        self.go_on.wait(30)
        device.connection.sendall(b"\x2a\0\0\0" + struct.pack("<IH", 1, 4) + b"last")
        device.exactly(1)


def session(server, fault, record):
    """How it ends: the Close of the server, or None after the device's last words."""
    machine = Machine(server, fault)
    if fault == "no folder":
        os.rmdir(server.data / "recordings")
    link = relayed.opened(server, machine.guid, "sol", record=record)
    link.log_in("sol")
    try:
        for size in [12] + {"nonsense": [16], "too much": [8010] * 300}.get(fault, []):
            link.read(size)
        until(lambda: re.search("recording was dropped|is not recorded", server.output()))
        machine.go_on.set()
        same(link.read(14)[-4:], b"last")
        return None
    except Closed as closed:
        return closed.code, closed.reason
    finally:
        machine.go_on.set()
        link.cut()
        machine.device.stop()


def check_list(server, fault):
    if fault != "nonsense":  # where there was no room the file goes as soon as it is not being made
        return
    until(lambda: server.ask("GET", "/api/v1/recordings")[1][0]["reason"] != "it is being made")
    listed = server.ask("GET", "/api/v1/recordings")[1]
    same((len(listed), listed[0]["complete"]), (1, False))
    contains(listed[0]["reason"], REASONS[fault])


def one_case(name, flags, record, fault, ends):
    server = Server(flags=["--metrics-open", *flags])
    try:
        server.log_in()
        end = session(server, fault, record)
        same((name, end is not None), (name, ends))
        if ends:
            same((name, end[0]), (name, 1011))
            contains(end[1], MUST)
        check_list(server, fault)
        for line in server.output().splitlines():
            if "recording was dropped" in line or "is not recorded" in line:
                contains(line, "guid=")
                contains(line, "user=admin")
                contains(line, "session=ended" if ends else "session=\"goes on\"")
        metrics = server.ask("GET", "/metrics", token=None)[1].decode()
        demanded = "demanded" in name and "of other" not in name
        for what, count in ("ended", ends), ("went-on", demanded and not ends):
            contains(metrics, f'outband_mps_recordings_missing_total{{session="{what}"}} '
                              f'{int(count)}\n')
    finally:
        same(server.stop(), 0)


def what_is_demanded_ends_the_session_when_it_cannot_be():
    for name, case in CASES.items():
        one_case(name, *case)


def a_screen_that_hides_from_its_recording_is_ended():
    server = Server(flags=["--record", "kvm"])
    server.log_in()
    devices = Devices(server, "16.1")
    link = relayed.opened(server, devices.guids[0], "kvm")
    link.log_in("kvm")
    link.send(b"\x40" + bytes(7))
    link.read(8 + 12)
    link.send(b"RFB 003.008\n")
    link.read(2)
    link.send(b"\x01")
    link.read(4)
    link.send(b"\x01")
    link.read(24 + 16)
    until(lambda: "a session is recorded" in server.output())
    link.send(b"\x06\0\0\0" + struct.pack(">I", 2 << 20))  # a cut text of 2 MB
    code, reason = link.end()
    same(code, 1011)
    contains(reason, MUST)
    until(lambda: "reason" in server.ask("GET", "/api/v1/recordings")[1][0])
    until(lambda: server.ask("GET", "/api/v1/recordings")[1][0]["reason"] != "it is being made")
    contains(MUST + server.ask("GET", "/api/v1/recordings")[1][0]["reason"], reason)
    contains(server.output(), f"not followed any more guid={devices.guids[0]} user=admin")
    devices.stop()
    same(server.stop(), 0)


def obctl_says_why_a_console_ends():
    server = Server(flags=["--record", "sol"])
    server.log_in()
    devices = Devices(server, "16.1")
    os.rmdir(server.data / "recordings")
    code, _, err = obctl.run(server, "sol", devices.guids[0], text=True)
    same(code != 0, True)
    contains(err, "the session must be recorded")
    devices.stop()
    same(server.stop(), 0)


main([what_is_demanded_ends_the_session_when_it_cannot_be,
      a_screen_that_hides_from_its_recording_is_ended, obctl_says_why_a_console_ends])
