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
    return sorted(pathlib.Path(machine.environment["RPC_STATE_FOLDER"]).glob("*"))


def passwords(text):
    return dict(re.findall(r"^(AMT|MEBx|MPS) password: (\S+)$", text, re.M))


def kept(machine):
    """What the files have, which are for their owner alone, in a folder that is, too."""
    names = {"amt": "AMT", "mebx": "MEBx", "mps": "MPS"}
    for path in files(machine):
        same((path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777), (0o600, 0o700))
    return {names[path.name.split("-")[0]]: path.read_text().rstrip("\n")
            for path in files(machine)}


def saved(machine, log):
    """What the files have, each of which is named."""
    for path in files(machine):
        contains(log, f" password that was made is in {path}")
    return kept(machine)


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


def where_amt_says_yes_and_stays_activated_nothing_is_thrown_away():
    machine = admin_machine()
    console = console_with(made(), POST=500)
    result = fetch(machine, console, code=10, options=("--fail", "Unprovision=0"))
    contains(result, "could not be taken back: AMT says yes", "still: admin control mode")
    same((machine.mode(), sorted(passwords(result.out))), ("admin control mode", ["AMT", "MEBx"]))
    logs_in(machine, passwords(result.out)["AMT"])
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
    contains(Result(0, "", said), "whether AMT is activated is not known",
             "could not be taken back")


def where_nothing_can_be_printed_files_have_them():
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


# ---- what AMT has, or may have ----

CALLS = {"ccmactivate": "Setup", "acmactivate": "AdminSetup"}
SERVICE = "IPS_HostBasedSetupService."


def refused(mode, times=""):
    """Every login after the call that sets AMT up, or so many."""
    return "--fault", f"{SERVICE}Get#{1 if mode == 'ccmactivate' else 3}=status:401{times}"


def by_profile(machine, wanted, *options, code, arguments=()):
    path = write(machine, "made.json", json.dumps(wanted))
    return machine.run("activate", "--profile", path, *arguments, code=code, options=options,
                       AMT_PASSWORD=None)


def after_amt_s_yes_a_login_that_is_refused_is_tried_again():
    for mode in CALLS:
        machine = admin_machine()
        result = by_profile(machine, made(mode), *refused(mode, "@4"), code=0)
        contains(result, "AMT is not ready for a login")
        logs_in(machine, passwords(result.out)["AMT"])


def and_what_amt_said_yes_to_is_never_thrown_away():
    for mode, name in (("ccmactivate", "client"), ("acmactivate", "admin")):
        machine = admin_machine()
        result = by_profile(machine, made(mode), *refused(mode), code=100)
        contains(result, f"AMT is in {name} control mode by this run, but the password could not be "
                         "confirmed")
        logs_in(machine, passwords(result.out)["AMT"])


def a_server_is_told_of_it():
    machine = admin_machine()
    console = console_with(made())
    result = fetch(machine, console, code=100, options=refused("acmactivate"))
    told, = [body for method, _, _, body in console.asked if method == "POST"]
    same(result.out, "")
    logs_in(machine, told["password"])
    console.stop()


def what_is_undecided_is_shown_and_told_to_no_server():
    for mode, call in CALLS.items():
        machine = admin_machine()
        console = console_with(made(mode))
        result = fetch(machine, console, code=111,
                       options=("--lose-answer", call + "@1", *refused(mode)))
        contains(result, "by another program or by this run, whose call was not answered")
        same([call[0] for call in console.calls()], ["GET"])
        logs_in(machine, passwords(result.out)["AMT"])
        console.stop()


def a_first_try_without_an_answer_is_found_done_by_the_second():
    seen = set()
    for number in range(3, 6):  # one of them is the look behind the call
        machine = Machine()
        result = by_profile(machine, made("ccmactivate"), "--lose-answer", "Setup@1",
                            *("--mei-fault", f"reset:{number}@0x6b") * 12, code=0)
        seen.add("whether AMT is activated is not known" in result.log)
        logs_in(machine, passwords(result.out)["AMT"])
    same(True in seen, True)


def amt_s_own_refusal_leaves_nothing_to_tell():
    for mode, call in CALLS.items():
        machine = admin_machine()
        result = by_profile(machine, made(mode), "--fail", call + "=5", code=135)
        same((result.out, files(machine), machine.mode()), ("", [], "not activated"))


