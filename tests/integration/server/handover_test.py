"""Two processes, one where machines are provisioned and one where they call in and are managed
(spec rps 5.3): what the first tells the second, and what becomes of a machine when it can't."""

import http.server
import json
import re
import socket
import socketserver
import threading

import rig
from activation import ADMIN, PASSWORD, Secrets, Site, ha1, passwords_of, plain, realm_of
from lying_amt import Liar
from rig import Server, contains, folder, same, until

KNOWN = {"username", "useTLS", "allowSelfSigned", "certHash"}


class Door(socketserver.ThreadingTCPServer):
    """Passes connections on to the presence server, but for the one that is to break."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), None)
        self.to = port
        self.count = 0
        self.broken = None  # the number of the connection that is closed at once
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        with self.lock:
            self.count += 1
            if self.count == self.broken:
                return
        with socket.create_connection(("127.0.0.1", self.to)) as inner:
            back = threading.Thread(target=self.pump, args=(inner, request), daemon=True)
            back.start()
            self.pump(request, inner)
            back.join()

    @staticmethod
    def pump(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def begin(self, broken=None):
        with self.lock:
            self.count, self.broken = 0, broken


class Pair:
    """Both servers, and a door between them."""
    mps = None
    door = None
    site = None
    secrets = None
    number = 0

    @classmethod
    def next(cls):
        cls.number += 1
        return {"number": cls.number, "state": f"machine-{cls.number}"}


def token_of(server, path):
    """What an administrator gives to the other process."""
    code, token, _ = rig.run("token", "--data", server.data, "--minutes", "60")
    same(code, 0)
    path.write_text(token)
    path.chmod(0o600)
    return path


def ask_mps(method, path, body=None):
    return Pair.mps.ask(method, path, body)


def run(profile, *flags, place=None, site=None):
    """One machine's run: kind and text of the final message, its place, its end."""
    place = place or Pair.next()
    agents = (site or Pair.site).agents("--once", *flags, profile=profile, **place)
    method, message = agents.final()
    return method, message, place, agents.ends()[0]


def opens(place, password, site=None):
    state = (site or Pair.site).state(place["state"])
    same((state["user"], state["hash"]), ("admin", ha1(realm_of(state), password)))


def begin():
    scratch = folder()
    Pair.mps = Server(flags=["--roles", "mps", "--common-name", "127.0.0.1"])
    Pair.mps.log_in()
    Pair.secrets = Secrets(Pair.mps.data)
    Pair.door = Door(Pair.mps.https)
    Pair.site = Site(["--roles", "rps",
                      "--mps-server", f"https://127.0.0.1:{Pair.door.server_address[1]}",
                      "--mps-token-file", token_of(Pair.mps, scratch / "token"),
                      "--mps-ca", Pair.mps.data / "ca.pem"])
    same(Pair.site.server.cira, None)
    Pair.site.server.cira = Pair.mps.cira
    pem = (Pair.mps.data / "ca.pem").read_text()
    Pair.site.make("ciraconfigs", {
        "configName": "home", "mpsServerAddress": "127.0.0.1", "mpsPort": 4433,
        "username": "admin", "password": None, "commonName": "127.0.0.1",
        "serverAddressFormat": 3, "authMethod": 2, "proxyDetails": "",
        "mpsRootCertificate": "".join(re.findall(r"^[A-Za-z0-9+/=]+$", pem, re.M))})
    Pair.site.make_profile("calls", ciraConfigName="home")
    Pair.site.make_profile("random", ciraConfigName="home", amtPassword=None,
                           generateRandomPassword=True)
    Pair.site.make_profile("made", amtPassword=None, generateRandomPassword=True)
    Pair.site.make_profile("plain")


def each_process_has_the_routes_of_its_role():
    site = Pair.site
    for server, path, status in (
            (site.server, "/api/v1/devices", 404), (site.server, "/api/v1/jobs", 404),
            (site.server, f"{ADMIN}/profiles", 200), (site.server, "/api/v1/health", 200),
            (site.server, "/readyz", 200), (site.server, "/activate", 426),
            (Pair.mps, "/api/v1/devices", 200), (Pair.mps, "/api/v1/health", 200),
            (Pair.mps, f"{ADMIN}/profiles", 404), (Pair.mps, "/activate", 404)):
        same((path, server.ask("GET", path)[0]), (path, status))


