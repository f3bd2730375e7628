"""Devices of `amtsim lan` boot from images that a foreign host of IDER serves."""

import hashlib
import os
import pathlib
import re
import struct
import sys
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from ider_host import CD, FLOPPY, Host, Over, Wire, log_in  # pylint: disable=wrong-import-position
from lan_test import AMT, CIM, Lan, PASSWORD, RESET, ask, request  # pylint: disable=wrong-import-position
from media import floppy, iso  # pylint: disable=wrong-import-position
from rig import contains, main, same  # pylint: disable=wrong-import-position

TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
SETTINGS = AMT + "AMT_BootSettingData"
SERVICE = CIM + "CIM_BootService"
ROLE = request(f"{SERVICE}/SetBootConfigRole", SERVICE,
               f'<h:SetBootConfigRole_INPUT xmlns:h="{SERVICE}"><h:BootConfigSetting>'
               "<a:Address>/anonymous</a:Address><a:ReferenceParameters><w:ResourceURI>"
               f"{CIM}CIM_BootConfigSetting</w:ResourceURI><w:SelectorSet>"
               '<w:Selector Name="InstanceID">Intel(r) AMT: Boot Configuration 0</w:Selector>'
               "</w:SelectorSet></a:ReferenceParameters></h:BootConfigSetting><h:Role>1</h:Role>"
               "</h:SetBootConfigRole_INPUT>")
TEXT = "Started from an image that a test has made.\nSecond line: 0123456789\n"
FLOPPY_TEXT = "Floppy line\n" * 60


class Machine(Lan):
    """One device, with what it says on standard error."""

    def __init__(self, *arguments):
        self.lines = []
        read, write = os.pipe()
        saved = os.dup(2)
        os.dup2(write, 2)
        try:
            super().__init__("--power-delay", "1", "--boot-time", "300", "--personality", "16.1", *arguments)
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(write)
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self.collect, args=(read,), daemon=True)
        self.reader.start()
        self.device = self.devices[0]

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        self.reader.join(timeout=30)

    def collect(self, read):
        with os.fdopen(read) as lines:
            for line in lines:
                with self.changed:
                    self.lines.append(line.rstrip("\n"))
                    self.changed.notify_all()

    def wait(self, pattern, seconds=60):
        """The first line that matches."""
        def found():
            return next((got for got in map(re.compile(pattern).search, self.lines) if got), None)
        with self.changed:
            if not self.changed.wait_for(found, seconds):
                raise AssertionError(f"'{pattern}' is not among {self.lines}")
            return found()

    def connect(self, kind, tls=False):
        port = self.device["redirection-tls" if tls else "redirection"]
        wire = Wire(self.device["address"], int(port), tls)
        log_in(wire, kind, PASSWORD.encode())
        return wire

    def boot(self, cd=True):
        """Arms IDER as a management console does, and resets the machine."""
        text = ask(self.device, "http", request(TRANSFER + "Get", SETTINGS))[1]
        body = re.search(r"<\w+:Body>(.*)</\w+:Body>", text, re.S).group(1)
        body = body.replace("<g:", "<h:").replace("</g:", "</h:")
        for name, value in (("UseIDER", "true"), ("IDERBootDevice", "1" if cd else "0")):
            body, count = re.subn(rf"(<h:{name}>)\w+<", rf"\g<1>{value}<", body)
            same(count, 1)
        body = body.replace("<h:AMT_BootSettingData", f'<h:AMT_BootSettingData xmlns:h="{SETTINGS}"',
                            1)
        same(ask(self.device, "http", request(TRANSFER + "Put", SETTINGS, body))[0], 200)
        contains(ask(self.device, "http", ROLE)[1], "<g:ReturnValue>0<")
        contains(ask(self.device, "http", RESET)[1], "<g:ReturnValue>0<")


class Screen(threading.Thread):
    """What the machine's serial line shows."""

    def __init__(self, machine):
        super().__init__(daemon=True)
        self.wire = machine.connect(b"SOL ")
        self.text = ""
        self.changed = threading.Condition()
        self.wire.write(b"\x20\0\0\0\0\0\0\0" + struct.pack("<HHHHHH", 10000, 100, 0, 0, 100, 0) +
                        bytes(4))
        same(self.wire.read(23)[:2], b"\x21\0")
        self.wire.write(b"\x27\0\0\0" + struct.pack("<I", 1) + b"\0\0\x1B\0\0\0")
        self.start()

    def run(self):
        sizes = {0x29: 10, 0x2B: 8, 0x23: 8, 0x25: 8}
        try:
            while True:
                head = self.wire.read(8)
                if head[0] == 0x2A:
                    text = self.wire.read(struct.unpack("<H", self.wire.read(2))[0])
                    with self.changed:
                        self.text += text.decode("latin-1")
                        self.changed.notify_all()
                else:
                    self.wire.read(sizes[head[0]] - 8)
        except (Over, OSError):
            pass

    def wait(self, text, seconds=60):
        with self.changed:
            if not self.changed.wait_for(lambda: text in self.text, seconds):
                raise AssertionError(f"{text!r} is not in {self.text!r}")


