"""`rpc activate`, `deactivate` and `maintenance` with the real server: every way into use, and back
out of it, on simulated machines of several kinds."""

import json
import signal

from ground import PASSWORD, Ground
from agent import contains, main, same
from rig import until

SECRETS = (PASSWORD, "MEBx-s3cret!")
UNUSED = "not activated"
CLIENT, ADMIN = "client control mode", "admin control mode"


class All:
    """What the tests share."""

    ground = None


def begin():
    All.ground = Ground()


def quiet(ended):
    """No password is in what was said."""
    for secret in SECRETS:
        same(secret in ended.out + ended.log, False)
    return ended


def there_and_back(machine, profile, mode, *flags):
    said = quiet(machine.activate(profile, *flags)).log
    contains(said, 'level=info msg="Status: ')
    same(machine.mode(), mode)
    quiet(machine.activate(profile, *flags, password=PASSWORD))
    same(machine.mode(), mode)
    contains(quiet(machine.deactivate()).log, "Status: Deactivated")
    same(machine.mode(), UNUSED)
    machine.activate(profile, *flags)
    same(machine.mode(), mode)


def a_machine_comes_into_client_control_mode_over_lme():
    there_and_back(All.ground.machine(), "ccm", CLIENT)


def and_through_lms():
    there_and_back(All.ground.machine().has_lms(), "ccm", CLIENT)


def a_machine_comes_into_admin_control_mode_over_lme():
    there_and_back(All.ground.machine(), "acm", ADMIN)


def and_through_lms_too():
    there_and_back(All.ground.machine().has_lms(), "acm", ADMIN)


def a_machine_in_client_control_mode_comes_into_admin_control_mode():
    machine = All.ground.machine()
    machine.activate("ccm")
    contains(machine.activate("acm", password=PASSWORD).log, "Upgraded to admin control mode.")
    same(machine.mode(), ADMIN)


def amt_19_is_set_up_inside_tls():
    there_and_back(All.ground.machine(*All.ground.chip), "acm", ADMIN)


def and_through_its_lms():
    there_and_back(All.ground.machine(*All.ground.chip).has_lms(), "acm", ADMIN)


def older_firmware_is_set_up_inside_tls_when_asked_to():
    machine = All.ground.machine()
    said = machine.activate("tls", "--tls-tunnel").log
    contains(said, "The server goes on at AMT's port 16993")
    contains(said, "TLS: Configured")
    same(machine.mode(), ADMIN)
    machine.deactivate()
    same(machine.mode(), UNUSED)


def and_through_lms_as_well():
    machine = All.ground.machine().has_lms()
    machine.activate("tls", "--tls-tunnel")
    same(machine.mode(), ADMIN)


def firmware_of_every_kind_is_set_up():
    for personality in ("11.8", "12.0.67", "14", "15"):
        machine = All.ground.machine("--personality", personality)
        machine.activate("acm")
        same((personality, machine.mode()), (personality, ADMIN))


def firmware_that_does_odd_things_to_lme_is_set_up():
    for kind in ("lme-stale-close", "lme-drop", "lme-split", "lme-coalesce", "lme-refuse:2"):
        machine = All.ground.machine("--mei-fault", kind)
        machine.activate("acm")
        same((kind, machine.mode()), (kind, ADMIN))


def the_machine_calls_in_and_obeys():
    machine = All.ground.machine()
    server = All.ground.site.server
    running = machine.start("activate", "--url", All.ground.url, "--profile", "home", stay=True)
    try:
        path = f"/api/v1/devices/{machine.guid}"
        until(lambda: server.ask("GET", path)[0] == 200 and
              server.ask("GET", path)[1]["connectionStatus"])
        same(server.ask("GET", f"/api/v1/amt/power/state/{machine.guid}")[1]["powerstate"], 2)
        status, answer = server.ask("POST", f"/api/v1/amt/power/action/{machine.guid}",
                                    {"action": 8})
        same((status, answer["Body"]["ReturnValue"]), (200, 0))
        until(lambda: server.ask("GET", f"/api/v1/amt/power/state/{machine.guid}")[1]
              ["powerstate"] == 8)
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)


def results_are_json_when_asked_for():
    machine = All.ground.machine()
    ended = machine.activate("ccm", "--json", "--name", "front desk")
    got = json.loads(ended.out)
    same(list(got), ["device_info", "friendly_name", "message", "profile", "rps_server", "status"])
    same((got["message"], got["status"]), ("Device activated successfully via RPS", "success"))
    same((got["friendly_name"], got["profile"]), ("front desk", "ccm"))
    same((got["device_info"]["uuid"], got["device_info"]["controlMode"]), (machine.guid, CLIENT))
    for line in ended.log.splitlines():
        json.loads(line)
    row = All.ground.site.server.ask("GET", f"/api/v1/devices/{machine.guid}")[1]
    same(row["friendlyName"], "front desk")


def results_read_as_those_of_v2_when_asked_for():
    said = All.ground.machine().activate("ccm", "--compat", "v2").log
    contains(said, 'msg="Provisioning and Configuration Result : "')
    contains(said, 'msg="  Activation:    Client control mode [CCM]"')
    contains(said, 'msg="  Wired Network: Wired Network Configured"')
    same("CIRA Proxy" in said, False)


