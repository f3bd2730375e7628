"""`rpc amtinfo` on simulated machines of several generations, and where there is none."""

import json

from agent import Terminal, contains, main, run, same, simulated, tempfile, pathlib

ADMIN = "acm:Am1-info-test"  # noqa: of a simulated device
PASSWORD = {"AMT_PASSWORD": "Am1-info-test"}


def facts(*arguments, **more):
    return json.loads(simulated("amtinfo", "--json", *arguments, **more).out)


def everything_is_shown_without_a_selector():
    got = facts(options=("--dns-suffix", "corp.example.test"))
    same(list(got), [
        key for key in ("amt", "buildNumber", "sku", "features", "uuid", "controlMode",
                        "provisioningState", "operationalState", "dnsSuffix", "dnsSuffixOS",
                        "hostnameOS", "ras", "wiredAdapter", "wirelessAdapter", "upid",
                        "heciAvailable") if key != "dnsSuffixOS" or "dnsSuffixOS" in got])
    same((got["amt"], got["buildNumber"], got["sku"]), ("16.1.25", "1917", "16392"))
    same(got["features"], "AMT Pro Corporate")
    same((got["controlMode"], got["provisioningState"]), ("not activated", "pre-provisioning"))
    same(got["operationalState"], "enabled")
    same(got["dnsSuffix"], "corp.example.test")
    same(got["wiredAdapter"]["osIpAddress"], "Not Found")
    same(got["wirelessAdapter"]["osIpAddress"], "0.0.0.0")
    same(got["heciAvailable"], True)


def selectors_choose():
    for selector, keys in ((("--ver",), ["amt"]), (("-b",), ["buildNumber"]),
                           (("-s",), ["sku", "features"]), (("-u",), ["uuid"]),
                           (("-mp",), ["controlMode", "provisioningState"]),
                           (("--upid",), ["upid"]), (("-a",), ["ras"]),
                           (("-l",), ["wiredAdapter", "wirelessAdapter"]),
                           (("--cert",), ["certificateHashes"]),
                           (("-hostname",), ["hostnameOS"]),
                           (("--operationalState",), ["operationalState"])):
        same(list(facts(*selector)), [*keys, "heciAvailable"])


def trusted_roots_are_listed_by_name():
    hashes = facts("--cert")["certificateHashes"]
    same(list(hashes), sorted(hashes))
    root = hashes["Go Daddy Class 2 CA"]
    same(root, {"Hash": root["Hash"], "Name": "Go Daddy Class 2 CA", "Algorithm": "SHA256",
                "IsActive": True, "IsDefault": True})
    same(len(root["Hash"]), 64)


def an_activated_machine_is_asked_on_its_ports():
    for more in ((), ("--lms",)):
        done = simulated("amtinfo", "--proxy", "--userCert", options=("--activated", ADMIN, *more),
                         **PASSWORD)
        contains(done.out, "No HTTP proxy access points configured")
        contains(done.out, "No public key certificates found")
    done = simulated("amtinfo", "--proxy", options=("--activated", ADMIN), AMT_PASSWORD="Wr0ng-one")
    contains(done.out, "Proxy configuration could not be retrieved")
    contains(done.log, "refuses")


def tls_is_spoken_where_it_is_enforced():
    options = ("--personality", "19", "--activated", ADMIN)
    done = simulated("amtinfo", "--proxy", "--skip-amt-cert-check", options=options, **PASSWORD)
    contains(done.out, "No HTTP proxy access points configured")
    done = simulated("amtinfo", "--proxy", options=options, **PASSWORD)
    contains(done.out, "Proxy configuration could not be retrieved")
    contains(done.log, "--skip-amt-cert-check")


def older_firmware_has_no_operational_state():
    same("operationalState" in facts(options=("--personality", "11.8")), False)
    same("operationalState" in facts(options=("--personality", "15")), False)


