"""Passwords that `rpc activate` makes: told to a server, or shown, or taken back; never lost."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from console import Console
from machine import (AMTSIM, PASSWORD, RPC, Machine, Result, admin_machine, contains, finish, main,
                     same)
from profile_test import profile, write
import provisioning_pfx

NO_UUID = "03000200-0400-0500-0006-000700080009"
MADE = {"generateRandomPassword": True, "adminPassword": "", "generateRandomMEBXPassword": True}
KEPT = {"GET": 200, "POST": 201, "PATCH": 200, "DELETE": 204}


def made(mode="acmactivate", **more):
    return profile(mode, amtSpecific={**MADE, **more}, tls={}, network={})


def console_with(wanted, **statuses):
    return Console(lambda method, _path, _body: ({**KEPT, **statuses}[method],
                                                 wanted if method == "GET" else {}))


def fetch(machine, console, *arguments, **more):
    return machine.run("activate", "--url", console.url + "/p", *arguments, AMT_PASSWORD=None,
                       **more)


def files(machine):
    return sorted(pathlib.Path(machine.folder.name).glob("*_rpc_passwords.txt"))


def passwords(text):
    return dict(re.findall(r"^(AMT|MEBx|MPS) password: (\S+)$", text, re.M))


def saved(machine, log):
    """What the one file has, which is named and for its owner alone."""
    path, = files(machine)
    contains(log, f"the passwords that were made are in {path}")
    same(path.stat().st_mode & 0o777, 0o600)
    return passwords(path.read_text())


def logs_in(machine, password):
    machine.run("configure", "sync-clock", AMT_PASSWORD=password)


def outwards(machine, *arguments, out):
    """Standard output is that of `out`, as a shell has it."""
    own = {**os.environ, **machine.environment}
    return finish(subprocess.Popen(
        [AMTSIM, "mei", *machine.options, "--", "/bin/sh", "-c", f'exec "$0" "$@" {out}', RPC,
         *arguments, *machine.flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=machine.folder.name, env=own))


def signals(machine, *arguments, after, gap=0.5):
    """The first once `after` was reached, the second a moment later."""
    process = machine.start(*arguments, AMT_PASSWORD=None)
    after(process)
    process.send_signal(signal.SIGTERM)
    time.sleep(gap)
    process.send_signal(signal.SIGTERM)
    return finish(process)


# ---- with a server ----

def a_machine_without_a_uuid_is_left_as_it_is():
    for options in (("--guid-base", NO_UUID), ("--guid-base", re.sub("[1-9]", "0", NO_UUID)),
                    ("--mei-fault", "status:1@0x5c")):
        machine = admin_machine(*options)
        console = console_with(made())
        contains(fetch(machine, console, code=37), "no UUID", "left as it was found")
        same((machine.mode(), console.calls()), ("not activated", []))
        console.stop()


def what_the_server_does_not_take_is_taken_back_and_the_rest_is_shown():
    for own in ({}, {"generateRandomPassword": False, "adminPassword": PASSWORD}):
        machine = admin_machine()
        console = console_with(made(**own), POST=500)
        result = fetch(machine, console, code=10)
        contains(result, "the server does not know of the activation: ", "is taken back")
        same((machine.mode(), list(passwords(result.out))), ("not activated", ["MEBx"]))
        same(passwords(result.out)["MEBx"], console.asked[-1][3]["mebxpassword"])
        console.stop()


def a_machine_that_was_active_stays_so_and_the_passwords_are_shown():
    machine = admin_machine()
    static = {"generateRandomPassword": False, "adminPassword": PASSWORD}
    console = console_with(made(**static))
    same(fetch(machine, console).out, "")
    console.stop()
    for arguments in ((), ("--json",)):
        console = console_with(made(**static), POST=500)
        result = fetch(machine, console, *arguments, code=10)
        shown = result.json()["mebxPassword"] if arguments else passwords(result.out)["MEBx"]
        same((shown, machine.mode()),
             (console.asked[-1][3]["mebxpassword"], "admin control mode"))
        console.stop()


def a_control_mode_that_cannot_be_read_hides_nothing():
    said = ""
    for number in range(3, 9):  # one of them is the first look after all is done
        machine = admin_machine()
        console = console_with(made(), POST=500)
        result = fetch(machine, console, code=None,
                       options=("--mei-fault", f"reset:{number}@0x6b") * 12)
        said += result.log
        if machine.mode() != "not activated":
            logs_in(machine, passwords(result.out)["AMT"])
        console.stop()
    contains(Result(0, "", said), "whether AMT is activated is not known", "AMT stays activated")


def where_nothing_can_be_printed_a_file_has_them():
    machine = admin_machine()
    static = {"generateRandomPassword": False, "adminPassword": PASSWORD}
    console = console_with(made(**static), POST=500)
    result = outwards(machine, "activate", "--url", console.url + "/p", out=">/dev/full")
    same(result.code, 10)
    same(saved(machine, result), {"MEBx": console.asked[-1][3]["mebxpassword"]})
    console.stop()


def the_result_tells_of_the_registration():
    for status, code in ((201, 0), (500, 10)):
        machine = admin_machine()
        console = console_with(made(), POST=status)
        result = fetch(machine, console, "--json", code=code).json()
        said = "success" if code == 0 else "failed"
        same((result["status"], result["steps"][-1]["step"], result["steps"][-1]["status"]),
             (said, "register", said))
        same(("amtPassword" in result, "mebxPassword" in result), (False, code != 0))
        console.stop()


# ---- without one ----

def output_that_nobody_sees_is_refused_before_anything_is_done():
    machine = admin_machine()
    path = write(machine, "made.json", json.dumps(made()))
    for out in (">/dev/full", ">&-", ">/dev/null", "</dev/null 1<&0"):
        result = outwards(machine, "activate", "--profile", path, out=out)
        same(result.code, 10)
        contains(result, "nobody would see them", "left as it was found")
    same((machine.mode(), files(machine)), ("not activated", []))
    kept = write(machine, "kept.json", json.dumps(profile(tls={}, network={})))
    same(outwards(machine, "activate", "--profile", kept, out=">/dev/null").code, 0)


def output_that_breaks_off_has_a_file_in_its_place():
    machine = admin_machine()
    path = write(machine, "made.json", json.dumps(made()))
    process = machine.start("activate", "--profile", path, "-v", AMT_PASSWORD=None)
    process.stderr.readline()
    process.stdout.close()
    log = process.stderr.read()
    same(process.wait(), 10)
    shown = saved(machine, Result(10, "", log))
    same(list(shown), ["AMT", "MEBx"])
    logs_in(machine, shown["AMT"])


def a_second_signal_leaves_them_in_a_file():
    asked = threading.Event()
    over = threading.Event()

    def hangs(method, _path, _body):
        if method == "POST":
            asked.set()
            over.wait(60)
        return KEPT[method], made()

    machine = admin_machine()
    console = Console(hangs)
    result = signals(machine, "activate", "--url", console.url + "/p",
                     after=lambda _: asked.wait(60))
    over.set()
    contains(result, "once more ends at once")
    same((result.code, machine.mode()), (128 + signal.SIGTERM, "admin control mode"))
    logs_in(machine, saved(machine, result)["AMT"])
    console.stop()


def way(process):
    """AMT is being set up."""
    line = " "
    while line and "reached through" not in line:
        line = process.stderr.readline()
    time.sleep(0.5)


def nor_does_one_in_the_middle_of_the_activation():
    machine = Machine("--setup-delay-ms", "3000")
    path = write(machine, "made.json", json.dumps(made("ccmactivate")))
    result = signals(machine, "activate", "--profile", path, "-v", after=way)
    same((result.code, list(saved(machine, result))), (128 + signal.SIGTERM, ["AMT"]))


def nor_does_the_key_that_quits():
    machine = Machine("--setup-delay-ms", "3000")
    path = write(machine, "made.json", json.dumps(made("ccmactivate")))
    process = machine.start("activate", "--profile", path, "-v", AMT_PASSWORD=None)
    way(process)
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    for child in map(int, children.split()):
        if os.path.samefile(f"/proc/{child}/exe", RPC):
            os.kill(child, signal.SIGQUIT)
    result = finish(process)
    same((result.code, list(saved(machine, result))), (128 + signal.SIGQUIT, ["AMT"]))


def one_signal_lets_them_be_shown():
    machine = Machine("--setup-delay-ms", "1500")
    path = write(machine, "made.json", json.dumps(made("ccmactivate")))
    result = machine.interrupt("activate", "--profile", path, "-v", after="reached through")
    same((machine.mode(), files(machine)), ("client control mode", []))
    logs_in(machine, passwords(result.out)["AMT"])


def nor_is_that_of_a_server_that_amt_calls():
    machine = Machine("--activated", "acm:" + PASSWORD, "--cira-via", "127.0.0.1:1",
                      AMT_PASSWORD=PASSWORD)
    provisioning_pfx.make_chip(pathlib.Path(machine.folder.name))
    arguments = ("configure", "cira", "--mpsaddress", "mps.example.test", "--mpscert",
                 "on-die.pem", "--generateRandomPassword")
    result = outwards(machine, *arguments, out=">/dev/full")
    same((result.code, files(machine)), (10, []))
    contains(result, "nobody would see them")
    same(len(passwords(outwards(machine, *arguments, out="").out)["MPS"]), 12)


if __name__ == "__main__":
    main([
        a_machine_without_a_uuid_is_left_as_it_is,
        what_the_server_does_not_take_is_taken_back_and_the_rest_is_shown,
        a_machine_that_was_active_stays_so_and_the_passwords_are_shown,
        a_control_mode_that_cannot_be_read_hides_nothing,
        where_nothing_can_be_printed_a_file_has_them,
        the_result_tells_of_the_registration,
        output_that_nobody_sees_is_refused_before_anything_is_done,
        output_that_breaks_off_has_a_file_in_its_place,
        a_second_signal_leaves_them_in_a_file,
        nor_does_one_in_the_middle_of_the_activation,
        nor_does_the_key_that_quits,
        one_signal_lets_them_be_shown,
        nor_is_that_of_a_server_that_amt_calls,
    ])
