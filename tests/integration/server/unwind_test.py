#!/usr/bin/python3
"""What is taken back on a device when a conversation with it is cut off: real server, simulated
devices that leave the last step without an answer."""

import signal
import threading

from rig import Server, contains, main, same, until
from simulated import Devices
from wireless import wireless

BOOT = "/api/v1/amt/power/bootOptions/GUID"
CERTIFICATES = "/api/v1/amt/certificates/GUID"
EXPLORER = "/api/v1/amt/explorer/GUID/"
PROFILE = "/api/v1/amt/networkSettings/wireless/profile/GUID"
SILENT_POWER = ("16.1", "--fault", "CIM_PowerManagementService.RequestPowerStateChange=silent")
OVER_HTTPS = {"action": 105, "useSOL": False, "bootDetails": {"url": "https://192.0.2.1/boot.efi"}}

server = Server(flags=["--drain", "6"])
server.log_in()
devices = Devices(server)


def asked(number, method, path, body):
    """Asks on a thread; the list gets the answer."""
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(devices.ask(number, method, path, body)))
    thread.start()
    return thread, answers


def said_no(thread, answers, why):
    thread.join(30)
    same(len(answers), 1)
    same(answers[0][0], 503)
    contains(answers[0][1]["errorDescription"], why)


def explored(number, call):
    status, answer = devices.ask(number, "GET", EXPLORER + call)
    same(status, 200)
    return answer["xmlOutput"]


def is_armed(number):
    return "IsNext>1<" in explored(number, "CIM_ElementSettingData") or \
        "UefiBootNumberOfParams>0<" not in explored(number, "AMT_BootSettingData")


def a_boot(number):
    """A boot of which only the restart is missing, for which the device has no answer."""
    same(is_armed(number), False)
    call = asked(number, "POST", BOOT, OVER_HTTPS)
    until(lambda: is_armed(number))
    return call


def what_is_stored(number):
    status, answer = devices.ask(number, "GET", CERTIFICATES)
    same(status, 200)
    return ([one["displayName"] for one in
             answer["certificates"]["publicKeyCertificateItems"]],
            [one["instanceID"] for one in answer["publicKeys"]["publicPrivateKeyPairItems"]])


def starts_again(number_of_devices):
    """Ends the server and starts it on the same ports; the devices call in again."""
    global server  # pylint: disable=global-statement
    data, token = server.data, server.token
    same(server.stop(None, keep=True), 0)
    server = Server(data, ["--drain", "6", "--cira", f"127.0.0.1:{server.cira}"])
    server.token = token
    devices.server = server
    until(lambda: server.ask("GET", "/api/v1/devices/stats")[1]["connectedCount"] ==
          number_of_devices)


def a_disconnect_disarms_a_boot_that_is_under_way():
    number = devices.add(*SILENT_POWER)
    call = a_boot(number)
    same(devices.ask(number, "DELETE", "/api/v1/devices/disconnect/GUID")[0], 200)
    said_no(*call, "the device is being disconnected")
    until(lambda: devices.ask(number, "GET", EXPLORER + "AMT_BootSettingData")[0] == 200)
    same(is_armed(number), False)


def a_disconnect_takes_keys_back():
    number = devices.add("16.1", "--fault",
                         "AMT_WiFiPortConfigurationService.AddWiFiSettings=silent")
    before = what_is_stored(number)
    call = asked(number, "POST", PROFILE, wireless("disconnected"))
    until(lambda: "disconnected" in what_is_stored(number)[0])
    same(devices.ask(number, "DELETE", "/api/v1/devices/disconnect/GUID")[0], 200)
    said_no(*call, "the device is being disconnected")
    until(lambda: devices.ask(number, "GET", CERTIFICATES)[0] == 200)
    same(what_is_stored(number), before)


def a_deletion_disarms_a_boot_that_is_under_way():
    number = devices.add(*SILENT_POWER)
    row = devices.rows[number]
    call = a_boot(number)
    same(devices.ask(number, "DELETE", "/api/v1/devices/GUID?isSecretToBeDeleted=true")[0], 204)
    said_no(*call, "the device is being disconnected")
    same(server.ask("POST", "/api/v1/devices", row)[0], 201)
    until(lambda: devices.ask(number, "GET", EXPLORER + "AMT_BootSettingData")[0] == 200)
    same(is_armed(number), False)


def a_shutdown_disarms_boots_and_takes_keys_back():
    number, other = 0, 1
    stored = what_is_stored(other)
    boot = a_boot(number)
    profile = asked(other, "POST", PROFILE, wireless("stopped"))
    until(lambda: "stopped" in what_is_stored(other)[0])
    server.send(signal.SIGTERM)
    said_no(*boot, "the server is shutting down")
    said_no(*profile, "the server is shutting down")
    starts_again(len(devices.guids))
    same(is_armed(number), False)
    same(what_is_stored(other), stored)


def everything_ends_well():
    devices.stop()
    same(server.stop(), 0)


main([a_disconnect_disarms_a_boot_that_is_under_way, a_disconnect_takes_keys_back,
      a_deletion_disarms_a_boot_that_is_under_way, a_shutdown_disarms_boots_and_takes_keys_back,
      everything_ends_well])