def a_refusal_of_what_amt_has_done_throws_nothing_away():
    for mode, call in CALLS.items():
        machine = admin_machine()
        result = by_profile(machine, made(mode), "--fault", f"{SERVICE}{call}=return:1", code=0)
        logs_in(machine, passwords(result.out)["AMT"])
        machine = admin_machine()  # one login that AMT refuses
        result = by_profile(machine, made(mode), "--fault", f"{SERVICE}{call}=return:1",
                            *refused(mode, "@2"), code=111)
        contains(result, "another program has activated it: AMT is in ", "refuses this password")
        logs_in(machine, passwords(result.out)["AMT"])


NEWEST = ("--personality", "19", "--mebx-stays")
ANY = "--skip-amt-cert-check"
COMMIT = "AMT_SetupAndConfigurationService.CommitChanges"
MEBX = "AMT_SetupAndConfigurationService.SetMEBxPassword"


def over_tls_the_mode_is_no_login():
    """The answer to the commit is lost, so that nobody has logged in yet."""
    for mode in CALLS:
        machine = admin_machine(*NEWEST)
        result = by_profile(machine, made(mode), "--lose-answer", "CommitChanges@1",
                            *refused("ccmactivate"), code=100, arguments=(ANY,))
        contains(result, "by this run, but the password could not be confirmed")
        same("taken back" in result.log, False)
        machine.run("configure", "sync-clock", ANY, AMT_PASSWORD=passwords(result.out)["AMT"])


def a_mebx_password_outlives_a_set_up_that_is_taken_back():
    own = {"generateRandomMEBXPassword": False, "mebxPassword": ""}
    for more, calls in (({}, 1), (own, 2)):  # AMT that wants one gets its own
        machine = admin_machine(*NEWEST)
        result = by_profile(machine, made(**more), "--fault",
                            f"{COMMIT}#{calls}=fault:InternalError", code=102, arguments=(ANY,))
        contains(result, "the set-up was taken back")
        state = json.loads(pathlib.Path(machine.folder.name, "machine").read_text())
        same((machine.mode(), '"mebx": true' in json.dumps(state)), ("not activated", True))
        same(list(passwords(result.out)), ["MEBx"])


def one_that_amt_refuses_is_not_shown_but_stays_in_its_file():
    """No login tells whether it has it all the same."""
    for options, mode, arguments in ((NEWEST, "not activated", (ANY,)),
                                     ((), "admin control mode", ())):
        for fault in ("refuse:1", "return:1"):
            machine = admin_machine(*options)
            result = by_profile(machine, made(), "--fault", f"{MEBX}={fault}", code=118,
                                arguments=arguments)
            same((machine.mode(), list(kept(machine))), (mode, ["MEBx"]))
            contains(result, f"stays in {files(machine)[0]}")
            same("MEBx" in passwords(result.out), False)


def nor_is_amt_s_own_that_the_mebx_was_refused():
    machine = admin_machine(*NEWEST)
    own = {"generateRandomMEBXPassword": False, "mebxPassword": ""}
    result = by_profile(machine, made(**own), "--fault", f"{MEBX}=return:1", "--fault",
                        f"{COMMIT}#2=fault:InternalError", code=102, arguments=(ANY,))
    same((machine.mode(), list(kept(machine))), ("not activated", ["MEBx"]))
    contains(result, f"stays in {files(machine)[0]}")


def the_step_that_did_not_set_it_is_told():
    machine = admin_machine()
    result = by_profile(machine, made(), "--fault", f"{MEBX}=lose", code=118, arguments=("--json",))
    said = result.json()
    same(("mebxPassword" in said, machine.mode()), (True, "admin control mode"))
    same([step["status"] for step in said["steps"] if step["step"] == "mebx"], ["failed"])


def over_tls_a_refusal_of_what_amt_has_begun_is_settled_by_a_login():
    refusal = "--fault", SERVICE + CALLS["ccmactivate"] + "=return:1"
    machine = admin_machine(*NEWEST)
    result = by_profile(machine, made("ccmactivate"), *refusal, code=0, arguments=(ANY,))
    machine.run("configure", "sync-clock", ANY, AMT_PASSWORD=passwords(result.out)["AMT"])
    machine = admin_machine(*NEWEST)
    result = by_profile(machine, made("ccmactivate"), *refusal, "--fault", f"{COMMIT}=status:401",
                        code=135, arguments=(ANY,))
    contains(result, "AMT says that it is now: not activated, in provisioning")
    same(list(passwords(result.out)), ["AMT"])


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


