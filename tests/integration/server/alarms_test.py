#!/usr/bin/python3
"""Alarms and the clock of simulated devices over REST."""

import datetime

from rig import Server, contains, main, same
from simulated import Devices

V12, V16 = 0, 1
ALARMS = "/api/v1/amt/alarmOccurrences/GUID"
CLOCK = "/api/v1/amt/clock/GUID"
FIRST = {"ElementName": "Nightly", "StartTime": "2035-06-01T03:00:00+02:00", "Interval": 1510}
ADDED = {"status": "SUCCESS", "ReturnValue": 0}

server = Server()
server.log_in()
devices = Devices(server, "12.0.67", "16.1")


def both(test):
    """Runs a test with each device."""
    def run():
        for number in (V12, V16):
            test(number)
    run.__name__ = test.__name__
    return run


def refused(number, method, body, status, text):
    got, answer = devices.ask(number, method, ALARMS, body)
    same((got, answer["error"]),
         (status, {400: "Incorrect URI or Bad Request", 404: "Alarm instance not found"}[status]))
    contains(answer["errorDescription"], text + f" for guid : {devices.guids[number]}.")


@both
def an_alarm_exists_after_it_was_added(number):
    same(devices.ask(number, "GET", ALARMS), (200, []))
    same(devices.ask(number, "POST", ALARMS, FIRST), (200, ADDED))
    status, answer = devices.ask(number, "GET", ALARMS)
    same((status, answer),
         (200, [{"DeleteOnCompletion": True, "ElementName": "Nightly", "InstanceID": "Nightly",
                 "Interval": {"Interval": "P1DT1H10M"},
                 "StartTime": {"Datetime": "2035-06-01T01:00:00Z"},
                 "InternalInMinutes": 1510, "IntervalInMinutes": 1510}]))


@both
def a_second_one_of_that_id_is_refused(number):
    refused(number, "POST", FIRST, 400, "Alarm add request invalid parameters")


@both
def what_is_missing_or_wrong_is_a_bad_request(number):
    for change in ({"ElementName": None}, {"ElementName": ""}, {"ElementName": 7},
                   {"ElementName": "a\nb"}, {"ElementName": "x" * 257}, {"StartTime": None},
                   {"StartTime": "tomorrow"}, {"StartTime": "2035-02-30T00:00:00Z"},
                   {"StartTime": 1672531140}, {"Interval": -1}, {"Interval": 1.5},
                   {"Interval": "abc"}, {"Interval": True}, {"Interval": 5270401},
                   {"InstanceID": 5}, {"InstanceID": ["x"]}, {"DeleteOnCompletion": "maybe"},
                   {"DeleteOnCompletion": 1}):
        body = {key: value for key, value in ({**FIRST, **change}).items() if value is not None}
        refused(number, "POST", body, 400, "Alarm add request invalid parameters")
    for body in (None, [], {}):
        refused(number, "POST", body, 400, "Alarm add request invalid parameters")
    same(len(devices.ask(number, "GET", ALARMS)[1]), 1)


@both
def names_are_data_and_never_xml(number):
    for name in ("</q:InstanceID><x>&\"'", "007", "5", "true", "Wecker \u00fc \u2603"):
        body = {"ElementName": name, "InstanceID": "", "StartTime": "2035-06-01T01:00:00.000Z",
                "DeleteOnCompletion": False}
        same(devices.ask(number, "POST", ALARMS, body), (200, ADDED))
        added = devices.ask(number, "GET", ALARMS)[1][-1]
        same((added["InstanceID"], added["ElementName"], added["DeleteOnCompletion"],
              added["InternalInMinutes"]), (name, name, False, 0))
        same(devices.ask(number, "DELETE", ALARMS, {"Name": added["InstanceID"]}),
             (200, {"status": "SUCCESS"}))


@both
def a_device_holds_five(number):
    for name in ("2", "3", "4", "5"):
        body = {"ElementName": "Also nightly", "InstanceID": name,
                "StartTime": "2035-06-01T01:00:00Z", "Interval": "0"}
        same(devices.ask(number, "POST", ALARMS, body), (200, ADDED))
    refused(number, "POST", {**FIRST, "ElementName": "6"}, 400,
            "Alarm add request quota exceeded")
    same(len(devices.ask(number, "GET", ALARMS)[1]), 5)


@both
def an_alarm_is_deleted_by_its_instance_id(number):
    refused(number, "DELETE", {"Name": "none"}, 404, "Alarm occurrence delete request failed")
    for body in (None, {}, {"Name": ""}, {"Name": 5}, {"Name": ["2"]}):
        refused(number, "DELETE", body, 400, "Invalid alarm occurrence request")
    for alarm in devices.ask(number, "GET", ALARMS)[1]:
        same(devices.ask(number, "DELETE", ALARMS, {"Name": alarm["InstanceID"]}),
             (200, {"status": "SUCCESS"}))
    same(devices.ask(number, "GET", ALARMS), (200, []))


def a_device_that_is_away_is_404_whatever_the_body():
    nobody = "00000000-1111-2222-3333-444444444444"
    for method, path in (("GET", ALARMS), ("POST", ALARMS), ("DELETE", ALARMS), ("GET", CLOCK),
                         ("POST", CLOCK)):
        status, answer = server.ask(method, path.replace("GUID", nobody),
                                    None if method == "GET" else {})
        same((status, answer["errorDescription"]), (404, f"guid : {nobody}"))


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@both
def the_clock_is_read_and_set(number):
    status, answer = devices.ask(number, "GET", CLOCK)
    same((status, list(answer)), (200, ["deviceTime", "serverTime", "differenceInSeconds"]))
    same(seconds(answer["deviceTime"]) - seconds(answer["serverTime"]),
         answer["differenceInSeconds"])
    status, answer = devices.ask(number, "POST", CLOCK)
    same((status, answer["status"], answer["ReturnValue"], list(answer["before"])),
         (200, "SUCCESS", 0, ["deviceTime", "serverTime", "differenceInSeconds"]))
    same(abs(devices.ask(number, "GET", CLOCK)[1]["differenceInSeconds"]) <= 2, True)
    newest = devices.ask(number, "GET", "/api/v1/amt/log/audit/GUID")[1]["records"][0]
    same((newest["AuditApp"], newest["Event"]), ("Network Time", "Intel(R) ME Time Set"))


def everything_ends_well():
    devices.stop()
    same(server.stop(), 0)


main([an_alarm_exists_after_it_was_added, a_second_one_of_that_id_is_refused,
      what_is_missing_or_wrong_is_a_bad_request, names_are_data_and_never_xml,
      a_device_holds_five, an_alarm_is_deleted_by_its_instance_id,
      a_device_that_is_away_is_404_whatever_the_body, the_clock_is_read_and_set,
      everything_ends_well])
