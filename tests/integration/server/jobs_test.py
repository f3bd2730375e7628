#!/usr/bin/python3
"""Jobs on simulated devices: selections, results, bounds, cancelling, restarts, kill -9."""

import contextlib
import signal
import sqlite3
import time

from fleet import Fleet
from rig import GUID, Server, contains, main, same

COUNT = 60
OVER = ("done", "cancelled")

RATE = ["--https-source-rate", "0"]

server = Server(flags=RATE)
server.log_in()
fleet = Fleet(server, COUNT, ["--power-delay", "50", "--latency", "8"])
fleet.connected()
server.ask("PATCH", "/api/v1/devices", {"guid": fleet.guids[0], "tags": ["a", "b"]})
server.ask("PATCH", "/api/v1/devices", {"guid": fleet.guids[1], "tags": ["a"]})


def post(operation, selection, **other):
    return server.ask("POST", "/api/v1/jobs",
                      {"operation": operation, "selection": selection, **other})


def make(operation, selection, **other):
    status, job = post(operation, selection, **other)
    same((status, job["state"]), (201, "queued"))
    return job


def get(job):
    status, answer = server.ask("GET", f"/api/v1/jobs/{job['id']}")
    same(status, 200)
    return answer


def finish(job):
    for _ in range(2400):
        now = get(job)
        if now["state"] in OVER:
            return now
        time.sleep(0.05)
    raise AssertionError(f"the job does not end: {now}")


def run(operation, selection, **other):
    return finish(make(operation, selection, **other))


def results(job, query="$top=1000"):
    status, answer = server.ask("GET", f"/api/v1/jobs/{job['id']}/results?{query}")
    same(status, 200)
    return answer


def counts(job):
    return {name: number for name, number in job["counts"].items() if number}


def power_of(guid):
    return server.ask("GET", f"/api/v1/amt/power/state/{guid}")[1]["powerstate"]


def everybody_is_switched_off():
    job = run("power", {"all": True}, parameters={"action": 8})
    same((job["state"], counts(job)), ("done", {"total": COUNT, "succeeded": COUNT}))
    same(job["parameters"], {"action": 8})
    answer = results(job)
    same(answer["totalCount"], COUNT)
    same([row["guid"] for row in answer["data"]], sorted(fleet.guids))
    same({(row["state"], row["status"], row["returnValue"], row["error"])
          for row in answer["data"]}, {("succeeded", "ok", 0, None)})
    for row in answer["data"]:
        same(row["startedAt"] <= row["finishedAt"], True)
    for guid in fleet.guids[:5]:
        while power_of(guid) != 8:
            time.sleep(0.02)


def an_inventory_reads_everything():
    job = run("inventory", {"guids": fleet.guids[:3]})
    same(counts(job), {"total": 3, "succeeded": 3})
    for _ in range(100):
        status, known = server.ask("GET", f"/api/v1/devices/{fleet.guids[0]}/inventory")
        if status == 200 and len(known) >= 11:
            break
        time.sleep(0.05)
    for section in ("firmware", "setup", "general", "system", "bios", "processor", "memory",
                    "storage", "wired", "power", "features", "deviceInfo"):
        if not known.get(section):
            raise AssertionError(f"{section} was not learned: {sorted(known)}")
    same(known["system"]["uuid"], fleet.guids[0])
    same(known["power"]["state"], 8)


def selections_find_devices():
    def total(selection):
        return run("refresh-credentials", selection)["counts"]["total"]

    same(total({"tags": ["a"]}), 2)
    same(total({"tags": ["a", "b"], "method": "AND"}), 1)
    same(total({"tags": ["nobody"]}), 0)
    same(total({"filter": {"status": 1}}), COUNT)
    same(total({"filter": {"status": False}}), 0)
    same(total({"filter": {"fwVersion": "16", "powerState": 8}}), 1)
    same(total({"guids": [fleet.guids[0], fleet.guids[0].upper()]}), 1)


def unknown_devices_are_skipped():
    job = run("inventory", {"guids": [GUID, fleet.guids[0]]})
    same(counts(job), {"total": 2, "succeeded": 1, "skipped": 1})
    row = results(job, "state=skipped")["data"][0]
    same((row["guid"], row["status"]), (GUID, "not found"))


