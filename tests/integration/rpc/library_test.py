"""librpc.so in a program that is not ours, beside a simulated ME."""

import json
import os
import subprocess

from agent import AMTSIM, contains, main, run, same, surroundings

CALLER = os.environ["LIBRARY_TEST"]


def call(line, *options, status=0, engine=True):
    """One rpcExec of `line`, or with "check" rpcCheckAccess: what it gave for output and log."""
    before = [AMTSIM, "mei", *options, "--"] if engine else []
    done = subprocess.run([*before, CALLER, line], capture_output=True, text=True, timeout=90,
                          check=False, cwd="/", env=surroundings(), stdin=subprocess.DEVNULL)
    if done.returncode != status:
        raise AssertionError(f"{line}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout, done.stderr


def only_the_functions_of_the_header_are_exported():
    for library, free in (("LIBRPC", "rpcFree"), ("LIBRPC_V2", "FreeString")):
        listed = subprocess.run(["nm", "-D", "--defined-only", os.environ[library]], text=True,
                                capture_output=True, check=True).stdout
        names = {line.split()[-1] for line in listed.splitlines()}
        # A sanitizer adds names of its own.
        ours = {name for name in names if not name.startswith(("__", "_", "Asan", "asan"))}
        same(ours, {"rpcCheckAccess", "rpcExec", free})


def a_command_gives_what_the_program_prints():
    out, log = call("amtinfo --json")
    same(json.loads(out), json.loads(run("amtinfo", "--json", options=()).out))
    same(log, "")


def the_check_is_amtinfos_code():
    same(call("check"), ("", ""))
    call("check", "--mei-fault", "no-driver", status=2)
    call("check", "--mei-fault", "no-client@pthi", status=3)


def an_engine_that_is_missing_sets_both_texts():
    out, log = call("amtinfo --json", "--mei-fault", "no-driver", status=2)
    same(json.loads(out)["heciAvailable"], False)
    contains(log, "there is no /dev/mei0")


def a_missing_password_is_an_error_and_no_question():
    _, log = call("configure amt-features", "--activated", "ccm", status=23)
    contains(log, "--password-file")


def threads_share_an_engine():
    done = subprocess.run([AMTSIM, "mei", "--", CALLER], capture_output=True, text=True,
                          timeout=240, check=False, cwd="/", env=surroundings())
    same(done.returncode, 0)
    contains(done.stdout, "threads_may_call_side_by_side")


if __name__ == "__main__":
    main([
        only_the_functions_of_the_header_are_exported,
        a_command_gives_what_the_program_prints,
        the_check_is_amtinfos_code,
        an_engine_that_is_missing_sets_both_texts,
        a_missing_password_is_an_error_and_no_question,
        threads_share_an_engine,
    ])
