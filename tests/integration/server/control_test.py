#!/usr/bin/python3
"""Power, boot, features, consent, screens, platform erase and the end of management of simulated
devices over REST."""

import sqlite3
import time

from rig import Server, contains, main, same
from simulated import Devices

V12, V16 = 0, 1
CLIENT_MODE = []  # the number of a device in client control mode, once there is one
FEATURES = "/api/v1/amt/features/GUID"
FEATURES_V2 = "/api/v2/amt/features/GUID"
BOOT = "/api/v1/amt/power/bootOptions/GUID"
ACTION = "/api/v1/amt/power/action/GUID"
STATE = "/api/v1/amt/power/state/GUID"
SOURCES = "/api/v1/amt/power/bootSources/GUID"
CONSENT = "/api/v1/amt/userConsentCode/GUID"
CANCEL = "/api/v1/amt/userConsentCode/cancel/GUID"
DISPLAYS = "/api/v1/amt/kvm/displays/GUID"
ERASE = "/api/v1/amt/boot/remoteErase/GUID"
ARMED = "/api/v1/amt/boot/armed/GUID"
DEACTIVATE = "/api/v1/amt/deactivate/GUID"
URL = "https://192.168.88.216:5443/x.iso"

server = Server()
server.log_in()
devices = Devices(server, "12.0.67", "16.1")

NEEDS_CONSENT = ("the device answers ACCESS_DENIED to SetBootConfigRole: user consent is needed "
                 "first: request a consent code (userConsentCode), send the code that the machine "
                 "shows, then ask again")


def answers(number):
    """Waits until the device answers; a boot takes its network away for a while."""
    end = time.monotonic() + 30
    while devices.ask(number, "GET", STATE)[0] != 200:
        if time.monotonic() > end:
            raise AssertionError("the device does not come back")
        time.sleep(0.05)


def boots(number, path, body, to):
    """Asks for a boot and waits until the machine says where it went, and is back."""
    before = devices.said()
    status, answer = devices.ask(number, "POST", path, body)
    same((status, answer["Body"], answer["ReturnValue"]),
         (200, {"ReturnValue": 0, "ReturnValueStr": "SUCCESS"}, 0))
    contains(answer["Header"]["Action"], "RequestPowerStateChangeResponse")
    same(devices.hears(rf"booted guid={devices.guids[number]} to=(.*)", before)[1], to)
    answers(number)


def features_are_those_of_both_generations():
    status, answer = devices.ask(V16, "GET", FEATURES)
    same((status, answer),
         (200, {"userConsent": "none", "KVM": True, "SOL": True, "IDER": True, "redirection": True,
                "optInState": 0, "kvmAvailable": True, "ocr": False, "httpsBootSupported": True,
                "winREBootSupported": True, "localPBABootSupported": True, "rpe": False,
                "rpeSupported": True, "remoteErase": True}))
    status, answer = devices.ask(V12, "GET", FEATURES)
    same((status, answer["httpsBootSupported"], answer["rpeSupported"]), (200, False, False))
    status, answer = devices.ask(V12, "GET", FEATURES_V2)
    same((status, answer["httpBoot"], answer["enableKVM"], "httpBootSupported" in answer),
         (200, False, True, False))


def features_are_changed_and_stay_so():
    wanted = {"userConsent": "kvm", "enableSOL": "false", "enableIDER": True, "enableKVM": False,
              "ocr": True, "rpe": True}
    status, answer = devices.ask(V16, "POST", FEATURES, wanted)
    same((status, answer),
         (200, {"status": "AMT Features updated", "userConsent": "kvm", "enableKVM": False,
                "enableSOL": False, "enableIDER": True, "redirection": True, "optInState": 0,
                "kvmAvailable": True, "ocr": True, "httpsBootSupported": True,
                "winREBootSupported": True, "localPBABootSupported": True, "rpe": True,
                "rpeSupported": True, "remoteErase": True}))
    status, now = devices.ask(V16, "GET", FEATURES)
    same([now[name] for name in ("userConsent", "KVM", "SOL", "IDER", "ocr", "rpe")],
         ["kvm", False, False, True, True, True])
    wanted = {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": True,
              "httpBoot": False, "rpe": False}
    status, answer = devices.ask(V16, "POST", FEATURES_V2, wanted)
    same((status, answer["status"], answer["httpBoot"], answer["httpBootSupported"]),
         (200, "AMT Features updated", False, True))
    same(devices.ask(V16, "GET", FEATURES)[1]["SOL"], True)


