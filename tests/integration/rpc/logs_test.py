"""What AMT is asked over its own ports on this machine: logs, power, consent, alarms, CIRA."""

import json
import subprocess

from agent import AMTSIM, RPC, contains, main, same, simulated, surroundings

CCM = ("--activated", "ccm:P@ssw0rd")
ACM = ("--activated", "acm:P@ssw0rd")
NO_LMS = {"RPC_LMSPORT": "19998"}
PASSWORD = {"AMT_PASSWORD": "P@ssw0rd", **NO_LMS}


def ask(*arguments, options=ACM, **more):
    return simulated(*arguments, options=options, **{**PASSWORD, **more})


def asked(*arguments, **more):
    return json.loads(ask(*arguments, "--json", **more).out)


def script(*commands, options=ACM):
    """Several commands on one machine: status and output of each."""
    line = "; ".join(f'"$0" {command} 2>&1; echo "= $?"' for command in commands)
    done = subprocess.run([AMTSIM, "mei", *options, "--", "sh", "-c", line, RPC],
                          capture_output=True, text=True, timeout=120, check=True, cwd="/",
                          env=surroundings(**PASSWORD))
    parts = done.stdout.split("= ")
    return [(part, int(after.split("\n")[0])) for part, after in zip(parts, parts[1:])]


def events_are_listed_newest_first_and_cleared():
    events = asked("events", "--limit", "2")
    same(len(events), 2)
    same(events[0]["time"] >= events[1]["time"], True)
    contains(events[0]["description"], "")
    cleared, after = script("events --clear", "events")
    same(cleared[1], 0)
    contains(after[0], "The event log is empty")


def the_audit_log_tells_who_did_what():
    log = asked("audit", "--limit", "1")
    same(len(log["records"]), 1)
    same(log["total"] > 1, True)
    _, after = script("events --clear", "audit --limit 1")
    contains(after[0], "Event Log Cleared, by admin")


def limits_are_checked():
    for limit in ("0", "4001"):
        ask("events", "--limit", limit, status=28)
    ask("audit", "--limit", "10001", status=28)


def the_power_state_is_told_and_changed():
    same(asked("power")["powerState"], 2)
    contains(ask("power", "reset").log, "AMT has taken the power action")
    contains(ask("power", "on", status=101).log, "AMT refuses")
    wrong = ask("power", "Passw0rd", status=28).log
    contains(wrong, "soft-off")
    same("Passw0rd" in wrong, False)


def a_password_is_asked_for_only_where_amt_wants_one():
    same(simulated("power", options=ACM, **NO_LMS).log, "")
    contains(simulated("audit", options=ACM, given="P@ssw0rd\n", **NO_LMS).log,
             "doesn't tell the host's own account")
    contains(simulated("events", options=ACM, status=100, AMT_PASSWORD="no", **NO_LMS).log, "Error 100")


def consent_is_shown_and_asked_for():
    same(asked("consent", "show", options=CCM)["required"], "all")
    start, show, wrong, cancel = script("consent start", "consent show", "consent send 12345",
                                        "consent cancel", options=CCM)
    same(start[1], 0)
    contains(show[0], "Required for")
    same(wrong[1], 28)
    same(cancel[1], 0)
    ask("consent", "start", status=101)


def alarms_are_set_listed_and_deleted():
    add, listed, delete, again = script("alarm add wake --start 2030-01-01T06:00:00Z "
                                        "--interval P1DT0H0M", "alarm list --json",
                                        "alarm delete wake", "alarm delete wake")
    same(add[1], 0)
    same(json.loads(listed[0][listed[0].index("["):])[0],
         {"id": "wake", "name": "wake", "start": "2030-01-01T06:00:00Z", "interval": "P1DT0H0M",
          "deleteOnCompletion": True})
    same(delete[1], 0)
    same(again[1], 36)
    ask("alarm", "add", "wake", status=28)
    ask("alarm", "add", "wake", "--start", "tomorrow", status=28)


def the_call_to_a_server_is_told_and_asked_for():
    same(asked("cira", "status")["remoteStatus"], "not connected")
    contains(ask("cira", "connect", "--wait", "1s", status=104).log, "rpc doctor")
    ask("cira", "disconnect", "--wait", "0")


def a_machine_that_is_not_activated_has_none_of_it():
    for command in ("events", "audit", "power", "cira connect", "consent show", "alarm list"):
        ask(*command.split(), options=(), status=115)
    for command in ("power nope", "consent send 12345", "alarm add x", "alarm delete"):
        ask(*command.split(), options=(), status=28)


if __name__ == "__main__":
    main([
        events_are_listed_newest_first_and_cleared,
        the_audit_log_tells_who_did_what,
        limits_are_checked,
        the_power_state_is_told_and_changed,
        a_password_is_asked_for_only_where_amt_wants_one,
        consent_is_shown_and_asked_for,
        alarms_are_set_listed_and_deleted,
        the_call_to_a_server_is_told_and_asked_for,
        a_machine_that_is_not_activated_has_none_of_it,
    ])
