"""`rpc deactivate` without a server."""

import signal

from console import Console
from machine import Machine, admin_machine, contains, main, same

NONE = "not activated"
ANY = "--skip-amt-cert-check"


def client_mode_is_left_without_a_password():
    machine = Machine()
    machine.run("activate", "--ccm")
    result = machine.run("deactivate", "--local", AMT_PASSWORD=None)
    same(result.out, "")
    contains(result, "Status: Device deactivated")
    same(machine.mode(), NONE)


def a_password_that_is_not_needed_is_told():
    machine = Machine()
    machine.run("activate", "--ccm")
    contains(machine.run("deactivate", "-local", "--json"), "without AMT's password")


def a_machine_that_is_not_activated_is_told():
    contains(Machine().run("deactivate", "--local", code=109),
             "Deactivation failed. Device control mode: not activated")
    contains(Machine().run("deactivate", "-local", "-compat", "v2", code=109),
             "Deactivation failed. Device control mode: pre-provisioning state")


def admin_mode_is_left_with_the_right_password_only():
    machine = admin_machine()
    machine.run("activate", "--acm")
    machine.run("deactivate", "--local", code=100, AMT_PASSWORD="An0ther-password")
    machine.run("deactivate", "--local", code=23, AMT_PASSWORD=None)
    same(machine.mode(), "admin control mode")
    machine.run("deactivate", "--local")
    same(machine.mode(), NONE)


def a_part_is_left_in_admin_mode_only():
    machine = admin_machine()
    machine.run("activate", "--ccm")
    result = machine.run("deactivate", "--local", "--partial", code=109)
    contains(result, "--partial is for admin control mode")
    same("without AMT's password" in result.log, False)
    machine.run("activate", "--acm")
    contains(machine.run("deactivate", "--local", "--partial"), "Device partially deactivated")


def a_server_that_is_named_forgets_the_machine():
    statuses = {"DELETE": 204, "POST": 200}
    console = Console(lambda method, path, body: (statuses[method], {"token": "t0ken"}))
    machine = admin_machine()

    def local(*arguments, code=0, **environment):
        machine.run("activate", "--acm")
        console.asked.clear()
        result = machine.run("deactivate", "--local", *arguments, code=code,
                             AUTH_ENDPOINT=console.url + "/login", **environment)
        same(machine.mode(), NONE)
        return result

    token = {"AUTH_TOKEN": "t0ken"}
    contains(local(**token), "The server has forgotten this machine", "Status: Device deactivated")
    [(method, path)] = console.calls()
    same((method, path.startswith("/api/v1/devices/")), ("DELETE", True))
    local(AUTH_USERNAME="ann", AUTH_PASSWORD="Hers-1")
    same(console.calls(), [("POST", "/login"), ("DELETE", path)])
    local("--devices-endpoint", console.url + "/mine", **token)
    same(console.calls(), [("DELETE", "/mine/" + path.rsplit("/", 1)[1])])
    local()
    same(console.calls(), [])
    statuses["DELETE"] = 500
    contains(local(code=10, **token), "AMT is deactivated, but the server still lists it")
    machine.run("activate", "--acm")
    for there in ("wss://127.0.0.1:1/", "https://"):  # found before AMT is touched
        contains(machine.run("deactivate", "--local", "--devices-endpoint", there, code=20,
                             **token), "--devices-endpoint")
        same(machine.mode(), "admin control mode")
    machine.run("deactivate", "--local", code=0)
    console.stop()
    contains(local(code=70, **token), "AMT is deactivated, but the server still lists it")


def what_does_not_fit_together_is_refused():
    machine = Machine()
    contains(machine.run("deactivate", code=28),
             "-u flag is required when not using local mode")
    machine.run("deactivate", "-compat", "v2", code=20)  # --lmsport is given, too
    machine.flags = []
    machine.run("deactivate", "-compat", "v2", code=28)
    machine.run("deactivate", code=28, RPC_COMPAT="v2")
    machine.run("deactivate", "-f", code=20, RPC_COMPAT="v2")
    machine.run("deactivate", "-f", code=28)
    machine.run("deactivate", "--local", "--url", "wss://x.test", code=33)
    machine.run("deactivate", "--partial", "--url", "wss://x.test", code=33)


def a_refusal_has_its_code():
    machine = admin_machine()
    machine.run("activate", "--acm")
    contains(machine.run("deactivate", "--local", code=109, options=("--fail", "Unprovision=1")),
             "Unprovision")
    machine.run("deactivate", "--local")


def a_yes_of_an_amt_that_stays_as_it_was_is_none():
    machine = admin_machine()
    machine.run("activate", "--acm")
    result = machine.run("deactivate", "--local", code=110, options=("--fail", "Unprovision=0"))
    contains(result, "AMT says yes to the deactivation, and is still: admin control mode")
    same("Device deactivated" in result.log, False)
    result = machine.run("deactivate", "--local", code=110, options=(
        "--fail", "Unprovision=0", "--mei-fault", "status:1@0x11"))
    contains(result, "admin control mode")
    machine.run("deactivate", "--local")
    same(machine.mode(), NONE)


def a_lost_answer_is_settled_by_the_mode():
    for part, call in ((), "Unprovision"), (("--partial",), "PartialUnprovision"):
        machine = admin_machine()
        machine.run("activate", "--acm")
        machine.run("deactivate", "--local", *part, options=("--lose-answer", call))
        same(machine.mode(), NONE)


def and_so_are_the_answers_about_a_part():
    machine = admin_machine()
    call = "AMT_SetupAndConfigurationService.PartialUnprovision="
    machine.run("activate", "--acm")
    result = machine.run("deactivate", "--local", "--partial", code=110,
                         options=("--fault", call + "refuse:0"))
    contains(result, "AMT says yes to the deactivation, and is still: admin control mode")
    machine.run("deactivate", "--local", "--partial", options=("--fault", call + "return:1"))
    same(machine.mode(), NONE)


def a_signal_lets_it_finish():
    machine = admin_machine("--latency", "700")
    machine.run("activate", "--acm")
    result = machine.interrupt("deactivate", "--local", "-v", after="reached through",
                               number=signal.SIGTERM)
    same(machine.mode(), NONE)
    contains(result, "the deactivation was finished before ending")


main([client_mode_is_left_without_a_password,
      a_password_that_is_not_needed_is_told,
      a_machine_that_is_not_activated_is_told,
      admin_mode_is_left_with_the_right_password_only,
      a_part_is_left_in_admin_mode_only,
      a_server_that_is_named_forgets_the_machine,
      what_does_not_fit_together_is_refused,
      a_refusal_has_its_code,
      a_yes_of_an_amt_that_stays_as_it_was_is_none,
      a_lost_answer_is_settled_by_the_mode,
      and_so_are_the_answers_about_a_part,
      a_signal_lets_it_finish])
