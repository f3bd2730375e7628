"""The simulated machine's screen and serial line, looked at by clients that are not ours: a viewer
with a decoder of its own, and Debian's amtterm."""

import pathlib
import select
import struct
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from cd import Drive  # pylint: disable=wrong-import-position
from lan_test import PASSWORD, RESET, Lan, ask  # pylint: disable=wrong-import-position
from media import iso  # pylint: disable=wrong-import-position
from rig import contains, main, same  # pylint: disable=wrong-import-position
from viewer import Gone, Viewer, Wire  # pylint: disable=wrong-import-position

ENTER, RIGHT, F2, F10, F12 = 0xFF0D, 0xFF53, 0xFFBF, 0xFFC7, 0xFFC9
SHIFT = 0xFFE1
LOGIN = "sim-000000.example.test login:"
SPLASH_TOP, SETUP_TOP = 4, 40  # where the text begins in these modes


def look(lan, **options):
    device = lan.devices[0]
    return Viewer(device["address"], device["redirection"], PASSWORD, **options)


def power(lan, state):
    body = RESET.replace("<h:PowerState>10<", f"<h:PowerState>{state}<")
    contains(ask(lan.devices[0], "http", body)[1], "<g:ReturnValue>0<")


def a_machine_goes_from_a_reset_through_its_bios_to_a_shell():
    with Lan("--personality", "16.1", "--boot-time", "15000", "--power-delay", "1") as lan:
        with look(lan) as screen:
            same(screen.start, bytes.fromhex("4100000000000000"))
            same(screen.banner, b"RFB 004.000\n")
            same(screen.security, b"\x01\x80")
            same(screen.name, b"Intel(r) AMT KVM")
            screen.until(LOGIN)
            same((screen.bells, screen.announced), (1, 1))
            power(lan, 10)
            screen.until("Press F2 or DEL for set-up", top=SPLASH_TOP)
            screen.until("Booting from disk")
            screen.until(LOGIN)
            same(screen.sizes, [(1024, 768), (800, 600), (640, 480), (1024, 768)])
            # of the picture on the splash every encoding has its part
            same(sorted(screen.kinds), ["RAW", "packed", "palette RLE", "plain RLE", "solid"])
            screen.type(["r", "o", "o", "t", ENTER, "x", ENTER])
            screen.type("echo ")
            screen.type("hello", hold=[SHIFT])
            screen.type([" ", *"there", ENTER])
            screen.until("\nHELLO there\n")


def every_pixel_format_shows_the_same():
    with Lan("--personality", "16.1") as lan:
        texts = set()
        for pixels in ("rgb565", "rgb332", "grey8", "grey4"):
            for compress in (False, True):
                with look(lan, pixels=pixels, compress=compress) as screen:
                    texts.add(screen.until(LOGIN))
        same(len(texts), 1)


def the_bios_is_set_up_by_keys():
    # So slow that a viewer on a busy machine, too, sees what stands there for a few lines.
    with Lan("--personality", "15", "--boot-time", "15000", "--power-delay", "1") as lan:
        with look(lan, pixels="rgb332") as screen:
            screen.until(LOGIN)
            power(lan, 10)
            while screen.width == 1024:
                screen.message()
            screen.type([F2])
            screen.until("BIOS Set-up", top=SETUP_TOP)
            screen.type([RIGHT, RIGHT])
            screen.until("First Boot Device             [Disk]", top=SETUP_TOP)
            screen.type([ENTER])
            screen.until("First Boot Device             [Network]", top=SETUP_TOP)
            screen.type([F10])
            screen.until("PXE-E32: TFTP open timeout")
            screen.until(LOGIN)


def the_mouse_is_where_it_was_moved():
    with Lan("--personality", "16.1") as lan:
        with look(lan) as screen:
            screen.until(LOGIN)
            same(set(screen.pixels[500][598:612]), {0})
            screen.point(600, 490)
            while set(screen.pixels[500][598:612]) == {0}:
                screen.message()
            same(screen.pixels[492][600:603], [0, 0xFFFF, 0])
            same(screen.pixels[500][600:611], [0] + [0xFFFF] * 9 + [0])
            screen.point(100, 700)
            while screen.pixels[702][101] == 0:
                screen.message()
            same(set(screen.pixels[500][598:612]), {0})


def a_machine_that_is_off_has_no_display_and_one_that_goes_off_a_black_one():
    with Lan("--personality", "16.1", "--power-delay", "1", "--boot-time", "500") as lan:
        with look(lan) as screen:
            screen.until(LOGIN)
            power(lan, 8)
            while any(any(row) for row in screen.pixels):
                screen.message()
            with Wire(lan.devices[0]["address"], lan.devices[0]["redirection"], "SOL", PASSWORD):
                pass
            power(lan, 2)
            screen.until(LOGIN)
            power(lan, 8)
            while any(any(row) for row in screen.pixels):
                screen.message()
        for _ in range(50):
            try:
                with look(lan) as screen:
                    screen.message()
                raise AssertionError("it should have ended")
            except Gone as gone:
                if "refused" not in str(gone):  # the first session may still be going
                    break
                time.sleep(0.1)
        same((screen.width, screen.height), (1024, 768))


