#!/usr/bin/python3
"""Hardware, disks and the explorer of simulated machines, through the real server."""

import xml.etree.ElementTree

from rig import Server, contains, main, same
from simulated import Devices

server = Server()
server.log_in()
devices = Devices(server, "12.0.67", "16.1")
guid = devices.guids[0]


def ask(what, status=200):
    got, answer = server.ask("GET", f"/api/v1/amt/{what}")
    same((what, got), (what, status))
    return answer


def hardware_has_what_consoles_read():
    answer = ask(f"hardwareInfo/{guid}")
    same(list(answer),
         ["CIM_ComputerSystemPackage", "CIM_SystemPackaging", "CIM_Chassis", "CIM_Chip",
          "CIM_Card", "CIM_BIOSElement", "CIM_Processor", "CIM_PhysicalMemory",
          "CIM_MediaAccessDevice", "CIM_PhysicalPackage"])
    same({block["status"] for block in answer.values()}, {200})
    for name in ("CIM_Chassis", "CIM_Card"):
        contains(answer[name]["response"], "Model")
        same(answer[name]["responses"][0]["Body"][name], answer[name]["response"])
    date = answer["CIM_BIOSElement"]["response"]["ReleaseDate"]
    same(date["DateTime"], date["Datetime"])
    for name, field in (("CIM_Chip", "Version"), ("CIM_Processor", "MaxClockSpeed"),
                        ("CIM_PhysicalMemory", "Capacity"),
                        ("CIM_MediaAccessDevice", "MaxMediaSize")):
        for instance in answer[name]["responses"]:
            contains(instance, field)
    contains(answer["CIM_ComputerSystemPackage"]["response"], "PlatformGUID")
    contains(answer["CIM_PhysicalPackage"]["responses"][0], "SerialNumber")


def disks_are_indexed_twice():
    answer = ask(f"diskInfo/{guid}")
    same(list(answer), ["CIM_MediaAccessDevice", "CIM_PhysicalPackage"])
    contains(answer["CIM_MediaAccessDevice"]["responses"][0][0], "MaxMediaSize")
    contains(answer["CIM_PhysicalPackage"]["responses"][0][0], "Tag")


def general_settings_have_every_spelling():
    answer = ask(f"generalSettings/{guid}")
    same(list(answer), ["Header", "Body", "body"])
    same(answer["Body"], answer["body"])


def versions_are_flat_in_the_second_version():
    answer = server.ask("GET", f"/api/v2/amt/version/{guid}")[1]
    same((answer["amt"], answer["sku"]), ("12.0.67", "16392"))
    same(all(isinstance(value, str) for value in answer.values()), True)


def every_call_of_the_explorer_is_answered():
    calls = ask("explorer")
    same((len(calls), calls), (57, sorted(calls)))
    for call in calls:
        answer = ask(f"explorer/{guid}/{call}")
        same(list(answer), ["xmlInput", "xmlOutput", "exchanges"])
        for text in (answer["xmlInput"], answer["xmlOutput"]):
            xml.etree.ElementTree.fromstring(text)
        if "Digest " in str(answer):
            raise AssertionError(f"{call} shows what it must not")


def other_classes_can_be_explored():
    answer = ask(f"explorer/{guid}/CIM_Sensor")
    contains(answer["xmlInput"], "CIM_Sensor")
    same([("Enumerate<" in one["xmlInput"], "Pull<" in one["xmlInput"])
          for one in answer["exchanges"][:2]], [(True, False), (False, True)])
    answer = ask(f"explorer/{guid}/CIM_NoSuchThing", 404)
    contains(answer["errorDescription"], "GET /api/v1/amt/explorer lists them")


def a_machine_that_is_not_connected_is_404():
    for what in ("hardwareInfo/1", "diskInfo/1", "explorer/1/CIMChip"):
        same(ask(what, 404)["errorDescription"], "guid : 1")


def a_class_that_fails_is_one_missing_block():
    number = devices.add("12.0.67", "--fault", "CIM_Chip=absent", "--fault",
                         "CIM_Card=fault:InternalError", "--fault", "CIM_BIOSElement=garbage",
                         "--fault", "CIM_PhysicalMemory.Pull=wrong-id")
    status, answer = devices.ask(number, "GET", "/api/v1/amt/hardwareInfo/GUID")
    same(status, 200)
    same([name for name, block in answer.items() if block["status"] == 400],
         ["CIM_Chip", "CIM_Card", "CIM_BIOSElement", "CIM_PhysicalMemory"])
    same((answer["CIM_Chip"]["responses"], answer["CIM_Card"]["response"]), ([None], None))
    status, answer = devices.ask(number, "GET", "/api/v1/amt/explorer/GUID/CIMCard")
    same(status, 200)
    contains(answer["xmlOutput"], "Fault>")


def a_device_that_refuses_all_of_it_says_why():
    number = devices.add("12.0.67", "--fault", "*=fault:AccessDenied")
    for what in ("hardwareInfo", "diskInfo"):
        status, answer = devices.ask(number, "GET", f"/api/v1/amt/{what}/GUID")
        same((status, answer["error"]), (400, "Incorrect URI or Bad Request"))
        contains(answer["errorDescription"], "(AccessDenied)")
    contains(answer["errorDescription"], " CIM_")


def it_ends_cleanly():
    devices.stop()
    same(server.stop(), 0)


main([hardware_has_what_consoles_read, disks_are_indexed_twice,
      general_settings_have_every_spelling, versions_are_flat_in_the_second_version,
      every_call_of_the_explorer_is_answered,
      other_classes_can_be_explored, a_machine_that_is_not_connected_is_404,
      a_class_that_fails_is_one_missing_block, a_device_that_refuses_all_of_it_says_why, it_ends_cleanly])
