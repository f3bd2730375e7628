#!/usr/bin/python3
"""The relay of redirection sessions: real server, simulated devices, a browser's WebSocket."""

import re
import signal
import socket
import struct
import threading
import time

from on_lan import PASSWORD, Lan
from relayed import (EMPTY_LOGIN, QUERY, START, STARTED, Browser, Hostile, in_kernel, opened, query,
                     token)
from rig import Server, contains, main, same, until
from simulated import Devices
from websocket_client import Closed, Refused

server = Server(flags=["--metrics-open", "--drain", "4"])
server.log_in()
devices = Devices(server, "16.1", "16.1-tls", "19", "12.0.67")
PLAIN, TLS, NEWEST, OLDER = range(4)
guid = devices.guids[PLAIN]

PIECE = 8188          # of a relay's; messages of that size, too
OVERHEAD = 30         # at most: a WebSocket's head and a TLS record's
HELD_MOST = 256 * 1024  # of a session whose one side takes nothing


def status_of(number=PLAIN):
    answer = devices.ask(number, "GET", "/api/v1/devices/redirectstatus/GUID")
    same(answer[0], 200)
    return tuple(kind for kind in ("KVM", "SOL", "IDER") if answer[1][f"is{kind}Connected"])


def idle(number=PLAIN):
    until(lambda: status_of(number) == ())


def refused(wanted, query_text, credential, path="/relay/webrelay.ashx"):
    try:
        Browser(server, query_text, credential, path).cut()
    except Refused as refusal:
        same(refusal.status, wanted)
        return refusal.body
    raise AssertionError("the handshake was accepted")


def typed(browser, text):
    """What the simulated device's console gives back for it."""
    browser.send(bytes([0x28, 0, 0, 0]) + struct.pack("<IH", 0, len(text)) + text)
    got = b""
    while len(got) < len(text):
        head = browser.read(8)
        if head[0] == 0x2A:
            got += browser.read(struct.unpack("<H", browser.read(2))[0])
        elif head[0] == 0x29:
            browser.read(2)
        else:
            same(head[0], 0x2B)
    return got


def metric(name):
    text = server.ask("GET", "/metrics", token=None)[1].decode()
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def a_session_of_every_kind_begins_with_empty_credentials():
    for kind in ("sol", "kvm", "ider"):
        with_prefix = Browser(server, query(guid, kind), token(server, guid),
                              "/mps/ws/relay/webrelay.ashx" if kind == "kvm"
                              else "/mps/relay/webrelay.ashx" if kind == "ider"
                              else "/relay/webrelay.ashx")
        challenge = with_prefix.log_in(kind)
        assert PASSWORD.encode() not in challenge
        same(status_of(), (kind.upper(),))
        with_prefix.close()
        idle()


def kinds_run_side_by_side_on_one_token():
    credential = token(server, guid)
    browsers = {kind: Browser(server, query(guid, kind), credential)
                for kind in ("kvm", "sol", "ider")}
    for kind, browser in browsers.items():
        browser.log_in(kind)
    same(status_of(), ("KVM", "SOL", "IDER"))
    browsers["sol"].close()
    until(lambda: status_of() == ("KVM", "IDER"))
    browsers["kvm"].cut()
    until(lambda: status_of() == ("IDER",))
    browsers["ider"].close()
    idle()


def screens_are_handed_over():
    browser = opened(server, guid, "kvm")
    browser.log_in("kvm")
    browser.send(b"\x40" + bytes(7))
    same(browser.read(8), b"\x41" + bytes(7))
    same(browser.read(4), b"RFB ")
    same(browser.opcodes, {2})
    browser.close()
    idle()


def one_who_speaks_text_is_answered_in_text():
    browser = opened(server, guid, "kvm")
    browser.log_in("kvm", text=True)
    same(browser.opcodes, {1})
    browser.close()
    idle()


def a_login_may_come_byte_by_byte():
    browser = opened(server, guid)
    for message in (START["sol"], QUERY, EMPTY_LOGIN):
        for byte in message:
            browser.send(bytes([byte]))
        browser.send(b"")
    same(browser.read(13)[:2], b"\x11\x00")
    same(browser.reply()[:2], (0, 0))
    same(browser.reply()[:2], (4, 1))
    for byte in EMPTY_LOGIN:
        browser.send(bytes([byte]))
    same(browser.reply(), (4, 0, b""))
    browser.start_sol()
    browser.close()
    idle()