def features_that_a_device_lacks_are_not_switched_on():
    wanted = {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": True}
    same(devices.ask(V12, "POST", FEATURES, {**wanted, "ocr": False, "rpe": False})[0], 200)
    status, answer = devices.ask(V12, "POST", FEATURES, {**wanted, "ocr": True})
    same((status, answer["error"]), (501, "Not Implemented"))
    for wrong in ({"userConsent": "All"}, {"enableSOL": "on"}, {"enableKVM": None},
                  {"ocr": "maybe"}, {"enableIDER": [True]}):
        status, answer = devices.ask(V12, "POST", FEATURES, {**wanted, **wrong})
        same((status, answer["errors"][0]["path"], answer["errors"][0]["msg"]),
             (400, next(iter(wrong)), "Invalid value"))


def boot_sources_are_listed():
    status, answer = devices.ask(V16, "GET", SOURCES)
    same(status, 200)
    same(list(answer[0]), ["biosBootString", "bootString", "elementName", "failThroughSupported",
                           "instanceID", "structuredBiosBootString"])
    found = {source["instanceID"]: source for source in answer}
    winre = found["Intel(r) AMT: Force OCR UEFI Boot Option 1"]
    same((winre["biosBootString"], winre["bootString"], winre["failThroughSupported"],
          winre["structuredBiosBootString"]), ("WinRe", "\\OemWinRe.efi", 2, "CIM:Hard-Disk:2"))
    same(devices.ask(V12, "GET", SOURCES)[0], 200)


def the_machine_boots_to_what_was_asked_for():
    boots(V12, BOOT, {"action": 101, "useSOL": False}, "BIOS setup")
    boots(V12, ACTION, {"action": "400"}, "PXE Boot")
    boots(V12, BOOT, {"action": 202, "useSOL": True, "bootDetails": {}}, "IDER CD")
    boots(V12, ACTION, {"action": 10}, "disk")


def one_click_recovery_boots_over_https_with_credentials():
    details = {"url": URL, "username": "user", "password": "pa<ss>word&12345"}
    boots(V16, BOOT, {"action": 105, "useSOL": False, "bootDetails": details}, f"HTTPS {URL}")
    details["enforceSecureBoot"] = False
    boots(V16, BOOT, {"action": "105", "useSOL": False, "bootDetails": details}, f"HTTPS {URL}")


def one_click_recovery_boots_from_the_disk():
    boots(V16, ACTION, {"action": 109}, "OCR UEFI Boot Option 1 \\OemWinRe.efi")
    boots(V16, BOOT, {"action": 107, "bootDetails": {"bootPath": "\\OemPba.efi"}},
          "OCR UEFI Boot Option 2 \\OemPba.efi")


def what_cannot_be_booted_is_refused_and_nothing_restarts():
    before = devices.said()
    for number, body, expected in (
            (V12, {"action": 105, "bootDetails": {"url": URL}}, 501),
            (V12, {"action": 300}, 501), (V12, {"action": 104}, 501), (V12, {"action": 110}, 501),
            (V16, {"action": 107, "bootDetails": {"bootPath": "\\Other.efi"}}, 400)):
        status, answer = devices.ask(number, "POST", BOOT, {"useSOL": False, **body})
        same((status, "errorDescription" in answer), (expected, True))
    for details, field in (
            ({"url": "http://192.168.88.216/x"}, "url"), ({"url": "no url"}, "url"), ({}, "url"),
            ({"url": URL + "x" * 300}, "url"), ({"url": URL, "username": "u" * 17}, "username"),
            ({"url": URL, "password": "p" * 17}, "password"),
            ({"url": URL, "enforceSecureBoot": "no"}, "enforceSecureBoot")):
        status, answer = devices.ask(V16, "POST", BOOT, {"action": 105, "bootDetails": details})
        same((status, answer["errors"][0]["path"]), (400, f"bootDetails.{field}"))
        if field == "password" and "value" in answer["errors"][0]:
            raise AssertionError("a password is echoed")
    for body in ({"action": 8}, {"action": "x"}, {}, {"action": [105]}, {"action": 101,
                 "useSOL": "on"}, {"action": 101, "bootDetails": "x"}):
        same(devices.ask(V16, "POST", BOOT, body)[0], 400)
    same(devices.said(), before)


def consent_is_asked_for_given_and_taken_back():
    every = {"userConsent": "all", "enableSOL": True, "enableIDER": True, "enableKVM": True}
    same(devices.ask(V16, "POST", FEATURES, every)[0], 200)
    status, answer = devices.ask(V16, "POST", BOOT, {"action": 101, "useSOL": False})
    same((status, answer["Body"]),
         (200, {"ReturnValue": 6, "ReturnValueStr": "SetBootConfigRole: ACCESS_DENIED",
                "Description": NEEDS_CONSENT}))
    same(answer["ReturnValue"], 6)
    status, answer = devices.ask(V16, "POST", CONSENT, {"consentCode": "123456"})
    same((status, answer["Body"]["ReturnValue"]), (400, 2))
    before = devices.said()
    status, answer = devices.ask(V16, "GET", CONSENT)
    same((status, answer["Body"]), (200, {"ReturnValue": 0, "ReturnValueStr": "SUCCESS"}))
    code = devices.hears(rf"consent code shown guid={devices.guids[V16]} code=(\d+)", before)[1]
    same(devices.ask(V16, "GET", FEATURES)[1]["optInState"], 2)
    status, answer = devices.ask(V16, "POST", BOOT, {"action": 101, "useSOL": False})
    same((status, answer["ReturnValue"]), (200, 6))
    contains(answer["Body"]["Description"], "a code was requested already")
    wrong = f"{(int(code) + 1) % 1000000:06}"
    status, answer = devices.ask(V16, "POST", CONSENT, {"consentCode": wrong})
    same((status, answer["ReturnValue"]), (400, 3))
    status, answer = devices.ask(V16, "POST", CONSENT, {"consentCode": code})
    same((status, answer["Body"]["ReturnValue"]), (200, 0))
    contains(answer["Header"]["Action"], "SendOptInCodeResponse")
    boots(V16, BOOT, {"action": 101, "useSOL": False}, "BIOS setup")
    status, answer = devices.ask(V16, "GET", CANCEL)
    same((status, answer["Body"]["ReturnValueStr"]), (200, "SUCCESS"))
    contains(answer["Header"]["Action"], "CancelOptInResponse")
    same(devices.ask(V16, "GET", FEATURES)[1]["optInState"], 0)
    same(devices.ask(V16, "POST", FEATURES, {**every, "userConsent": "none"})[0], 200)


def a_code_is_six_digits_as_text_or_a_number():
    for wrong in ("1234567", "12a", "", "-1", "1.5", None, 1000000, [1]):
        status, answer = devices.ask(V16, "POST", CONSENT, {"consentCode": wrong})
        same((status, answer["errors"][0]["path"]), (400, "consentCode"))
    same(devices.ask(V16, "POST", CONSENT, {"consentCode": 1234})[1]["ReturnValue"], 2)


def screens_are_listed_and_chosen():
    status, answer = devices.ask(V16, "GET", DISPLAYS)
    same((status, len(answer["displays"])), (200, 4))
    same(answer["displays"][0],
         {"displayIndex": 0, "isActive": True, "upperLeftX": 0, "upperLeftY": 0,
          "resolutionX": 1920, "resolutionY": 1080, "isDefault": False, "role": "primary"})
    same([display["isDefault"] for display in answer["displays"]], [False, True, False, False])
    status, answer = devices.ask(V16, "PUT", DISPLAYS, {"displayIndex": "2"})
    same((status, answer["IPS_KVMRedirectionSettingData"]["DefaultScreen"],
          [display["isDefault"] for display in answer["displays"]]),
         (200, 2, [False, False, True, False]))
    for wrong in (4, -1, "x", 1.5, None, [0]):
        status, answer = devices.ask(V16, "PUT", DISPLAYS, {"displayIndex": wrong})
        same((status, answer["errors"][0]["msg"]), (400, "Invalid value"))


def a_platform_is_erased_where_the_device_can():
    nothing = {"secureEraseAllSSDs": False, "tpmClear": False, "restoreBIOSToEOM": False,
               "unconfigureCSME": False}
    same(devices.ask(V12, "GET", ERASE), (200, nothing))
    same(devices.ask(V16, "GET", ERASE), (200, {name: True for name in nothing}))
    same(devices.ask(V12, "POST", ERASE, {"tpmClear": True})[0], 501)
    status, answer = devices.ask(V16, "POST", ERASE, nothing)
    same((status, answer["errors"][0]["msg"]),
         (400, "At least one erase option must be enabled"))
    status, answer = devices.ask(V16, "POST", ERASE, {"tpmClear": "x", "ssdPassword": 17})
    same((status, [error["msg"] for error in answer["errors"]], "17" in str(answer)),
         (400, ["tpmClear must be a boolean", "ssdPassword must be a string"], False))
    before = devices.said()
    wanted = {"secureEraseAllSSDs": True, "tpmClear": True, "ssdPassword": "hu<sh"}
    same(devices.ask(V16, "POST", ERASE, wanted), (200, {"status": "success"}))
    same(devices.hears(rf"booted guid={devices.guids[V16]} to=(.*)", before)[1],
         "platform erase 0x00000044")
    answers(V16)


def a_refused_power_action_says_why():
    status, answer = devices.ask(V12, "POST", ACTION, {"action": 2})
    same((status, answer["Header"]["RelatesTo"] is not None), (200, True))
    if answer["ReturnValue"] == 0:
        raise AssertionError("a machine that is on was switched on")
    same(answer["Body"]["Description"],
         "the device answers UNKNOWN_OR_UNSPECIFIED_ERROR to RequestPowerStateChange: it does not "
         "offer this in its present power state: the machine is on")
    status, answer = devices.ask(V12, "POST", ACTION, {"action": 401})
    contains(answer["Body"]["Description"], "the machine is on")


def without_an_agent_nothing_is_graceful():
    CLIENT_MODE.append(devices.add("16.1", "--client-mode", "--no-agent"))
    for action in (4, 12, 14):
        status, answer = devices.ask(CLIENT_MODE[0], "POST", ACTION, {"action": action})
        same((status, answer["ReturnValue"]), (200, 4097))
        contains(answer["Body"]["Description"], "agent")


def client_control_mode_keeps_consent_and_secure_boot():
    number = CLIENT_MODE[0]
    features = devices.ask(number, "GET", FEATURES)[1]
    same(features["userConsent"], "all")
    wanted = {"userConsent": "none", "enableSOL": False, "enableIDER": True, "enableKVM": True}
    status, answer = devices.ask(number, "POST", FEATURES, wanted)
    same(status, 400)
    contains(answer["errorDescription"], "CanModifyOptInPolicy")
    same(devices.ask(number, "GET", FEATURES)[1], features)
    details = {"url": URL, "enforceSecureBoot": False}
    same(devices.ask(number, "POST", BOOT, {"action": 105, "useSOL": False, "bootDetails": details}),
         (400, {"error": "Incorrect URI or Bad Request",
                "errorDescription": "EnforceSecureBoot cannot be turned off in CCM"}))
    status, answer = devices.ask(number, "POST", BOOT, {"action": 101, "useSOL": False})
    same((status, answer["Body"]["Description"]), (200, NEEDS_CONSENT))
    before = devices.said()
    same(devices.ask(number, "GET", CONSENT)[0], 200)
    code = devices.hears(rf"shown guid={devices.guids[number]} code=(\d+)", before)[1]
    same(devices.ask(number, "POST", CONSENT, {"consentCode": code})[0], 200)
    boots(number, BOOT, {"action": 105, "bootDetails": {"url": URL}}, f"HTTPS {URL}")


def what_is_armed_is_told_and_taken_back():
    same(devices.ask(V16, "GET", ARMED),
         (200, {"armed": False, "role": "none", "source": None, "settings": []}))
    same(devices.ask(V16, "DELETE", ARMED)[0], 204)
    same(devices.ask(V16, "GET", ARMED)[1]["armed"], False)


def a_deactivation_that_the_store_misses_says_so():
    number = devices.add("16.1")
    other = sqlite3.connect(server.data / "outband.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        status, answer = devices.ask(number, "DELETE", DEACTIVATE)
    finally:
        other.execute("ROLLBACK")
        other.close()
    same(status, 500)
    contains(answer["errorDescription"], "the device was deactivated, but")
    contains(answer["errorDescription"], "isSecretToBeDeleted=true")
    same(devices.ask(number, "DELETE", "/api/v1/devices/GUID?isSecretToBeDeleted=true")[0], 204)


def a_deactivated_device_is_forgotten():
    same(devices.ask(V12, "DELETE", DEACTIVATE), (200, {"status": "SUCCESS"}))
    same(devices.ask(V12, "GET", "/api/v1/devices/GUID")[0], 404)
    same(devices.ask(V16, "GET", "/api/v1/devices/GUID")[0], 200)


def no_secret_is_in_the_log():
    said = server.output() + devices.said()
    for secret in ("pa<ss>word", "hu<sh"):
        if secret in said:
            raise AssertionError(f"{secret} is in a log")


def everything_ends_well():
    devices.stop()
    same(server.stop(), 0)


main([features_are_those_of_both_generations, features_are_changed_and_stay_so,
      features_that_a_device_lacks_are_not_switched_on, boot_sources_are_listed,
      the_machine_boots_to_what_was_asked_for,
      one_click_recovery_boots_over_https_with_credentials, one_click_recovery_boots_from_the_disk,
      what_cannot_be_booted_is_refused_and_nothing_restarts,
      consent_is_asked_for_given_and_taken_back, a_code_is_six_digits_as_text_or_a_number,
      screens_are_listed_and_chosen, a_platform_is_erased_where_the_device_can,
      a_refused_power_action_says_why, without_an_agent_nothing_is_graceful,
      client_control_mode_keeps_consent_and_secure_boot, what_is_armed_is_told_and_taken_back,
      a_deactivation_that_the_store_misses_says_so, a_deactivated_device_is_forgotten,
      no_secret_is_in_the_log, everything_ends_well])
