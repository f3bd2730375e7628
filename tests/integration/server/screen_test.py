#!/usr/bin/python3
"""Pictures of simulated devices' screens, and watching a screen session that somebody else has. The
client of the screen is written here, and takes raw rectangles only."""

import json
import os
import pathlib
import struct
import tempfile
import time
import zlib

import obctl as command_line
import relayed
from rig import Server, contains, main, same
from simulated import Devices
from websocket_client import Refused

SCREENSHOT = "/api/v1/amt/kvm/screenshot/GUID"
POWER = "/api/v1/amt/power/action/GUID"
BACKSPACE = 0xFF08
VERSION = b"RFB 003.008\n"


server = Server(flags=["--record", "sol", "--record-tags", "lab, audited"])
server.log_in()
devices = Devices(server, "16.1")
GUID = devices.guids[0]


def wait_for(condition, what):
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within 30 s: {what}")
        time.sleep(0.05)


def fetch(path):
    """Status, type and body as bytes."""
    connection = server.connection()
    try:
        connection.request("GET", path.replace("GUID", GUID), headers={
            "Authorization": f"Bearer {server.token}"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


def pixels_of(png):
    """Width, height and rows of (red, green, blue) of a PNG of 8-bit RGB without filters."""
    same(png[:8], b"\x89PNG\r\n\x1a\n")
    at, data = 8, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        part = png[at + 8:at + 8 + size]
        same(struct.unpack(">I", png[at + 8 + size:at + 12 + size])[0], zlib.crc32(kind + part))
        if kind == b"IHDR":
            width, height, depth, colours = struct.unpack(">IIBB", part[:10])
            same((depth, colours), (8, 2))
        elif kind == b"IDAT":
            data += part
        at += 12 + size
    rows = zlib.decompress(data)
    stride = 1 + 3 * width
    same(len(rows), stride * height)
    same({rows[y * stride] for y in range(height)}, {0})
    return width, height, b"".join(rows[y * stride + 1:(y + 1) * stride] for y in range(height))


class Screen:
    """A screen session through the relay; `watch` joins somebody else's."""

    def __init__(self, watch=None, record=None):
        self.link = relayed.opened(server, GUID, "kvm", watch=watch, record=record)
        self.link.log_in("kvm")
        self.link.send(b"\x40" + bytes(7))
        same(self.link.read(8), b"\x41" + bytes(7))
        same(self.link.read(4), b"RFB ")
        self.link.read(8)
        self.link.send(VERSION)
        self.link.read(self.link.read(1)[0])
        self.link.send(b"\x01")
        same(self.link.read(4), bytes(4))
        self.link.send(b"\x01")
        self.width, self.height = struct.unpack(">HH", self.link.read(4))
        same(self.link.read(16).hex(), "10100001001f003f001f0b0500000000")
        same(self.link.read(struct.unpack(">I", self.link.read(4))[0]), b"Intel(r) AMT KVM")
        self.pixels = bytearray(2 * self.width * self.height)
        self.link.send(struct.pack(">BBHii", 2, 0, 2, 0, -223))

    def request(self, incremental):
        self.link.send(struct.pack(">BBHHHH", 3, incremental, 0, 0, self.width, self.height))

    def update(self):
        """Reads until an update is over; draws it."""
        while True:
            kind = self.link.read(1)[0]
            if kind == 3:
                self.link.read(struct.unpack(">3xI", self.link.read(7))[0])
            elif kind == 0:
                break
            else:
                same(kind, 2)
        for _ in range(struct.unpack(">xH", self.link.read(3))[0]):
            x, y, width, height, encoding = struct.unpack(">HHHHi", self.link.read(12))
            same(encoding, 0)
            assert width <= 64 and height <= 64
            for row in range(y, y + height):
                at = 2 * (row * self.width + x)
                self.pixels[at:at + 2 * width] = self.link.read(2 * width)

    def is_quiet(self, seconds=1.5):
        """Whether nothing comes for that long."""
        if self.link.content or self.link.waiting:
            return False
        self.link.socket.settimeout(seconds)
        try:
            self.link.fill()
            return False
        except TimeoutError:
            return True
        finally:
            self.link.socket.settimeout(40)

    def settle(self):
        """Follows the screen until nothing changes on it; its request is with the device then."""
        self.request(0)
        self.update()
        self.request(1)
        while not self.is_quiet():
            self.update()
            self.request(1)

    def key(self, symbol):
        for down in (1, 0):
            self.link.send(struct.pack(">BBHI", 4, down, 0, symbol))

    def type(self, text):
        for character in text:
            self.key(ord(character))

    def point(self, x, y):
        self.link.send(struct.pack(">BBHH", 5, 0, x, y))

    def colours(self):
        """As a picture has them: stretched to eight bits."""
        wide = [(i * 255 + 15) // 31 for i in range(32)]
        wider = [(i * 255 + 31) // 63 for i in range(64)]
        out = bytearray()
        for pixel, in struct.iter_unpack("<H", self.pixels):
            out += bytes((wide[pixel >> 11], wider[pixel >> 5 & 63], wide[pixel & 31]))
        return bytes(out)


def a_picture_is_what_a_client_sees():
    screen = Screen()
    screen.request(0)
    screen.update()
    screen.link.close()
    wait_for(lambda: not devices.ask(0, "GET", "/api/v1/devices/redirectstatus/GUID")[1][
        "isKVMConnected"], "the end of the session")
    status, kind, png = fetch(SCREENSHOT)
    same((status, kind), (200, "image/png"))
    width, height, pixels = pixels_of(png)
    same((width, height), (screen.width, screen.height))
    assert len(set(pixels[i:i + 3] for i in range(0, len(pixels), 3))) > 1, "the screen is blank"
    same(pixels == screen.colours(), True)


def nobody_watches_what_is_not_there():
    try:
        Screen(watch=1)
        raise AssertionError("watched")
    except Refused as refused:
        same(refused.status, 409)
        contains(refused.body, "nobody has this device's screen")


def only_screens_are_watched():
    for mode in ("sol", None):
        try:
            relayed.opened(server, GUID, mode, watch=1)
            raise AssertionError("watched")
        except Refused as refused:
            same(refused.status, 400)
            contains(refused.body, "watch=1 goes with mode=kvm")


def a_watcher_sees_the_session_and_types_nothing():
    owner = Screen()
    owner.settle()
    watcher = Screen(watch=1)
    same((watcher.width, watcher.height), (owner.width, owner.height))
    watcher.request(1)
    watcher.update()
    owner.settle()
    before = bytes(owner.pixels)
    watcher.type("zzzz")
    watcher.point(300, 200)
    # What has been answered is what comes after that; it would have reached the machine by now.
    watcher.request(0)
    watcher.update()
    owner.type("b")
    owner.settle()
    same(owner.pixels == before, False)
    owner.key(BACKSPACE)
    owner.settle()
    same(owner.pixels == before, True)
    owner.type("seen")
    owner.settle()
    while watcher.pixels != owner.pixels:
        watcher.request(1)
        watcher.update()
    # While the screen is somebody's, a picture is one of that session.
    status, _, png = fetch(SCREENSHOT)
    same((status, pixels_of(png)[2] == owner.colours()), (200, True))
    owner.link.close()
    same(watcher.link.end(), (1000, "the session is over"))


def a_watcher_sees_a_screen_on_which_nothing_moves():
    owner = Screen()
    owner.settle()
    for _ in range(2):
        watchers = [Screen(watch=1), Screen(watch=1)]
        for watcher in watchers:
            watcher.request(1)
            watcher.update()
            while watcher.pixels != owner.pixels:
                watcher.request(1)
                watcher.update()
        # For the owner that was an update like any other.
        owner.update()
        owner.request(1)
        assert owner.is_quiet(), "more than one update"
        for watcher in watchers:
            watcher.link.close()
    # The watchers have left, so a picture needs everything again.
    status, _, png = fetch(SCREENSHOT)
    same((status, pixels_of(png)[2]), (200, owner.colours()))
    owner.update()
    owner.request(1)
    assert owner.is_quiet(), "more than one update"
    owner.type("b")
    owner.update()
    owner.link.close()


def silent_watchers_keep_nobody_out():
    owner = Screen()
    owner.settle()
    silent = [relayed.opened(server, GUID, "kvm", watch=1) for _ in range(4)]
    try:
        relayed.opened(server, GUID, "kvm", watch=1)
        raise AssertionError("a fifth of one user waits")
    except Refused as refused:
        same(refused.status, 503)
    assert owner.is_quiet(), "something was drawn for who has not logged in"
    silent.pop().close()
    wait_for(lambda: "nobody began to watch" in server.output(), "the end of the first")
    watchers = []
    for _ in range(8):
        watchers.append(Screen(watch=1))
    try:
        relayed.opened(server, GUID, "kvm", watch=1)
        raise AssertionError("a ninth watches")
    except Refused as refused:
        same(refused.status, 409)
        contains(refused.body, "8 watchers already")
    # Who asked in time and logs in late is told then.
    silent[0].log_in("kvm")
    silent[0].send(b"\x40" + bytes(7) + VERSION + b"\x01\x01")
    same(silent[0].end(), (1013, "the session has 8 watchers already"))
    # A picture is no watcher.
    status, _, png = fetch(SCREENSHOT)
    same((status, pixels_of(png)[2]), (200, owner.colours()))
    for watcher in watchers:
        watcher.link.close()
    # Nobody waits for the silent ones to be put out, neither the session nor, at the end, the server.
    owner.link.close()


def the_session_goes_on_when_a_watcher_leaves():
    owner = Screen()
    owner.request(0)
    owner.update()
    owner.request(1)
    for leave in ("close", "cut"):
        watcher = Screen(watch=1)
        watcher.request(1)
        getattr(watcher.link, leave)()
    owner.type("b")
    owner.update()
    same(devices.ask(0, "GET", "/api/v1/devices/redirectstatus/GUID")[1]["isKVMConnected"], True)
    owner.link.close()


def one_that_breaks_the_rules_is_put_out():
    owner = Screen()
    owner.request(0)
    owner.update()
    watcher = Screen(watch=1)
    watcher.link.send(b"\xff" * 32)
    same(watcher.link.end()[0], 1008)
    owner.request(0)
    owner.update()
    owner.link.close()


def a_screen_that_is_switched_off_is_no_picture():
    path = "/api/v1/amt/features/GUID"
    body = {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": False}
    same(devices.ask(0, "POST", path, body)[0], 200)
    status, _, answer = fetch(SCREENSHOT)
    same(status, 501)
    assert b"errorDescription" in answer
    same(devices.ask(0, "POST", path, {**body, "enableSOL": False, "enableIDER": False})[0], 200)
    status, _, answer = fetch(SCREENSHOT)
    same(status, 501)
    assert b"switch it on with the features" in answer, answer
    same(devices.ask(0, "POST", path, {**body, "enableKVM": True})[0], 200)
    same(fetch(SCREENSHOT)[0], 200)


def a_screenshot_of_nothing_is_a_404():
    status, _, _ = fetch(SCREENSHOT.replace("GUID", "143e4567-e89b-12d3-a456-000000000000"))
    same(status, 404)


def recordings():
    status, listed = server.ask("GET", "/api/v1/recordings")
    same(status, 200)
    return listed


def a_session_is_recorded_when_it_is_asked_for():
    same(recordings(), [])
    owner = Screen(record=1)
    owner.request(0)
    owner.update()
    wait_for(lambda: recordings() and recordings()[0]["durationMs"] > 0, "the first picture")
    same(recordings()[0]["complete"], False)
    name = recordings()[0]["id"]
    same(server.ask("DELETE", f"/api/v1/recordings/{name}")[0], 409)
    first = owner.colours()
    owner.type("cc")
    owner.settle()
    changed = owner.colours()
    wait_for(lambda: fetch(f"/api/v1/recordings/{name}/frame?at=99999")[0] == 200, "a picture")
    last = lambda: pixels_of(fetch(f"/api/v1/recordings/{name}/frame?at=99999")[2])[2]
    wait_for(lambda: last() == changed, "the last picture")
    owner.link.close()
    wait_for(lambda: recordings()[0]["complete"], "the end of the recording")
    listed = recordings()
    same(len(listed), 1)
    same((listed[0]["id"], listed[0]["guid"], listed[0]["kind"], listed[0]["user"]),
         (name, GUID, "kvm", "admin"))
    same(server.data.joinpath("recordings", name).stat().st_mode & 0o777, 0o600)
    status, _, file = fetch(f"/api/v1/recordings/{name}")
    same((status, len(file), file[:8]), (200, listed[0]["size"], b"OUTBKVM\x01"))
    status, kind, png = fetch(f"/api/v1/recordings/{name}/frame?at=99999")
    same((status, kind), (200, "image/png"))
    same(pixels_of(png)[2] == changed, True)
    status, _, answer = fetch(f"/api/v1/recordings/{name}/frame")  # before the first picture
    same((status, json.loads(answer)["error"]), (404, "Picture not found"))
    after = next(second / 10 for second in range(1, 300)
                 if fetch(f"/api/v1/recordings/{name}/frame?at={second / 10}")[0] == 200)
    same(pixels_of(fetch(f"/api/v1/recordings/{name}/frame?at={after}")[2])[2] == first, True)
    same(fetch(f"/api/v1/recordings/{name}/frame?at=soon")[0], 400)


def one_that_is_cut_off_shows_what_it_has():
    whole = recordings()[0]
    folder = server.data / "recordings"
    content = (folder / whole["id"]).read_bytes()
    (folder / "20200101-000000-00000000.kvm").write_bytes(content[:-40])
    (folder / "20200101-000000-00000001.kvm").write_bytes(b"OUTBKVM")
    (folder / "notes.txt").write_bytes(b"none")
    listed = recordings()
    same(len(listed), 2)
    cut = next(one for one in listed if one["id"] != whole["id"])
    same(cut["complete"], False)
    same(fetch(f"/api/v1/recordings/{cut['id']}/frame?at=99999")[0], 200)
    same(server.ask("DELETE", f"/api/v1/recordings/{cut['id']}")[0], 204)
    for name in ("20200101-000000-00000001.kvm", cut["id"], "..%2fsecret.key", "notes.txt"):
        same(fetch(f"/api/v1/recordings/{name}")[0], 404)
        same(server.ask("DELETE", f"/api/v1/recordings/{name}")[0], 404)


def a_console_is_recorded_as_asciicast():
    link = relayed.opened(server, GUID, "sol", record=1)
    link.log_in("sol")
    link.start_sol()
    time.sleep(0.05)  # so that it has a length
    link.send(b"\x28\0\0\0" + struct.pack("<IH", 0, 3) + b"ab\r")
    link.read(11)
    wait_for(lambda: any(one["kind"] == "sol" and one["durationMs"] > 0 for one in recordings()),
             "the recording")
    name = next(one["id"] for one in recordings() if one["kind"] == "sol")
    same(next(one["complete"] for one in recordings() if one["id"] == name), False)
    link.close()
    wait_for(lambda: next(one["complete"] for one in recordings() if one["id"] == name),
             "the end of the recording")
    status, kind, file = fetch(f"/api/v1/recordings/{name}")
    same((status, kind), (200, "application/x-asciicast"))
    lines = [json.loads(line) for line in file.decode().splitlines()]
    same((lines[0]["version"], lines[0]["outband"]["guid"]), (2, GUID))
    same(lines[-1][1:], ["m", "end"])
    assert len(lines) > 2 and all(line[1] == "o" and line[0] >= 0 for line in lines[1:-1])
    status, _, answer = fetch(f"/api/v1/recordings/{name}/frame?at=1")
    same((status, json.loads(answer)["errorDescription"]), (400, "a serial console has no pictures"))


def sessions_of_tagged_devices_are_recorded_as_the_settings_say():
    before = len(recordings())
    for tags, more in (["other"], 0), (["audited"], 1):
        same(devices.ask(0, "PATCH", "/api/v1/devices", {"guid": GUID, "tags": tags})[0], 200)
        link = relayed.opened(server, GUID, "sol")
        link.log_in("sol")
        link.start_sol()
        link.close()
        wait_for(lambda: not devices.ask(0, "GET", "/api/v1/devices/redirectstatus/GUID")[1][
            "isSOLConnected"], "the end of the session")
        if more:
            wait_for(lambda: len(recordings()) > before, "the recording")
        same(len(recordings()) - before, more)
    # Screens are not named by the setting.
    owner = Screen()
    owner.request(0)
    owner.update()
    owner.link.close()
    same(len(recordings()) - before, 1)


def obctl(*words):
    code, out, err = command_line.run(server, *words, text=False)
    return code, out, err.decode()


def obctl_keeps_pictures_and_recordings():
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "out.png")
        same(obctl("screenshot", GUID, str(file))[0], 0)
        first = file.read_bytes()
        pixels_of(first)
        same(file.stat().st_mode & 0o777, 0o600)
        code, _, err = obctl("screenshot", GUID, str(file))
        same((code, file.read_bytes()), (5, first))
        contains(err, "--force")
        same(obctl("screenshot", GUID, str(file), "--force")[0], 0)
        code, out, _ = obctl("screenshot", GUID, "-")
        same((code, out[:4]), (0, b"\x89PNG"))
        nobody = "143e4567-e89b-12d3-a456-000000000000"
        same(obctl("screenshot", nobody, str(file), "--force")[0], 4)
        pixels_of(file.read_bytes())
    name = next(one["id"] for one in recordings() if one["kind"] == "kvm")
    code, out, _ = obctl("recordings")
    same(code, 0)
    contains(out.decode(), name)
    code, out, _ = obctl("recordings", "get", name)
    same((code, out[:8]), (0, b"OUTBKVM\x01"))
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "session.kvm")
        same(obctl("recordings", "get", name, str(file))[0], 0)
        same((file.read_bytes(), file.stat().st_mode & 0o777), (out, 0o600))
        same(obctl("recordings", "get", name, str(file))[0], 5)
        # One of any size is neither held in memory nor kept in part.
        large = "20200101-000000-00000000.kvm"
        kept = server.data / "recordings" / large
        kept.write_bytes(out[:-40])
        with kept.open("r+b") as more:
            more.truncate(100 << 20)
        same(obctl("recordings", "get", large, str(file), "--force")[0], 0)
        same((file.stat().st_size, file.read_bytes()[:len(out) - 40]), (100 << 20, out[:-40]))
        same(obctl("recordings", "get", large)[1][:len(out) - 40], out[:-40])
        kept.unlink()
        same(obctl("recordings", "get", large, str(file), "--force")[0], 4)
        same((file.stat().st_size, os.listdir(folder)), (100 << 20, ["session.kvm"]))
    code, out, _ = obctl("recordings", "frame", name, "--at", "9999")
    same((code, out[:4]), (0, b"\x89PNG"))
    same(obctl("recordings", "delete", name)[0], 0)
    same(obctl("recordings", "delete", name)[0], 4)


def everything_ends_well():
    devices.stop()
    same(server.stop(), 0)


main([a_picture_is_what_a_client_sees, nobody_watches_what_is_not_there, only_screens_are_watched,
      a_watcher_sees_the_session_and_types_nothing,
      a_watcher_sees_a_screen_on_which_nothing_moves,
      silent_watchers_keep_nobody_out, the_session_goes_on_when_a_watcher_leaves,
      one_that_breaks_the_rules_is_put_out, a_screen_that_is_switched_off_is_no_picture,
      a_screenshot_of_nothing_is_a_404, a_session_is_recorded_when_it_is_asked_for,
      one_that_is_cut_off_shows_what_it_has, a_console_is_recorded_as_asciicast,
      sessions_of_tagged_devices_are_recorded_as_the_settings_say,
      obctl_keeps_pictures_and_recordings, everything_ends_well])