def without_a_mode_the_first_message_tells_the_kind():
    browser = opened(server, guid, None)
    same(status_of(), ())
    browser.log_in("sol")
    same(status_of(), ("SOL",))
    other = opened(server, guid, None)
    other.send(START["sol"])
    code, reason = other.end()
    same(code, 1013)
    contains(reason, "in use by admin since 20")
    browser.close()
    idle()


def those_who_do_not_say_what_they_want_keep_nobody_out():
    credential = token(server, guid)
    silent = [Browser(server, query(guid, None), credential) for _ in range(4)]
    for _ in range(140):  # more than requests of a device may be in work
        contains(refused(503, query(guid, None), credential), "which kind of session")
    browser = opened(server, guid)
    browser.log_in("sol")
    same(devices.ask(PLAIN, "GET", "/api/v1/amt/power/state/GUID")[0], 200)
    silent.pop().cut()
    until(lambda: one_more(credential))
    browser.close()
    silent[0].send(START["ider"])
    same(silent[0].read(2), b"\x11\x00")
    for one in silent:
        one.cut()
    idle()


def one_more(credential):
    try:
        Browser(server, query(guid, None), credential).cut()
    except Refused as refusal:
        same(refusal.status, 503)
        return False
    return True


def devices_with_tls_alone_are_reached():
    for number in (TLS, NEWEST):
        browser = opened(server, devices.guids[number])
        browser.log_in("sol")
        browser.start_sol()
        browser.close()
        idle(number)
    asked = opened(server, devices.guids[TLS], tls=1)
    asked.log_in("sol")
    asked.close()
    idle(TLS)
    other = opened(server, devices.guids[TLS], port=16995)
    other.log_in("sol")
    other.close()
    idle(TLS)


def a_query_that_asks_for_anything_else_is_refused():
    credential = token(server, guid)
    for wrong in (query("nonsense"), query(guid, port=16992), query(guid, port=22),
                  query(guid, port="x"), query(guid, "disk"), query(guid, tls=2), "p=2"):
        contains(refused(400, wrong, credential), "errorDescription")
    status, answer = server.ask("GET", f"/relay/webrelay.ashx?{query(guid)}", token=None)
    same((status, "error" in answer), (426, True))


def a_token_that_is_not_for_this_opens_nothing():
    other = devices.guids[OLDER]
    contains(refused(401, query(guid), token(server, other)), "another purpose or device")
    contains(refused(401, query(guid), server.token), "another purpose or device")
    contains(refused(401, query(guid), None), "not valid")
    good = token(server, guid)
    head, body, signature = good.split(".")
    contains(refused(401, query(guid), f"{head}.{body}.{'A' * len(signature)}"), "not valid")
    same(status_of(), ())
    same(server.ask("GET", "/api/v1/devices", token=good)[0], 401)
    upper = Browser(server, query(guid.upper()), good)
    upper.cut()
    idle()


def a_logout_ends_the_tokens_that_were_made_with_the_login():
    first = server.token
    server.log_in()
    second, server.token = server.token, first
    status, answer = server.ask("GET", f"/api/v1/authorize/redirection/{guid}", token=second)
    same(status, 200)
    Browser(server, query(guid), answer["token"]).cut()
    idle()
    same(server.ask("POST", "/api/v1/authorize/logout", token=second)[0], 200)
    contains(refused(401, query(guid), answer["token"]), "given back by a logout")
    opened(server, guid).cut()
    idle()


def a_device_that_is_not_there_is_not_found():
    absent = "0badcafe-0000-4000-8000-000000000000"
    same(server.ask("POST", "/api/v1/devices", {"guid": absent, "hostname": "", "mpsusername": "x",
                                                "mpspassword": "P@ssw0rd12"})[0], 201)
    contains(refused(404, query(absent), token(server, absent)), "not connected")


def a_second_owner_is_told_who_the_first_is():
    browser = opened(server, guid)
    browser.log_in("sol")
    browser.start_sol()
    body = refused(409, query(guid), token(server, guid))
    assert re.search(r"sol session is in use by admin since 20\d\d-", body), body
    same(typed(browser, b"still mine"), b"still mine")
    browser.close()
    idle()