def a_redirected_cd_boots():
    with Lan("--personality", "16.1", "--power-delay", "1", "--boot-time", "3000") as lan:
        device = lan.devices[0]
        place = (device["address"], device["redirection"], PASSWORD)
        image = iso(text="Hello from the CD\r\n")
        with look(lan) as screen, Drive(*place, image) as drive:
            screen.until(LOGIN)
            power(lan, 10)
            while screen.width == 1024:
                screen.message()
            screen.type([F12])
            screen.until("3  Remote CD", top=SETUP_TOP)
            screen.type(["3", ENTER])
            text = screen.until("rescue#")
            contains(text, "Booting from the remote CD\n")
            contains(text, "\nHello from the CD\n")
            screen.type([*"echo it runs", ENTER])
            screen.until("\nit runs\n")
            contains(drive.commands, 0x28)
        with look(lan) as screen:  # the CD is gone
            power(lan, 10)
            while screen.width != 800:
                screen.message()
            screen.type([F12])
            screen.until("3  Remote CD", top=SETUP_TOP)
            screen.type(["3", ENTER])
            screen.until("No bootable medium")


def a_viewer_that_does_not_read_is_waited_for():
    with Lan("--personality", "16.1", "--boot-time", "500") as lan:
        with look(lan) as screen:
            screen.until(LOGIN)
            for _ in range(400):  # of all these answers, more would come than any queue takes
                screen.send(struct.pack(">BBHHHH", 3, 0, 0, 0, 1024, 768) * 20)
            contains(ask(lan.devices[0], "http")[1], "RelatesTo")
            screen.type(["r", "o", "o", "t", ENTER])
            screen.until("Password:")


def amtterm_shows_exactly_what_the_machine_says():
    with Lan("--personality", "11.8", "--boot-time", "200") as lan:
        device = lan.devices[0]
        with subprocess.Popen(
                ["amtterm", "-q", "-p", PASSWORD, device["address"], device["redirection"]],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                bufsize=0) as terminal:
            said = b""

            def until(text, end):
                nonlocal said
                terminal.stdin.write(text)
                while not said.endswith(end):
                    more = terminal.stdout.read(4096)
                    if not more:
                        raise AssertionError(f"amtterm ended: {said!r}")
                    said += more

            login, prompt = LOGIN.encode() + b" ", b"root@sim-000000.example.test:~# "
            # amtterm loses what comes together with the answer to its start: ask until it shows.
            while not select.select([terminal.stdout], [], [], 2)[0]:
                terminal.stdin.write(b"\r")
            until(b"\r", login)
            until(b"root\r", b"Password: ")
            until(b"secret\r", prompt)
            until(b"echo over the serial line\r", b"line\r\n" + prompt)
            until(b"reboot\r", login)
            terminal.stdin.close()
            terminal.kill()
    start = said.index(b"\r\n" + login + b"root\r\n")
    text = said[start:].decode()
    same(text[:text.index("reboot")],
         f"\r\n{LOGIN} root\r\nPassword: \r\nType help for a list of commands.\r\n"
         f"{prompt.decode()}echo over the serial line\r\nover the serial line\r\n{prompt.decode()}")
    contains(text, "\x1b[0m\x1b[?25h\x1b[2J\x1b[HOutband simulated BIOS 1.16\r\n\r\n"
                   "Press F2 or DEL for set-up, F12 for the boot menu\r\n")
    contains(text, "Booting from disk: SIMDISK 256 GB\r\n\r\n  Loader 1.0\r\n")


def serial(wire, kind, content=b""):
    wire.send(bytes([kind, 0, 0, 0]) + bytes(4) + content)


def a_serial_line_that_nobody_reads_loses_the_oldest():
    with Lan("--personality", "16.1") as lan:
        device = lan.devices[0]
        with Wire(device["address"], device["redirection"], "SOL", PASSWORD) as wire:
            serial(wire, 0x20, struct.pack("<6HI", 100, 100, 0, 0, 100, 0, 0))
            same(wire.take(23)[:10], bytes.fromhex("21000000 00000000 E803"))
            same(wire.take(10), bytes.fromhex("29000000 00000000 03 04"))
            keys = b"root\rx\r" + b"help\r" * 400
            serial(wire, 0x28, struct.pack("<H", len(keys)) + keys)
            said, lost, sizes = b"", 0, set()
            while not (said.endswith(b":~# ") and lost):
                kind = wire.take(8)[0]
                if kind == 0x29:
                    lost += wire.take(2)[1] & 1
                else:
                    size = struct.unpack("<H", wire.take(2))[0]
                    sizes.add(size)
                    said += wire.take(size)
            same(max(sizes), 100)  # MaxTx
            same(len(said) <= 16384, True)


if __name__ == "__main__":
    main([
        a_machine_goes_from_a_reset_through_its_bios_to_a_shell,
        every_pixel_format_shows_the_same,
        the_bios_is_set_up_by_keys,
        the_mouse_is_where_it_was_moved,
        a_machine_that_is_off_has_no_display_and_one_that_goes_off_a_black_one,
        a_redirected_cd_boots,
        a_viewer_that_does_not_read_is_waited_for,
        amtterm_shows_exactly_what_the_machine_says,
        a_serial_line_that_nobody_reads_loses_the_oldest,
    ])
