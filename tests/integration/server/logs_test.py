#!/usr/bin/python3
"""Audit log and event log of simulated devices over REST."""

import base64
import csv
import io
import re

from rig import Server, contains, main, same
from simulated import Devices

V12, V16 = 0, 1
AUDIT = "/api/v1/amt/log/audit/GUID"
EVENT = "/api/v1/amt/log/event/GUID"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z")

# For this test alone: a key everybody knows, and its certificate.
KEY = (
    "MIIEowIBAAKCAQEA1o05qwy4P+Ndi2rry9cZgzNBrAS3hkJDxb435Jgvt+qMXpx4TRodZEDB3vNuLGskmKGZjZYw+aBh"
    "wlTnlclqNK0oSqR/AXUx7D8ujq7yII63EZrgluYUTvlDC0X4mJ7Iz1pMUEL+nB8Wmk0T1qTVBnLVYHSqlLcRFcO6hZPc"
    "KSixDD5Lne+P37LG6ndaPpfg4wU2r5tKUxaYoG9c8JyIUiTSyPt092cFizZ4VIRYx++6LXOr8GiIZHDtUapXpMc2kE+S"
    "/t+UVQZP+OWFkePN6GrOx1VbsAHN/0ZSCLISTskzKWv47TdY6UQpQC5a/4VOm6GsfQrThsEFmPwmq+9tAQIDAQABAoIB"
    "AEg2XFSQAWuvcQq9wANpsHKSS+ZD6ClOIFVsAo/0EQuL7Bbj/zGkOoRFr3sE3+4fWb/tlCstg+pg6sZnoVKu6go0xbzp"
    "xL2O3nCvi1IG3APNRRytzi273tX922zt7hAgUWJI+CqDggK2C/t/OdAixnhXKi4+1jMbsqpqqFrRO2a2Z3OWj923hfhK"
    "HJrIwhZz9ZmfpYJOg1e0Hvrx+fmd1ikV4h5BPONK/eXon8b8ALoWgBh2uxxI1cq64cF9kuaADewfQM1dO1rSdDEtw0nz"
    "ebIb+9W+PSVAfGDPsr74DXngUKWmeE+KVY3jmVXZsGHRVcvqQUYJGCjwk6ChW3ulD8kCgYEA90bEGetqSHryB9MpbyFr"
    "aqvrRiuPmObbjnZkRys8y91XlUdJupKG2gxzelAd79Dugs8MeryZ7ml5CDMQP9sIQ8GDLHmF1+yW3pyOfoOGPjyTIVGI"
    "4K0Fj10nUAn2OxdObCps6DQuv/kP50LG63WFF6XuOaHlHlA9W45s5HQCQEMCgYEA3h7pRITHHETKKPLMzkVsA6vRUhj+"
    "a421N5+NXFa6Dgi6crqjvdK8vDtZbgpkI33fawy2TVKt028We27gDEY34Cq5xisgfOx86rzyZm+FJBczFdKHKRqkZK9l"
    "sSotLWzYaBWjSZFVmb+EIz2wJ5y8XzGt0VLYS428FbqPrNcym2sCgYEAi3Xr77poLQy6KFOd0MGGdZkUjnTO/itltMls"
    "8P6fwVLKrLSSDpnJWH0hO+CnobOycTAZF7f7EQ2HZ2p1Ra5g0OX490JqjEcxJ8ggTZYcRkmfqXD0w9KRijO9klSr/NO+"
    "NR8QYT3dCASORZ3R1sZnE9lPrE10jU4v7M08+PO8uUUCgYA1X7Al6tH9lPoPBOj51+ywpSTTWXYpWg/loc1SFvT2Ulqb"
    "HwYhovX/NTO0IYMWlDSPgKp9whRK7jK0zlvAF09t6lZhrBNOcXVC4sxMmRehKIH6CHC6C9Dc8Ni6zau1cqY9vJVUJDwx"
    "ibey0Cv4GM2bAlEGL6YR4akEf6PuoHdkqQKBgBlVpeO/FJn6bVd+6EPWmDzkoYkt4l7AHE/F1HbYj5mhUtR+B83UAzmJ"
    "m2NaBbKM/+q8osui4bTl5xAWFuV71O0yWkayVCzL1cM5Fyu5X3pqaabitJ5DB4oFN5hCY2Ot+yUAVqms6y9RUcb8fqzD"
    "xzJn7qSSoryWre0Npg5p1Mj0")
