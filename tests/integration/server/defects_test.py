#!/usr/bin/python3
"""The known defects of the toolkit's MPS and of Console that a client can provoke are not ours. One
function per defect, named after its number in the lists; ELSEWHERE names the tests of the others,
and NOT_OURS says why there is none."""

import pathlib
import re
import threading
import time

from rig import GUID, Server, contains, main, same
from simulated import Devices

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Number: (file under tests/, the name of a test in it), …
ELSEWHERE = {
    "mps 1": [("integration/server/properties_test.py", "GET /api/v1/devices/{guid}"),
              ("unit/server/routes/conversation_test.c", "a_path_segment_that_is_no_guid_is_404")],
    "mps 4": [("unit/access/login_test.c", "a_name_and_password_of_digits_work")],
    "mps 6": [("scenario/mps/presence.scenario",
               "a connection that claims a GUID without proving it changes nothing")],
    "mps 7": [("scenario/mps/login.scenario", "a method without a password is never good enough")],
    "mps 8": [("scenario/mps/hostile.scenario",
               "a gigantic string length ends the tunnel before its bytes come")],
    "mps 9": [("scenario/mps/login.scenario",
               "who guesses passwords waits longer each time, over all its connections"),
              ("scenario/mps/hostile.scenario",
               "a device that stalls before it logs in is cut at the deadline")],
    "mps 10": [("unit/amt/login_test.c", "a_device_without_authentication_is_served"),
               ("unit/amt/login_test.c", "a_scout_that_fails_is_followed_by_another")],
    "mps 11": [("unit/amt/exchange_test.c",
                "a_device_that_hangs_costs_thirty_seconds_and_no_place")],
    "mps 12": [("scenario/mps/channels.scenario",
                "a device that dies under a question answers it with an error")],
    "mps 13": [("scenario/mps/channels.scenario",
                "a question opens a channel, is answered and leaves the tunnel in place")],
    "mps 14": [("unit/amt/exchange_test.c", "chunks_and_bytes_one_by_one_are_joined"),
               ("scenario/mps/login.scenario", "every byte may arrive alone")],
    "mps 18": [("integration/server/life_test.py",
                "a_lost_key_ends_the_start_and_nothing_is_made_anew")],
    "mps 19": [("unit/amt/enumerate_test.c", "a_list_is_pulled_until_its_end"),
               ("unit/amt/explorer_test.c", "a_list_is_the_enumerate_and_each_pull")],
    "mps 24": [("unit/server/routes/devices_test.c", "presence_and_tenant_in_a_body_are_ignored")],
    "mps 25": [("integration/server/life_test.py", "everything_outlives_a_kill")],
    "mps 32": [("unit/access/throttle_test.c",
                "five_failures_shut_the_door_for_a_second_then_for_twice_as_long"),
               ("integration/server/properties_test.py", "POST /api/v1/authorize")],
    "mps 33": [("integration/server/life_test.py", "only_machines_may_use_old_ciphers")],
    "console 2": [("unit/apf/split_test.c", "a_cut_at_any_byte_is_understood"),
                  ("integration/sim/records_test.py", "one_message_is_one_record"),
                  ("scenario/mps/presence.scenario",
                   "the newest login wins and the older tunnel is told")],
    "console 3": [("integration/server/jobs_test.py", "everybody_is_switched_off"),
                  ("integration/server/jobs_test.py",
                   "no_more_devices_are_in_work_than_asked_for")],
    "console 8": [("integration/server/lan_test.py",
                   "the_certificate_is_shown_pinned_and_enforced"),
                  ("integration/server/lan_test.py",
                   "a_new_pin_ends_what_goes_on_under_the_old_one")],
    "console 9": [("unit/server/routes/devices_test.c",
                   "a_row_of_another_tenant_is_204_and_an_unknown_one_404")],
    "console 12": [("unit/amt/login_test.c", "a_challenge_is_used_for_all_later_requests"),
                   ("unit/amt/exchange_test.c", "a_connection_is_kept_for_the_next_request")],
    "console 14": [("integration/server/inventory_test.py", "other_classes_can_be_explored")],
    "console 16": [("unit/server/routes/operations_test.c",
                    "consoles_find_version_and_features")],
    "console 17": [("integration/server/life_test.py",
                    "a_password_that_was_made_is_kept_out_of_the_journal")],
}

NOT_OURS = {
    "mps 2": "no client can stop SQLite; a store that fails is tested with the routes",
    "mps 3": "there is no PostgreSQL yet",
    "mps 5": "the relay is not built yet",
    "mps 15": "the relay is not built yet",
    "mps 16": "the relay is not built yet",
    "mps 17": "the relay is not built yet",
    "mps 21": "kept, since clients depend on the types; the explorer and the inventory have the text",
    "mps 23": "speed; ./dev bench",
    "mps 26": "there is no MQTT yet",
    "mps 28": "the relay is not built yet",
    "mps 31": "speed; ./dev bench",
    "console 4": "roles are not built yet",
    "console 5": "Redfish is not built yet",
    "console 10": "events do not leave the server yet",
    "console 13": "settings; client certificates are not built yet",
    "console 15": "obctl adds devices from a file; the rest is not built yet",
    "console 18": "no defect of a program; ./dev bench, amtsim",
}

