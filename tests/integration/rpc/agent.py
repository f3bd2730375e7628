"""Runs the agent, with or without a simulated ME. For the tests beside this file."""

import codecs
import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from rig import contains, main, same  # pylint: disable=wrong-import-position,unused-import

# Also where whoever runs the tests ignores them, as nohup and shells' background jobs do.
for _number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

AMTSIM = os.environ["AMTSIM"]
RPC = os.environ["RPC"]
STATE = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with


def surroundings(**more):
    """The environment without what would be values of flags."""
    mine = ("RPC_", "AMT_", "AUTH_", "MPS_", "TENANT_", "NO_COLOR", "PROVISIONING_", "MEBX_")
    more.setdefault("RPC_STATE_FOLDER", STATE.name + "/kept")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    return {**kept, **more}


def command(*arguments, options=None):
    """The agent's command line; with `options` (a tuple) under `amtsim mei`."""
    own = [RPC, *arguments]
    return own if options is None else [AMTSIM, "mei", *options, "--", *own]


class Ended:
    """What came of a run."""

    def __init__(self, status, out, log):
        self.status, self.out, self.log = status, out, log

    def __repr__(self):
        return f"status {self.status}\n{self.out}\n{self.log}"


def run(*arguments, options=None, status=0, given=None, folder="/", **environment):
    done = subprocess.run(command(*arguments, options=options), capture_output=True, text=True,
                          input=given if given is not None else "", timeout=90, check=False,
                          cwd=folder, env=surroundings(**environment))
    ended = Ended(done.returncode, done.stdout, done.stderr)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{arguments}: {ended}")
    return ended


def simulated(*arguments, options=(), **more):
    return run(*arguments, options=options, **more)


class Terminal:
    """A run whose standard input, output and error are a terminal of that width."""

    def __init__(self, *arguments, options=None, columns=80, user=None, **environment):
        self.master, slave = pty.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.text = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")()

        def begin():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)

        self.process = subprocess.Popen(
            command(*arguments, options=options), stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=begin, cwd="/", env=surroundings(**environment))
        self.slave = slave

    def read(self, until=None, seconds=30):
        """All that was printed; with `until`, at least up to that."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and (until is None or until not in self.text):
            if select.select([self.master], [], [], 0.05)[0]:
                self.text += self.decoder.decode(os.read(self.master, 65536))
            elif until is None and self.process.poll() is not None:
                break
        if until is not None and until not in self.text:
            self.process.kill()
            raise AssertionError(f"no {until!r} in {self.text!r}")
        return self.text

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        """Status of the ended run; what it printed is in `text`."""
        self.process.wait(timeout=60)
        self.read()
        status = self.process.returncode
        os.close(self.slave)
        os.close(self.master)
        return status


def arguments_of(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()


__all__ = ["AMTSIM", "RPC", "Terminal", "arguments_of", "command", "contains", "main", "pathlib",
           "run", "same", "signal", "simulated", "surroundings", "tempfile", "time"]