CERTIFICATE = (
    "MIIDAzCCAeugAwIBAgIUdytU9+WZq8rDsN75L8Cxhdey3cMwDQYJKoZIhvcNAQELBQAwEDEOMAwGA1UEAwwFYXVkaXQw"
    "IBcNMjYxMTIyMTgyNDI5WhgPMjEyNjEwMjkxODI0MjlaMBAxDjAMBgNVBAMMBWF1ZGl0MIIBIjANBgkqhkiG9w0BAQEF"
    "AAOCAQ8AMIIBCgKCAQEA1o05qwy4P+Ndi2rry9cZgzNBrAS3hkJDxb435Jgvt+qMXpx4TRodZEDB3vNuLGskmKGZjZYw"
    "+aBhwlTnlclqNK0oSqR/AXUx7D8ujq7yII63EZrgluYUTvlDC0X4mJ7Iz1pMUEL+nB8Wmk0T1qTVBnLVYHSqlLcRFcO6"
    "hZPcKSixDD5Lne+P37LG6ndaPpfg4wU2r5tKUxaYoG9c8JyIUiTSyPt092cFizZ4VIRYx++6LXOr8GiIZHDtUapXpMc2"
    "kE+S/t+UVQZP+OWFkePN6GrOx1VbsAHN/0ZSCLISTskzKWv47TdY6UQpQC5a/4VOm6GsfQrThsEFmPwmq+9tAQIDAQAB"
    "o1MwUTAdBgNVHQ4EFgQUyaNZFOztIVsXQpEoPwcf0REswU4wHwYDVR0jBBgwFoAUyaNZFOztIVsXQpEoPwcf0REswU4w"
    "DwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAaZsnS98xVgk7+OXW188XO/sqMaLgnIeZp7oMwFbuYhdr"
    "tG2dE0xSQKPpFGIT4PWOVdcQBY3kEI+xqQtAiK1oP1hjXsJdMlgbsbqMVU79JsKOTe4RJbRza685IGu8KOqsCoAlSAE0"
    "S1o98iQF7EZL6a1YG2QQ/G/6z4up4kN+GNGJLcpdAmz3qWmQ3B3cbkgomtMH5qeOWrTnLkYf0yDjC/D1KPfkSMJOb944"
    "I+WNjJFqB/dSgtUXwAuFZjzgoSIZZLW3L/FDpURubYyBfgDIVr9WhZosHtqcebZ05rEgwTTJDaxFXQiVCEmcUnOpxj7W"
    "r0i1rhVolckPMdJ7AJ80gw==")

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
    seen = set()
    for start in range(0, total, 10):  # as scripts for MPS step
        page = devices.ask(V16, "GET", f"{AUDIT}?startIndex={start}")[1]["records"]
        same(page[0]["Index"], total - start)
        seen |= {record["Index"] for record in page}
    same(seen, set(range(1, total + 1)))


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


def the_audit_policy_decides_what_is_logged():
    status, answer = devices.ask(V16, "GET", AUDIT + "/policy")
    same((status, answer["rules"][0]),
         (200, {"AuditAppID": 16, "EventID": 0, "AuditApp": "Security Admin",
                "Event": "Provisioning Started", "Critical": False}))
    reset = {"AuditAppID": 17, "EventID": 3}
    same([rule["Event"] for rule in answer["rules"] if rule["AuditAppID"] == 17][3],
         "Performed Reset")
    same(devices.ask(V16, "PATCH", AUDIT + "/policy", {"rules": [{**reset, "Enabled": False}]}),
         (200, {"status": "SUCCESS", "ReturnValue": 0}))
    left = devices.ask(V16, "GET", AUDIT + "/policy")[1]["rules"]
    same(len(left), len(answer["rules"]) - 1)
    before = devices.ask(V16, "GET", AUDIT)[1]["totalCnt"]
    same(devices.ask(V16, "POST", "/api/v1/amt/power/action/GUID", {"action": 10})[0], 200)
    same(devices.ask(V16, "GET", AUDIT)[1]["totalCnt"], before)
    same(devices.ask(V16, "PATCH", AUDIT + "/policy", {"rules": [{**reset, "Enabled": True}]})[0],
         200)
    same(devices.ask(V16, "GET", AUDIT + "/policy")[1], answer)


def a_rule_that_the_device_refuses_is_named():
    status, answer = devices.ask(V16, "PATCH", AUDIT + "/policy", {"rules": [
        {"AuditAppID": 16, "EventID": 0, "Enabled": True},
        {"AuditAppID": 99, "EventID": 7, "Enabled": True}]})
    same((status, answer["error"]), (400, "Incorrect URI or Bad Request"))
    contains(answer["errorDescription"], "rule 2 (99, 7): the device refuses SetAuditPolicy")


def a_log_is_exported_once_there_is_a_key():
    status, answer = devices.ask(V16, "GET", AUDIT + "/export")
    same(status, 400)
    contains(answer["errorDescription"], "Audit Log export failed for guid")
    contains(answer["errorDescription"], "NOT_PERMITTED")
    for body in (None, {}, {"signingKey": KEY}, {"signingKey": "x", "certificates": [CERTIFICATE]},
                 {"signingKey": KEY, "certificates": []},
                 {"signingKey": KEY, "certificates": [CERTIFICATE] * 6},
                 {"signingKey": KEY, "certificates": ["AAAA"]},
                 {"signingKey": KEY, "certificates": [CERTIFICATE], "signingMechanism": 3}):
        status, answer = devices.ask(V16, "PUT", AUDIT + "/signingKey", body)
        same(status, 400)
        same(KEY[:40] in str(answer), False)
    same(devices.ask(V16, "PUT", AUDIT + "/signingKey",
                     {"signingKey": KEY, "certificates": [CERTIFICATE]}),
         (200, {"status": "SUCCESS", "ReturnValue": 0}))
    total = devices.ask(V16, "GET", AUDIT)[1]["totalCnt"]
    status, answer = devices.ask(V16, "GET", AUDIT + "/export?signingMechanism=2")
    same((status, list(answer)),
         (200, ["TotalRecordCount", "StartLogTime", "EndLogTime", "GenerationTime", "UUID", "FQDN",
                "SignatureMechanism", "Signature", "Certificates", "EventRecords"]))
    same((answer["TotalRecordCount"], len(answer["EventRecords"]), answer["SignatureMechanism"]),
         (total, total, 2))
    same(answer["EventRecords"][0], "ABMAAAI/9M1uAgAQAAwAAAAoBZkADAAAACQFlA==")
    same(answer["StartLogTime"], "2004-01-02T01:46:22Z")
    same(len(base64.b64decode(answer["Signature"])), 256)
    same(devices.ask(V16, "GET", AUDIT)[1]["records"][0]["Event"], "Security Audit Log Exported")


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
      the_audit_policy_decides_what_is_logged, a_rule_that_the_device_refuses_is_named,
      a_log_is_exported_once_there_is_a_key, a_device_that_is_away_is_404, everything_ends_well])