def v2_has_its_own_text():
    done = simulated("amtinfo", "-ver", "-mode", "-ras", "-compat", "v2",
                     options=("--activated", ADMIN), **PASSWORD)
    same(done.out,
         "Version\t\t\t: 16.1.25\n"
         "Control Mode\t\t: activated in admin control mode\n"
         "RAS Network      \t: direct\n"
         "RAS Remote Status\t: not connected\n"
         "RAS Trigger      \t: user initiated\n"
         "RAS MPS Hostname \t: \n")


def v2_has_its_own_json():
    done = simulated("amtinfo", "-json", RPC_COMPAT="v2")
    got = json.loads(done.out)
    same(list(got), sorted(got))
    same(got["controlMode"], "pre-provisioning state")
    same(got["ras"]["networkStatus"], "direct")


def it_is_a_table():
    lines = simulated("amtinfo", "--table", "-m").out.splitlines()
    same(lines[0].split(), ["Category", "Flag", "Property", "Value"])
    same(lines[2], "AMT Device Information  --mode  Control Mode  not activated")


def a_terminal_has_colours_and_boxes():
    terminal = Terminal("amtinfo", "-m", options=())
    same(terminal.end(), 0)
    contains(terminal.text, "\x1b[31mnot activated\x1b[0m")
    terminal = Terminal("amtinfo", "--no-color", options=(), columns=150)
    same(terminal.end(), 0)
    contains(terminal.text, "┌─ AMT Device Information ")
    same("\x1b" in terminal.text, False)


def without_a_driver_the_system_s_part_is_shown():
    done = simulated("amtinfo", options=("--mei-fault", "no-driver"), status=2)
    contains(done.out, "The MEI/HECI driver was not detected.")
    contains(done.out, "Hostname (OS)")
    done = simulated("amtinfo", "--json", options=("--mei-fault", "no-driver"), status=2)
    same(json.loads(done.out)["heciAvailable"], False)
    done = simulated("amtinfo", "--compat=v2", options=("--mei-fault", "no-driver"), status=2)
    same(done.out, "")
    contains(done.log, "Error 2: HECIDriverNotDetected")


def what_the_interface_says_is_the_code():
    simulated("amtinfo", options=("--mei-fault", "no-permission"), status=1)
    simulated("amtinfo", options=("--mei-fault", "no-client"), status=3)


def a_client_that_fails_costs_no_more_than_its_facts():
    got = facts(options=("--mei-fault", "status:1@0x48"))
    same("wiredAdapter" in got, False)
    same(got["amt"], "16.1.25")


def a_reset_in_the_middle_is_survived():
    same(facts(options=("--mei-fault", "reset:3"))["amt"], "16.1.25")


def amtinfo_is_done_without_a_command():
    contains(simulated().out, "AMT Device Information")
    contains(simulated("-m").out, "Control Mode")


def values_come_from_the_environment_and_from_a_file():
    with tempfile.TemporaryDirectory() as folder:
        same(list(json.loads(simulated("amtinfo", "-m", RPC_JSON="true").out)),
             ["controlMode", "heciAvailable"])
        (pathlib.Path(folder) / "config.yaml").write_text("json: true\namtinfo:\n  ver: true\n")
        done = simulated(folder=folder)
        same(list(json.loads(done.out)), ["amt", "heciAvailable"])
        contains(done.log, "config.yaml is in use")
        (pathlib.Path(folder) / "config.yaml").write_text("json: [\n")
        contains(run("version", folder=folder, status=34).log, "config.yaml: line 2 is no YAML")


if __name__ == "__main__":
    main([
        everything_is_shown_without_a_selector,
        selectors_choose,
        trusted_roots_are_listed_by_name,
        an_activated_machine_is_asked_on_its_ports,
        tls_is_spoken_where_it_is_enforced,
        older_firmware_has_no_operational_state,
        v2_has_its_own_text,
        v2_has_its_own_json,
        it_is_a_table,
        a_terminal_has_colours_and_boxes,
        without_a_driver_the_system_s_part_is_shown,
        what_the_interface_says_is_the_code,
        a_client_that_fails_costs_no_more_than_its_facts,
        a_reset_in_the_middle_is_survived,
        amtinfo_is_done_without_a_command,
        values_come_from_the_environment_and_from_a_file,
    ])