def a_start_message_of_another_kind_is_refused():
    browser = opened(server, guid, "kvm")
    browser.send(START["sol"])
    same(browser.end(), (1008, "mode is kvm, the session to start is sol".replace(
        "kvm, the", "kvm, but the")))
    idle()


def what_is_no_login_is_refused_and_not_waited_for():
    for wrong in (b"G", b"\x10\x00\x00\x00XXXX", b"\x14\x00\x00\x00\x00\x00\x00\x00\x00",
                  START["sol"] + b"\x2b", START["sol"] + START["sol"],
                  START["sol"] + b"\x13\x00\x00\x00\x04\xff\xff\xff\x7f",
                  START["sol"] + b"\x13\x00\x00\x00\x04\xff\xff\xff\xff"):
        browser = opened(server, guid)
        browser.send(wrong)
        code, reason = browser.end()
        same((code, reason != ""), (1008, True))
        idle()
    browser = opened(server, guid)
    browser.send(START["sol"] + QUERY + b"\x13\x00\x00\x00\x01\x00\x00\x00\x00")
    same(browser.end()[0], 1011)
    idle()


def a_kind_that_is_switched_off_ends_with_the_devices_answer():
    features = {"enableSOL": False, "enableIDER": True, "enableKVM": True, "userConsent": "none"}
    same(devices.ask(OLDER, "POST", "/api/v1/amt/features/GUID", features)[0], 200)
    browser = opened(server, devices.guids[OLDER])
    browser.send(START["sol"])
    same(browser.read(2), b"\x11\x03")
    same(browser.end(), (1011, "this kind of redirection is switched off on the device"))
    idle(OLDER)


def redirection_that_is_switched_off_is_said_to_be():
    features = {"enableSOL": False, "enableIDER": False, "enableKVM": False, "userConsent": "none"}
    same(devices.ask(OLDER, "POST", "/api/v1/amt/features/GUID", features)[0], 200)
    off = (1011, "redirection is switched off on the device: switch it on with the features (KVM, "
                 "SOL, IDER)")
    for kind in ("sol", "kvm", "ider"):
        browser = opened(server, devices.guids[OLDER], kind)
        browser.send(START[kind])
        same(browser.end(), off)
    idle(OLDER)
    with Lan(34, "--personality", "12.0.67") as lan:
        status, answer = server.ask("POST", "/api/v1/devices",
                                    {"hostname": lan.address, "password": PASSWORD})
        same(status, 201)
        mine = answer["guid"]
        same(server.ask("POST", f"/api/v1/amt/features/{mine}", features)[0], 200)
        browser = opened(server, mine)
        browser.send(START["sol"])
        same(browser.end(), off)


def a_user_who_has_not_consented_is_asked_first():
    number = devices.add("16.1", "--client-mode")
    mine = devices.guids[number]
    body = refused(409, query(mine, "kvm"), token(server, mine))
    contains(body, "user consent is required: request a code first")
    opened(server, mine).close()
    undecided = opened(server, mine, None)
    undecided.send(START["ider"])
    same(undecided.end(), (1008, "user consent is required: request a code first"))
    before = devices.said()
    same(devices.ask(number, "POST", "/api/v1/amt/power/action/GUID", {"action": 2})[0], 200)
    consent = "/api/v1/amt/userConsentCode/GUID"
    until(lambda: devices.ask(number, "GET", consent)[1]["Body"]["ReturnValue"] == 0)
    code = devices.hears(rf"shown guid={mine} code=(\d+)", before)[1]
    contains(refused(409, query(mine, "kvm"), token(server, mine)), "send the one that the machine")
    same(devices.ask(number, "POST", consent, {"consentCode": code})[0], 200)
    browser = opened(server, mine, "kvm")
    browser.log_in("kvm")
    browser.close()
    idle(number)


def a_device_that_leaves_ends_its_sessions():
    number = devices.add("16.1")
    browser = opened(server, devices.guids[number])
    browser.log_in("sol")
    browser.start_sol()
    devices.running[number].send_signal(signal.SIGKILL)
    devices.running.pop(number).wait()
    code, reason = browser.end()
    same(code, 1011)
    assert reason
    same(devices.ask(number, "DELETE", "/api/v1/devices/GUID?isSecretToBeDeleted=true")[0], 204)
    devices.guids.pop()