def a_device_that_is_away_is_no_failure_of_others():
    same(server.ask("POST", "/api/v1/devices", {"guid": GUID})[0], 201)
    job = run("inventory", {"guids": [GUID, *fleet.guids[:4]]}, concurrency=1)
    same(counts(job), {"total": 5, "succeeded": 4, "failed": 1})
    row = results(job, "state=failed")["data"][0]
    same((row["guid"], row["status"]), (GUID, "not connected"))
    job = run("inventory", {"guids": [GUID, *fleet.guids[:4]]}, concurrency=1, waitSeconds=4)
    rows = {row["guid"]: row for row in results(job)["data"]}
    for guid in fleet.guids[:4]:
        same(rows[guid]["finishedAt"] <= rows[GUID]["startedAt"], True)
    same(server.ask("DELETE", f"/api/v1/devices/{GUID}")[0], 204)


def refusals_carry_the_devices_own_value():
    job = run("power", {"guids": fleet.guids[:1]}, parameters={"action": 17})
    same(counts(job), {"total": 1, "failed": 1})
    row = results(job)["data"][0]
    same((row["status"], row["returnValue"]), ("refused", 36))
    contains(row["error"], "INVALID_PARAMETER")
    off = fleet.guids[0]
    job = run("power", {"guids": [off]}, parameters={"action": 10})
    row = results(job)["data"][0]
    same((row["state"], row["status"]), ("failed", "refused"))
    contains(row["error"], "the machine is off")
    status, answer = server.ask("POST", f"/api/v1/amt/power/action/{off}", {"action": 10})
    same((status, answer["ReturnValue"], answer["Body"]["Description"]),
         (200, row["returnValue"], row["error"]))


def features_are_switched():
    job = run("features", {"guids": fleet.guids[:2]}, parameters={"enableSOL": False})
    same(counts(job), {"total": 2, "succeeded": 2})
    answer = server.ask("GET", f"/api/v1/amt/features/{fleet.guids[1]}")[1]
    same((answer["SOL"], answer["IDER"]), (False, True))


def alarms_are_added_and_logs_cleared():
    alarm = {"ElementName": "Wake", "StartTime": "2035-01-02T03:04:05Z", "Interval": 60}
    job = run("alarm-add", {"guids": fleet.guids[:2]}, parameters=alarm)
    same(counts(job), {"total": 2, "succeeded": 2})
    job = run("alarm-add", {"guids": fleet.guids[:2]}, parameters=alarm)
    same(counts(job), {"total": 2, "failed": 2})
    same(results(job)["data"][0]["status"], "refused")
    same(counts(run("clear-event-log", {"guids": fleet.guids[:2]})), {"total": 2, "succeeded": 2})
    same(counts(run("clear-audit-log", {"guids": fleet.guids[:2]})), {"total": 2, "succeeded": 2})


