#!/usr/bin/python3
"""What is taken back on a device on the LAN when its row changes or goes while a boot or a Wi-Fi
profile is under way: real server, simulated devices that leave the last step without an answer."""

import re
import threading
import time

from on_lan import NETWORK, PASSWORD, Lan
from rig import Server, contains, main, same, until
from wireless import wireless

POWER = "CIM_PowerManagementService.RequestPowerStateChange"
WIFI = "AMT_WiFiPortConfigurationService.AddWiFiSettings"
OVER_HTTPS = {"action": 105, "useSOL": False, "bootDetails": {"url": "https://192.0.2.1/boot.efi"}}
CHANGED = "how the device is reached has just been changed"

server = Server(flags=["--metrics-open", "--drain", "6"])
server.log_in()


def silent(place, method, *flags):
    """A device that has no answer to `method`."""
    return Lan(place, "--personality", "16.1", "--fault", f"{method}=silent", *flags)


def add(address, **members):
    status, answer = server.ask("POST", "/api/v1/devices",
                                {"hostname": address, "password": PASSWORD, **members})
    same(status, 201)
    return answer["guid"]


def change(guid, **members):
    same(server.ask("PATCH", "/api/v1/devices", {"guid": guid, **members})[0], 200)


def delete(guid, with_secrets):
    flag = "?isSecretToBeDeleted=true" if with_secrets else ""
    same(server.ask("DELETE", f"/api/v1/devices/{guid}{flag}")[0], 204)


def asked(path, guid, body=None, method="POST"):
    """Asks on a thread; the list gets the answer."""
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(server.ask(method, f"/api/v1/amt/{path}/{guid}", body)))
    thread.start()
    return thread, answers


def said_no(thread, answers, why=CHANGED):
    thread.join(30)
    same(len(answers), 1)
    same(answers[0][0], 503)
    contains(answers[0][1]["errorDescription"], why)


def explored(guid, call):
    status, answer = server.ask("GET", f"/api/v1/amt/explorer/{guid}/{call}")
    same(status, 200)
    return answer["xmlOutput"]


def connections():
    text = server.ask("GET", "/metrics", token=None)[1].decode()
    return int(re.search(r"^outband_mps_lan_connections (\d+)$", text, re.MULTILINE)[1])


def is_armed(guid):
    return "IsNext>1<" in explored(guid, "CIM_ElementSettingData") or \
        "UefiBootNumberOfParams>0<" not in explored(guid, "AMT_BootSettingData")


def a_boot(guid):
    """A boot of which only the restart is missing, for which the device has no answer."""
    same(is_armed(guid), False)
    call = asked("power/bootOptions", guid, OVER_HTTPS)
    until(lambda: is_armed(guid))
    return call


def what_is_stored(guid):
    status, answer = server.ask("GET", f"/api/v1/amt/certificates/{guid}")
    same(status, 200)
    return ([one["displayName"] for one in answer["certificates"]["publicKeyCertificateItems"]],
            [one["instanceID"] for one in answer["publicKeys"]["publicPrivateKeyPairItems"]])


def a_profile(guid, name):
    """A profile whose certificate and key are stored already."""
    call = asked("networkSettings/wireless/profile", guid, wireless(name))
    until(lambda: name in what_is_stored(guid)[0])
    return call


def disarms(guid, changed, back):
    """A boot is under way; `changed`, and then `back`, since it takes that to look."""
    call = a_boot(guid)
    change(guid, **changed)
    said_no(*call)
    change(guid, **back)
    until(lambda: not is_armed(guid))


def a_deactivation_that_waits_its_turn_is_not_sent_after_a_change():
    faults = ("CIM_ServiceAvailableToElement=silent", "IPS_PowerManagementService=silent")
    with Lan(9, "--personality", "16.1", "--fault", faults[0], "--fault", faults[1]) as lan:
        guid = add(lan.address)
        calls = [asked("power/state", guid, method="GET") for _ in range(2)]
        until(lambda: connections() == 3)  # all of its places are taken
        thread, said = asked("deactivate", guid, method="DELETE")
        time.sleep(0.5)  # 502: it came after the change
        change(guid, certHash="00" * 32)
        for call in calls:
            said_no(*call)
        thread.join(30)
        same(said[0][0] in (502, 503), True)
        change(guid, certHash=None)
        same(server.ask("GET", f"/api/v1/amt/version/{guid}")[0], 200)


def another_password_disarms_a_boot_that_is_under_way():
    with silent(1, POWER) as lan:
        for tls in (False, True):
            guid = add(lan.address, useTLS=tls)
            disarms(guid, {"password": "Wrong-1-password"}, {"password": PASSWORD})
            disarms(guid, {"username": "nobody"}, {"username": None})