SLOW_S = 3  # per answer; hardwareInfo takes several

server = Server(flags=["--log-level", "silly"])
server.log_in()
devices = Devices(server, "16.1", "12.0.67")
guid, older = devices.guids


def ask(method, path, body=None):
    return server.ask(method, path.replace("GUID", guid), body)


def mps_20_values_in_xml_are_escaped():
    for number, name in enumerate(['a</p:ElementName><p:x>"&\'', "]]>", "\u00e9\U0001f680 &amp;"]):
        alarm = {"ElementName": name, "InstanceID": f"i{number}<&>",
                 "StartTime": "2031-01-01T00:00:00Z"}
        same(ask("POST", "/api/v1/amt/alarmOccurrences/GUID", alarm)[0], 200)
        listed = ask("GET", "/api/v1/amt/alarmOccurrences/GUID")[1]
        same([(one["ElementName"], one["InstanceID"]) for one in listed],
             [(name, alarm["InstanceID"])])
        same(ask("DELETE", "/api/v1/amt/alarmOccurrences/GUID",
                 {"Name": alarm["InstanceID"]})[0] < 300, True)


def mps_22_lists_of_one_element_are_lists():
    one = devices.add("16.1", "--fault", "*.Pull=single")
    for path in ("features", "hardwareInfo", "power/bootSources", "certificates",
                 "networkSettings", "networkSettings/wireless/profile", "alarmOccurrences"):
        for which in (guid, older, devices.guids[one]):
            status, answer = server.ask("GET", f"/api/v1/amt/{path}/{which}")
            same((path, which, status), (path, which, 200))
            if path == "power/bootSources":
                same((isinstance(answer, list), len(answer) == 1),
                     (True, which == devices.guids[one]))
            elif path in ("networkSettings/wireless/profile", "alarmOccurrences"):
                same(isinstance(answer, list), True)


def mps_27_secrets_stay_out_of_the_log():
    row = {"guid": GUID, "mpsusername": "someone", "mpspassword": "Secret-mps-1",
           "amtpassword": "Secret-amt-1", "mebxpassword": "Secret-mebx-1"}
    same(ask("POST", "/api/v1/devices", row)[0], 201)
    same(ask("PATCH", "/api/v1/devices", {"guid": GUID, "amtpassword": 7})[0], 400)
    profile = {"profileName": "secretive", "ssid": "s", "priority": 7,
               "authenticationMethod": "WPA2PSK", "encryptionMethod": "CCMP",
               "password": "Secret-psk-1"}
    same(ask("POST", "/api/v1/amt/networkSettings/wireless/profile/GUID", profile)[0], 204)
    details = {"url": "https://192.0.2.1/x.iso", "username": "u", "password": "Secret-boot-1"}
    ask("POST", "/api/v1/amt/power/bootOptions/GUID",
        {"action": 105, "useSOL": False, "bootDetails": details})
    server.log_in("Secret-login-1")
    said = server.output()
    for secret in ("Secret-", server.token, server.password()):
        if secret in said:
            raise AssertionError(f"the log has {secret!r}")


def mps_29_a_static_address_is_set_though_ip_sync_stays_on():
    path = "/api/v1/amt/networkSettings/wired/GUID"
    change = {"dhcpEnabled": False, "ipSyncEnabled": False, "ipAddress": "192.0.2.9",
              "subnetMask": "255.255.255.0", "defaultGateway": "192.0.2.1",
              "primaryDNS": "192.0.2.2"}
    same(ask("PATCH", path, change)[0] < 300, True)
    settings = ask("GET", path)[1]
    same((settings["dhcpEnabled"], settings["ipAddress"]), (False, "192.0.2.9"))
    same(ask("PATCH", path, {"dhcpEnabled": True})[0] < 300, True)
    same(ask("GET", path)[1]["dhcpEnabled"], True)


def mps_30_what_was_refused_or_never_sent_is_done():
    details = {"url": "https://192.0.2.1/x.iso", "username": "u", "password": "p",
               "enforceSecureBoot": True}
    status, answer = ask("POST", "/api/v1/amt/power/bootOptions/GUID",
                         {"action": 105, "useSOL": False, "bootDetails": details})
    same((status, answer["Body"]["ReturnValue"]), (200, 0))
    for action in (15, 16):
        status, answer = ask("POST", "/api/v1/amt/power/action/GUID", {"action": action})
        same(status, 200)
        if answer["Body"]["ReturnValue"] == 36:
            raise AssertionError(f"{action} was not sent")
    status, answer = ask("GET", "/api/v1/amt/log/audit/GUID")
    same((status, answer["totalCnt"] > 0), (200, True))