def wrong_jobs_are_refused():
    everything = {"all": True}
    wrong = [
        ("operation", {"selection": everything}),
        ("operation", {"operation": "explode", "selection": everything}),
        ("operation", {"operation": 7, "selection": everything}),
        ("selection", {"operation": "inventory"}),
        ("selection", {"operation": "inventory", "selection": []}),
        ("selection", {"operation": "inventory", "selection": {}}),
        ("selection", {"operation": "inventory", "selection": {"all": True, "tags": ["a"]}}),
        ("selection", {"operation": "inventory", "selection": {"all": True, "tgas": ["a"]}}),
        ("selection", {"operation": "inventory", "selection": {"all": True, "method": "OR"}}),
        ("selection.all", {"operation": "inventory", "selection": {"all": False}}),
        ("selection.guids", {"operation": "inventory", "selection": {"guids": []}}),
        ("selection.guids", {"operation": "inventory", "selection": {"guids": ["1"]}}),
        ("selection.guids", {"operation": "inventory", "selection": {"guids": GUID}}),
        ("selection.tags", {"operation": "inventory", "selection": {"tags": [1]}}),
        ("selection.method",
         {"operation": "inventory", "selection": {"tags": ["a"], "method": "and"}}),
        ("selection.filter", {"operation": "inventory", "selection": {"filter": {}}}),
        ("selection.filter", {"operation": "inventory", "selection": {"filter": {"host": "x"}}}),
        ("selection.filter", {"operation": "inventory", "selection": {"filter": {"status": 2}}}),
        ("selection.filter",
         {"operation": "inventory", "selection": {"filter": {"powerState": "2"}}}),
        ("concurrency", {"operation": "inventory", "selection": everything, "concurrency": 0}),
        ("concurrency", {"operation": "inventory", "selection": everything, "concurrency": 1001}),
        ("timeoutSeconds",
         {"operation": "inventory", "selection": everything, "timeoutSeconds": "soon"}),
        ("waitSeconds", {"operation": "inventory", "selection": everything, "waitSeconds": -1}),
        ("parameters", {"operation": "inventory", "selection": everything, "parameters": [1]}),
        ("parameters.action",
         {"operation": "inventory", "selection": everything, "parameters": {"action": 2}}),
        ("parameters.action", {"operation": "power", "selection": everything}),
        ("parameters.action",
         {"operation": "power", "selection": everything, "parameters": {"action": 9}}),
        ("parameters.action",
         {"operation": "power", "selection": everything, "parameters": {"action": "2"}}),
        ("parameters.bootDetails",
         {"operation": "power", "selection": everything, "parameters": {"action": 105}}),
        ("parameters.bootDetails",
         {"operation": "power", "selection": everything,
          "parameters": {"action": 105, "bootDetails": {"url": "https://x", "password": "p"}}}),
        ("parameters.userConsent",
         {"operation": "features", "selection": everything, "parameters": {"userConsent": "no"}}),
        ("parameters.enableKVM",
         {"operation": "features", "selection": everything, "parameters": {"enableKVM": 1}}),
        ("parameters.userConsent", {"operation": "features", "selection": everything}),
        ("parameters.ElementName", {"operation": "alarm-add", "selection": everything}),
        ("parameters.StartTime",
         {"operation": "alarm-add", "selection": everything,
          "parameters": {"ElementName": "x", "StartTime": "soon"}}),
    ]
    for path, body in wrong:
        status, answer = server.ask("POST", "/api/v1/jobs", body)
        same((status, status == 400 and answer["errors"][0]["path"], body), (400, path, body))
    for path in (GUID, "1"):
        same(server.ask("GET", f"/api/v1/jobs/{path}")[0], 404 if path == GUID else 400)
        same(server.ask("DELETE", f"/api/v1/jobs/{path}")[0], 404 if path == GUID else 400)
        same(server.ask("GET", f"/api/v1/jobs/{path}/results")[0], 404 if path == GUID else 400)
    same(server.ask("GET", "/api/v1/jobs?state=asleep")[0], 400)


def jobs_keep_no_credentials_and_say_whose_they_are():
    boot = {"url": "https://u:ZZtop@h.example/x.efi", "enforceSecureBoot": True}
    status, answer = post("power", {"guids": [fleet.guids[0]]},
                          parameters={"action": 105, "bootDetails": boot})
    same((status, answer["errors"][0]["path"]), (400, "parameters.bootDetails"))
    contains(answer["errors"][0]["msg"], "no credentials, nor in a URL")
    same("ZZtop" in str(answer), False)
    status, answer = post("power", {"guids": [fleet.guids[0]]},
                          parameters={"action": 105, "bootDetails": "ZZtop"})
    same((status, "ZZtop" in str(answer)), (400, False))
    status, answer = post("inventory", {"guids": [fleet.guids[0]]}, concurency=5)
    same(status, 400)
    contains(answer["errorDescription"], "no member concurency")
    same(run("inventory", {"guids": [fleet.guids[0]]})["createdBy"], "admin")


def lists_are_paged_and_filtered():
    status, answer = server.ask("GET", "/api/v1/jobs?$count=true&$top=2&state=done")
    same((status, len(answer["data"])), (200, 2))
    times = [job["createdAt"] for job in answer["data"]]
    same(times, sorted(times, reverse=True))
    same(server.ask("GET", "/api/v1/jobs?$count=true&state=running")[1],
         {"data": [], "totalCount": 0})
    one, many = answer["data"][1], make("refresh-credentials", {"guids": fleet.guids[:7]})
    same(server.ask("GET", "/api/v1/jobs?$top=1")[1][0]["selection"], {"kind": "guids", "size": 7})
    same(finish(many)["selection"], {"guids": fleet.guids[:7]})
    for selection, short in (({"all": True}, {"kind": "all", "size": 1}),
                             ({"tags": ["a", "b"], "method": "AND"}, {"kind": "tags", "size": 2}),
                             ({"filter": {"status": 1}}, {"kind": "filter", "size": 1})):
        run("refresh-credentials", selection)
        same(server.ask("GET", "/api/v1/jobs?$top=1")[1][0]["selection"], short)
    same(one["counts"], get(one)["counts"])
    first = results(answer["data"][0], "$top=0")
    same(first["data"], [])


