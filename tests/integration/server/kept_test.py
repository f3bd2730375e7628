#!/usr/bin/python3
"""What is learned about simulated devices is kept, shown and filtered by."""

import time

from fleet import Fleet
from rig import GUID, Server, contains, main, same

server = Server()
server.log_in()
fleet = Fleet(server, 4, ["--personality", "16.1"])
fleet.connected()
first, second = fleet.guids[:2]


def inventory(guid):
    return server.ask("GET", f"/api/v1/devices/{guid}/inventory")


def eventually(wanted, ask):
    """What is learned is written behind."""
    for _ in range(200):
        got = ask()
        if got == wanted:
            return
        time.sleep(0.05)
    same(got, wanted)


def found(query):
    status, answer = server.ask("GET", f"/api/v1/devices?$count=true&{query}")
    same(status, 200)
    same(answer["totalCount"], len(answer["data"]))
    return [device["guid"] for device in answer["data"]]


def nothing_is_known_at_first():
    status, answer = inventory(first)
    same((status, answer["error"]), (404, "NOT FOUND"))
    same(inventory(GUID)[0], 404)
    same(inventory("1")[0], 400)
    same(server.ask("GET", f"/api/v1/devices/{first}")[1]["deviceInfo"], None)


def what_a_route_reads_is_kept():
    same(server.ask("GET", f"/api/v1/amt/version/{first}")[0], 200)
    same(server.ask("GET", f"/api/v1/amt/power/state/{first}")[0], 200)
    eventually(True, lambda: set(inventory(first)[1]) >= {"firmware", "setup", "power"})
    known = inventory(first)[1]
    contains(known["firmware"]["version"], "16.1.")
    contains(known["firmware"]["features"], "Corporate")
    same(known["setup"]["controlMode"], "acm")
    same(known["power"]["state"], 2)
    contains(known["power"]["learnedAt"], "T")
    same(inventory(second)[0], 404)


def lists_are_filtered_by_it():
    same(found("fwVersion=16.1"), [first])
    same(found("fwVersion=15"), [])
    same(found("controlMode=acm&powerState=2"), [first])
    same(found("controlMode=ccm"), [])
    same(found("powerState=8"), [])
    same(found("manufacturer=Nobody"), [])
    same(found("model=None&status=1"), [])


def rows_show_it():
    row = server.ask("GET", "/api/v1/devices?fwVersion=16&$expand=inventory")[1][0]
    same(row["inventory"]["power"]["state"], 2)
    info = row["deviceInfo"]
    same(info["currentMode"], "admin control mode")
    same(sorted(info), ["currentMode", "features", "fwBuild", "fwSku", "fwVersion",
                        "lastUpdated"])
    same(server.ask("GET", f"/api/v1/devices/{first}")[1]["deviceInfo"], info)
    rows = server.ask("GET", "/api/v1/devices?$expand=inventory")[1]
    same([row["inventory"] is None for row in rows], [False, True, True, True])
    same("inventory" in server.ask("GET", "/api/v1/devices")[1][0], False)


def what_a_client_wrote_stays():
    own = {"fwVersion": "1.2.3", "currentMode": None, "other": [1, {"a": 2.5}]}
    status, answer = server.ask("PATCH", "/api/v1/devices", {"guid": first, "deviceInfo": own})
    same(status, 200)
    shown = answer["deviceInfo"]
    same({key: shown[key] for key in own}, own)
    contains(shown["features"], "Corporate")
    same(found("fwVersion=1.2.3"), [])
    server.ask("PATCH", "/api/v1/devices", {"guid": first, "deviceInfo": {}})
    contains(server.ask("GET", f"/api/v1/devices/{first}")[1]["deviceInfo"]["fwVersion"], "16.")


def wrong_filters_are_refused():
    for query in ("fwVersion=", "controlMode=ACM", "powerState=on", "powerState=0", "model=",
                  "powerState=65536", "$expand=all", "manufacturer=" + "x" * 257):
        status, answer = server.ask("GET", f"/api/v1/devices?{query}")
        same((status, answer["errors"][0]["path"]), (400, query.split("=")[0]))


def it_is_served_while_the_device_is_away_and_goes_with_it():
    fleet.stop()
    fleet.count = 0
    eventually(0, lambda: server.ask("GET", "/api/v1/devices/stats")[1]["connectedCount"])
    same(inventory(first)[0], 200)
    same(server.ask("DELETE", f"/api/v1/devices/{first}")[0], 204)
    same(inventory(first)[0], 404)


def it_ends_cleanly():
    same(server.stop(), 0)


main([nothing_is_known_at_first, what_a_route_reads_is_kept, lists_are_filtered_by_it,
      rows_show_it, what_a_client_wrote_stays, wrong_filters_are_refused,
      it_is_served_while_the_device_is_away_and_goes_with_it, it_ends_cleanly])
