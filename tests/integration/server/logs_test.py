#!/usr/bin/python3
"""Audit log and event log of simulated devices over REST."""

import csv
import io
import re

from rig import Server, contains, main, same
from simulated import Devices

V12, V16 = 0, 1
AUDIT = "/api/v1/amt/log/audit/GUID"
EVENT = "/api/v1/amt/log/event/GUID"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z")

server = Server()
server.log_in()
devices = Devices(server, "12.0.67", "16.1")


def table(path):
    connection = server.connection()
    status, text, answer = server.ask_on(connection, "GET", path.replace("GUID", devices.guids[V12]))
    connection.close()
    same((status, answer.getheader("Content-Type")), (200, "text/csv; charset=utf-8"))
    return list(csv.reader(io.StringIO(text.decode(), newline=""))), text, answer


def what_was_recorded_long_ago_is_in_the_audit_log():
    for number in (V12, V16):
        status, answer = devices.ask(number, "GET", AUDIT)
        same((status, list(answer)), (200, ["totalCnt", "records"]))
        first = answer["records"][-1]
        same(list(first), ["AuditAppID", "EventID", "InitiatorType", "AuditApp", "Event",
                           "Initiator", "Time", "MCLocationType", "NetAddress", "Ex", "ExStr",
                           "AuditAppId", "EventId", "Index"])
        same(first, {"AuditAppID": 19, "EventID": 0, "InitiatorType": 2,
                     "AuditApp": "Firmware Update Manager", "Event": "Firmware Updated",
                     "Initiator": "Local", "Time": "2004-01-02T01:46:22.000Z",
                     "MCLocationType": 2, "NetAddress": "",
                     "Ex": "\0\x0c\0\0\0\x28\x05\x99\0\x0c\0\0\0\x24\x05\x94",
                     "ExStr": "From 12.0.40.1433 to 12.0.36.1428",
                     "AuditAppId": 19, "EventId": 0, "Index": 1})


def the_logs_record_what_is_done():
    before = devices.ask(V12, "GET", AUDIT)[1]["totalCnt"]
    same(devices.ask(V12, "POST", "/api/v1/amt/power/action/GUID", {"action": 10})[0], 200)
    answer = devices.ask(V12, "GET", AUDIT)[1]
    same(answer["totalCnt"] > before, True)
    newest = answer["records"][0]
    same((newest["Event"], newest["Initiator"], newest["Index"]),
         ("Performed Reset", "admin", answer["totalCnt"]))
    same([record["Index"] for record in answer["records"]],
         list(range(answer["totalCnt"], 0, -1)))


def any_start_index_finds_the_newest_first():
    newest = devices.ask(V12, "GET", AUDIT)[1]
    for query in ("startIndex=0", "startIndex=1", "startIndex=0.0", "startIndex=%2B1"):
        same(devices.ask(V12, "GET", f"{AUDIT}?{query}"), (200, newest))
    same(devices.ask(V12, "GET", f"{AUDIT}?startIndex=2")[1]["records"], newest["records"][2:])
    same(devices.ask(V12, "GET", f"{AUDIT}?startIndex=1000")[1],
         {"totalCnt": newest["totalCnt"], "records": []})


def an_index_that_is_no_number_is_a_bad_request():
    for value, count in (("NaN", 2), ("abc", 2), ("-1", 1), ("", 2), ("1e1", 1)):
        status, answer = devices.ask(V12, "GET", f"{AUDIT}?startIndex={value}")
        same((status, len(answer["errors"])), (400, count))
        same(answer["errors"][0], {"type": "field", "value": value, "msg": "Invalid value",
                                   "path": "startIndex", "location": "query"})


def a_long_audit_log_is_paged_without_gaps():
    for number in range(60):
        same(devices.ask(V16, "PATCH", EVENT, {"isFrozen": number % 2 == 0})[0], 200)
    total = devices.ask(V16, "GET", AUDIT)[1]["totalCnt"]
    same(total >= 60, True)
    for first in (0, 1):
        seen, start = [], first
        while len(seen) < total:
            page = devices.ask(V16, "GET", f"{AUDIT}?startIndex={start}")[1]["records"]
            same(len(page) > 0, True)
            seen += [record["Index"] for record in page]
            start += len(page)
        same(seen, list(range(total, 0, -1)))


def the_audit_log_comes_as_a_table():
    rows, text, answer = table(AUDIT + "/download")
    log = devices.ask(V12, "GET", AUDIT)[1]
    same(rows[0], ["ID", "Time", "Event", "Description", "Initiator", "Net Address"])
    same(text.startswith(b"ID,Time,Event,Description,"), True)
    same(rows[1:], [[str(record["Index"]), record["Time"], record["Event"],
                     record["ExStr"] or "", record["Initiator"], record["NetAddress"]]
                    for record in log["records"]])
    same(answer.getheader("Content-Disposition"),
         f'attachment; filename="audit-log-{devices.guids[V12]}.csv"')