def no_more_devices_are_in_work_than_asked_for():
    job = make("inventory", {"all": True}, concurrency=3)
    most = 0
    while get(job)["state"] not in OVER:
        most = max(most, get(job)["counts"]["running"])
    same(0 < most <= 3, True)
    same(counts(get(job)), {"total": COUNT, "succeeded": COUNT})


def jobs_wait_their_turn_and_a_full_queue_says_so():
    slow = [make("inventory", {"all": True}, concurrency=1) for _ in range(8)]
    queued = []
    for _ in range(110):
        status, job = post("refresh-credentials", {"tags": ["a"]})
        if status == 503:
            break
        same(status, 201)
        queued.append(job)
    same(status, 503)
    same(get(queued[-1])["state"], "queued")
    same(server.ask("DELETE", f"/api/v1/jobs/{queued[-1]['id']}")[1]["state"], "cancelled")
    same(counts(get(queued[-1])), {"total": 2, "skipped": 2})
    for job in slow:
        same(server.ask("DELETE", f"/api/v1/jobs/{job['id']}")[0], 202)
    for job in slow:
        same(finish(job)["state"], "cancelled")
    same(finish(queued[0])["state"], "done")


def cancelling_stops_in_the_middle():
    job = make("inventory", {"all": True}, concurrency=2)
    while get(job)["counts"]["succeeded"] < 4:
        time.sleep(0.02)
    status, answer = server.ask("DELETE", f"/api/v1/jobs/{job['id']}")
    same((status, answer["state"] in ("cancelling", "cancelled")), (202, True))
    ended = finish(job)
    same(ended["state"], "cancelled")
    number = ended["counts"]
    same((number["pending"], number["running"]), (0, 0))
    same(number["skipped"] > 0, True)
    same(number["succeeded"] + number["failed"] + number["skipped"], COUNT)
    same({row["status"] for row in results(job, "state=failed&$top=100")["data"]} <= {"cancelled"},
         True)
    same(server.ask("DELETE", f"/api/v1/jobs/{job['id']}"), (204, b""))
    same(server.ask("GET", f"/api/v1/jobs/{job['id']}")[0], 404)


def restart(number):
    """Ends the server and starts it again on the same data and ports."""
    global server
    data, cira = server.data, server.cira
    server.stop(number, keep=True)
    token = server.token
    server = Server(data=data, flags=["--cira", f"127.0.0.1:{cira}", *RATE])
    server.token = token
    fleet.server = server


def begun(job, least):
    while True:
        number = get(job)["counts"]
        if number["succeeded"] + number["failed"] >= least:
            return number
        time.sleep(0.01)


def a_job_goes_on_after_a_restart(number=signal.SIGTERM):
    job = make("inventory", {"all": True}, concurrency=2)
    begun(job, 3)
    restart(number)
    same(counts(finish(job)), {"total": COUNT, "succeeded": COUNT})


def a_job_goes_on_after_a_kill():
    a_job_goes_on_after_a_restart(signal.SIGKILL)


