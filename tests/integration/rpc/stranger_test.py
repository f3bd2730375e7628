"""Somebody else in LMS's place: in a network of its own, where port 16992 is free, so that the agent
finds it without being told where to look."""

import ctypes
import fcntl
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

from agent import AMTSIM, RPC, contains, main, same, simulated, surroundings
from rig import Skip

PASSWORD = "P@ssw0rd-of-AMT1"
BUSY = ("--mei-fault", "busy@lme")
NEW_USERS, NEW_NETWORK = 0x10000000, 0x40000000
STRANGER = 1234
ROOT = os.getuid() == 0
ALONE = []


def be_alone():
    """A network with nothing but a loopback, for this process and what it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    user = os.getuid()
    if libc.unshare(NEW_NETWORK | (0 if ROOT else NEW_USERS)) != 0:
        return
    if not ROOT:
        pathlib.Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", 1 | 0x40)  # up, running
        try:
            fcntl.ioctl(any_socket, 0x8914, request)
        except OSError:
            return
    ALONE.append(True)


def needs(root=False):
    if not ALONE:
        raise Skip("no network of its own to be had")
    if root and not ROOT:
        raise Skip("root only can be somebody else")


LISTENER = """
import os, socket, sys
user, answer = int(sys.argv[1]), sys.argv[2].encode()
if user >= 0:
    os.setgid(user)
    os.setuid(user)
listeners = [socket.create_server(("127.0.0.1", int(port))) for port in sys.argv[3:]]
print("ready", flush=True)
import select
while True:
    for listener in select.select(listeners, [], [])[0]:
        client = listener.accept()[0]
        print("somebody came", flush=True)
        client.settimeout(2)
        try:
            while True:
                more = client.recv(65536)
                if not more:
                    break
                print(repr(more), flush=True)
                client.sendall(answer)
        except OSError:
            pass
        client.close()
"""
CHALLENGE = ("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"mine\", nonce=\"1\", "
             "qop=\"auth\"\r\nContent-Length: 0\r\n\r\n")


class Listener:
    """Of that user, -1 for this one's, at those ports; `heard` is all that it was told."""

    def __init__(self, user, *ports):
        self.process = subprocess.Popen(
            [sys.executable, "-c", LISTENER, str(user), CHALLENGE, *map(str, ports)], cwd="/",
            stdout=subprocess.PIPE, text=True)
        self.heard = None

    def __enter__(self):
        same(self.process.stdout.readline(), "ready\n")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.heard = self.process.stdout.read()
        self.process.wait()
        self.process.stdout.close()


def activate(*options, status=0, arguments=()):
    return simulated("activate", "--local", "--ccm", "-v", *arguments, options=options,
                     status=status, AMT_PASSWORD=PASSWORD)


def examine(*options, status=0, arguments=()):
    ended = simulated("doctor", "--json", *arguments, options=options, status=status)
    return {finding["check"]: finding for finding in json.loads(ended.out)["findings"]}


def nobody_else_is_asked_while_lme_is_free():
    needs(root=True)
    with Listener(STRANGER, 16992, 16993) as listener:
        contains(activate().log, "through LME")
        finding = examine()["lms"]
        same(finding["verdict"], "warning")
        contains(finding["what"], f"of user {STRANGER}")
    same(listener.heard, "")


def a_stranger_is_refused_and_told_nothing():
    needs(root=True)
    for personality in ("16.1", "19"):
        options = ("--personality", personality, *BUSY)
        with Listener(STRANGER, 16992, 16993) as listener:
            log = activate(*options, status=139).log
            contains(log, "127.0.0.1:1699")
            contains(log, f"of user {STRANGER}")
            contains(log, "--lmsport")
            findings = examine(*options, status=139)
            same(findings["lms"]["verdict"], "blocked")
            contains(findings["lms"]["what"], f"of user {STRANGER}")
            same(findings["ports"]["verdict"], "blocked")
        same(listener.heard, "")


def one_that_the_operator_names_is_used_with_a_warning():
    needs(root=True)
    with Listener(STRANGER, 16992) as listener:
        ended = activate(*BUSY, status=None, arguments=("--lmsport", "16992"))
        contains(ended.log, "level=warning")
        contains(ended.log, f"of user {STRANGER}")
        contains(ended.log, "through LMS")
    contains(listener.heard, "/wsman")


def without_tls_it_is_told_nothing_where_amt_has_tls():
    needs()
    with tempfile.TemporaryDirectory() as folder:
        roots = folder + "/root.pem"
        pathlib.Path(roots).write_text("-----BEGIN CERTIFICATE-----\n", encoding="ascii")
        unasked = ("--personality", "19", "--mei-fault", "no-client@wd")
        for options, arguments in ((("--personality", "19"), ()), (unasked, ()),
                                   ((), ("--amt-ca", roots))):
            with Listener(-1, 16992) as listener:
                ended = activate(*options, *BUSY, status=139, arguments=arguments)
                contains(ended.log, "no port with TLS")
            same(listener.heard, "")


def one_that_the_operator_names_hears_nothing_in_clear_where_tls_is_switched_on():
    needs(root=True)
    with tempfile.TemporaryDirectory() as folder:
        options = ("--state", folder + "/machine")
        activate(*options)
        simulated("configure", "tls", "--mode", "ServerAndNonTLS", options=options,
                  AMT_PASSWORD=PASSWORD)
        with Listener(STRANGER, 16992) as listener:
            ended = simulated("configure", "sync-clock", "--lmsport", "16992",
                              options=(*options, *BUSY), status=139, AMT_PASSWORD=PASSWORD)
        contains(ended.log, "no port with TLS")
        same(listener.heard, "")


def lms_is_used_that_has_lme():
    needs()
    contains(activate("--lms").log, "through LMS")
    contains(activate("--lms", "--personality", "19", arguments=("--skip-amt-cert-check",)).log,
             "through LMS")
    finding = examine("--lms")["lms"]
    same(finding["verdict"], "ok")
    contains(finding["what"], "amtsim")


def users_are_simulated_too():
    """The simulator's LMS is the user's own, not root's."""
    needs(root=True)

    def become():
        os.setgroups([])
        os.setgid(STRANGER)
        os.setuid(STRANGER)

    try:
        done = subprocess.run([AMTSIM, "mei", "--lms", "--", RPC, "activate", "--local", "--ccm", "-v"],
                              cwd="/", capture_output=True, text=True, check=False, timeout=90,
                              preexec_fn=become, env=surroundings(AMT_PASSWORD=PASSWORD))
    except PermissionError as why:
        raise Skip("the programs are in a folder of root's") from why
    contains(done.stderr, "through LMS")
    same(done.returncode, 0)


if __name__ == "__main__":
    be_alone()
    main([
        nobody_else_is_asked_while_lme_is_free,
        a_stranger_is_refused_and_told_nothing,
        one_that_the_operator_names_is_used_with_a_warning,
        without_tls_it_is_told_nothing_where_amt_has_tls,
        one_that_the_operator_names_hears_nothing_in_clear_where_tls_is_switched_on,
        lms_is_used_that_has_lme,
        users_are_simulated_too,
    ])