def another_pin_disarms_a_boot_that_is_under_way():
    with silent(2, POWER) as lan:
        guid = add(lan.address)
        disarms(guid, {"certHash": "00" * 32}, {"certHash": lan.sha256})
        disarms(guid, {"certHash": "00" * 32}, {"certHash": None})
        call = a_boot(guid)
        same(server.ask("POST", f"/api/v1/devices/cert/{guid}",
                        {"sha256Fingerprint": lan.sha256})[0], 200)
        said_no(*call)
        until(lambda: not is_armed(guid))


def another_address_disarms_a_boot_that_is_under_way():
    with silent(3, POWER, "--close-each") as lan:
        guid = add(lan.address)
        disarms(guid, {"hostname": f"{NETWORK}.250"}, {"hostname": lan.address})
        disarms(guid, {"useTLS": False}, {"useTLS": True})
        disarms(guid, {"mpsusername": "calls"}, {"mpsusername": None})
        disarms(guid, {"allowSelfSigned": False}, {"allowSelfSigned": True})


def a_deletion_disarms_a_boot_that_is_under_way():
    with silent(4, POWER, "--close-each") as lan:
        for with_secrets in (False, True):
            guid = add(lan.address)
            call = a_boot(guid)
            delete(guid, with_secrets)
            said_no(*call)
            same(add(lan.address, guid=guid), guid)
            until(lambda guid=guid: not is_armed(guid))


def a_change_and_a_deletion_take_keys_back():
    with silent(5, WIFI) as lan:
        guid = add(lan.address)
        before = what_is_stored(guid)
        call = a_profile(guid, "changed")
        change(guid, password="Wrong-1-password")
        said_no(*call)
        change(guid, password=PASSWORD)
        until(lambda: what_is_stored(guid) == before)
        call = a_profile(guid, "deleted")
        delete(guid, True)
        said_no(*call)
        same(add(lan.address, guid=guid), guid)
        until(lambda: what_is_stored(guid) == before)


def a_change_disarms_a_boot_at_whatever_step_it_is():
    with silent(6, POWER, "--latency", 20) as lan:
        tls = True
        guid = add(lan.address, useTLS=tls)
        over = threading.Event()
        answers = []

        def keep_asking():
            while not over.is_set():
                answers.append(server.ask("GET", f"/api/v1/amt/power/state/{guid}")[0])

        others = [threading.Thread(target=keep_asking) for _ in range(2)]
        for other in others:
            other.start()
        for step in range(16):
            thread, said = asked("power/bootOptions", guid, OVER_HTTPS)
            time.sleep(step * 0.04)
            while not said:  # once more for one that had not begun by then
                tls = not tls
                change(guid, useTLS=tls)
                thread.join(1)
            said_no(thread, said)
            until(lambda: not is_armed(guid))
        over.set()
        for other in others:
            other.join()
        same(set(answers) - {200, 503}, set())


def the_next_boot_waits_until_the_last_is_taken_back():
    with silent(7, POWER, "--latency", 100) as lan:
        guid = add(lan.address, useTLS=True)
        call = a_boot(guid)
        change(guid, useTLS=False)
        following = asked("power/bootOptions", guid, OVER_HTTPS)
        said_no(*call)
        until(lambda: not is_armed(guid))
        until(lambda: is_armed(guid))
        change(guid, useTLS=True)
        said_no(*following)
        until(lambda: not is_armed(guid))


def a_change_that_changes_nothing_cuts_nothing():
    with silent(8, POWER) as lan:
        guid = add(lan.address)
        thread, said = a_boot(guid)
        change(guid, hostname=lan.address, password=PASSWORD, useTLS=True)
        change(guid, tags=["a"], friendlyName="b")
        same((is_armed(guid), said), (True, []))
        same(server.ask("DELETE", f"/api/v1/devices/refresh/{guid}")[0], 200)
        delete(guid, True)
        said_no(thread, said)
        same(add(lan.address, guid=guid), guid)
        until(lambda: not is_armed(guid))


def it_ends_well():
    same(server.stop(), 0)
    for part in (PASSWORD, "Wrong-1-password"):
        if part in server.said:
            raise AssertionError("a password is in the log")


main([a_deactivation_that_waits_its_turn_is_not_sent_after_a_change,
      another_password_disarms_a_boot_that_is_under_way,
      another_pin_disarms_a_boot_that_is_under_way,
      another_address_disarms_a_boot_that_is_under_way,
      a_deletion_disarms_a_boot_that_is_under_way, a_change_and_a_deletion_take_keys_back,
      a_change_disarms_a_boot_at_whatever_step_it_is,
      the_next_boot_waits_until_the_last_is_taken_back,
      a_change_that_changes_nothing_cuts_nothing, it_ends_well])