def a_disconnect_and_a_deletion_end_sessions_in_order():
    number = devices.add("16.1")
    mine = devices.guids[number]
    browser = opened(server, mine)
    browser.log_in("sol")
    same(devices.ask(number, "DELETE", "/api/v1/devices/disconnect/GUID")[0], 200)
    same(browser.end(), (1001, "the device is being disconnected"))
    redirections = "/api/v1/devices/redirectstatus/GUID"
    until(lambda: devices.ask(number, "GET", redirections)[0] == 200)
    browser = opened(server, mine)
    browser.log_in("sol")
    same(devices.ask(number, "DELETE", "/api/v1/devices/GUID?isSecretToBeDeleted=true")[0], 204)
    same(browser.end()[0], 1001)
    devices.guids.pop()


def a_new_pin_ends_what_was_opened_without_it():
    mine = devices.guids[TLS]
    browser = opened(server, mine)
    browser.log_in("sol")
    same(server.ask("PATCH", "/api/v1/devices", {"guid": mine, "friendlyName": "renamed"})[0], 200)
    browser.start_sol()
    same(server.ask("PATCH", "/api/v1/devices", {"guid": mine, "certHash": "ab" * 32})[0], 200)
    same(browser.end()[0], 1001)
    idle(TLS)
    stranger = opened(server, mine)
    stranger.send(START["sol"])
    same(stranger.end()[0], 1011)
    same(server.ask("PATCH", "/api/v1/devices", {"guid": mine, "certHash": ""})[0], 200)


def on_the_lan_it_is_the_same():
    with Lan(31, "--personality", "12.0.67") as lan:
        status, answer = server.ask("POST", "/api/v1/devices",
                                    {"hostname": lan.address, "password": PASSWORD})
        same(status, 201)
        mine = answer["guid"]
        for kind in ("sol", "kvm", "ider"):
            browser = opened(server, mine, kind)
            browser.log_in(kind)
            if kind == "sol":
                browser.start_sol()
                same(typed(browser, b"over the LAN"), b"over the LAN")
            browser.close()
        # somebody else has it, past the server
        direct = socket.create_connection((lan.address, 16994))
        direct.sendall(START["sol"])
        same(direct.recv(2), b"\x11\x00")
        browser = opened(server, mine)
        browser.send(START["sol"])
        same(browser.read(2), b"\x11\x02")
        code, reason = browser.end()
        same(code, 1013)
        contains(reason, "busy")
        direct.close()
        # another address is another machine
        started = []
        def starts():
            browser = opened(server, mine)
            browser.send(START["sol"])
            if browser.read(2) == b"\x11\x00":
                started.append(browser)
            else:
                browser.cut()
            return started
        until(starts)
        browser = started[0]
        same(server.ask("PATCH", "/api/v1/devices", {"guid": mine, "hostname": "127.0.0.9"})[0],
             200)
        same(browser.end()[0], 1001)


def on_the_lan_with_tls_it_is_the_same():
    with Lan(32, "--personality", "16.1-tls") as lan:
        status, answer = server.ask("POST", "/api/v1/devices", {
            "hostname": lan.address, "password": PASSWORD, "useTLS": True,
            "certHash": lan.sha256})
        same(status, 201)
        browser = opened(server, answer["guid"])
        browser.log_in("sol")
        browser.start_sol()
        same(typed(browser, b"inside TLS"), b"inside TLS")
        browser.close()
        until(lambda: server.ask("GET", f"/api/v1/devices/redirectstatus/{answer['guid']}")[1][
            "isSOLConnected"] is False)


def a_wrong_stored_password_is_tried_once():
    with Lan(33, "--personality", "12.0.67") as lan:
        status, answer = server.ask("POST", "/api/v1/devices",
                                    {"hostname": lan.address, "password": "Wr0ng-one"})
        same(status, 201)
        browser = opened(server, answer["guid"])
        browser.send(START["sol"])
        browser.send(QUERY)
        browser.send(EMPTY_LOGIN)
        browser.read(13)
        browser.reply()
        browser.reply()
        browser.send(EMPTY_LOGIN)
        code, reason = browser.end()
        same(code, 1011)
        contains(reason, "refuses the stored AMT user name or password")
        browser = opened(server, answer["guid"])
        browser.send(START["sol"])
        same(browser.end(), (1011, "the device refuses the stored AMT user name or password for "
                                   "redirection"))