@contextlib.contextmanager
def locked():
    """Another program holds the database: nothing is written."""
    other = sqlite3.connect(server.data / "outband.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def cancelling_needs_no_database():
    fleet.connected()
    slow = make("inventory", {"all": True}, concurrency=1)
    begun(slow, 1)
    with locked():
        status, answer = server.ask("DELETE", f"/api/v1/jobs/{slow['id']}")
        same((status, answer["state"]), (202, "cancelling"))
        same(get(slow)["state"], "cancelling")
    ended = finish(slow)
    same((ended["state"], ended["counts"]["skipped"] > COUNT / 2), ("cancelled", True))


def a_queued_job_is_cancelled_without_a_database():
    running = [make("inventory", {"all": True}, concurrency=1) for _ in range(8)]
    queued = make("inventory", {"all": True})
    with locked():
        status, answer = server.ask("DELETE", f"/api/v1/jobs/{queued['id']}")
        same((status, answer["state"]), (202, "cancelling"))
        for job in running:
            same(server.ask("DELETE", f"/api/v1/jobs/{job['id']}")[0], 202)
    same(counts(finish(queued)), {"total": COUNT, "skipped": COUNT})
    for job in running:
        same(finish(job)["state"], "cancelled")


def a_locked_database_does_not_hold_up_the_end():
    global server
    job = make("inventory", {"all": True}, concurrency=2)
    begun(job, 2)
    data, cira, token = server.data, server.cira, server.token
    with locked():
        time.sleep(0.3)  # the job has something to write
        code = server.stop(keep=True)
        if code != 0 or "time was up" in server.said:
            raise AssertionError(f"{code}: {server.said[-5000:]}")
    server = Server(data=data, flags=["--cira", f"127.0.0.1:{cira}", *RATE])
    server.token = token
    fleet.server = server
    same(counts(finish(job)), {"total": COUNT, "succeeded": COUNT})


def resets(guid):
    """How often the machine was reset, by its own audit log."""
    status, answer = server.ask("GET", f"/api/v1/amt/log/audit/{guid}?startIndex=1")
    same(status, 200)
    return sum(record["Event"] == "Performed Reset" for record in answer["records"])


def nothing_is_switched_twice_after_a_kill():
    fleet.connected()
    same(counts(run("power", {"all": True}, parameters={"action": 2})),
         {"total": COUNT, "succeeded": COUNT})
    before = {guid: resets(guid) for guid in fleet.guids}
    job = make("power", {"all": True}, parameters={"action": 10}, concurrency=4)
    begun(job, 5)
    restart(signal.SIGKILL)
    ended = finish(job)
    number = ended["counts"]
    same((ended["state"], number["succeeded"] + number["failed"]), ("done", COUNT))
    same(number["failed"] <= 4, True)
    for row in results(job)["data"]:
        times = resets(row["guid"]) - before[row["guid"]]
        if row["state"] == "succeeded":
            same((row["guid"], times), (row["guid"], 1))
        else:
            same((row["status"], row["error"]),
                 ("unknown", "The server was restarted while it ran."))
            same(times <= 1, True)


def a_deactivated_device_is_forgotten():
    fleet.connected()
    row = results(run("deactivate", {"guids": fleet.guids[-1:]}))["data"][0]
    same((row["state"], row["returnValue"], row["error"]), ("succeeded", 0, None))
    same(server.ask("GET", f"/api/v1/devices/{fleet.guids[-1]}")[0], 404)


def a_job_may_name_a_hundred_thousand_devices():
    """4.1 MB of body, where other routes take 100 kB."""
    strangers = [f"00000000-0000-4000-8000-{number:012x}" for number in range(100000 - 2)]
    job = run("refresh-credentials", {"guids": fleet.guids[:2] + strangers})
    same(job["counts"]["total"], 100000)


def it_ends_cleanly():
    counted = fleet.stop()
    same(server.stop(), 0)
    print(f"# {counted}")


main([everybody_is_switched_off, jobs_keep_no_credentials_and_say_whose_they_are,
      an_inventory_reads_everything, selections_find_devices,
      unknown_devices_are_skipped, a_device_that_is_away_is_no_failure_of_others,
      refusals_carry_the_devices_own_value, features_are_switched, alarms_are_added_and_logs_cleared,
      wrong_jobs_are_refused,
      lists_are_paged_and_filtered, no_more_devices_are_in_work_than_asked_for,
      jobs_wait_their_turn_and_a_full_queue_says_so, cancelling_stops_in_the_middle,
      a_job_goes_on_after_a_restart, a_job_goes_on_after_a_kill,
      cancelling_needs_no_database, a_queued_job_is_cancelled_without_a_database,
      a_locked_database_does_not_hold_up_the_end, nothing_is_switched_twice_after_a_kill, a_deactivated_device_is_forgotten,
      a_job_may_name_a_hundred_thousand_devices,
      it_ends_cleanly])