def a_machine_calls_in_where_it_was_handed_over_to():
    place = Pair.next()
    agents = Pair.site.agents(profile="calls", wait=False, **place)
    try:
        end = agents.hears("final")
        same(end["method"], "success")
        agents.hears("connected")
        guid = end["guid"]
        until(lambda: ask_mps("GET", f"/api/v1/devices/{guid}")[1]["connectionStatus"])
        row = ask_mps("GET", f"/api/v1/devices/{guid}")[1]
        same((row["tags"], row["mpsusername"], row["tenantId"]), (["north", "lab"], "admin", ""))
        info = row["deviceInfo"]
        same((info["currentMode"], info["status"]["CIRAConnection"]["Result"]), ("1", "Success"))
        here, there = Pair.site.secrets.device(guid), Pair.secrets.device(guid)
        same((there["AMT_PASSWORD"], there["MPS_PASSWORD"]), (PASSWORD, here["MPS_PASSWORD"]))
        same(ask_mps("GET", f"/api/v1/amt/power/state/{guid}")[1]["powerstate"], 2)
        status, answer = ask_mps("POST", f"/api/v1/amt/power/action/{guid}", {"action": 8})
        same((status, answer["Body"]["ReturnValue"]), (200, 0))
        agents.hears("power", power=8)
    finally:
        agents.stop()


def maintenance_and_deactivation_are_told():
    _, _, place, end = run("calls")
    guid = end["guid"]
    method, message, _, _ = run(None, "--maintenance", "changepassword N3xt-s3cret!", "--password",
                                PASSWORD, place=place)
    same((method, message["Status"]), ("success", "changepassword completed succesfully"))
    same(Pair.secrets.device(guid)["AMT_PASSWORD"], "N3xt-s3cret!")
    # What others have written of the device stays.
    info = ask_mps("GET", f"/api/v1/devices/{guid}")[1]["deviceInfo"]
    same(ask_mps("PATCH", "/api/v1/devices",
                 {"guid": guid, "deviceInfo": {**info, "desk": "12"}})[0], 200)
    method, message, _, _ = run(None, "--maintenance", "syncdeviceinfo", "--password",
                                "N3xt-s3cret!", place=place)
    same((method, message["Status"]), ("success", "syncdeviceinfo completed succesfully"))
    later = ask_mps("GET", f"/api/v1/devices/{guid}")[1]["deviceInfo"]
    same((later["desk"], later["activatedAt"]), ("12", info["activatedAt"]))
    same(later["lastUpdated"] > info["lastUpdated"], True)
    method, message, _, _ = run(None, "--deactivate", "--password", "N3xt-s3cret!", place=place)
    same((method, message), ("success", {"Status": "Deactivated"}))
    same((ask_mps("GET", f"/api/v1/devices/{guid}")[0], Pair.secrets.device(guid)), (404, {}))


def an_unproven_agent_replaces_no_password_there():
    _, _, place, end = run("plain")
    other = {**place, "state": "liar"}
    before = Pair.secrets.device(end["guid"])
    same(before["AMT_PASSWORD"], PASSWORD)
    method, _, _, _ = run("made", place=other)
    same((method, Pair.secrets.device(end["guid"])), ("error", before))
    method, message, _, _ = run("random", place={**place, "state": "liar-2"})
    same((method, Pair.secrets.device(end["guid"])), ("error", before))
    contains(message, "already has a record")
    same(ask_mps("GET", f"/api/v1/devices/{end['guid']}")[1]["mpsusername"], None)


def walk(profile, second):
    """Breaks each request of a run in turn; the last run is whole. Returns what was said."""
    said = []
    for broken in range(1, 20):
        Pair.door.begin(broken)
        method, message, place, end = run(profile)
        reached = Pair.door.count
        Pair.door.begin()
        if reached < broken:
            same(method, "success")
            return said
        text = message if isinstance(message, str) else json.dumps(message)
        same((broken, method), (broken, "error"))
        contains(text, f"https://127.0.0.1:{Pair.door.server_address[1]}: ")
        said.append(text)
        stored = passwords_of(Pair.site.secrets.device(end["guid"]))
        if end["mode"] != 0:
            state = Pair.site.state(place["state"])
            hashes = [ha1(realm_of(state), password) for password in stored.values()]
            same((broken, state["hash"] in hashes), (broken, True))
        flags = second(stored) if end["mode"] != 0 else []
        method, message, _, end = run(profile, *flags, place=place)
        same((broken, method, message), (broken, "success", message))
        there = Pair.secrets.device(end["guid"])
        opens(place, there["AMT_PASSWORD"])
        same(there["MPS_PASSWORD"], Pair.site.secrets.device(end["guid"])["MPS_PASSWORD"])
    raise AssertionError("it has no end")