def hostile(conversation):
    """A device on the LAN whose redirection port is ours, and its GUID."""
    device = Hostile(conversation)
    status, answer = server.ask("POST", "/api/v1/devices",
                                {"hostname": device.address, "password": PASSWORD, "useTLS": False})
    same(status, 201)
    return device, answer["guid"]


def an_upload_leaves_room_for_requests():
    mine = devices.guids[OLDER]
    features = {"enableSOL": True, "enableIDER": True, "enableKVM": True, "userConsent": "none"}
    same(devices.ask(OLDER, "POST", "/api/v1/amt/features/GUID", features)[0], 200)
    before = metric('outband_mps_relay_bytes_total{direction="browser-to-device"}')
    browser = opened(server, mine)
    browser.log_in("sol")
    browser.start_sol()
    going = True

    def upload():
        line = (bytes([0x28, 0, 0, 0]) + struct.pack("<IH", 0, 1000) + bytes(1000)) * 16
        try:
            while going:
                browser.send(line)
        except OSError:
            pass

    def listen():
        try:
            while True:
                browser.message()
        except (Closed, EOFError, OSError, ValueError):
            pass

    threads = [threading.Thread(target=upload), threading.Thread(target=listen)]
    for thread in threads:
        thread.start()
    until(lambda: metric('outband_mps_relay_bytes_total{direction="browser-to-device"}') - before >
          1_000_000)
    for _ in range(5):
        same(devices.ask(OLDER, "GET", "/api/v1/amt/power/state/GUID")[0], 200)
    going = False
    threads[0].join(30)
    browser.socket.shutdown(socket.SHUT_RDWR)
    threads[1].join(30)
    browser.cut()
    idle(OLDER)


def a_browser_that_reads_nothing_stops_its_device_and_nobody_else():
    flood = bytes(range(256)) * 256
    taken = []

    def floods(conversation):
        conversation.log_in()
        conversation.connection.settimeout(3)
        sent = 0
        try:
            while sent < 200_000_000:
                sent += conversation.connection.send(flood)
        except (socket.timeout, TimeoutError):
            taken.append(sent - in_kernel(conversation.connection)[0])
            conversation.connection.settimeout(40)
            conversation.connection.recv(1)

    device, mine = hostile(floods)
    browser = Browser(server, query(mine), token(server, mine), receive_buffer=4096)
    browser.log_in("sol")
    until(lambda: taken)
    # what the kernel buffers of a loopback connection is its own affair; the rest the server holds
    held = taken[0] - in_kernel(browser.socket)[1] * PIECE // (PIECE + OVERHEAD)
    assert -HELD_MOST < held < HELD_MOST, (held, taken)
    # what it took comes in order, and as soon as it reads on, so does the rest
    same(browser.read(1_000_000), (flood * 16)[:1_000_000])
    same(status_of(PLAIN), ())
    other = opened(server, guid)
    other.log_in("sol")
    other.close()
    browser.cut()
    device.stop()


def a_device_that_reads_nothing_stops_its_browser():
    device, mine = hostile(lambda conversation: (conversation.log_in(), time.sleep(60)))
    browser = opened(server, mine)
    browser.log_in("sol")
    browser.socket.settimeout(3)
    sent = 0
    try:
        while sent < 200_000_000:
            browser.send(bytes(PIECE))
            sent += PIECE
    except (socket.timeout, TimeoutError):
        pass
    taken = sent - in_kernel(browser.socket)[0] * PIECE // (PIECE + OVERHEAD)
    held = taken - in_kernel(device.connection)[1]
    assert -HELD_MOST < held < HELD_MOST, (held, sent)
    browser.cut()
    device.stop()


