"""The toolkit's own page against the relay: a machine's screen, keys, mouse, serial console and
drives, in headless Chromium. What the screen shows is compared with what the server's own decoder
made of it, and with the serial console, where the machine shows the same."""

import base64
import hashlib
import json
import os
import pathlib
import sys
import tempfile

from page_client import HERE, Page  # puts the rig's folder on the path
import npm
import relayed
from media import iso
from rig import Server, main, same, until
from simulated import Devices

FOLDER = pathlib.Path(os.environ["BROWSER"])
# The colour of a point that the mouse at 300, 200 covers.
POINT = "(keep(), session.kept.data.slice(4 * (303 + 206 * 1024)).slice(0, 3).join())"
SHOT = "/api/v1/amt/kvm/screenshot/GUID"


class Machine:
    """A server, one simulated machine and a page."""

    def __init__(self, *flags):
        self.server = Server()
        same(self.server.log_in(), 200)
        self.devices = Devices(self.server)
        self.devices.add("16.1", "--boot-time", "1500", "--power-delay", "100", *flags)
        self.page = Page(FOLDER, self.server, self.devices.guids[0])

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.page.stop()
        self.devices.stop()
        code = self.server.stop()
        if kind is None:
            same(code, 0)

    def ask(self, method, path, body=None):
        status, answer = self.devices.ask(0, method, path, body)
        same(status, 200)
        return answer

    def boot(self, action):
        kind = "action" if action < 100 else "bootOptions"
        answer = self.ask("POST", f"/api/v1/amt/power/{kind}/GUID",
                          {"action": action, "useSOL": False})
        same(answer["Body"]["ReturnValue"], 0)

    def show(self, size=2):
        """Opens the screen and waits for its first picture."""
        self.page.open("kvm", size)
        self.page.until("session.desktop.state", 4)

    def looks(self):
        """The colours on the page's screen now."""
        return self.page.evaluate("(keep(), JSON.stringify(colours()))")

    def changes(self, before):
        """Waits until the page's screen looks otherwise, and then stays as it is."""
        self.page.until(f"(keep(), JSON.stringify(colours()) === {json.dumps(before)})", False)
        self.settle()

    def settle(self):
        """Waits until the picture stays as it is. Not for what is still to come: wait for that."""
        self.page.until("""new Promise((resolve) => {
            keep()
            const before = session.kept.data.join()
            setTimeout(() => { keep(); resolve(before === session.kept.data.join()) }, 300)
        })""", True)

    def same_picture(self, bits):
        """The page's picture comes to be, pixel by pixel, the one that the server takes."""
        def is_same():
            picture = base64.b64encode(self.ask("GET", SHOT)).decode()
            return self.page.evaluate(f"(keep(), differing('{picture}', {bits}))") == 0
        until(is_same)
        self.page.close()

    def hears_power(self, wanted):
        """Waits until the machine is in that power state."""
        until(lambda: self.ask("GET", "/api/v1/amt/power/state/GUID")["powerstate"] == wanted)

    def serial(self):
        """Opens the serial console."""
        self.page.open("sol")
        self.page.until("session.states.at(-1)", 3)

    def line(self):
        """The serial line beside the page: what it says tells how far the machine has come."""
        link = relayed.opened(self.server, self.devices.guids[0])
        link.log_in("sol")
        link.start_sol()
        return link

    def keys(self, text):
        self.page.evaluate(f"session.terminal.TermSendKeys({text!r})")


def says(line, text):
    """Reads the serial line until it has said that."""
    heard = b""
    while text not in heard:
        head = line.read(10)
        if head[0] == 0x2A:
            heard += line.read(int.from_bytes(head[8:], "little"))
        else:
            same(head[0], 0x29)


def from_power_off_through_set_up_to_a_login():
    with Machine() as machine:
        page = machine.page
        machine.boot(8)
        page.open("kvm")
        page.until("session.states.at(-1)", 0)  # no picture without power
        machine.boot(100)
        machine.devices.hears(r"booted guid=\S+ to=BIOS setup")
        machine.show()
        page.until("(keep(), [session.kept.width, session.kept.height].join())", "640,480")
        machine.settle()
        for key in ("ArrowRight", "Escape"):
            before = machine.looks()
            page.ask("press", key)
            machine.changes(before)
        line = machine.line()
        page.ask("press", "Enter")
        says(line, b"login: ")
        page.until("document.getElementById('screen').width", 1024)
        page.line("root")
        page.line("a password")
        page.line("echo typed in a browser")
        says(line, b"\r\ntyped in a browser\r\n")
        line.close()
        machine.same_picture([5, 6, 5])
        # Who is logged in on the screen is so on the serial line, and what is typed there is obeyed.
        machine.serial()
        machine.keys("\r")
        page.has("session.text", "root@")
        page.close()
        machine.show()
        page.line("poweroff")
        machine.hears_power(8)


def colours_of_eight_bits_and_the_mouse():
    with Machine() as machine:
        page = machine.page
        machine.show(1)
        machine.settle()
        before = page.evaluate(POINT)
        page.ask("move", [300, 200])
        page.until(f"{POINT} === {before!r}", False)
        machine.same_picture([3, 3, 2])


def the_serial_console_is_exact():
    with Machine() as machine:
        page = machine.page
        machine.serial()
        machine.keys("root\r")
        page.has("session.text", "Password:")
        machine.keys("secret\r")
        text = page.has("session.text", "# ")
        same("secret" in text, False)
        machine.keys("echo a\tb; ~!@#$%^&*()_+{}|\r")
        text = page.has("session.text", "|\r\n")
        page.close()
        same(machine.ask("GET", "/api/v1/devices/redirectstatus/GUID")["isSOLConnected"], False)


def a_drive_of_the_browser_is_read_byte_by_byte():
    with Machine("--ider-verify") as machine, tempfile.TemporaryDirectory() as folder:
        image = iso(4 << 20, "Started from the browser.\n")
        path = pathlib.Path(folder) / "image.iso"
        path.write_bytes(image)
        page = machine.page
        page.ask("image", str(path))
        page.open("ider")
        page.until("session.states.at(-1)", 3)
        machine.boot(202)
        read = machine.devices.hears(r"ider read guid=\S+ bytes=(\d+) ms=\d+ sha256=(\w+)")
        same((int(read[1]), read[2]), (len(image), hashlib.sha256(image).hexdigest()))
        same(machine.ask("GET", "/api/v1/devices/redirectstatus/GUID"),
             {"isKVMConnected": False, "isSOLConnected": False, "isIDERConnected": True})


def an_image_of_the_server_shows_on_the_screen():
    with Machine() as machine:
        page = machine.page
        same(machine.server.ask("PUT", "/api/v1/images/stored.iso", iso(0, "From the library.\n"),
                                headers={"Content-Type": "application/octet-stream"})[0] in
             (200, 201, 204), True)
        machine.ask("POST", "/api/v1/amt/ider/GUID", {"image": "stored.iso"})
        machine.serial()
        machine.boot(202)
        page.has("session.text", "From the library.")


if __name__ == "__main__":
    FAILED = npm.install(HERE, FOLDER, ["browser.js", "page.html", "page.js"], ["chromium"])
    if FAILED:
        sys.exit(npm.skip_all(FAILED))
    main([from_power_off_through_set_up_to_a_login, colours_of_eight_bits_and_the_mouse,
          the_serial_console_is_exact, a_drive_of_the_browser_is_read_byte_by_byte,
          an_image_of_the_server_shows_on_the_screen])