def serve(machine, tls=False, **options):
    host = Host(machine.connect(b"IDER", tls), **options)
    host.start()
    assert host.on.wait(30), host.why
    return host


def same_image(machine, image):
    got = machine.wait(r"ider read guid=\S+ bytes=(\d+) ms=\d+ sha256=(\w+)")
    same(int(got.group(1)), len(image))
    same(got.group(2), hashlib.sha256(image).hexdigest())


def a_cd_boots_and_shows_its_text():
    image = iso(300_000, TEXT)
    with Machine("--ider-verify") as machine:
        screen = Screen(machine)
        host = serve(machine, media={CD: image})
        machine.boot()
        machine.wait("ider boot guid=.* drive=cd done")
        for line in TEXT.splitlines():
            screen.wait(line + "\r\n")
        screen.wait("Booting from Remote CD: OUTBAND_TEST")
        same_image(machine, image)
        same([cdb[0] for drive, cdb in host.commands if drive == CD][:13],
             [0, 0, 0x25, 0x1E, 0x46, 0x4A, 0x51, 0x5A, 0x5A, 0x5A, 0x43, 0x28, 0x28])
        same(host.why, None)


def every_size_of_request_gives_the_same_bytes():
    image = iso(700_001, TEXT)
    for size in ("1", "8192", "10240", "262144"):
        with Machine("--ider-verify", "--ider-request", size) as machine:
            serve(machine, media={CD: image})
            machine.boot()
            same_image(machine, image)


def a_cd_boots_inside_tls():
    image = iso(2_000_000, TEXT)
    with Machine("--ider-verify") as machine:
        serve(machine, tls=True, media={CD: image})
        machine.boot()
        same_image(machine, image)


def a_floppy_boots_and_is_written():
    image = bytearray(floppy(FLOPPY_TEXT))
    before = bytes(image)
    with Machine("--ider-verify", "--ider-write-log") as machine:
        host = serve(machine, media={FLOPPY: image}, writable=(FLOPPY,), start=0x18)
        machine.boot(cd=False)
        machine.wait("ider boot guid=.* drive=floppy done")
        same_image(machine, before)
        contains(bytes(image[-512:]).decode(), "booted " + machine.device["guid"])
        same(image[:-512], before[:-512])
        same(host.why, None)


def a_protected_floppy_is_not_written():
    image = bytearray(floppy(FLOPPY_TEXT))
    with Machine("--ider-write-log") as machine:
        host = serve(machine, media={FLOPPY: image})
        machine.boot(cd=False)
        machine.wait("ider boot guid=.* drive=floppy done")
        same([cdb for _, cdb in host.commands if cdb[0] == 0x2A], [])


def without_a_boot_record_the_machine_goes_on():
    with Machine() as machine:
        screen = Screen(machine)
        serve(machine, media={CD: bytearray(100 * 2048)})
        machine.boot()
        machine.wait("ider boot guid=.* drive=cd failed: No bootable medium")
        screen.wait("No bootable medium\r\n")
        screen.wait("login:")


def an_empty_drive_is_told_from_a_broken_one():
    with Machine() as machine:
        serve(machine, media={})
        machine.boot()
        machine.wait("ider boot guid=.* drive=cd failed: No bootable medium")


def nobody_brings_a_drive():
    with Machine() as machine:
        machine.boot()
        machine.wait("ider boot guid=.* drive=cd failed: No bootable medium")


def a_host_that_leaves_ends_the_boot():
    with Machine("--ider-verify", "--ider-delay", "20") as machine:
        host = serve(machine, media={CD: iso(5_000_000, TEXT)})
        machine.boot()
        for _ in range(3000):
            if len(host.commands) > 30:
                break
            time.sleep(0.01)
        host.wire.close()
        machine.wait("ider boot guid=.* drive=cd failed: Remote drive lost")


def hosts_that_break_the_rules_are_told():
    def gap(state):
        def broken(kind, attribute, body):
            if kind == 0x51 and not state:
                state.append(True)
                host.sent += 1
            return kind, attribute, body
        return broken

    def longer(kind, attribute, body):
        if kind == 0x54:
            size = struct.unpack("<H", body[1:3])[0] + 1
            body = b"\0" + struct.pack("<H", size) + body[3:] + b"x"
        return kind, attribute, body

    for broken, code in ((gap([]), 2), (longer, 4)):
        with Machine() as machine:
            host = Host(machine.connect(b"IDER"), media={CD: iso(0, TEXT)}, broken=broken)
            host.start()
            assert host.on.wait(30)
            machine.boot()
            machine.wait("ider boot guid=.* drive=cd failed: Remote drive lost")
            host.join(timeout=30)
            same(host.error, code)


if __name__ == "__main__":
    main([
        a_cd_boots_and_shows_its_text,
        every_size_of_request_gives_the_same_bytes,
        a_cd_boots_inside_tls,
        a_floppy_boots_and_is_written,
        a_protected_floppy_is_not_written,
        without_a_boot_record_the_machine_goes_on,
        an_empty_drive_is_told_from_a_broken_one,
        nobody_brings_a_drive,
        a_host_that_leaves_ends_the_boot,
        hosts_that_break_the_rules_are_told,
    ])