def output_that_breaks_off_has_files_in_its_place():
    machine = admin_machine("--setup-delay-ms", "500")
    path = write(machine, "made.json", json.dumps(made()))
    process = machine.start("activate", "--profile", path, "-v", AMT_PASSWORD=None)
    process.stderr.readline()
    process.stdout.close()
    log = process.stderr.read()
    same(process.wait(), 10)
    shown = saved(machine, Result(10, "", log))
    same(sorted(shown), ["AMT", "MEBx"])
    logs_in(machine, shown["AMT"])


def a_second_signal_leaves_them_in_files():
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


def agent_of(process):
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    agent, = (child for child in map(int, children.split())
              if os.path.samefile(f"/proc/{child}/exe", RPC))
    return agent


def killed(machine, number, *options):
    """Its agent while AMT is being set up with passwords that it has made."""
    path = write(machine, "made.json", json.dumps(made("ccmactivate")))
    process = machine.start("activate", "--profile", path, "-v", AMT_PASSWORD=None,
                            options=("--setup-delay-ms", "3000", *options))
    way(process)
    os.kill(agent_of(process), number)
    result = finish(process)
    same(result.code, 128 + number)
    same(list(kept(machine)), ["AMT"])
    return files(machine)[0]


def nor_does_the_key_that_quits():
    killed(Machine(), signal.SIGQUIT)


def one_that_was_killed_has_left_them():
    machine = Machine()
    path = killed(machine, signal.SIGKILL)
    left = "an earlier run has left what it made, which nobody may know: " + str(path)
    result = machine.run("doctor", "--json", code=None)
    finding, = (one for one in result.json()["findings"] if one["check"] == "madePasswords")
    contains(Result(0, "", json.dumps(finding)), "warning", str(path))
    contains(machine.run("activate", "--ccm", code=None), left)
    if machine.mode() == "not activated":
        machine.run("activate", "--ccm")
    contains(machine.run("configure", "sync-clock", "--password-file", str(path), code=None,
                         AMT_PASSWORD=None), left)
    contains(machine.run("deactivate", "--local"), left)
    same(left in machine.run("amtinfo").log, False)
    path.unlink()
    same(left in machine.run("activate", "--ccm").log, False)


def what_is_left_of_an_activation_opens_amt():
    """The agent is killed after AMT was given the password, and before it was told."""
    asked, over = threading.Event(), threading.Event()

    def hangs(method, _path, _body):
        if method == "POST":
            asked.set()
            over.wait(60)
        return KEPT[method], made()

    machine = admin_machine()
    console = Console(hangs)
    process = machine.start("activate", "--url", console.url + "/p", AMT_PASSWORD=None)
    asked.wait(60)
    os.kill(agent_of(process), signal.SIGKILL)
    same(finish(process).code, 128 + signal.SIGKILL)
    over.set()
    console.stop()
    same((machine.mode(), sorted(kept(machine))), ("admin control mode", ["AMT", "MEBx"]))
    contains(machine.run("deactivate", "--local", "--password-file", str(files(machine)[0]),
                         AMT_PASSWORD=None), "amt-password-", "mebx-password-")
    same(machine.mode(), "not activated")


def one_that_is_under_way_has_left_nothing():
    machine = Machine("--setup-delay-ms", "3000")
    path = write(machine, "made.json", json.dumps(made("ccmactivate")))
    process = machine.start("activate", "--profile", path, "-v", AMT_PASSWORD=None)
    way(process)
    same(list(kept(machine)), ["AMT"])
    other = Machine(RPC_STATE_FOLDER=machine.environment["RPC_STATE_FOLDER"])
    same("was ended" in other.run("configure", "enable-amt", code=None).log, False)
    same((finish(process).code, files(machine)), (0, []))


