"""Starts the real server on loopback and asks it over HTTPS. For the tests beside this file."""

import atexit
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

GUID = "143e4567-e89b-12d3-a456-426614174000"


class Server:
    """One run of `outband serve` on a data folder that outlives it."""

    def __init__(self, data=None, flags=(), environment=None, wait=True, stdout=None):
        self.data = data or pathlib.Path(tempfile.mkdtemp(prefix="outband-test-"))
        self.log = tempfile.NamedTemporaryFile(mode="w+", delete=False)  # closed by stop
        own = {**surroundings(), **(environment or {})}
        self.process = subprocess.Popen(
            [program(), "serve", "--data", self.data, "--https", "127.0.0.1:0", "--cira",
             "127.0.0.1:0", "--loops", "2", *flags],
            stdout=stdout or self.log, stderr=subprocess.STDOUT, env=own)
        self.token = None
        if wait:
            self.ready()

    def output(self):
        return pathlib.Path(self.log.name).read_text()

    def ready(self):
        for _ in range(600):
            found = re.search(r"ready https=\S+:(\d+)(?: cira=\S+:(\d+))?(?: mps-http=\S+:(\d+))?"
                              r"(?: rps-http=\S+:(\d+))?",
                              self.output())
            if found:
                self.https = int(found[1])
                self.cira = int(found[2]) if found[2] else None
                self.plain = int(found[3]) if found[3] else None
                self.rps = int(found[4]) if found[4] else None
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the server did not start: {self.output()}")

    def password(self):
        return (self.data / "administrator-password").read_text().strip()

    def connection(self, plain=False):
        if plain:
            return http.client.HTTPConnection("127.0.0.1", self.plain, timeout=30)
        context = ssl.create_default_context(cafile=self.data / "ca.pem")
        return http.client.HTTPSConnection("127.0.0.1", self.https, context=context, timeout=30)

    def ask(self, method, path, body=None, token="own", plain=False, headers=()):
        """Status and body, as JSON where it is."""
        connection = self.connection(plain)
        try:
            return self.ask_on(connection, method, path, body, token, headers)[:2]
        finally:
            connection.close()

    def ask_on(self, connection, method, path, body=None, token="own", headers=()):
        given = dict(headers)
        if token == "own":
            token = self.token
        if token:
            given["Authorization"] = f"Bearer {token}"
        if body is not None:
            given.setdefault("Content-Type", "application/json")
            if not isinstance(body, (str, bytes)):
                body = json.dumps(body)
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        content = answer.read()
        if "json" in (answer.getheader("Content-Type") or ""):
            content = json.loads(content)
        return answer.status, content, answer

    def log_in(self, password=None, user="admin"):
        status, answer = self.ask("POST", "/api/v1/authorize",
                                  {"username": user, "password": password or self.password()},
                                  token=None)
        if status == 200:
            self.token = answer["token"]
        return status

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, keep=False):
        """Ends the server, or waits for its end when `number` is None; returns its exit code."""
        if number is not None and self.process.poll() is None:
            self.send(number)
        try:
            code = self.process.wait(timeout=30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if not keep:
                shutil.rmtree(self.data, ignore_errors=True)
            self.log.close()
            self.said = self.output()
            os.unlink(self.log.name)
        return code


def surroundings():
    """Our own environment without anything that sets the server up."""
    return {name: value for name, value in os.environ.items()
            if name == "PATH" or name.endswith("SAN_OPTIONS")}


def folder():
    """One that is gone when the test ends; in memory where there is such a place, so that hundreds
    of machines that keep their state do not wait for a disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    path = pathlib.Path(tempfile.mkdtemp(prefix="outband-test-", dir=memory))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def program():
    return sys.argv[1]


def run(*arguments, environment=None):
    """One short run of the program: exit code, standard output, standard error."""
    done = subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, check=False,
                          env={**surroundings(), **(environment or {})})
    return done.returncode, done.stdout, done.stderr


def same(got, wanted):
    if got != wanted:
        raise AssertionError(f"{got!r} instead of {wanted!r}")


def contains(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text!r}")


def until(condition, seconds=30):
    """Waits until it holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it does not come to that")
        time.sleep(0.05)


class Skip(Exception):
    """What a test raises that cannot be run here, with why."""


def main(tests):
    """Runs the functions in order and prints TAP."""
    print(f"1..{len(tests)}", flush=True)
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {number} - {name}", flush=True)
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}", flush=True)
        except Exception:  # pylint: disable=broad-except
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {number} - {name}", flush=True)
    sys.exit(0)
