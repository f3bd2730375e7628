"""Agents that speak for a machine that isn't theirs: what they can't push out of its history, how
often they may guess its password, and for how long they keep it from its own agent."""

import base64
import hashlib
import hmac
import json
import re
import select
import threading
import time

import rig
from activation import ADMIN, PASSWORD, Site
from agent import Agent
from lying_amt import Liar
from rig import contains, same, until
from websocket_client import Closed

SECRET = "a secret that is shared with whoever else makes tokens"
CLOCK = "maintenance --synctime -f"
GENERAL = "http://intel.com/wbem/wscim/1/amt-schema/1/AMT_GeneralSettings"


class Floor:
    site = None
    guids = []


def begin():
    Floor.site = Site(environment={"MPS_JWT_SECRET": SECRET})
    Floor.site.make_profile("ccm")
    for number in (1, 2):
        agents = Floor.site.agents("--once", profile="ccm", number=number, state=f"m{number}")
        same(agents.final()[0], "success")
        Floor.guids.append(agents.ends()[0]["guid"])
    idle()


def idle():
    until(lambda: Floor.site.ask("GET", f"{ADMIN}/provisioning")[1] == [])


def connected():
    return Agent(Floor.site.server, "/", Floor.site.port)


def ask(caller, guid, password, line, **envelope):
    caller.command(line, {"uuid": guid, "currentMode": 1, "password": password}, **envelope)


def agent(guid, password, line, **envelope):
    caller = connected()
    ask(caller, guid, password, line, **envelope)
    return caller


def reset(guid):
    """One who says that the machine was reset: nobody is let in with a wrong password."""
    caller = Agent(Floor.site.server, "/", Floor.site.port)
    caller.command("activate --profile ccm", {"uuid": guid, "currentMode": 0, "password": "x"})
    return caller


def heard(caller, *methods):
    while True:
        message = caller.hear()
        if message["method"] in methods:
            return message
        same(message["method"], "heartbeat_request")
        caller.say("heartbeat_response", status="success")


def refusal(caller):
    text = heard(caller, "error")["message"]
    caller.close()
    return text


def first_refused(callers):
    """What is said to the first of them, who have all asked, and who is left."""
    ready = select.select([caller.socket for caller in callers], [], [], 60)[0]
    same(len(ready) > 0, True)
    told = next(caller for caller in callers if caller.socket is ready[0])
    return refusal(told), [caller for caller in callers if caller is not told]


def outcomes(guid):
    return [record["outcome"] for record in Floor.site.history(guid)["history"]]


def settings(message):
    """AMT_GeneralSettings, as an answer to the request."""
    request = base64.b64decode(message["payload"]).decode()
    number = re.search(r"<a:MessageID>(\d+)<", request)[1]
    body = (f"<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:b=\"http://sche"
            f"mas.xmlsoap.org/ws/2004/08/addressing\" xmlns:h=\"{GENERAL}\"><a:Header><b:RelatesTo>"
            f"{number}</b:RelatesTo></a:Header><a:Body><h:AMT_GeneralSettings><h:DigestRealm>Digest:"
            "A3829B3827DE4D33D4449B366831FD01</h:DigestRealm></h:AMT_GeneralSettings></a:Body>"
            "</a:Envelope>").encode()
    return (b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml; charset=UTF-8\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))


def believed(guid, device=None):
    """An agent with a token for its machine."""
    token = Floor.site.token_file(device or guid).read_text()
    caller = Agent(Floor.site.server, f"/?token={token}", Floor.site.port)
    caller.command("activate --profile ccm", {"uuid": guid, "currentMode": 0, "password": "x"})
    return caller


def a_stranger_who_waits_gives_way_to_who_has_a_token_for_the_machine():
    guid = invented(77)
    stranger = reset(guid)
    heard(stranger, "wsman")  # and says nothing
    contains(refusal(reset(guid)), "has a provisioning session already")
    own = believed(guid)
    heard(own, "wsman")
    contains(refusal(stranger), "takes over")
    contains(refusal(believed(guid)), "has a provisioning session already")
    own.close()
    idle()