def where_they_cannot_be_kept_amt_is_left_alone():
    machine = Machine()
    folder = pathlib.Path(machine.folder.name)
    path = write(machine, "made.json", json.dumps(made("ccmactivate")))
    (folder / "file").write_text("")
    (folder / "link").symlink_to(folder)
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    (folder / "other").mkdir()
    places = ["file", "link", "open", "none/none"]
    if os.getuid() == 0:
        os.chown(folder / "other", 4711, 4711)
        places.append("other")
    for place in (*(str(folder / name) for name in places), "relative"):
        result = machine.run("activate", "--profile", path, code=10, AMT_PASSWORD=None,
                             RPC_STATE_FOLDER=place)
        contains(result, "there is no folder to keep it in", "AMT was left as it was found")
    same((machine.mode(), (folder / "relative").exists()), ("not activated", False))
    machine.run("activate", "--ccm", RPC_STATE_FOLDER="relative")  # it makes none


def where_the_disk_is_full_amt_is_left_alone():
    """As with RLIMIT_FSIZE, which no file of one byte passes."""
    machine = Machine()
    path = write(machine, "made.json", json.dumps(made("ccmactivate")))
    own = {**os.environ, **machine.environment}
    result = finish(subprocess.Popen(
        [AMTSIM, "mei", *machine.options, "--", "/bin/sh", "-c",
         "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"", RPC, "activate", "--profile", path,
         *machine.flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=machine.folder.name, env=own))
    contains(result, "the password that would be made cannot be kept")
    same((machine.mode(), files(machine)), ("not activated", []))


def a_full_disk_leads_to_the_next_place():
    """In a mount namespace of its own, where there may be one."""
    own = ["unshare", "-m", "/bin/sh", "-ec",
           "mount -t tmpfs -o size=4k none /var/lib; mount -t tmpfs none /run; echo x >/var/lib/x; "
           'mkdir -m 700 /var/lib/outband-rpc; test -n "$2" || exit 0; "$0" "$@"; echo; '
           "ls -d /run/outband-rpc"]
    if os.getuid() != 0 or subprocess.run(own, check=False, capture_output=True).returncode != 0:
        return
    machine = Machine()
    path = write(machine, "made.json", json.dumps(made("ccmactivate")))
    environment = {**os.environ, **machine.environment, "RPC_STATE_FOLDER": ""}
    result = finish(subprocess.Popen(
        [*own, AMTSIM, "mei", *machine.options, "--", RPC, "activate", "--profile", path,
         *machine.flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=machine.folder.name, env=environment))
    same((result.code, result.out.split("\n\n")[1]), (0, "/run/outband-rpc\n"))
    logs_in(machine, passwords(result.out)["AMT"])


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
        where_amt_says_yes_and_stays_activated_nothing_is_thrown_away,
        a_machine_that_was_active_stays_so_and_the_passwords_are_shown,
        a_control_mode_that_cannot_be_read_hides_nothing,
        where_nothing_can_be_printed_files_have_them,
        the_result_tells_of_the_registration,
        after_amt_s_yes_a_login_that_is_refused_is_tried_again,
        and_what_amt_said_yes_to_is_never_thrown_away,
        a_server_is_told_of_it,
        what_is_undecided_is_shown_and_told_to_no_server,
        a_first_try_without_an_answer_is_found_done_by_the_second,
        amt_s_own_refusal_leaves_nothing_to_tell,
        a_refusal_of_what_amt_has_done_throws_nothing_away,
        over_tls_the_mode_is_no_login,
        a_mebx_password_outlives_a_set_up_that_is_taken_back,
        one_that_amt_refuses_is_not_shown_but_stays_in_its_file,
        nor_is_amt_s_own_that_the_mebx_was_refused,
        the_step_that_did_not_set_it_is_told,
        over_tls_a_refusal_of_what_amt_has_begun_is_settled_by_a_login,
        output_that_nobody_sees_is_refused_before_anything_is_done,
        output_that_breaks_off_has_files_in_its_place,
        a_second_signal_leaves_them_in_files,
        nor_does_one_in_the_middle_of_the_activation,
        nor_does_the_key_that_quits,
        one_that_was_killed_has_left_them,
        what_is_left_of_an_activation_opens_amt,
        one_that_is_under_way_has_left_nothing,
        where_they_cannot_be_kept_amt_is_left_alone,
        where_the_disk_is_full_amt_is_left_alone,
        a_full_disk_leads_to_the_next_place,
        one_signal_lets_them_be_shown,
        nor_is_that_of_a_server_that_amt_calls,
    ])
