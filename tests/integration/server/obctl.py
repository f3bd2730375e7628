"""The command line against a server of a test. For the tests beside this file."""

import os
import subprocess

from rig import surroundings

OBCTL = os.environ["OBCTL"]


def environment(server):
    """What obctl is to find: the server, its CA and a token."""
    return {**surroundings(), "HOME": str(server.data), "TERM": "xterm",
            "OBCTL_TOKEN": server.token, "OBCTL_CA": str(server.data / "ca.pem"),
            "OBCTL_URL": f"https://localhost:{server.https}"}


def start(server, *words, **how):
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.Popen([OBCTL, *map(str, words)], env=environment(server), **given)


def run(server, *words, text=True):
    """Exit code, standard output and standard error."""
    return end(start(server, *words, text=text))


def end(process, number=None):
    """The same, of one that was started, after that signal."""
    if number is not None:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err