def a_stranger_with_an_amt_that_answers_gives_way_too():
    """He may play it as long as he likes; only a password that is being set is waited for."""
    guid = invented(78)
    stranger = reset(guid)
    stranger.answer(settings(heard(stranger, "wsman")))
    heard(stranger, "wsman")
    contains(refusal(agent(guid, "guess too", CLOCK)), "has a provisioning session already")
    own = believed(guid, "all")
    heard(own, "wsman")
    contains(refusal(stranger), "takes over")
    own.close()
    idle()


def nobody_is_heard_for_a_machine_that_is_known():
    """Neither who says that it was reset, nor who has a token for newcomers or another machine."""
    guid = Floor.guids[1]
    contains(refusal(reset(guid)), "already has a record")
    token = Floor.site.token_file(None).read_text()
    for said, mode, text in (("x", 0, "already has a record"), ("x", 1, "DOES NOT match")):
        newcomer = Agent(Floor.site.server, f"/?token={token}", Floor.site.port)
        newcomer.command("activate --profile ccm",
                         {"uuid": guid, "currentMode": mode, "password": said})
        contains(refusal(newcomer), text)
    token = Floor.site.token_file(Floor.guids[0]).read_text()
    other = Agent(Floor.site.server, f"/?token={token}", Floor.site.port)
    other.command(CLOCK, {"uuid": guid, "currentMode": 1, "password": PASSWORD})
    contains(refusal(other), f"token is for device {Floor.guids[0]}, not for device {guid}")
    idle()


def tokens_for_no_device_are_not_made():
    for body, field in (({"device": "x"}, "device"), ({"device": 5}, "device"),
                        ({"device": "all", "purpose": "enterprise-assistant"}, "device"),
                        ({"devices": "all"}, "devices")):
        status, answer = Floor.site.ask("POST", f"{ADMIN}/agenttokens", body)
        same((body, status), (body, 400))
        contains(json.dumps(answer), field)


