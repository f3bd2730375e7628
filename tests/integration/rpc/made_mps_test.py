"""The password of a server that AMT calls, when `rpc activate` makes it: a server is told of what
AMT has, nothing is told of what it may have, and nothing that AMT uses is forgotten."""

import json
import pathlib

from machine import PASSWORD, admin_machine, contains, main, same
from made_test import console_with, fetch, files, made, passwords
from profile_test import write
import provisioning_pfx

LOGIN = "AMT_MPSUsernamePassword.Put"
ADD = "AMT_RemoteAccessService.AddMpServer"
STATIC = {"generateRandomPassword": False, "adminPassword": PASSWORD,
          "generateRandomMEBXPassword": False, "mebxPassword": ""}


def that_calls():
    machine = admin_machine("--cira-via", "127.0.0.1:1")
    provisioning_pfx.make_chip(pathlib.Path(machine.folder.name))
    return machine


def with_cira(machine, **more):
    pem = pathlib.Path(machine.folder.name, "on-die.pem").read_text()
    return made(**{**STATIC, "cira": {"mpsAddress": "mps.example.test", "mpsUsername": "admin",
                                      "mpsPassword": "", "mpsCert": pem}, **more})


def has(machine, password):
    """AMT, as its own state says."""
    state = pathlib.Path(machine.folder.name, "machine").read_text()
    return json.dumps(["Secret", password], separators=(",", ":")) in state


def told(machine, wanted, *faults, code, arguments=(), **statuses):
    """What a server hears of it: method and password, where there is one; and the result."""
    console = console_with(wanted, **statuses)
    options = [part for fault in faults for part in ("--fault", fault)]
    result = fetch(machine, console, *arguments, code=code, options=options)
    console.stop()
    return [(method, body.get("mpspassword")) for method, _, _, body in console.asked
            if method != "GET"], result


def before():
    """A machine that calls a server, with the password that its server knows."""
    machine = that_calls()
    ((method, password),), result = told(machine, with_cira(machine), code=0)
    same((method, has(machine, password), result.out, files(machine)), ("POST", True, "", []))
    return machine, password


def one_that_amt_may_have_is_shown_and_told_to_no_server():
    for arguments in ((), ("--json",)):
        machine, former = before()
        calls, result = told(machine, with_cira(machine), LOGIN + "=lose", code=104,
                             arguments=arguments)
        shown = result.json()["mpsPassword"] if arguments else passwords(result.out)["MPS"]
        same((calls, has(machine, shown), has(machine, former)), ([("POST", None)], True, False))
        same(files(machine), [])
        contains(result, "register: done", "the server was not told of every password")


def a_refusal_after_an_answer_that_was_lost_leaves_that_open():
    machine, _ = before()
    calls, result = told(machine, with_cira(machine), LOGIN + "#1=lose@1",
                         LOGIN + "#2=fault:AccessDenied", code=104)
    same((calls, has(machine, passwords(result.out)["MPS"])), ([("POST", None)], True))


def one_that_amt_refuses_is_nobody_s_and_the_one_it_has_is_not_forgotten():
    for fault in (LOGIN + "=fault:AccessDenied",
                  "AMT_ManagementPresenceRemoteSAP=fault:InternalError"):
        machine, former = before()
        calls, result = told(machine, with_cira(machine), fault, code=104)
        same((calls, result.out, files(machine)), ([("POST", None)], "", []))
        same(has(machine, former), True)


def one_that_a_later_try_sets_is_told():
    machine, _ = before()
    ((method, password),), result = told(machine, with_cira(machine), LOGIN + "=lose@1", code=0)
    same((method, has(machine, password), result.out), ("POST", True, ""))


def a_step_that_is_not_reached_has_nothing_forgotten():
    machine, former = before()
    calls, _ = told(machine, with_cira(machine), "AMT_GeneralSettings.Get#2=status:401",
                    "AMT_RedirectionService.Get=status:401", code=100)
    same((calls, has(machine, former)), ([("POST", None)], True))


def without_one_in_the_profile_the_server_forgets():
    machine = that_calls()
    calls, _ = told(machine, made(**STATIC), code=0)
    same(calls, [("POST", None), ("PATCH", "")])


def without_a_server_what_amt_may_have_is_shown():
    for options in (("--fault", ADD + "=lose"), ("--fail", "AddRemoteAccessPolicyRule=1")):
        machine = that_calls()
        path = write(machine, "p.json", json.dumps(with_cira(machine)))
        result = machine.run("activate", "--profile", path, code=104, AMT_PASSWORD=None,
                             options=options)
        same((has(machine, passwords(result.out)["MPS"]), files(machine)), (True, []))


if __name__ == "__main__":
    main([
        one_that_amt_may_have_is_shown_and_told_to_no_server,
        a_refusal_after_an_answer_that_was_lost_leaves_that_open,
        one_that_amt_refuses_is_nobody_s_and_the_one_it_has_is_not_forgotten,
        one_that_a_later_try_sets_is_told,
        a_step_that_is_not_reached_has_nothing_forgotten,
        without_one_in_the_profile_the_server_forgets,
        without_a_server_what_amt_may_have_is_shown,
    ])
