"""obctl sol: a machine's serial console on a terminal and in a pipe, through the server, to devices
that call in and on the LAN; what it records is played again."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import obctl
from on_lan import PASSWORD, Lan
from rig import Server, contains, main, same, surroundings, until
from simulated import Devices

UUID = "143e4567-e89b-12d3-a456-4266141740{:02}"
CANCELLED = 10


class Terminal:
    """obctl as the leader of a session on a terminal of its own."""

    def __init__(self, server, *words):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execve(obctl.OBCTL, [obctl.OBCTL, "sol", *map(str, words)],
                      obctl.environment(server))
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
        self.before = termios.tcgetattr(self.file)
        self.content = b""
        self.status = None

    def read(self):
        try:
            self.content += os.read(self.file, 65536)
            return True
        except OSError:  # the other side is closed
            return False

    def shows(self, text):
        """Waits until it is shown; what is before and the text itself are done with."""
        wanted = text.encode()
        end = time.monotonic() + 30
        while wanted not in self.content:
            if time.monotonic() > end:
                raise AssertionError(f"{text!r} is not shown: {self.content!r}")
            if select.select([self.file], [], [], 0.1)[0] and not self.read():
                raise AssertionError(f"it ended without {text!r}: {self.content!r}")
        before, self.content = self.content.split(wanted, 1)
        return before.decode(errors="replace")

    def type(self, text):
        os.write(self.file, text.encode())

    def raw(self):
        return termios.tcgetattr(self.file)[3] & (termios.ICANON | termios.ECHO | termios.ISIG) == 0

    def settles(self, condition):
        end = time.monotonic() + 30
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"it does not come to that: {self.content!r}")
            if select.select([self.file], [], [], 0.02)[0]:
                self.read()

    def gone(self):
        pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
        if pid != 0:
            self.status = status
        return pid != 0

    def ends(self, code):
        """Waits for its end with that exit code, the terminal as it was."""
        self.settles(self.gone)
        same((os.WIFEXITED(self.status), os.WEXITSTATUS(self.status)), (True, code))
        same(termios.tcgetattr(self.file), self.before)
        os.close(self.file)

    def log_in(self, command):
        """Ends the first line, whatever is in it, so that the machine asks for a name."""
        self.shows("~? helps")
        self.type("\r")
        self.shows("login: ")
        self.type("root\r")
        self.shows("Password: ")
        self.type("any\r")
        self.shows(":~# ")
        self.type(command + "\r")


def pipe(server, text, *words, wait=True):
    """obctl in a pipe: exit code, standard output and standard error."""
    process = obctl.start(server, "sol", *words, stdin=subprocess.PIPE)
    if not wait:
        return process
    out, err = process.communicate(text.encode(), timeout=60)
    return process.returncode, out.decode(), err.decode()


def with_devices(*personalities):
    """A test with a server and devices that call in."""
    def decorate(test):
        def run():
            server = Server()
            try:
                same(server.log_in(), 200)
                devices = Devices(server, *personalities)
                test(server, devices)
                devices.stop()
            finally:
                same(server.stop(), 0)
        run.__name__ = test.__name__
        return run
    return decorate


@with_devices("16.1")
def a_terminal_is_the_machine_s(server, devices):
    cast = server.data / "session.cast"
    terminal = Terminal(server, devices.guids[0], "--record", cast)
    terminal.log_in("echo one  ~. two")
    terminal.shows("echo one  ~. two\r\n")
    terminal.shows("one  ~. two\r\n")
    same(terminal.raw(), True)
    status, state = server.ask("GET", f"/api/v1/devices/redirectstatus/{devices.guids[0]}")
    same((status, state["isSOLConnected"]), (200, True))
    terminal.shows(":~# ")
    terminal.type("abc\x03")  # Ctrl-C is the machine's
    terminal.shows(":~# ")
    terminal.type("\r~b")
    terminal.shows("break received")
    terminal.type("\r~?")
    terminal.shows("send a BREAK")
    terminal.type("\r~~\r")
    terminal.shows("~: command not found")
    terminal.type("\r~.")
    terminal.ends(0)
    state = server.ask("GET", f"/api/v1/devices/redirectstatus/{devices.guids[0]}")[1]
    same(state["isSOLConnected"], False)
    check_recording(cast)


def check_recording(cast):
    same(cast.stat().st_mode & 0o777, 0o600)
    head, *events = [json.loads(line) for line in cast.read_text().splitlines()]
    same((head["version"], head["width"], head["height"]), (2, 80, 25))
    times = [event[0] for event in events]
    same(times, sorted(times))
    text = "".join(event[2] for event in events if event[1] == "o")
    contains(text, "echo one  ~. two\r\none  ~. two\r\n")
    same("any" in text, False)  # a password is not shown, and what is typed is not recorded
    for speed in ("--at", "10000"), ("--speed", "1000"):
        played = subprocess.run([obctl.OBCTL, "sol", "play", cast, *speed], capture_output=True,
                                timeout=60, check=True, env=surroundings() | {"HOME": "/"})
        same(played.stdout.decode(), text)


@with_devices("16.1")
def signals_give_the_terminal_back(server, devices):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        terminal = Terminal(server, devices.guids[0])
        terminal.shows("~? helps")
        same(terminal.raw(), True)
        os.kill(terminal.pid, number)
        terminal.ends(CANCELLED)
    terminal = Terminal(server, devices.guids[0])
    terminal.shows("~? helps")
    for stop in (lambda: os.kill(terminal.pid, signal.SIGTSTP), lambda: terminal.type("\r~\x1a")):
        stop()
        terminal.settles(terminal.gone)
        same(os.WIFSTOPPED(terminal.status), True)
        same(termios.tcgetattr(terminal.file), terminal.before)
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.settles(terminal.raw)
    terminal.type("\r\r")
    terminal.shows("login: ")
    terminal.type("~.")
    terminal.ends(0)


@with_devices("16.1")
def a_faulty_obctl_gives_the_terminal_back(server, devices):
    terminal = Terminal(server, devices.guids[0])
    terminal.shows("~? helps")
    os.kill(terminal.pid, signal.SIGABRT)
    terminal.settles(terminal.gone)
    same(os.WIFEXITED(terminal.status) and os.WEXITSTATUS(terminal.status) == 0, False)
    same(termios.tcgetattr(terminal.file), terminal.before)
    os.close(terminal.file)


@with_devices("16.1", "11.8")
def a_pipe_is_a_script(server, devices):
    for guid in devices.guids:
        code, out, err = pipe(server, "\n", guid, "--until", "login: ")
        same((code, err), (0, ""))
        same(pipe(server, "root\n", guid, "--until", "Password: ")[0], 0)
        same(pipe(server, "any\n", guid, "--until", ":~# ")[0], 0)
        code, out, err = pipe(server, "hostname\r\necho done\n", guid, "--idle", "1")
        same((code, err), (0, ""))
        contains(out, "echo done\r\ndone\r\n")
        same(out.count(":~# "), 2)  # CR LF was one Enter
        code, out, err = pipe(server, "echo x\n", guid, "--until", "never", "--timeout", "1")
        same((code, err), (9, "obctl: the text did not come in time\n"))
        contains(out, "x\r\n")


@with_devices("16.1")
def a_second_console_is_refused(server, devices):
    guid = devices.guids[0]
    first = pipe(server, "", guid, "--timeout", "30", wait=False)
    status = f"/api/v1/devices/redirectstatus/{guid}"
    end = time.monotonic() + 30
    while not server.ask("GET", status)[1]["isSOLConnected"] and time.monotonic() < end:
        time.sleep(0.05)
    code, out, err = pipe(server, "", guid)
    same((code, out), (5, ""))
    contains(err, "in use")
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=30)
    same((first.returncode, err), (CANCELLED, b"obctl: ended by SIGINT\n"))
    same(pipe(server, "\n", guid, "--until", "login: ")[0], 0)


@with_devices("16.1")
def what_cannot_be_is_said(server, devices):
    guid = devices.guids[0]
    taken = server.data / "taken"
    taken.write_text("mine")
    for words, code, text in (
            (("--encoding", "ebcdic", guid), 2, "--encoding is"),
            (("--timeout", "soon", guid), 2, "--timeout wants seconds"),
            (("--until", "", guid), 2, "--until wants"),
            ((), 2, "argument is missing"),
            (("--record", taken, guid), 5, "--force replaces it"),
            (("--record", server.data / "none" / "x", guid), 2, "none/x"),
            ((UUID.format(99),), 4, "not")):
        got, out, err = pipe(server, "", *words)
        same((words, got, out), (words, code, ""))
        contains(err, text)
    same(taken.read_text(), "mine")
    status, answer = server.ask("POST", f"/api/v1/amt/features/{guid}",
                                {"userConsent": "none", "enableSOL": False, "enableIDER": True,
                                 "enableKVM": True})
    same((status, answer.get("error")), (200, answer.get("error")))
    code, out, err = pipe(server, "", guid)
    same((code, out), (1, ""))
    contains(err, "switched off")
    taken.write_text('{"version": 3, "term": {}}\n')
    code, out, err = pipe(server, "", "play", taken)
    same((code, out), (1, ""))
    contains(err, "version 3")
    taken.write_text('{"version":2,"width":80,"height":24}\n[0.1,"o","a"]\n[1e99,"o","b"]\n')
    code, out, err = pipe(server, "", "play", taken)
    same((code, out), (7, "a"))
    contains(err, "no event")


@with_devices("16.1", "16.1")
def who_pauses_keeps_the_session(server, devices):
    """The one is stopped, and nobody reads what the other shows, for longer than the 10 s that
    other clients have."""
    stopped, full = devices.guids
    for text, wanted in ("\n", "login: "), ("root\n", "Password: "), ("any\n", ":~# "):
        same(pipe(server, text, full, "--until", wanted)[0], 0)
    first = pipe(server, "", stopped, "--until", "login: ", wait=False)
    status = f"/api/v1/devices/redirectstatus/{stopped}"
    until(lambda: server.ask("GET", status)[1]["isSOLConnected"])
    second = pipe(server, "", full, "--idle", "2", wait=False)
    fcntl.fcntl(second.stdout, fcntl.F_SETPIPE_SZ, 4096)
    lines = "".join(f"echo {n:03} {'x' * 60}\n" for n in range(200))
    second.stdin.write(lines.encode())
    second.stdin.close()
    second.stdin = None
    first.send_signal(signal.SIGSTOP)
    time.sleep(12)
    first.send_signal(signal.SIGCONT)
    out, err = first.communicate(b"\n", timeout=60)
    same((first.returncode, err), (0, b""))
    out, err = second.communicate(timeout=60)
    same((second.returncode, err), (0, b""))
    same([int(n) for n in re.findall(rb"\n(\d{3}) x{60}\r", out)], list(range(200)))


@with_devices("16.1")
def a_recording_takes_the_place_of_another(server, devices):
    cast = server.data / "session.cast"
    cast.write_text("the old one")
    cast.chmod(0o644)
    same(pipe(server, "", UUID.format(99), "--record", cast, "--force")[0], 4)
    same((cast.read_text(), cast.stat().st_mode & 0o777), ("the old one", 0o644))
    same(pipe(server, "\n", devices.guids[0], "--record", cast, "--force", "--until",
              "login: ")[0], 0)
    same((cast.read_text()[:12], cast.stat().st_mode & 0o777), ('{"version":2', 0o600))
    same([file.name for file in server.data.glob("session.cast*")], ["session.cast"])


@with_devices("16.1")
def power_is_noticed(server, devices):
    guid = devices.add("16.1", "--power-delay", "1", "--boot-time", "500")
    guid = devices.guids[guid]
    process = pipe(server, "", guid, "--until", "login: ", wait=False)
    process.stdin.close()
    os.set_blocking(process.stderr.fileno(), False)
    status = f"/api/v1/devices/redirectstatus/{guid}"
    end = time.monotonic() + 30
    while not server.ask("GET", status)[1]["isSOLConnected"] and time.monotonic() < end:
        time.sleep(0.05)
    same(devices.server.ask("POST", f"/api/v1/amt/power/action/{guid}",
                            {"action": 8, "useSOL": False})[0], 200)
    said = b""
    while b"the machine is off" not in said and time.monotonic() < end:
        said += process.stderr.read() or b""
        time.sleep(0.02)
    contains(said.decode(), "obctl: the machine is off\n")
    same(devices.server.ask("POST", f"/api/v1/amt/power/action/{guid}",
                            {"action": 2, "useSOL": False})[0], 200)
    same(process.wait(timeout=30), 0)
    contains((said + (process.stderr.read() or b"")).decode(), "obctl: the machine is on\n")
    process.stdout.close()
    process.stderr.close()


@with_devices("16.1", "16.1")
def an_end_that_was_not_asked_for_is_an_error(server, devices):
    first, second = devices.guids
    terminal = Terminal(server, first)
    terminal.shows("~? helps")
    same(server.ask("DELETE", f"/api/v1/devices/disconnect/{first}")[0], 200)
    terminal.settles(terminal.gone)
    same(os.WIFEXITED(terminal.status) and os.WEXITSTATUS(terminal.status) != 0, True)
    same(termios.tcgetattr(terminal.file), terminal.before)
    contains(re.sub(r"\s+", " ", terminal.content.decode()), "obctl: ")
    os.close(terminal.file)
    process = pipe(server, "", second, "--timeout", "40", wait=False)
    devices.running[1].kill()
    devices.running[1].wait()
    devices.running.pop(1)
    out, err = process.communicate(timeout=60)
    same(process.returncode != 0, True)
    contains(err.decode(), "obctl: ")


def devices_on_the_lan_have_consoles_too():
    server = Server()
    try:
        same(server.log_in(), 200)
        for place, tls in enumerate((False, True), 1):
            with Lan(place, "--personality", "16.1-tls" if tls else "16.1") as lan:
                device = UUID.format(place)
                row = {"guid": device, "hostname": lan.address, "username": "admin",
                       "password": PASSWORD, "useTLS": tls, "allowSelfSigned": True}
                same(server.ask("POST", "/api/v1/devices", row)[0], 201)
                code, out, err = pipe(server, "\n", device, "--until", "login: ")
                same((code, err), (0, ""))
                terminal = Terminal(server, device)
                terminal.log_in("whoami")
                terminal.shows("whoami\r\nroot\r\n")
                terminal.type("~.")
                terminal.type("\r~.")
                terminal.ends(0)
    finally:
        same(server.stop(), 0)


if __name__ == "__main__":
    main([a_terminal_is_the_machine_s, signals_give_the_terminal_back,
          a_faulty_obctl_gives_the_terminal_back, a_pipe_is_a_script, a_second_console_is_refused,
          what_cannot_be_is_said, who_pauses_keeps_the_session,
          a_recording_takes_the_place_of_another, power_is_noticed,
          an_end_that_was_not_asked_for_is_an_error,
          devices_on_the_lan_have_consoles_too])