def a_device_that_closes_within_a_message_ends_the_session():
    for part in (b"", b"\x11", b"\x11\x00\x00\x00\x01\x00", b"\x11\x00\x00\x00\x01\x00\x0c\x00W"):
        device, mine = hostile(lambda conversation, sent=part: (
            conversation.exactly(8), conversation.connection.sendall(sent)))
        browser = opened(server, mine)
        browser.send(START["sol"])
        same(browser.end(), (1000, "the device closed the session"))
        device.stop()


def a_device_that_says_what_it_must_not_is_told_off():
    for wrong in (b"HTTP/1.1 400 Bad Request", STARTED + b"\x15", b"\x14" + bytes(8),
                  STARTED + b"\x14\x00\x00\x00\x00\xff\xff\xff\xff",
                  STARTED + b"\x14\x00\x00\x00\x04\x00\x00\x00\x00", STARTED + STARTED,
                  STARTED + b"\x14\x01\x00\x00\x04\x02\x00\x00\x00\x01R"):
        device, mine = hostile(lambda conversation, sent=wrong: (
            conversation.connection.sendall(sent), conversation.connection.recv(1000)))
        browser = opened(server, mine)
        browser.send(START["sol"])
        code, reason = browser.end()
        same((code, "device" in reason), (1011, True))
        device.stop()


def a_device_that_offers_no_digest_gets_no_password():
    heard = []

    def offers_clear(conversation):
        conversation.exactly(8)
        conversation.connection.sendall(STARTED)
        conversation.exactly(9)
        conversation.connection.sendall(b"\x14\x00\x00\x00\x00\x01\x00\x00\x00\x01")
        heard.append(conversation.connection.recv(1000))

    device, mine = hostile(offers_clear)
    browser = opened(server, mine)
    browser.send(START["sol"] + QUERY)
    same(browser.end(), (1011, "the device offers no digest login"))
    until(lambda: heard)
    same(heard, [b""])
    device.stop()


def everything_is_counted():
    assert metric("outband_mps_relays_total") > 10
    assert metric('outband_mps_relay_bytes_total{direction="device-to-browser"}') > 1000
    until(lambda: metric("outband_mps_redirections") == 0)


def a_server_that_stops_says_so():
    browser = opened(server, guid)
    browser.log_in("sol")
    browser.start_sol()
    said = []
    reader = threading.Thread(target=lambda: said.append(browser.end()))
    reader.start()
    began = time.monotonic()
    same(server.stop(), 0)
    reader.join(10)
    same(said, [(1001, "the server is shutting down")])
    assert time.monotonic() - began < 15
    devices.stop()


main([
    a_session_of_every_kind_begins_with_empty_credentials,
    kinds_run_side_by_side_on_one_token,
    screens_are_handed_over,
    one_who_speaks_text_is_answered_in_text,
    a_login_may_come_byte_by_byte,
    without_a_mode_the_first_message_tells_the_kind,
    those_who_do_not_say_what_they_want_keep_nobody_out,
    devices_with_tls_alone_are_reached,
    a_query_that_asks_for_anything_else_is_refused,
    a_token_that_is_not_for_this_opens_nothing,
    a_logout_ends_the_tokens_that_were_made_with_the_login,
    a_device_that_is_not_there_is_not_found,
    a_second_owner_is_told_who_the_first_is,
    a_start_message_of_another_kind_is_refused,
    what_is_no_login_is_refused_and_not_waited_for,
    a_kind_that_is_switched_off_ends_with_the_devices_answer,
    redirection_that_is_switched_off_is_said_to_be,
    a_user_who_has_not_consented_is_asked_first,
    a_device_that_leaves_ends_its_sessions,
    a_disconnect_and_a_deletion_end_sessions_in_order,
    a_new_pin_ends_what_was_opened_without_it,
    on_the_lan_it_is_the_same,
    on_the_lan_with_tls_it_is_the_same,
    a_wrong_stored_password_is_tried_once,
    an_upload_leaves_room_for_requests,
    a_browser_that_reads_nothing_stops_its_device_and_nobody_else,
    a_device_that_reads_nothing_stops_its_browser,
    a_device_that_closes_within_a_message_ends_the_session,
    a_device_that_says_what_it_must_not_is_told_off,
    a_device_that_offers_no_digest_gets_no_password,
    everything_is_counted,
    a_server_that_stops_says_so,
])
