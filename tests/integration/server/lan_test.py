#!/usr/bin/python3
"""Devices on the LAN and TLS to AMT: real server, simulated devices."""

import http.client
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import uuid

from on_lan import NETWORK, PASSWORD, Lan
from rig import Server, contains, main, same
from simulated import Devices

folder = pathlib.Path(tempfile.mkdtemp(prefix="outband-lan-"))


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


def make_site_certificates():
    """A CA of the site and a certificate that it gave the device at NETWORK.20."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "ca.key", "-out",
            folder / "ca.pem", "-days", 30, "-subj", "/CN=Site CA")
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "leaf.key", "-out",
            folder / "leaf.csr", "-subj", "/CN=pc-20.site")
    (folder / "san").write_text(f"subjectAltName=IP:{NETWORK}.20,DNS:pc-20.site")
    openssl("x509", "-req", "-in", folder / "leaf.csr", "-CA", folder / "ca.pem", "-CAkey",
            folder / "ca.key", "-CAcreateserial", "-days", 30, "-extfile", folder / "san", "-out",
            folder / "leaf.pem")


make_site_certificates()
server = Server(flags=["--metrics-open", "--device-ca", folder / "ca.pem", "--drain", "4"])


def add(address, **members):
    """Adds a device and returns its GUID."""
    status, answer = server.ask("POST", "/api/v1/devices",
                                {"hostname": address, "password": PASSWORD, **members})
    same(status, 201)
    return answer["guid"]


def change(guid, **members):
    same(server.ask("PATCH", "/api/v1/devices", {"guid": guid, **members})[0], 200)


def power(guid):
    return server.ask("GET", f"/api/v1/amt/power/state/{guid}")


def reaches(guid):
    status, answer = power(guid)
    if status != 200 or answer["powerstate"] != 2:
        raise AssertionError(f"{status} {answer}")


def fails(guid, wanted, *parts):
    status, answer = power(guid)
    same(status, wanted)
    for part in parts:
        contains(answer["errorDescription"], part)


def certificate(method, guid, body=None):
    return server.ask(method, f"/api/v1/devices/cert/{guid}", body)


def pin(guid, fingerprint):
    status, answer = certificate("POST", guid, {"sha256Fingerprint": fingerprint})
    same(status, 200)
    return answer


def metric(name):
    text = server.ask("GET", "/metrics", token=None)[1].decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


def it_starts():
    same(server.log_in(), 200)


def a_device_with_an_address_is_reached_without_cira():
    with Lan(1, "--personality", "12.0.67") as lan:
        status, device = server.ask("POST", "/api/v1/devices", {
            "guid": "", "hostname": lan.address, "mpsusername": "", "username": "admin",
            "password": PASSWORD, "useTLS": False, "allowSelfSigned": True, "tags": []})
        same(status, 201)
        same(uuid.UUID(device["guid"]).version, 4)
        same((device["useTLS"], device["username"], "password" in device), (False, "admin", False))
        reaches(device["guid"])
        status, answer = server.ask("GET", f"/api/v1/amt/version/{device['guid']}")
        contains(str(answer), "12.0.67")
        same(server.ask("GET", f"/api/v1/devices/redirectstatus/{device['guid']}")[0], 200)
        same(server.ask("DELETE", f"/api/v1/devices/disconnect/{device['guid']}")[0], 404)


def one_digest_round_and_kept_connections_per_device():
    with Lan(2, "--personality", "15") as lan:
        guid = add(lan.address, useTLS=False)
        before = metric("outband_amt_challenges_total")
        opened = metric('outband_mps_lan_connections_total{result="opened"}')
        for _ in range(10):
            reaches(guid)
        same(metric("outband_amt_challenges_total") - before, 1)
        connections = metric('outband_mps_lan_connections_total{result="opened"}') - opened
        if connections > 3:  # a 401 closes its own
            raise AssertionError(f"{connections} connections for 10 calls")


def firmware_that_closes_after_each_answer_is_no_trouble():
    with Lan(3, "--personality", "16.1", "--close-each") as lan:
        for tls in (False, True):
            guid = add(lan.address, useTLS=tls)
            for _ in range(3):
                reaches(guid)


def tls_is_the_default_and_a_self_signed_certificate_needs_leave():
    for name in ("11.8", "14", "19"):
        with Lan(4, "--personality", name) as lan:
            guid = add(lan.address)
            device = server.ask("GET", f"/api/v1/devices/{guid}")[1]
            same((device["useTLS"], device["allowSelfSigned"]), (True, True))
            reaches(guid)
            change(guid, allowSelfSigned=False)
            fails(guid, 502, "certificate is refused")
            change(guid, allowSelfSigned=True)
            reaches(guid)
            same(server.ask("DELETE", f"/api/v1/devices/{guid}")[0], 204)
            fails(guid, 404)


def a_certificate_of_the_sites_ca_needs_none():
    with Lan(20, "--certificate", folder / "leaf.pem", "--key", folder / "leaf.key") as lan:
        guid = add(lan.address, allowSelfSigned=False)
        reaches(guid)
    with Lan(21, "--certificate", folder / "leaf.pem", "--key", folder / "leaf.key") as lan:
        guid = add(lan.address, allowSelfSigned=False)
        fails(guid, 502, "certificate is refused", "mismatch")


def the_certificate_is_shown_pinned_and_enforced():
    with Lan(5, "--personality", "16.1") as lan:
        guid = add(lan.address)
        status, shown = certificate("GET", guid)
        same(status, 200)
        same(list(shown), ["guid", "commonName", "issuerName", "serialNumber", "notBefore",
                           "notAfter", "dnsNames", "sha1Fingerprint", "sha256Fingerprint",
                           "publicKeyAlgorithm", "publicKeySize"])
        same((shown["guid"], shown["sha256Fingerprint"]), (guid, lan.sha256))
        pairs = ":".join(re.findall("..", lan.sha256)).upper()
        same(pin(guid, pairs)["certHash"], lan.sha256)
        change(guid, allowSelfSigned=False)
        reaches(guid)
    with Lan(5, "--personality", "16.1", "--seed", 2, "--certificate", folder / "leaf.pem", "--key",
             folder / "leaf.key") as lan:
        # Another machine answers at that address; a trusted or self-signed certificate won't do.
        fails(guid, 502, "not the pinned one", lan.sha256)
        change(guid, allowSelfSigned=True)
        fails(guid, 502, "not the pinned one")
        # Looking at it changes nothing.
        same(certificate("GET", guid)[1]["sha256Fingerprint"], lan.sha256)
        fails(guid, 502, "not the pinned one")
        same(certificate("DELETE", guid)[1]["certHash"], None)
        reaches(guid)


def a_new_pin_ends_what_goes_on_under_the_old_one():
    with Lan(6, "--personality", "15") as lan:
        guid = add(lan.address)
        reaches(guid)  # and its connection is kept
        pin(guid, "00" * 32)
        fails(guid, 502, "not the pinned one")
        pin(guid, lan.sha256)
        reaches(guid)
        change(guid, certHash="f" * 64)
        fails(guid, 502, "not the pinned one")
        change(guid, certHash="")
        reaches(guid)


def a_new_password_counts_at_once():
    with Lan(7, "--personality", "12.0.67") as lan:
        guid = add(lan.address, useTLS=False, password="Wrong-1-password")
        fails(guid, 400, "refuses the AMT user name or password")
        change(guid, password=PASSWORD)
        reaches(guid)
        change(guid, password="Mistyped-1!")
        reaches(guid)  # the one before is stored, and still opens it
        change(guid, username="nobody")
        fails(guid, 400, "refuses the AMT user name or password")
        change(guid, username=None)
        reaches(guid)
        same(server.ask("DELETE", f"/api/v1/devices/refresh/{guid}")[0], 200)


def send_and_hang_up(method, path, body=None):
    """Sends a request and is gone before the answer."""
    connection = server.connection()
    connection.request(method, path, None if body is None else json.dumps(body),
                       {"Authorization": f"Bearer {server.token}",
                        "Content-Type": "application/json"})
    connection.close()


def await_row(guid, **members):
    """Waits until the row says so; no members: until it is gone."""
    for _ in range(200):
        status, row = server.ask("GET", f"/api/v1/devices/{guid}")
        if status == 404 if not members else {**row, **members} == row:
            return
        time.sleep(0.02)
    raise AssertionError("what was sent is not stored")


def a_change_counts_for_a_client_that_hung_up():
    with Lan(11, "--personality", "15") as lan:
        guid = add(lan.address)
        for number in range(10):
            reaches(guid)
            sha256 = f"{number:064x}"
            send_and_hang_up("PATCH", "/api/v1/devices", {"guid": guid, "certHash": sha256})
            await_row(guid, certHash=sha256)
            fails(guid, 502, "not the pinned one")
            send_and_hang_up("DELETE", f"/api/v1/devices/cert/{guid}")
            await_row(guid, certHash=None)
            reaches(guid)
        send_and_hang_up("DELETE", f"/api/v1/devices/{guid}")
        await_row(guid)
        fails(guid, 404)


def what_was_deactivated_leaves_nothing_behind():
    with Lan(12, "--personality", "15") as lan:
        guid = add(lan.address)
        reaches(guid)
        same(server.ask("DELETE", f"/api/v1/amt/deactivate/{guid}")[0], 200)
        fails(guid, 404)
        # The same GUID, somewhere else, with a pin.
        same(add(f"{NETWORK}.254", guid=guid, certHash="00" * 32), guid)
        fails(guid, 502, f"connection refused by {NETWORK}.254:16993")
        change(guid, hostname=lan.address)
        fails(guid, 502, "not the pinned one")


def a_tunnel_ends_with_the_row_of_its_device():
    devices = Devices(server, "16.1")
    try:
        guid = devices.guids[0]
        reaches(guid)
        send_and_hang_up("DELETE", f"/api/v1/devices/{guid}")
        await_row(guid)
        fails(guid, 404)
    finally:
        devices.stop()


def what_is_no_fingerprint_is_refused():
    guid = add(f"{NETWORK}.250")
    for body in ({}, {"sha256Fingerprint": 7}, {"sha256Fingerprint": ""},
                 {"sha256Fingerprint": "00" * 31}, {"sha256Fingerprint": "0g" + "00" * 31},
                 {"sha256Fingerprint": ["00" * 32]}):
        status, answer = certificate("POST", guid, body)
        same((status, answer["errors"][0]["path"]), (400, "sha256Fingerprint"))
    same(certificate("POST", str(uuid.uuid4()), {"sha256Fingerprint": "00" * 32})[0], 404)
    same(certificate("DELETE", str(uuid.uuid4()))[0], 404)
    same(certificate("GET", str(uuid.uuid4()))[0], 404)
    same(certificate("GET", "nonsense")[0], 400)
    change(guid, useTLS=False)
    status, answer = certificate("GET", guid)
    same((status, answer["error"]), (409, "Conflict"))
    contains(answer["errorDescription"], "useTLS")


def only_a_device_of_the_lan_is_looked_for_there():
    with Lan(8, "--personality", "15") as lan:
        guid = add(lan.address, useTLS=False)
        reaches(guid)
        change(guid, mpsusername="admin")
        fails(guid, 404)
        same(server.ask("DELETE", f"/api/v1/devices/refresh/{guid}")[0], 404)
        change(guid, mpsusername="")
        reaches(guid)
        change(guid, hostname=None)
        fails(guid, 404)
        status, answer = server.ask("POST", "/api/v1/devices", {"hostname": lan.address})
        same(status, 201)
        same((answer["useTLS"], answer["allowSelfSigned"]), (False, False))
        fails(answer["guid"], 404)  # no password


def what_cannot_be_reached_is_said_precisely():
    guid = add(f"{NETWORK}.251", useTLS=False)
    fails(guid, 502, f"connection refused by {NETWORK}.251:16992")
    change(guid, useTLS=True)
    fails(guid, 502, f"connection refused by {NETWORK}.251:16993")
    change(guid, hostname="pc-7.invalid")
    fails(guid, 502, "pc-7.invalid cannot be resolved")


def a_hostname_that_cannot_be_called_is_refused():
    guid = add(f"{NETWORK}.251")
    other = "5c9b1d8e-0000-4000-8000-00000000a0b1"
    for name in ["a b", f"http://{NETWORK}.251", f"{NETWORK}.251:16992", "user@host"]:
        for method, row in [("POST", other), ("PATCH", guid), ("POST", guid)]:
            for more in [{}, {"mpsusername": None}]:
                status, answer = server.ask(method, "/api/v1/devices",
                                            {"guid": row, "hostname": name, **more})
                same((status, [(one["path"], one["value"]) for one in answer["errors"]]),
                     (400, [("hostname", name)]))
                contains(answer["errors"][0]["msg"], "must be a host name or an IP address")
    # One that calls is not called by its name.
    same(server.ask("POST", "/api/v1/devices",
                    {"guid": other, "hostname": "a b", "mpsusername": "calls"})[0], 201)
    same(server.ask("PATCH", "/api/v1/devices", {"guid": other, "hostname": "b c"})[0], 200)
    same(server.ask("DELETE", f"/api/v1/devices/{other}")[0], 204)


def a_dead_device_delays_no_other():
    with Lan(9, "--personality", "15") as lan, \
            socket.create_server((f"{NETWORK}.252", 16993)) as hole:
        dead = [add(f"{NETWORK}.252") for _ in range(8)]
        alive = add(lan.address)
        answers = []

        def ask_dead(guid):
            answers.append(power(guid))

        threads = [threading.Thread(target=ask_dead, args=(guid,)) for guid in dead]
        for thread in threads:
            thread.start()
        longest = 0
        for _ in range(20):
            start = time.monotonic()
            reaches(alive)
            longest = max(longest, time.monotonic() - start)
        same(answers, [])
        if longest > 3:  # a dead one takes ten
            raise AssertionError(f"one of them took {longest:.1f} s")
        for thread in threads:
            thread.join()
        hole.close()
        for status, answer in answers:
            same((status, answer["error"]), (504, "Timeout Error"))


def tls_inside_a_tunnel_is_pinned_like_any_other():
    devices = Devices(server, "16.1-tls", "19", "12.0.67")
    try:
        check_tunnels(devices)
    finally:
        devices.stop()


def check_tunnels(devices):
    for guid in devices.guids:  # the last one has both kinds of ports
        for _ in range(3):
            reaches(guid)
        status, shown = certificate("GET", guid)
        same(status, 200)
        pin(guid, shown["sha256Fingerprint"])
        reaches(guid)
        pin(guid, "ab" * 32)
        fails(guid, 502, "not the pinned one", shown["sha256Fingerprint"])
        same(certificate("GET", guid)[1]["sha256Fingerprint"], shown["sha256Fingerprint"])
        fails(guid, 502, "not the pinned one")
        same(certificate("DELETE", guid)[0], 200)
        reaches(guid)


def changes_under_conversations_hurt_nobody():
    with Lan(10, "--personality", "15", "--latency", 5) as lan:
        guid = add(lan.address)
        over = threading.Event()
        answers = []

        def keep_asking():
            while not over.is_set():
                answers.append(power(guid)[0])

        threads = [threading.Thread(target=keep_asking) for _ in range(6)]
        for thread in threads:
            thread.start()
        for number in range(40):
            change(guid, useTLS=number % 2 == 0, password=PASSWORD)
            if number % 8 == 0:
                reaches(guid)
        over.set()
        for thread in threads:
            thread.join()
        # 503: its settings changed while it was connected to.
        same(set(answers) - {200, 503}, set())
        reaches(guid)


def connections_are_bounded():
    """At most three per loop: what is kept gives way, what is in use does not."""
    small = Server(flags=["--metrics-open", "--lan-connections", "3", "--drain", "4"])
    same(small.log_in(), 200)

    def add_to(address):
        return small.ask("POST", "/api/v1/devices", {
            "hostname": address, "password": PASSWORD, "useTLS": False,
            "allowSelfSigned": True})[1]["guid"]

    def ask(guid):
        return small.ask("GET", f"/api/v1/amt/power/state/{guid}")

    with Lan(13) as a, Lan(14) as b, Lan(15) as c, Lan(16) as d:  # each serves a few at a time
        guids = [add_to(lan.address) for lan in (a, b, c, d) for _ in range(2)]
        for guid in guids + guids:  # each keeps its connection
            same(ask(guid)[0], 200)
        text = small.ask("GET", "/metrics", token=None)[1].decode()
        evicted = re.search(r"^outband_mps_lan_evicted_total (\d+)$", text, re.MULTILINE)
        if evicted is None or int(evicted[1]) == 0:
            raise AssertionError(f"nothing was evicted: {text}")
    with socket.create_server((f"{NETWORK}.249", 16992), backlog=20):  # and says nothing
        guids = [add_to(f"{NETWORK}.249") for _ in range(8)]
        answers = []

        def ask_silent(guid):
            try:
                answers.append(ask(guid))
            except (OSError, http.client.HTTPException):
                pass  # cut by the end

        threads = [threading.Thread(target=ask_silent, args=(guid,)) for guid in guids]
        for thread in threads:
            thread.start()
        for _ in range(400):
            if answers:
                break
            time.sleep(0.02)
        same(answers[0][0], 503)
        contains(answers[0][1]["errorDescription"], "3 connections to devices on the LAN")
        same(small.stop(), 0)
        for thread in threads:
            thread.join()


def it_ends_cleanly_in_the_middle_of_a_conversation():
    with socket.create_server((f"{NETWORK}.253", 16992)) as hole:
        guid = add(f"{NETWORK}.253", useTLS=False)
        asking = threading.Thread(target=lambda: ask_and_be_cut(guid))
        asking.start()
        connection, _ = hole.accept()
        connection.recv(1)  # the request is on its way
        same(server.stop(), 0)
        asking.join()
        connection.close()
    for part in (PASSWORD, "Wrong-1-password"):
        if part in server.said:
            raise AssertionError("a password is in the log")
    shutil.rmtree(folder)


def ask_and_be_cut(guid):
    try:
        power(guid)
    except (OSError, http.client.HTTPException):
        pass


main([it_starts, a_device_with_an_address_is_reached_without_cira,
      one_digest_round_and_kept_connections_per_device,
      firmware_that_closes_after_each_answer_is_no_trouble,
      tls_is_the_default_and_a_self_signed_certificate_needs_leave,
      a_certificate_of_the_sites_ca_needs_none, the_certificate_is_shown_pinned_and_enforced,
      a_new_pin_ends_what_goes_on_under_the_old_one, a_new_password_counts_at_once,
      a_change_counts_for_a_client_that_hung_up, what_was_deactivated_leaves_nothing_behind,
      a_tunnel_ends_with_the_row_of_its_device,
      what_is_no_fingerprint_is_refused, only_a_device_of_the_lan_is_looked_for_there,
      what_cannot_be_reached_is_said_precisely, a_hostname_that_cannot_be_called_is_refused, a_dead_device_delays_no_other,
      tls_inside_a_tunnel_is_pinned_like_any_other,
      changes_under_conversations_hurt_nobody, connections_are_bounded,
      it_ends_cleanly_in_the_middle_of_a_conversation])
