#!/usr/bin/python3
"""What becomes of a device's nonsense, refusals and delays: only an absent class says that the device
has not, every error names the exchange that failed, and no request takes for ever."""

import threading

from rig import Server, contains, main, same
from simulated import Devices

URL = "https://192.168.88.216:5443/x.iso"
ACTION = "/api/v1/amt/power/action/GUID"
BOOT = "/api/v1/amt/power/bootOptions/GUID"
STATE = "/api/v1/amt/power/state/GUID"
FEATURES = "/api/v1/amt/features/GUID"
NOTHING = {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": True}
PXE = {"action": 400, "useSOL": False}

server = Server(flags=["--device-time", "3"])
server.log_in()
devices = Devices(server)


def add(*rules):
    return devices.add("16.1", *(flag for rule in rules for flag in ("--fault", rule)))


NONSENSE = add("IPS_PowerManagementService=garbage", "AMT_BootCapabilities=garbage",
               "CIM_CredentialContext=garbage", "IPS_ScreenSettingData=fault:AccessDenied",
               "AMT_GeneralSettings=status:503", "CIM_SoftwareIdentity=status:500")
DENIED = add("CIM_BootService=fault:AccessDenied", "CIM_CredentialContext=fault:InternalError")
ODD = add("CIM_KVMRedirectionSAP=wrong-id")
LACKING = add("CIM_KVMRedirectionSAP=absent", "CIM_BootService=absent",
              "AMT_BootCapabilities=absent", "IPS_ScreenSettingData=absent",
              "CIM_CredentialContext=absent")
SLOW = add("CIM_BootConfigSetting=slow:1100", "CIM_BootService=slow:1100",
           "CIM_Processor=slow:1100", "CIM_Chip=slow:1100", "CIM_PhysicalMemory=slow:1100",
           "CIM_MediaAccessDevice=slow:1100", "CIM_PhysicalPackage=slow:1100")


def fails(number, method, path, status, said, body=None):
    got, answer = devices.ask(number, method, path, body)
    same((got, sorted(answer)), (status, ["error", "errorDescription"]))
    contains(answer["errorDescription"], said)
    return answer["errorDescription"]


def nonsense_is_a_bad_gateway():
    fails(NONSENSE, "POST", ACTION, 502, ": Get IPS_PowerManagementService: ", {"action": 500})
    fails(NONSENSE, "GET", FEATURES, 502, ": Get AMT_BootCapabilities: ")
    fails(NONSENSE, "POST", BOOT, 502, ": Get AMT_BootCapabilities: ",
          {"action": 105, "useSOL": False, "bootDetails": {"url": URL}})
    fails(NONSENSE, "GET", "/api/v1/amt/certificates/GUID", 502,
          ": Enumerate CIM_CredentialContext: ")
    fails(ODD, "GET", FEATURES, 502,
          "Get CIM_KVMRedirectionSAP: the device answered another request")


def a_status_without_an_envelope_is_one_everywhere():
    for path, said in (("generalSettings", "Get AMT_GeneralSettings: "),
                       ("version", "Enumerate CIM_SoftwareIdentity: "),
                       ("power/capabilities", "Enumerate CIM_SoftwareIdentity: ")):
        text = fails(NONSENSE, "GET", f"/api/v1/amt/{path}/GUID", 502, said)
        contains(text, "the device answered with HTTP status 50")


def a_refusal_does_not_say_that_the_device_has_not():
    text = fails(DENIED, "POST", FEATURES, 400, ": Get CIM_BootService: ", {**NOTHING, "ocr": True})
    contains(text, "(AccessDenied)")
    text = fails(DENIED, "GET", "/api/v1/amt/certificates/GUID", 400,
                 ": Enumerate CIM_CredentialContext: ")
    contains(text, "(InternalError)")
    status, answer = devices.ask(NONSENSE, "GET", "/api/v1/amt/kvm/displays/GUID")
    same((status, "displays" in answer), (500, False))
    contains(answer["errorDescription"], ": Enumerate IPS_ScreenSettingData: ")


def the_power_state_is_shown_all_the_same():
    status, answer = devices.ask(NONSENSE, "GET", STATE)
    same((status, answer["powerstate"], answer["OSPowerSavingState"]), (200, 2, 0))


def an_absent_class_says_that_the_device_has_not():
    status, answer = devices.ask(LACKING, "GET", FEATURES)
    same((status, answer["kvmAvailable"], answer["ocr"]), (200, False, False))
    same(devices.ask(LACKING, "POST", FEATURES, {**NOTHING, "ocr": True})[0], 501)
    same(devices.ask(LACKING, "GET", "/api/v1/amt/kvm/displays/GUID"), (200, {"displays": []}))
    status, answer = devices.ask(LACKING, "GET", "/api/v1/amt/certificates/GUID")
    same(status, 200)


def a_request_has_an_end_and_says_what_it_waited_for():
    fails(SLOW, "GET", "/api/v1/amt/hardwareInfo/GUID", 504, "CIM_")
    text = fails(SLOW, "POST", BOOT, 504, "Exception during Boot Setting request: ", PXE)
    contains(text, " of CIM_Boot")


def another_change_is_no_time_out():
    first = threading.Thread(target=devices.ask, args=(SLOW, "POST", BOOT, PXE))
    first.start()
    connection = server.connection()
    status, answer, headers = 0, {}, None
    while first.is_alive() and status != 503:
        path = FEATURES.replace("GUID", devices.guids[SLOW])
        status, answer, headers = server.ask_on(connection, "POST", path, NOTHING)
    first.join()
    connection.close()
    same((status, answer["errorDescription"], headers.getheader("Retry-After")),
         (503, "another change of this device is in progress", "1"))


def everything_ends_well():
    devices.stop()
    same(server.stop(), 0)


main([nonsense_is_a_bad_gateway, a_status_without_an_envelope_is_one_everywhere,
      a_refusal_does_not_say_that_the_device_has_not, the_power_state_is_shown_all_the_same,
      an_absent_class_says_that_the_device_has_not,
      a_request_has_an_end_and_says_what_it_waited_for, another_change_is_no_time_out,
      everything_ends_well])