def each_request_that_fails_is_told_and_made_up_for():
    said = walk("calls", lambda stored: ["--password", stored["AMT_PASSWORD"]])
    contains(said[0], "cannot be asked")
    contains(said[1], "cannot be asked")
    contains(said[2], "Failed to save device information to MPS")
    same(len(said), 7)
    walk("random", lambda stored: ["--password", stored["AMT_PASSWORD"]])


def a_changed_password_that_cannot_be_told_is_stored():
    for broken in range(3, 5):
        _, _, place, end = run("calls")
        Pair.door.begin(broken)
        method, message, _, _ = run(None, "--maintenance", "changepassword N3xt-s3cret!",
                                    "--password", PASSWORD, place=place)
        Pair.door.begin()
        same(method, "error")
        contains(message["Status"], "the password has changed, but")
        opens(place, "N3xt-s3cret!")
        same(Pair.site.secrets.device(end["guid"])["AMT_PASSWORD"], "N3xt-s3cret!")
        method, message, _, _ = run(None, "--maintenance", "changepassword L4st-s3cret!",
                                    "--password", "N3xt-s3cret!", place=place)
        same((method, Pair.secrets.device(end["guid"])["AMT_PASSWORD"]), ("success", "L4st-s3cret!"))


def a_password_that_was_rotated_there_proves_nothing_here():
    """This process knows the one before only, and so does whoever had it."""
    place = Pair.next()
    agents = Pair.site.agents(profile="random", wait=False, **place)
    try:
        end = agents.hears("final")
        agents.hears("connected")
        guid = end["guid"]
        before = Pair.secrets.device(guid)["AMT_PASSWORD"]
        status, job = ask_mps("POST", "/api/v1/jobs", {
            "operation": "rotate-password", "selection": {"guids": [guid]}, "concurrency": 1})
        same(status, 201)
        until(lambda: ask_mps("GET", f"/api/v1/jobs/{job['id']}")[1]["state"] == "done")
        rotated = Pair.secrets.device(guid)
        same(rotated["AMT_PASSWORD"] == before, False)
        same(Pair.site.secrets.device(guid)["AMT_PASSWORD"], before)
        for mode in (0, 1):
            said, text = Liar(guid, mode).visit(Pair.site, "activate --profile random",
                                                password=before)
            same((mode, said), (mode, "error"))
        contains(text, "DOES NOT match")
        same(Pair.secrets.device(guid), rotated)
    finally:
        agents.stop()
    method, _, _, _ = run(None, "--deactivate", "--password", rotated["AMT_PASSWORD"], place=place)
    same((method, ask_mps("GET", f"/api/v1/devices/{guid}")[0]), ("success", 404))


def an_administrators_password_there_makes_a_device_known():
    guid = "4c4c4544-0053-3510-8051-b8c04f4d4e7c"
    same(ask_mps("POST", "/api/v1/devices", {"guid": guid, "password": "Adm1n-given!"})[0], 201)
    entry = Pair.secrets.device(guid)
    contains(Liar(guid).visit(Pair.site, "activate --profile made")[1], "already has a record")
    same(ask_mps("DELETE", f"/api/v1/devices/{guid}")[0], 204)  # and its secrets stay
    contains(Liar(guid).visit(Pair.site, "activate --profile made")[1], "already has a record")
    same(Pair.secrets.device(guid), entry)


def a_deactivation_that_cannot_be_told_says_so():
    _, _, place, end = run("calls")
    given = ["--deactivate", "--password", PASSWORD]
    for broken in (1, 2):
        Pair.door.begin(broken)
        method, message, _, later = run(None, *given, place=place)
        same((method, later["mode"]), ("error", 1))
        contains(str(message), "the presence server cannot be asked")
    Pair.door.begin(3)
    method, message, _, later = run(None, *given, place=place)
    Pair.door.begin()
    same((method, message, later["mode"]),
         ("success", {"Status": "Deactivated. MPS Unavailable."}, 0))
    same(ask_mps("GET", f"/api/v1/devices/{end['guid']}")[0], 200)