def v2s_command_lines_work():
    machine = All.ground.machine()
    machine.run("activate", "-u", All.ground.url, "-n", "-profile", "ccm", "-v")
    machine.run("deactivate", "-u", All.ground.url, "-n", "-password", PASSWORD, "-f")
    same(machine.mode(), UNUSED)


def a_server_with_tls_is_checked():
    machine, url = All.ground.machine(), All.ground.secure_url
    given = ("activate", "--profile", "ccm", "--url", url)
    said = machine.run(*given, status=22).log
    contains(said, "--ca FILE")
    same(machine.mode(), UNUSED)
    machine.run(*given, "--ca", All.ground.ca)
    machine.run(*given, AMT_PASSWORD=PASSWORD, SSL_CERT_FILE=str(All.ground.ca))
    machine.run(*given, "--skip-cert-check", AMT_PASSWORD=PASSWORD)
    same(machine.mode(), CLIENT)


def maintenance_does_one_thing_each():
    machine = All.ground.machine()
    machine.activate("acm")
    for task, name in (("syncclock", "synctime"), ("synchostname", "synchostname"),
                       ("syncdeviceinfo", "syncdeviceinfo")):
        said = quiet(machine.to_server("maintenance", task, password=PASSWORD)).log
        contains(said, f"Status: {name} completed succesfully")
    address = ("-staticip", "192.168.7.7", "-netmask", "255.255.255.0")
    machine.to_server("maintenance", "syncip", *address, password=PASSWORD)
    machine.to_server("configure", "sync-clock", password=PASSWORD)
    said = machine.to_server("maintenance", "syncip", "-staticip", "300.1.1.1",
                             password=PASSWORD, status=27).log
    contains(said, "300.1.1.1")
    said = machine.to_server("maintenance", "syncip", "-netmask", "255.0.255.0", password=PASSWORD,
                             status=29).log
    contains(said, "255.0.255.0 is no subnet mask")


def passwords_are_changed_by_the_server():
    machine = All.ground.machine()
    machine.activate("acm")
    machine.to_server("maintenance", "changepassword", password=PASSWORD,
                      RPC_STATIC="N3xt-s3cret!")
    machine.to_server("maintenance", "syncclock", password="N3xt-s3cret!")
    said = machine.to_server("maintenance", "syncclock", password=PASSWORD, status=23).log
    contains(said, "DOES NOT match stored version")
    machine.to_server("maintenance", "changepassword", password="N3xt-s3cret!")
    stored = All.ground.site.secrets.device(machine.guid)["AMT_PASSWORD"]
    same(stored == "N3xt-s3cret!", False)
    machine.deactivate(password=stored)


def odd_passwords_are_told_as_they_are():
    machine = All.ground.machine()
    for odd in ("-A 1 blank! -f", "--force A1!"):
        machine.run("activate", "--url", All.ground.url, "--profile", "ccm")
        machine.deactivate(password=odd, status=23)
        machine.deactivate()


def what_the_server_refuses_is_a_failure():
    machine = All.ground.machine()
    said = machine.activate("no-such", status=21).log
    contains(said, "rps returned error: Device")
    contains(said, "no-such does not match list of available AMT profiles.")
    contains(said, "AMT says that it is now: not activated")
    machine.deactivate(status=109)
    machine.activate("acm", "--dns", "elsewhere.example.org", status=102)
    machine.run("maintenance", "syncclock", "--url", All.ground.url, status=120, RPC_COMPAT="v2")
    same(machine.mode(), UNUSED)


def what_is_missing_on_the_command_line_has_a_code():
    machine = All.ground.machine()
    machine.to_server("activate", status=21)
    machine.to_server("activate", "--profile", "two words", status=21)
    machine.run("activate", "--url", "ftp://x/", "--profile", "ccm", status=20)
    machine.run("activate", "--url", "ws://", "--profile", "ccm", status=20)
    machine.to_server("activate", "--profile", "ccm", "--uuid", "not-a-uuid", status=37)
    machine.to_server("activate", "--profile", "ccm", "--uuid",
                      "03000200-0400-0500-0006-000700080009", status=37)
    machine.activate("ccm")
    machine.deactivate(password=None, status=23)


def end_of_all():
    All.ground.site.stop()
    for secret in SECRETS:
        same(secret in All.ground.site.server.said, False)


if __name__ == "__main__":
    main([
        begin,
        a_machine_comes_into_client_control_mode_over_lme,
        and_through_lms,
        a_machine_comes_into_admin_control_mode_over_lme,
        and_through_lms_too,
        a_machine_in_client_control_mode_comes_into_admin_control_mode,
        amt_19_is_set_up_inside_tls,
        and_through_its_lms,
        older_firmware_is_set_up_inside_tls_when_asked_to,
        and_through_lms_as_well,
        firmware_of_every_kind_is_set_up,
        firmware_that_does_odd_things_to_lme_is_set_up,
        the_machine_calls_in_and_obeys,
        results_are_json_when_asked_for,
        results_read_as_those_of_v2_when_asked_for,
        v2s_command_lines_work,
        a_server_with_tls_is_checked,
        maintenance_does_one_thing_each,
        passwords_are_changed_by_the_server,
        odd_passwords_are_told_as_they_are,
        what_the_server_refuses_is_a_failure,
        what_is_missing_on_the_command_line_has_a_code,
        end_of_all,
    ])
