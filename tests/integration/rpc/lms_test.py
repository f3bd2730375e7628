"""`rpc lms`: other programs reach AMT through it, side by side; it ends when told so, survives the
ME's reset, and refuses where LME or the port is somebody else's."""

import os
import pathlib
import random
import select
import socket
import subprocess
import sys

from agent import (AMTSIM, RPC, contains, main, run, same, signal, surroundings, tempfile, time)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "sim"))
from host_door import IPS, Door  # pylint: disable=wrong-import-position


class Lms:
    """`amtsim mei -- rpc lms`, ready."""

    def __init__(self, *options, arguments=(), before="", **environment):
        self.port = random.Random().randrange(20000, 29000, 2)
        command = [AMTSIM, "mei", "--activated", "acm:P@ssw0rd", *options, "--", "sh", "-c",
                   before + 'exec "$@"', "sh", RPC, "lms", "--lmsport", str(self.port), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        cwd="/", env=surroundings(PORT=str(self.port),
                                                                  **environment))
        self.log = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def read(self, until, seconds=30):
        end = time.monotonic() + seconds
        while until not in self.log:
            left = end - time.monotonic()
            ready = left > 0 and select.select([self.process.stderr], [], [], left)[0]
            more = os.read(self.process.stderr.fileno(), 65536).decode() if ready else ""
            if not more:
                raise AssertionError(f"no {until!r} in {self.log!r}")
            self.log += more

    def ready(self):
        self.read(f"listening at 127.0.0.1:{self.port}")
        return self

    def child(self):
        """The agent below the simulator."""
        pids = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                              capture_output=True, text=True, check=True).stdout.split()
        return int(pids[0])

    def end(self):
        os.kill(self.child(), signal.SIGTERM)
        return self.process.wait(timeout=30)


def ask(port, path="/wsman"):
    """A request on a connection of its own; the connection, so that several may wait."""
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n".encode())
    return client


def status(client):
    head = b""
    while b"\r\n" not in head:
        more = client.recv(4096)
        if not more:
            break
        head += more
    return head.split(b"\r\n")[0].decode()


def other_programs_reach_amt_side_by_side():
    with Lms() as lms:
        lms.ready()
        idle = [socket.create_connection(("127.0.0.1", lms.port), timeout=20) for _ in range(12)]
        clients = [ask(lms.port) for _ in range(12)]
        for client in clients:
            contains(status(client), "401")
            client.close()
        for client in idle:
            client.close()


def who_says_nothing_keeps_nobody_out():
    with Lms() as lms:
        lms.ready()
        idle = [socket.create_connection(("127.0.0.1", lms.port), timeout=20) for _ in range(64)]
        for _ in range(3):
            contains(status(ask(lms.port)), "401")
        same([client.recv(1) for client in idle[:3]], [b""] * 3)
        lms.read("there is no place for more connections")
        idle[3].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        contains(status(idle[3]), "HTTP/1.1")
        idle += [socket.create_connection(("127.0.0.1", lms.port), timeout=20) for _ in range(200)]
        contains(status(ask(lms.port)), "401")
        same(lms.log.count("there is no place"), 1)
        for client in idle:
            client.close()


def an_end_of_the_request_is_not_the_end_of_the_answer():
    with Lms() as lms:
        lms.ready()
        for _ in range(3):
            client = ask(lms.port)
            client.shutdown(socket.SHUT_WR)
            contains(status(client), "401")
            client.close()


def a_client_that_has_its_answer_keeps_no_channel_from_others():
    with Lms() as lms:
        lms.ready()
        for _ in range(40):  # five for each channel
            client = ask(lms.port)
            contains(status(client), "401")
            client.close()


def a_client_that_asked_for_nothing_and_left_keeps_none_either():
    """Three in a row that each find all channels taken so, in less time than one of them keeps it."""
    with Lms() as lms:
        lms.ready()
        begun = time.monotonic()
        for _ in range(3):
            for _ in range(16):
                with socket.create_connection(("127.0.0.1", lms.port), timeout=20) as client:
                    client.sendall(b"G")
            client = ask(lms.port)
            contains(status(client), "401")
            client.close()
        same(time.monotonic() - begun < 25, True)


def it_ends_by_the_signal_that_it_was_sent():
    with Lms() as lms:
        lms.ready()
        client = ask(lms.port)
        contains(status(client), "401")
        same(lms.end(), 128 + signal.SIGTERM)
        client.close()