class Hostile(socketserver.ThreadingTCPServer):
    """Says what a presence server would not."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), None)
        self.answer = b""
        self.heard = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        self.heard.append(request.recv(65536))
        if self.answer is None:
            request.recv(1)  # until the other side gives up
            return
        try:
            request.sendall(self.answer)
            while request.recv(65536):
                pass
        except OSError:
            pass


def answer_of(status, body=b""):
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body


def a_hostile_presence_server_is_refused():
    hostile = Hostile()
    site = Site(["--roles", "rps", "--mps-server",
                 f"http://127.0.0.1:{hostile.server_address[1]}"])
    site.server.cira = Pair.mps.cira
    site.make_profile("ccm")
    huge = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"[" * 600000
    for answer, part in (
            (b"\x16\x03\x01garbage\r\n\r\n", "not HTTP"), (huge, "too large"),
            (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20000, "too large"),
            (answer_of(200, b"[]"), "something else"), (answer_of(200, b"<html>"), "something else"),
            (answer_of(200, b'{"guid":"' + rig.GUID.encode() + b'"}'), "something else"),
            (answer_of(500, b'{"error":"E","message":"on\x1b[2J\\u001bfire"}'), "status 500"),
            (answer_of(401), "--mps-token-file"), (answer_of(302), "status 302"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", None), (None, "")):
        hostile.answer = answer if part is not None else answer_of(204)
        method, message, place, end = run("ccm", site=site)
        same((part, method, end["mode"]), (part, "error", 0))
        said = message if isinstance(message, str) else json.dumps(message)
        contains(said, "another tenant" if part is None else "http://127.0.0.1:")
        contains(said, part or "")
        same((site.secrets.device(end["guid"]), "\x1b" in said), ({}, False))
    same([b"\r\nAuthorization:" in heard for heard in hostile.heard], [False] * len(hostile.heard))
    contains(hostile.heard[0].decode(), "?tenantId= HTTP/1.1\r\n")
    hostile.shutdown()
    site.stop()


def plain_http_carries_no_password():
    class Accepting(http.server.BaseHTTPRequestHandler):
        """Knows nobody and takes everybody."""
        bodies = []

        def do_GET(self):
            self.send_error(404)

        def do_POST(self):
            self.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_):
            pass

    accepting = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Accepting)
    threading.Thread(target=accepting.serve_forever, daemon=True).start()
    site = Site(["--roles", "rps", "--mps-server", f"http://127.0.0.1:{accepting.server_port}/mps/"])
    site.server.cira = Pair.mps.cira
    site.make_profile("ccm")
    site.make_cira()
    site.make_profile("calls", ciraConfigName="home")
    same(run("calls", site=site)[0], "success")
    proof, first, caller, last = Accepting.bodies
    same(proof, {})
    same(list(first), ["guid", "hostname", "mpsusername", "tags", "tenantId", "deviceInfo"])
    same(list(caller), ["guid", "hostname", "mpsusername", "tags", "tenantId"])
    same(list(last["deviceInfo"]["status"]), ["Activation", "WiredNetwork", "CIRAConnection"])
    accepting.shutdown()
    site.stop()


def settings_that_make_no_sense_end_the_start():
    scratch = folder()
    token = scratch / "token"
    token.write_text("secret")
    for flags, part in (
            (["--roles", "rps"], "--mps-server"),
            (["--roles", "console"], "--roles"),
            (["--mps-server", "ftp://x"], "--mps-server"),
            (["--mps-server", "https://a b"], "--mps-server"),
            (["--mps-server", "https://x:0"], "--mps-server"),
            (["--mps-server", "http://mps.example.com", "--mps-token-file", token], "plain http"),
            (["--mps-server", "https://x", "--mps-token-file", scratch / "none"], "none"),
            (["--mps-server", "https://x", "--mps-ca", token], "--mps-ca")):
        code, said, error = rig.run("serve", "--data", scratch / "data", "--https", "127.0.0.1:0",
                                    "--cira", "127.0.0.1:0", *flags)
        same((flags, code), (flags, 2))
        contains(said + error, part)


def no_password_is_in_a_log():
    secrets = {value for secrets in (Pair.secrets, Pair.site.secrets)
               for entry in secrets.devices().values() for value in plain(entry).values()}
    same(len(secrets) > 10, True)
    for server in (Pair.mps, Pair.site.server):
        said = server.output()
        same([word for word in {*secrets, "s3cret", "Bearer"} if word in said], [])


def end_of_all():
    Pair.door.shutdown()
    Pair.site.stop()
    same(Pair.mps.stop(), 0)


if __name__ == "__main__":
    rig.main([
        begin,
        each_process_has_the_routes_of_its_role,
        a_machine_calls_in_where_it_was_handed_over_to,
        maintenance_and_deactivation_are_told,
        an_unproven_agent_replaces_no_password_there,
        each_request_that_fails_is_told_and_made_up_for,
        a_changed_password_that_cannot_be_told_is_stored,
        a_password_that_was_rotated_there_proves_nothing_here,
        an_administrators_password_there_makes_a_device_known,
        a_deactivation_that_cannot_be_told_says_so,
        a_hostile_presence_server_is_refused,
        plain_http_carries_no_password,
        settings_that_make_no_sense_end_the_start,
        no_password_is_in_a_log,
        end_of_all,
    ])
