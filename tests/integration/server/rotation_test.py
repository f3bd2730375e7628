#!/usr/bin/python3
"""New AMT passwords for simulated devices by a job, with the server killed in the middle."""

import signal
import time

from fleet import Fleet
from rig import Server, main, same

COUNT = 12
GIVEN = "Rotated#2026pass"
RATE = ["--https-source-rate", "0"]

server = Server(flags=RATE)
server.log_in()
fleet = Fleet(server, COUNT, ["--latency", "8"])
fleet.connected()


def post(parameters):
    body = {"operation": "rotate-password", "selection": {"all": True}, "concurrency": 3}
    if parameters is not None:
        body["parameters"] = parameters
    return server.ask("POST", "/api/v1/jobs", body)


def finish(job):
    for _ in range(2400):
        now = server.ask("GET", f"/api/v1/jobs/{job['id']}")[1]
        if now["state"] in ("done", "cancelled"):
            return now
        time.sleep(0.05)
    raise AssertionError(f"the job does not end: {now}")


def succeeded(job):
    counts = job["counts"]
    results = server.ask("GET", f"/api/v1/jobs/{job['id']}/results?$top=100")[1]["data"]
    if counts["succeeded"] != COUNT:
        raise AssertionError(f"{counts}: {[row['error'] for row in results]}")


def all_answer():
    for guid in fleet.guids:
        same(server.ask("GET", f"/api/v1/amt/version/{guid}")[0], 200)


def everybody_gets_a_password_of_its_own():
    status, job = post(None)
    same(status, 201)
    succeeded(finish(job))
    all_answer()


def one_that_was_given_is_sealed():
    status, job = post({"password": GIVEN})
    same((status, job["parameters"]), (201, {"sealed": True}))
    ended = finish(job)
    succeeded(ended)
    same(ended["parameters"], {"sealed": True})
    all_answer()
    for path in server.data.rglob("*"):
        if path.is_file() and GIVEN.encode() in path.read_bytes():
            raise AssertionError(f"{path.name} has the password in it")


def one_that_amt_refuses_is_refused():
    for parameters in ({"password": "short"}, {"password": 7}, {"sealed": True}, {"other": "x"}):
        status, answer = post(parameters)
        same(status, 400)
        if "short" in str(answer.get("errors", [{}])[0].get("msg", "")):
            raise AssertionError("the answer tells the password")


def a_kill_in_the_middle_locks_nobody_out():
    global server
    for _ in range(3):
        status, job = post(None)
        same(status, 201)
        while server.ask("GET", f"/api/v1/jobs/{job['id']}")[1]["counts"]["succeeded"] < 2:
            time.sleep(0.01)
        data, cira, token = server.data, server.cira, server.token
        server.stop(signal.SIGKILL, keep=True)
        server = Server(data=data, flags=["--cira", f"127.0.0.1:{cira}", *RATE])
        server.token = token
        fleet.server = server
        fleet.connected()
        succeeded(finish(job))
        all_answer()


def it_ends_cleanly():
    fleet.stop()
    same(server.stop(), 0)


main([everybody_gets_a_password_of_its_own, one_that_was_given_is_sealed,
      one_that_amt_refuses_is_refused, a_kill_in_the_middle_locks_nobody_out, it_ends_cleanly])
