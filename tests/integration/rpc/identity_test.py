"""AMT 19 is shown the provisioning certificate that was announced to it, inside TLS over LME."""

import os
import subprocess
import tempfile

from agent import AMTSIM, contains, main, surroundings

IDENTITY = os.environ["IDENTITY"]


def ended(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False,
                          env=surroundings())
    return done.returncode, done.stdout + done.stderr


def announced(doing, wanted):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sample.pfx")
        status, root = ended(IDENTITY, "make", path)
        if status != 0:
            raise AssertionError(root)
        status, said = ended(AMTSIM, "mei", "--personality", "19", "--dns-suffix", "example.org",
                             "--trusted-root", root.strip(), "--", IDENTITY, doing, path)
        if status != wanted:
            raise AssertionError(said)
        return said


def who_shows_it_is_let_in():
    contains(announced("show", 0), "LME with TLS: Digest:")


def who_shows_none_is_not():
    contains(announced("hide", 1), "TLS")


if __name__ == "__main__":
    main([
        who_shows_it_is_let_in,
        who_shows_none_is_not,
    ])