def login_of(tenant):
    """Of somebody who shares the server's secret."""
    claims = {"tenantId": tenant, "iss": "9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc", "deviceId": "*",
              "exp": int(time.time()) + 3600}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
             for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(SECRET.encode(), b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def a_token_counts_for_its_own_tenants_devices_only():
    guid = Floor.guids[1]
    server = Floor.site.server
    mine, server.token = server.token, login_of("elsewhere")
    try:
        token = Floor.site.token_file().read_text()
    finally:
        server.token = mine
    other = Agent(server, f"/?token={token}", Floor.site.port)
    other.command(CLOCK, {"uuid": guid, "currentMode": 1, "password": "guess"})
    contains(refusal(other), "belongs to another tenant")
    idle()


def strangers_push_no_run_of_its_own_out_of_a_machines_history():
    guid = Floor.guids[0]
    same(outcomes(guid)[-1], "success")
    for _ in range(25):
        Liar(guid).visit(Floor.site, "activate --profile none")
        Liar(guid, leaves_at="Setup").visit(Floor.site, "activate --profile ccm")
    idle()
    same(outcomes(guid), ["success"])


def refused_sessions_leave_no_history():
    guid = Floor.guids[0]
    before = outcomes(guid)
    same(before, ["success"])
    for _ in range(3):
        contains(refusal(agent(guid, "guess", "deactivate")), "DOES NOT match stored version")
    idle()
    same(outcomes(guid), before)


def passwords_cannot_be_guessed_without_end():
    guid = Floor.guids[0]
    *guessing, own = [connected() for _ in range(4)]
    for guess in range(5):
        contains(refusal(agent(guid, f"guess{guess}", "deactivate")),
                 "DOES NOT match stored version")
    # From here on they take turns, and it does not help to ask all the time. The machine has said
    # the password nowhere yet, so of one address two may wait, forced or not.
    for caller, line in zip(guessing, ("deactivate", CLOCK, "deactivate")):
        ask(caller, guid, "guess", line)
    text, waiting = first_refused(guessing)
    contains(text, "Too many")
    ask(own, guid, PASSWORD, "deactivate")
    text = refusal(own)
    contains(text, "Too many wrong AMT passwords were said for Device " + guid)
    assert re.search(r"Try again in \d+ s\.$", text), text
    for caller in waiting:
        caller.close()
    counts = passwords()
    assert int(counts["throttled"]) >= 2 and int(counts["wrong"]) >= 5, counts
    # another machine behind the same address has its own count
    own = agent(Floor.guids[1], PASSWORD, CLOCK)
    heard(own, "wsman")
    own.close()
    idle()


def passwords():
    metrics = Floor.site.ask("GET", "/metrics")[1].decode()
    return dict(re.findall(r'outband_rps_passwords_total\{result="(\w+)"\} (\d+)', metrics))


def a_machine_is_let_in_beside_one_who_guesses_at_its_address():
    """It has said its password there before. Who guesses asks again as soon as he is answered."""
    guid = Floor.guids[1]
    over = threading.Event()

    def guess():
        while not over.is_set():
            caller = agent(guid, "guess", "deactivate")
            try:
                caller.hear()
            except Closed:
                pass
            caller.close()

    guesser = threading.Thread(target=guess)
    guesser.start()
    wrong = int(passwords()["wrong"])
    until(lambda: int(passwords()["wrong"]) >= wrong + 5)
    for _ in range(2):
        own = agent(guid, PASSWORD, CLOCK)
        heard(own, "wsman")
        own.close()
        idle()
    over.set()
    guesser.join()
    idle()


def invented(number):
    return f"4c4c4544-0053-3510-8051-{number:012x}"


def machines_that_nobody_has_cannot_be_invented_without_end():
    site = Site(["--agent-source-newcomers", "3"])
    site.make_profile("ccm")
    line = "activate --profile ccm"
    for number in range(3):
        Liar(invented(number), leaves_at="Setup").visit(site, line)
    said, text = Liar(invented(3), leaves_at="Setup").visit(site, line)
    same(said, "error")
    contains(text, "--agent-source-newcomers")
    same(len(site.secrets.devices()), 3)  # none of them gave way, and there is no fourth
    believed = site.token_file().read_text()
    contains(Liar(invented(3)).visit(site, line, token=believed)[1], "Client control mode")
    # one that is finished, by a second run, has a record and leaves room for another
    contains(Liar(invented(0)).visit(site, line)[1], "Client control mode")
    same(site.ask("GET", f"/api/v1/devices/{invented(0)}")[0], 200)
    contains(Liar(invented(4)).visit(site, line)[1], "Client control mode")
    contains(Liar(invented(5)).visit(site, line)[1], "Client control mode")
    metrics = site.ask("GET", "/metrics")[1].decode()
    contains(metrics, "outband_rps_newcomers 2\n")
    contains(metrics, "outband_rps_newcomers_refused_total 1\n")
    site.stop()


def end_of_all():
    Floor.site.stop()
    same(PASSWORD in Floor.site.server.said, False)


if __name__ == "__main__":
    rig.main([
        begin,
        a_stranger_who_waits_gives_way_to_who_has_a_token_for_the_machine,
        a_stranger_with_an_amt_that_answers_gives_way_too,
        nobody_is_heard_for_a_machine_that_is_known,
        tokens_for_no_device_are_not_made,
        a_token_counts_for_its_own_tenants_devices_only,
        refused_sessions_leave_no_history,
        strangers_push_no_run_of_its_own_out_of_a_machines_history,
        passwords_cannot_be_guessed_without_end,
        a_machine_is_let_in_beside_one_who_guesses_at_its_address,
        machines_that_nobody_has_cannot_be_invented_without_end,
        end_of_all,
    ])