def console_1_a_slow_device_delays_no_other():
    slow = devices.add("12.0.67", "--fault", f"*=slow:{SLOW_S}000")
    waiting = threading.Thread(target=devices.ask,
                               args=(slow, "GET", "/api/v1/amt/hardwareInfo/GUID"))
    waiting.start()
    longest = 0
    for _ in range(20):
        start = time.monotonic()
        same(ask("GET", "/api/v1/amt/power/state/GUID")[0], 200)
        longest = max(longest, time.monotonic() - start)
    same(waiting.is_alive(), True)
    if longest > SLOW_S / 2:
        raise AssertionError(f"one of them took {longest:.1f} s")
    waiting.join()


def console_6_connections_are_counted_shown_and_ended():
    stats = ask("GET", "/api/v1/devices/stats")[1]
    same(stats["connectedCount"], len(devices.guids))
    same(stats["totalCount"] - stats["connectedCount"], stats["disconnectedCount"])
    same({row["guid"] for row in ask("GET", "/api/v1/devices?status=1")[1]}, set(devices.guids))
    same(ask("GET", "/api/v1/devices/redirectstatus/GUID")[1],
         {"isKVMConnected": False, "isSOLConnected": False, "isIDERConnected": False})
    same(ask("DELETE", "/api/v1/devices/refresh/GUID")[0], 200)
    same(ask("DELETE", "/api/v1/devices/disconnect/GUID")[0], 200)
    while ask("GET", "/api/v1/amt/power/state/GUID")[0] != 200:  # it calls in again
        time.sleep(0.05)


def console_7_a_redirection_token_is_no_key_to_the_rest():
    token = ask("GET", "/api/v1/authorize/redirection/GUID")[1]["token"]
    same(server.ask("GET", "/api/v1/devices", token=token)[0], 401)
    same(server.ask("GET", f"/api/v1/amt/power/state/{guid}", token=token)[0], 401)


def console_11_a_fault_is_told_with_the_devices_reason():
    status, answer = ask("DELETE", "/api/v1/amt/alarmOccurrences/GUID", {"Name": "nobody"})
    same((status, answer["error"]), (404, "Alarm instance not found"))
    contains(answer["errorDescription"], ": ")


def console_19_what_the_standard_allows_is_taken():
    profile = {"profileName": "long", "ssid": "s", "priority": 8,
               "authenticationMethod": "WPA2PSK", "encryptionMethod": "CCMP", "password": "x" * 63}
    same(ask("POST", "/api/v1/amt/networkSettings/wireless/profile/GUID", profile)[0], 204)
    same(ask("POST", "/api/v1/amt/network/linkPreference/GUID",
             {"linkPreference": 1, "timeout": 0})[0], 200)
    same(ask("GET", "/api/v1/amt/log/audit/GUID?startIndex=x")[0], 400)


def console_20_no_secret_comes_back():
    row = ask("GET", "/api/v1/devices/GUID")[1]
    if {"password", "mpspassword", "amtpassword", "mebxpassword"} & {
            name for name, value in row.items() if value}:
        raise AssertionError(f"a password is in {row}")


def tests_of(file):
    """Names of the tests that run in a file: not those that are only written in it."""
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".scenario"):
        return set(re.findall(r"^scenario (.+)$", text, re.M))
    if file.endswith(".c"):
        lists = re.findall(r"struct CMUnitTest \w+\[\] = \{(.*?)\n    \};", text, re.S)
        return {name for one in lists for name in re.findall(r"\w+\((\w+)[,)]", one)}
    if file.endswith("properties_test.py"):
        document = server.ask("GET", "/api/openapi.json")[1]
        return {f"{method.upper()} {path}" for path, methods in document["paths"].items()
                for method in methods}
    listed = re.search(r"(?:^main\(|tests = )\[(.*?)\]", text, re.S | re.M)
    return set(re.findall(r"\w+", listed[1]))


def every_number_has_a_test_or_a_reason():
    here = {test.__name__.split("_")[0] + " " + test.__name__.split("_")[1] for test in TESTS}
    known = [*here, *ELSEWHERE, *NOT_OURS]
    wanted = [f"mps {number}" for number in range(1, 34)] + \
        [f"console {number}" for number in range(1, 21)]
    same(sorted(known), sorted(wanted))
    for tests in ELSEWHERE.values():
        for file, name in tests:
            if name not in tests_of(file):
                raise AssertionError(f"{file} does not run {name!r}")


def everything_ends_well():
    devices.stop()
    same(server.stop(), 0)


TESTS = [test for name, test in list(globals().items()) if name.startswith(("mps_", "console_"))]
main([*TESTS, every_number_has_a_test_or_a_reason, everything_ends_well])