def firmware_with_tls_only_has_the_other_port():
    with Lms("--personality", "19") as lms:
        lms.read(f"listening at 127.0.0.1:{lms.port + 1}")
        same(f":{lms.port}\"" in lms.log, False)


def it_outlives_resets_of_the_engine():
    for count in (25, 32):
        with Lms("--mei-fault", f"reset:{count}") as lms:
            lms.ready()
            answers = []
            for _ in range(20):
                client = ask(lms.port)
                answers.append(status(client))
                client.close()
            contains(answers[-1], "401")
            same(len([answer for answer in answers if "401" in answer]) >= 18, True)


def alerts_are_printed_as_they_come():
    client = ("--activated", "ccm:P@ssw0rd")
    for arguments, wanted in (((), " alert MessageID=iAMT0064 MessageArguments=3 AlertType=8 "),
                              (("--json",), '"MessageID":"iAMT0064","MessageArguments":"3"')):
        with Lms(*client, arguments=arguments) as lms:
            lms.ready()
            boss = Door("127.0.0.1", lms.port, "admin", "P@ssw0rd")
            same(boss.call(IPS + "IPS_OptInService", "StartOptIn")[0], 0)
            contains(lms.process.stdout.readline().decode(), wanted)


def a_port_that_is_taken_is_told():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = run("lms", "--lmsport", str(port), options=(), status=139)
        contains(ended.log, f"listens at 127.0.0.1:{port}")
        same(other.getsockname()[1], port)


def a_port_that_cannot_be_had_is_not_told_to_be_taken():
    """To a root who may not have ports below 1024, where there may be one."""
    own = ["unshare", "-n", "setpriv", "--bounding-set=-net_bind_service"]
    if os.getuid() != 0 or subprocess.run([*own, "true"], check=False).returncode != 0:
        return
    ended = subprocess.run([*own, AMTSIM, "mei", "--", RPC, "lms", "--lmsport", "81"], text=True,
                           capture_output=True, check=False, timeout=60, cwd="/",
                           env=surroundings())
    contains(ended.stderr, "cannot listen on 127.0.0.1:81: Permission denied")
    same(("another program" in ended.stderr, ended.returncode), (False, 139))


def a_port_that_is_offered_later_and_taken_is_told_once():
    """AMT gets TLS while somebody else has the port for it."""
    with tempfile.TemporaryDirectory() as folder:
        go = pathlib.Path(folder) / "go"
        later = ('(until test -e "$GO"; do sleep 0.1; done; '
                 f'"{RPC}" configure tls --lmsport "$PORT" >/dev/null 2>&1) & ')
        with Lms(before=later, GO=str(go), AMT_PASSWORD="P@ssw0rd") as lms, \
                socket.socket() as other:
            lms.ready()
            other.bind(("127.0.0.1", lms.port + 1))
            other.listen()
            go.touch()
            lms.read("AMT offers a port more, which isn't listened at: another program")
            time.sleep(3)  # it is tried again every second
            same(lms.end(), 128 + signal.SIGTERM)
            same((lms.log + lms.process.stderr.read().decode()).count("another program"), 1)


def an_lme_that_is_taken_is_told():
    ended = run("lms", "--lmsport", "29990", options=("--mei-fault", "busy@lme"), status=139)
    contains(ended.log, "systemctl stop lms")


def ports_that_are_none_are_refused():
    run("lms", "--lmsport", "65535", options=(), status=28)


def without_an_engine_it_says_so():
    run("lms", options=("--mei-fault", "no-driver"), status=2)


if __name__ == "__main__":
    main([
        other_programs_reach_amt_side_by_side,
        who_says_nothing_keeps_nobody_out,
        an_end_of_the_request_is_not_the_end_of_the_answer,
        a_client_that_has_its_answer_keeps_no_channel_from_others,
        a_client_that_asked_for_nothing_and_left_keeps_none_either,
        it_ends_by_the_signal_that_it_was_sent,
        firmware_with_tls_only_has_the_other_port,
        it_outlives_resets_of_the_engine,
        alerts_are_printed_as_they_come,
        a_port_that_is_taken_is_told,
        a_port_that_cannot_be_had_is_not_told_to_be_taken,
        a_port_that_is_offered_later_and_taken_is_told_once,
        an_lme_that_is_taken_is_told,
        ports_that_are_none_are_refused,
        without_an_engine_it_says_so,
    ])