def the_event_log_has_the_keys_of_both_generations():
    for number in (V12, V16):
        status, answer = devices.ask(number, "GET", EVENT)
        same((status, list(answer)), (200, ["records", "hasMoreRecords"]))
        oldest, wrong_password = answer["records"][-1], answer["records"][-3]
        same(oldest, {"DeviceAddress": 255, "EventSensorType": 15, "EventType": 111,
                      "EventOffset": 2, "EventSourceType": 104, "EventSeverity": 1,
                      "SensorNumber": 255, "Entity": 34, "EntityInstance": 0,
                      "EventData": [64, 7, 0, 0, 0, 0, 0, 0],
                      "TimeStamp": "2023-09-13T00:45:22.000Z", "EntityStr": "BIOS",
                      "Desc": "PCI resource configuration", "Time": "2023-09-13T00:45:22.000Z",
                      "eventTypeDesc": "Sensor specific", "EventTypeDesc": "Sensor specific",
                      "EventSeverityStr": "Monitor"})
        same(wrong_password["Desc"],
             "Authentication failed 10 times. The system may be under attack.")
        same(answer["hasMoreRecords"], False)


def the_event_log_is_paged():
    everything = devices.ask(V12, "GET", EVENT)[1]["records"]
    same(len(everything) >= 5, True)
    for skip in range(len(everything) + 2):
        answer = devices.ask(V12, "GET", f"{EVENT}?$skip={skip}&$top=2")[1]
        same(answer, {"records": everything[skip:skip + 2],
                      "hasMoreRecords": skip + 2 < len(everything)})
    same(devices.ask(V12, "GET", f"{EVENT}?$skip=0&$top=120")[1],
         {"records": everything, "hasMoreRecords": False})
    for query in ("$top=x", "$skip=-1", "$top=1.5"):
        same(devices.ask(V12, "GET", f"{EVENT}?{query}")[0], 400)


def the_event_log_comes_as_a_table():
    rows, text, answer = table(EVENT + "/download")
    log = devices.ask(V12, "GET", EVENT)[1]["records"]
    same(text.startswith(b"Time,Source,Event Severity,Description\r\n"), True)
    same(rows[1:], [[record["Time"], record["EntityStr"], record["EventSeverityStr"],
                     record["Desc"]] for record in log])
    contains(answer.getheader("Content-Disposition"), "event-log-")


def a_frozen_event_log_stays_as_it_is():
    same(devices.ask(V12, "PATCH", EVENT, {})[0], 400)
    same(devices.ask(V12, "PATCH", EVENT, {"isFrozen": True}),
         (200, {"status": "SUCCESS", "ReturnValue": 0}))
    before = devices.ask(V12, "GET", EVENT)
    same(devices.ask(V12, "POST", "/api/v1/amt/power/action/GUID", {"action": 10})[0], 200)
    same(devices.ask(V12, "GET", EVENT), before)
    same(devices.ask(V12, "PATCH", EVENT, {"isFrozen": False})[0], 200)


def the_logs_can_be_cleared():
    same(devices.ask(V12, "DELETE", EVENT), (200, {"status": "SUCCESS", "ReturnValue": 0}))
    same(devices.ask(V12, "GET", EVENT)[1], {"records": [], "hasMoreRecords": False})
    same(devices.ask(V12, "GET", AUDIT)[1]["records"][0]["Event"], "Event Log Cleared")
    same(devices.ask(V12, "DELETE", AUDIT), (200, {"status": "SUCCESS", "ReturnValue": 0}))
    answer = devices.ask(V12, "GET", AUDIT)[1]
    same((answer["totalCnt"], answer["records"][0]["Event"]), (1, "Security Audit Log Cleared"))
    same(ISO.fullmatch(answer["records"][0]["Time"]) is not None, True)


def a_rule_of_the_audit_policy_that_is_none_is_a_bad_request():
    good = {"AuditAppID": 16, "EventID": 2, "Enabled": True}
    for rules in (None, {}, [], "x", [1], [{}], [{**good, "AuditAppID": 65536}],
                  [{**good, "EventID": -1}], [{**good, "EventID": "2"}],
                  [{**good, "Enabled": 1}], [{**good, "Critical": "no"}], [good] * 101):
        status, answer = devices.ask(V12, "PATCH", AUDIT + "/policy", {"rules": rules})
        same((status, answer["errors"][0]["path"]), (400, "rules"))
    for value in ("3", "-1", "x"):
        same(devices.ask(V12, "GET", f"{AUDIT}/export?signingMechanism={value}")[0], 400)


def a_device_that_is_away_is_404():
    nobody = "00000000-1111-2222-3333-444444444444"
    for path in (AUDIT, EVENT):
        for method, end in (("GET", ""), ("GET", "/download"), ("DELETE", "")):
            status, answer = server.ask(method, path.replace("GUID", nobody) + end)
            same((status, answer["errorDescription"]), (404, f"guid : {nobody}"))


def everything_ends_well():
    devices.stop()
    same(server.stop(), 0)


main([what_was_recorded_long_ago_is_in_the_audit_log, the_logs_record_what_is_done,
      any_start_index_finds_the_newest_first, an_index_that_is_no_number_is_a_bad_request,
      a_long_audit_log_is_paged_without_gaps, the_audit_log_comes_as_a_table,
      the_event_log_has_the_keys_of_both_generations, the_event_log_is_paged,
      the_event_log_comes_as_a_table, a_frozen_event_log_stays_as_it_is,
      the_logs_can_be_cleared, a_rule_of_the_audit_policy_that_is_none_is_a_bad_request,
      a_device_that_is_away_is_404, everything_ends_well])
