"""Agents at the door of the provisioning server: what they are told and asked, and what happens to
those that break the rules, fall silent, answer late, lie or come twice. Without a device: the tests
play its part."""

import base64
import json
import re
import socket
import threading
import time

from agent import Agent, UUID
from rig import Server, contains, main, same, until
from websocket_client import Closed, Refused

CHALLENGE = (b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"Digest:"
             b"A3829B3827DE4D33D4449B366831FD01\", nonce=\"0123\",stale=\"false\",qop=\"auth\"\r\n"
             b"Content-Length: 0\r\nConnection: close\r\n\r\n")
NAMES = "maintenance -password P@ssw0rd --synchostname -f"
ACTIVE = {"currentMode": 2, "password": "P@ssw0rd"}
OTHER = "4c4c4544-0053-3510-8051-b8c04f4d4e%02x"

server = None  # of most tests; main starts it
silent = None


def general_settings(relates_to, name="old"):
    body = (
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a:Envelope "
        "xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\" "
        "xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
        "xmlns:h=\"http://intel.com/wbem/wscim/1/amt-schema/1/AMT_GeneralSettings\"><a:Header>"
        f"<b:RelatesTo>{relates_to}</b:RelatesTo></a:Header><a:Body><h:AMT_GeneralSettings>"
        "<h:DigestRealm>Digest:A3829B3827DE4D33D4449B366831FD01</h:DigestRealm>"
        f"<h:HostName>{name}</h:HostName><h:InstanceID>Intel(r) AMT: General Settings"
        "</h:InstanceID></h:AMT_GeneralSettings></a:Body></a:Envelope>").encode()
    # firmware sends chunks of any size, and so a number may be in two of them
    half = body.index(b"RelatesTo>") + 10
    return (b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml; charset=UTF-8\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            + b"".join(b"%X\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]))
            + b"0\r\n\r\n")


def request_of(message):
    same(message["method"], "wsman")
    same(message["status"], "ok")
    same(message["message"], "")
    same(message["tenantId"], "")
    return base64.b64decode(message["payload"]).decode()


def message_id(request):
    return int(re.search(r"<a:MessageID>(\d+)<", request)[1])


def told(caller, method="error"):
    """The final message; nothing comes after it until the agent closes."""
    message = caller.hear()
    same((message["method"], message["status"], message["payload"]),
         (method, "success" if method == "success" else "failed", None))
    caller.close()
    return message["message"]


def closed_with(caller):
    try:
        raise AssertionError(f"instead of a Close frame: {caller.hear()}")
    except Closed as end:
        return end.code


def running():
    status, answer = server.ask("GET", "/api/v1/admin/provisioning")
    same(status, 200)
    return answer


def working(changes=None):
    """An agent whose device is about to be worked on, once nobody else has it."""
    until(lambda: running() == [])
    caller = Agent(server)
    caller.command(NAMES, {**ACTIVE, **(changes or {})})
    return caller


def every_way_in_leads_to_a_session():
    for path, port in (("/activate", None), ("/deactivate", None), ("/maintenance", None),
                       ("/rps/activate", None), ("/", server.agents), ("/any/path", server.agents)):
        caller = Agent(server, path, port)
        caller.command("dance")
        same(told(caller), f"Device {UUID} Not a supported method received from AMT device")


def a_first_message_that_makes_no_sense_is_answered():
    caller = Agent(server)
    caller.frame(1, b"{\"method\":")
    contains(told(caller), "SyntaxError: ")
    for payload, text in ((None, " - Error while Validating the client message"),
                          ("!!!", "Error: Failed to parse client message payload. "),
                          (base64.b64encode(b"{").decode(),
                           "Error: Failed to parse client message payload. "),
                          (base64.b64encode(b"{}").decode(), "Error: Invalid payload from client")):
        caller = Agent(server)
        caller.say("activate --profile test", payload)
        contains(told(caller), text)


def versions_are_compared_with_4_0_0():
    for version, text in (("5.0.0", "Error: protocol version NOT supported: 5.0.0"),
                          ("4.0.1", "Error: protocol version NOT supported: 4.0.1"),
                          ("4.0.0.0", "Error: invalid version string length"),
                          ("four", "Error: failed to parse major")):
        caller = Agent(server)
        caller.command(protocolVersion=version)
        same(told(caller), text)
    for version in ("", "4", "4.0"):
        caller = Agent(server)
        caller.command("dance", protocolVersion=version)
        contains(told(caller), "Not a supported method")


def a_uuid_may_be_the_bytes_of_smbios():
    raw = [0x44, 0x45, 0x4c, 0x4c, 0x53, 0x00, 0x10, 0x35, 0x80, 0x51, 0xb8, 0xc0, 0x4f, 0x4d,
           0x4e, 0x31]
    caller = Agent(server)
    caller.command("dance", {"uuid": raw})
    same(told(caller), f"Device {UUID} Not a supported method received from AMT device")
    for wrong in ("4c4c4544", raw[:15]):
        caller = Agent(server)
        caller.command("dance", {"uuid": wrong})
        contains(told(caller), " - uuid not valid length")


def binary_and_oversized_messages_close_the_socket():
    caller = Agent(server)
    caller.frame(2, b"{}")
    same(closed_with(caller), 1003)
    caller = Agent(server)
    caller.frame(1, b"x" * 102401)
    same(closed_with(caller), 1009)
    caller = Agent(server)
    for _ in range(3):
        caller.frame(1 if _ == 0 else 0, b"x" * 50000, last=False)
    same(closed_with(caller), 1009)
    caller = Agent(server)
    caller.frame(1, b"x" * 51200, last=False)
    caller.frame(0, b"x" * 51200)
    contains(told(caller), "SyntaxError: ")


def an_agent_that_leaves_leaves_nothing_behind():
    for _ in range(20):
        caller = working()
        caller.hear()
        caller.close()
    until(lambda: running() == [])
    caller = Agent(server)
    caller.frame(1, b"{\"method\"", last=False)
    caller.close()


def requests_are_those_of_the_toolkit():
    caller = working()
    first = request_of(caller.hear())
    head, rest = first.split("\r\n\r\n", 1)
    same(head.split("\r\n"), ["POST /wsman HTTP/1.1", f"Host: {UUID}:16992",
                              "Transfer-Encoding: chunked", "Connection: close"])
    size, rest = rest.split("\r\n", 1)
    same(size, size.upper())
    same(rest[int(size, 16):], "\r\n0\r\n\r\n")
    caller.answer(CHALLENGE)
    second = request_of(caller.hear())
    lines = second.split("\r\n")
    same(lines[0], "POST /wsman HTTP/1.1")
    assert re.fullmatch(
        r'Authorization: Digest username="admin",realm="Digest:A3829B3827DE4D33D4449B366831FD01",'
        r'nonce="0123",uri="/wsman",qop="auth",response="[0-9a-f]{32}",nc="00000001",'
        r'cnonce="[^"]+"', lines[1]), lines[1]
    same(lines[2], f"Host: {UUID}:16992")
    same(message_id(first), message_id(second))
    caller.close()


def late_answers_are_told_from_the_right_ones():
    caller = working()
    request_of(caller.hear())
    caller.answer(CHALLENGE)
    given_up = request_of(caller.hear())
    beat = caller.hear()  # after a second without an answer
    same((beat["method"], beat["status"], beat["payload"]), ("heartbeat_request", "heartbeat", ""))
    caller.answer(b"HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n")
    caller.say("heartbeat_response", status="success")
    again = request_of(caller.hear())
    same(message_id(given_up), message_id(again))
    contains(again, 'nc="00000002"')
    caller.answer(general_settings(message_id(again)))
    assert message_id(request_of(caller.hear())) > message_id(again)
    caller.close()


def an_answer_that_is_said_twice_is_taken_once():
    caller = working()
    request_of(caller.hear())
    caller.answer(CHALLENGE)
    second = request_of(caller.hear())
    caller.answer(CHALLENGE)  # the same again, ahead of what the device says to the login
    same(caller.hear()["method"], "heartbeat_request")
    caller.answer(general_settings(message_id(second)))
    caller.say("heartbeat_response", status="success")
    third = request_of(caller.hear())
    assert message_id(third) > message_id(second)
    caller.answer(general_settings(message_id(second)))
    until(lambda: b"outband_rps_repeated_answers_total 2\n" in server.ask("GET", "/metrics")[1])
    caller.close()


def an_agent_without_heartbeats_is_understood_by_the_ids():
    caller = working()
    request_of(caller.hear())
    caller.answer(CHALLENGE)
    old = request_of(caller.hear())
    same(caller.hear()["method"], "heartbeat_request")
    # no echo: the attempt passes, and the next one is sent without asking again
    message = caller.hear()
    while message["method"] != "wsman":
        message = caller.hear()
    new = request_of(message)
    same(message_id(old), message_id(new))
    caller.answer(general_settings(message_id(new) + 77))
    caller.answer(general_settings(message_id(new)))
    assert message_id(request_of(caller.hear())) > message_id(new)
    caller.close()


def a_device_that_never_answers_ends_the_session():
    caller = working()
    asked = 0
    while True:
        message = caller.hear()
        if message["method"] == "error":
            break
        if message["method"] == "heartbeat_request":
            caller.say("heartbeat_response", status="success")
        else:
            request_of(message)
            asked += 1
    same(asked, 3)
    assert isinstance(json.loads(message["message"])["Status"], str)
    caller.close()


def garbage_of_the_device_ends_the_session():
    caller = working()
    message = caller.hear()
    asked = 0
    while message["method"] == "wsman":
        asked += 1
        caller.answer(b"\x00\xff not HTTP at all")
        message = caller.hear()
    same((message["method"], asked), ("error", 3))
    caller.close()


def what_no_agent_says_ends_the_session():
    for words in (lambda a: a.command("dance"), lambda a: a.frame(1, b"[]"),
                  lambda a: a.say("response", protocolVersion="9.9")):
        caller = working()
        request_of(caller.hear())
        words(caller)
        told(caller)
    caller = working()
    request_of(caller.hear())
    caller.frame(2, b"\x00")
    same(closed_with(caller), 1003)


def unasked_messages_are_dropped():
    caller = working()
    request_of(caller.hear())
    caller.say("heartbeat_response")
    caller.say("port_switch_ack", "b2s=")
    caller.say("tls_data", base64.b64encode(b"\x16\x03" * 1000).decode())
    caller.answer(CHALLENGE)
    caller.answer(CHALLENGE)
    contains(request_of(caller.hear()), "Authorization: Digest ")
    caller.close()


def a_second_agent_of_a_device_is_refused():
    first = working()
    request_of(first.hear())
    session, = running()
    same((session["guid"], session["command"], session["profile"]), (UUID, "maintenance", None))
    second = Agent(server)
    second.command(NAMES, {**ACTIVE, "uuid": UUID.upper()})
    same(told(second), f"Device {UUID} has a provisioning session already. Try again when that has "
                       "ended.")
    other = Agent(server)
    other.command(NAMES, {**ACTIVE, "uuid": OTHER % 9})
    request_of(other.hear())
    same(len(running()), 2)
    other.close()
    first.close()
    until(lambda: running() == [])
    third = Agent(server)
    third.command(NAMES, ACTIVE)
    request_of(third.hear())
    third.close()
    until(lambda: running() == [])
    status, answer = server.ask("GET", f"/api/v1/admin/provisioning/{UUID}")
    same(status, 200)
    same(answer["running"], None)
    same(answer["history"][0]["command"], "maintenance")
    same(answer["history"][0]["outcome"], "failure")


def tls_data_goes_to_the_tls_port():
    caller = working({"tlsEnforced": True})
    hello = caller.hear()
    same(hello["method"], "tls_data")
    records = base64.b64decode(hello["payload"])
    same((records[0], records[5]), (0x16, 1))
    caller.say("tls_data", "")
    caller.say("tls_data", base64.b64encode(b"HTTP/1.1 400 no TLS\r\n\r\n").decode())
    message = caller.hear()
    while message["method"] != "error":
        if message["method"] == "heartbeat_request":
            caller.say("heartbeat_response", status="success")
        else:
            same(message["method"], "tls_data")
            caller.say("connection_reset", base64.b64encode(b"connection_closed").decode())
        message = caller.hear()
    caller.close()


def tokens_let_agents_in_where_they_are_asked_for():
    guarded = Server(flags=("--agent-auth", "token"))
    try:
        guarded.log_in()
        status, answer = guarded.ask("POST", "/api/v1/admin/agenttokens", {"expiresInMinutes": 5})
        same((status, answer["purpose"], answer["tenantId"]), (201, "agent", ""))
        good = answer["token"]
        status, refusal = guarded.ask("GET", "/api/v1/devices", token=good)
        same(status, 401)
        contains(str(refusal), "the token is good for agents only")
        same(guarded.ask("POST", "/api/v1/admin/agenttokens", {"expiresInMinutes": 0})[0], 400)
        same(guarded.ask("POST", "/api/v1/admin/agenttokens", {"purpose": "x"})[0], 400)
        for wrong in ({"minutes": 5}, {"expiresInMinutes": 5, "purposes": "agent"}, []):
            same(guarded.ask("POST", "/api/v1/admin/agenttokens", wrong)[0], 400)
        assistant = guarded.ask("POST", "/api/v1/admin/agenttokens",
                                {"purpose": "enterprise-assistant"})[1]["token"]
        for path, headers in (("/activate", ()), (f"/activate?token={good}x", ()),
                              (f"/activate?token={guarded.token}", ()),
                              (f"/activate?token={assistant}", ()),
                              ("/activate", (("Authorization", f"Bearer {guarded.token}"),)),
                              ("/ea", ()), (f"/ea?token={good}", ())):
            try:
                Agent(guarded, path, headers=headers)
                raise AssertionError(f"let in: {path}")
            except Refused as refusal:
                same(refusal.status, 401)
        for path, headers in ((f"/activate?token={good}", ()),
                              ("/activate", (("Authorization", f"Bearer {good}"),)),
                              ("/activate", (("Sec-WebSocket-Protocol", good),))):
            caller = Agent(guarded, path, headers=headers)
            same(caller.headers.get("sec-websocket-protocol") == good,
                 bool(headers) and headers[0][0] == "Sec-WebSocket-Protocol")
            caller.command("dance")
            told(caller)
        Agent(guarded, f"/ea?token={assistant}").close()
    finally:
        same(guarded.stop(), 0)
    assert good not in guarded.said


def bounds_hold():
    small = Server(flags=("--agent-sessions", "3", "--agent-source-sessions", "2", "--loops", "1"))
    try:
        callers = [Agent(small), Agent(small)]
        try:
            Agent(small)
            raise AssertionError("a third session of one address")
        except Refused as refusal:
            same(refusal.status, 503)
        for caller in callers:
            caller.close()
        time.sleep(0.1)
        until(lambda: not refused(small))
    finally:
        same(small.stop(), 0)


def refused(target):
    try:
        Agent(target).close()
        return False
    except Refused:
        return True


def a_shutdown_tells_the_agents():
    short = Server()
    caller = Agent(short)
    caller.command(NAMES, ACTIVE)
    request_of(caller.hear())
    waiting = Agent(short)
    stopper = threading.Thread(target=short.stop)
    stopper.start()
    told(caller)
    try:
        closed_with(waiting)
    except EOFError:
        pass
    stopper.join()
    assert "ERROR" not in short.said, short.said


def one_who_says_nothing_is_sent_away():
    same(closed_with(silent), 1008)


def plain_requests_are_told_to_upgrade():
    with socket.create_connection(("127.0.0.1", server.agents)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        contains(plain.recv(4096).decode(), " 426 ")
    same(server.ask("GET", "/activate", token=None)[0], 426)


def started():
    global server, silent
    server = Server(flags=("--rps-ws", "127.0.0.1:0", "--agent-attempt", "1"))
    server.agents = int(re.search(r"rps-ws=\S+:(\d+)", server.output())[1])
    server.log_in()
    silent = Agent(server)


def stopped():
    same(server.stop(), 0)
    for secret in ("P@ssw0rd", "lsaRandom"):
        assert secret not in server.said
    assert "Sanitizer" not in server.said and "runtime error" not in server.said, server.said


main([
    started,
    every_way_in_leads_to_a_session,
    a_first_message_that_makes_no_sense_is_answered,
    versions_are_compared_with_4_0_0,
    a_uuid_may_be_the_bytes_of_smbios,
    binary_and_oversized_messages_close_the_socket,
    an_agent_that_leaves_leaves_nothing_behind,
    requests_are_those_of_the_toolkit,
    late_answers_are_told_from_the_right_ones,
    an_answer_that_is_said_twice_is_taken_once,
    an_agent_without_heartbeats_is_understood_by_the_ids,
    a_device_that_never_answers_ends_the_session,
    garbage_of_the_device_ends_the_session,
    what_no_agent_says_ends_the_session,
    unasked_messages_are_dropped,
    a_second_agent_of_a_device_is_refused,
    tls_data_goes_to_the_tls_port,
    tokens_let_agents_in_where_they_are_asked_for,
    bounds_hold,
    a_shutdown_tells_the_agents,
    plain_requests_are_told_to_upgrade,
    one_who_says_nothing_is_sent_away,
    stopped,
])
