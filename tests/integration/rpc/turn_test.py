"""One program at a time changes AMT: a command that does waits for its turn before it looks at the
machine, and one that looks waits for nobody."""

import os
import pathlib
import signal
import sys

from machine import PASSWORD, Machine, contains, finish, main, same

WAITS = "another rpc is at work"
SET_UP = ("--activated", "acm:" + PASSWORD)
SERVER = "ws://127.0.0.1:1/activate"


def held(*options, times=0):
    """Another program has the lock, for the first so many looks at it."""
    return Machine(*options, "--mei-fault", f"locked:{times}" if times else "locked")


def waits_before_it_looks(machine, *arguments):
    process = machine.start(*arguments, options=("--trace",))
    line, log = " ", ""
    while line and WAITS not in log:
        line = process.stderr.readline()
        log += line
    process.send_signal(signal.SIGINT)
    result = finish(process)
    contains(result, "AMT was left as it was found")
    same(("pthi" in log + result.log, result.code), (False, 128 + signal.SIGINT))


def what_changes_amt_waits_before_it_looks():
    for arguments in (("activate", "--ccm"), ("deactivate", "--local"),
                      ("activate", "--url", SERVER, "--profile", "desks"),
                      ("deactivate", "--url", SERVER), ("activate", "--stopConfig"),
                      ("configure", "disable-amt")):
        waits_before_it_looks(held(), *arguments)
    for arguments in (("configure", "amt-features", "--kvm"), ("configure", "tls"),
                      ("configure", "amt-password"), ("configure", "proxy", "--address", "a"),
                      ("maintenance", "syncclock", "--url", SERVER), ("cira", "connect"),
                      ("consent", "start"), ("alarm", "delete", "a"), ("power", "reset"),
                      ("events", "--clear")):
        waits_before_it_looks(held(*SET_UP), *arguments)


def its_turn_comes():
    machine = held(*SET_UP, times=2)
    contains(machine.run("configure", "sync-clock"), WAITS, "Clock has been synchronized")


def what_looks_waits_for_nobody():
    machine = held(*SET_UP)
    for arguments in (("amtinfo",), ("events",), ("audit",), ("power",), ("power", "state"),
                      ("configure", "proxy", "--list"), ("alarm", "list"), ("consent", "show"),
                      ("cira", "status"), ("doctor",), ("configure", "tls", "--help")):
        same(WAITS in machine.run(*arguments, code=None).log, False)


SEVERAL = """
import fcntl, os, subprocess, sys, time
device = os.open("/dev/mei0", os.O_RDWR)
fcntl.flock(device, fcntl.LOCK_EX)
runs = [subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=open(f"log{i}", "w"))
        for i in range(6)]
while not all("another rpc is at work" in open(f"log{i}").read() for i in range(6)):
    time.sleep(0.05)
os.close(device)
print(*[run.wait() for run in runs])
"""


def of_several_activations_one_succeeds():
    """All of them under one engine, whose device file they contend for."""
    machine = Machine()
    process = machine.start("activate", "--ccm", before=(sys.executable, "-c", SEVERAL))
    codes = [int(code) for code in finish(process).out.split()]
    same(sorted(codes), [0] + [111] * 5)
    for i, code in enumerate(codes):
        log = pathlib.Path(machine.folder.name, f"log{i}").read_text(encoding="utf-8")
        same((log.count(WAITS), "Device activated" in log,
              "AMT is in client control mode already" in log), (1, code == 0, code != 0))
    same(machine.mode(), "client control mode")


def a_run_that_does_several_things_has_one_turn():
    """The lock is asked for once, however many steps there are."""
    machine = Machine("--mei-fault", "locked:1")
    pathlib.Path(machine.folder.name, "p.yaml").write_text(
        "configuration:\n  amtSpecific:\n    controlMode: ccmactivate\n"
        f"    adminPassword: {PASSWORD}\n  redirection:\n    enabled: true\n", encoding="utf-8")
    result = machine.run("activate", "--profile", os.path.join(machine.folder.name, "p.yaml"))
    contains(result, "amt-features: done")
    same(result.log.count(WAITS), 1)


if __name__ == "__main__":
    main([
        what_changes_amt_waits_before_it_looks,
        its_turn_comes,
        what_looks_waits_for_nobody,
        of_several_activations_one_succeeds,
        a_run_that_does_several_things_has_one_turn,
    ])
