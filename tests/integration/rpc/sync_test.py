"""`rpc amtinfo --sync` with the real server, and with consoles that say no."""

import json

from ground import PASSWORD, Ground
from agent import contains, main, same, simulated
from console import Console
import machine as lone  # after agent  # pylint: disable=wrong-import-order


class All:
    """What the tests share."""

    ground = None
    machine = None


def begin():
    All.ground = Ground()
    All.machine = All.ground.machine()


def sync(url, *arguments, **more):
    return All.machine.run("amtinfo", "--sync", "--url", url, *arguments, **more)


def the_server_learns_of_a_machine():
    server = All.ground.site.server
    url = f"https://127.0.0.1:{server.https}/api/v1/devices"
    more = {"AUTH_TOKEN": server.token, "SSL_CERT_FILE": str(All.ground.ca)}
    ended = sync(url, "--json", **more)
    same(json.loads(ended.out)["amt"], "16.1.25")
    row = server.ask("GET", f"/api/v1/devices/{All.machine.guid}")[1]
    info = row["deviceInfo"]
    same((info["fwVersion"], info["fwBuild"], info["fwSku"]), ("16.1.25", "1917", "16392"))
    same((info["currentMode"], info["features"]), ("not activated", "AMT Pro Corporate"))
    All.machine.activate("ccm")
    sync(url, "--ca", All.ground.ca, AUTH_USERNAME="admin", AUTH_PASSWORD=server.password())
    row = server.ask("GET", f"/api/v1/devices/{All.machine.guid}")[1]
    same(row["deviceInfo"]["currentMode"], "client control mode")
    said = sync(url, "--ca", All.ground.ca, status=70).log
    contains(said, "status 401")
    said = sync(url, "--ca", All.ground.ca, status=70, AUTH_USERNAME="admin",
                AUTH_PASSWORD="wrong-s3cret").log
    same("wrong-s3cret" in said, False)
    sync(url, status=22, AUTH_TOKEN="x")
    All.machine.deactivate(password=PASSWORD)


def what_is_told_is_all_that_is_known():
    console = Console(lambda *_: (200, {}))
    sync(console.url + "/api/v1/devices", AUTH_TOKEN="t0ken")
    [(method, path, headers, body)] = console.asked
    same((method, path, headers["Authorization"], headers["Content-Type"]),
         ("PATCH", "/api/v1/devices", "Bearer t0ken", "application/json"))
    same((sorted(body), body["guid"]), (["deviceInfo", "guid", "hostname"], All.machine.guid))
    info = body["deviceInfo"]
    for name in ("fwVersion", "fwBuild", "fwSku", "currentMode", "features", "lastSynced", "upid",
                 "amtEnabledInBIOS", "dhcpEnabled", "certHashes", "lmsInstalled", "osName",
                 "osVersion", "cpuModel", "ethernetAdapterCount", "monitorConnected"):
        same((name, name in info), (name, True))
    same(("tlsMode" in info, "ieee8021xEnabled" in info), (False, False))  # of what is activated
    same(sorted(info["upid"]), ["csmeId", "oemId", "oemPlatformIdType"])
    same(info["lastSynced"][-1], "Z")
    console.stop()


def doors_are_told_as_they_are():
    console = Console(lambda *_: (200, {}))
    machine = lone.Machine("--activated", "acm:" + lone.PASSWORD)

    def told(*arguments, **more):
        machine.run("amtinfo", "--sync", "--url", console.url + "/devices", *arguments, **more)
        device = console.asked[-1][3]["deviceInfo"]
        return device.get("tlsMode"), device.get("ieee8021xEnabled")

    same(told(), ("None", False))
    same(told(AMT_PASSWORD=None)[0], "None")
    machine.run("configure", "tls", "--mode", "ServerAndNonTLS")
    same(told("--skip-amt-cert-check"), ("ServerAndNonTLS", False))
    machine.run("configure", "wired", "--dhcp", "--ipsync", "--ieee8021xProfileName", "office",
                "--ieee8021xUsername", "desk", "--ieee8021xAuthenticationProtocol", "2",
                "--skip-amt-cert-check", RPC_IEEE_8021_X_PASSWORD="Of-the-d3sk")
    same(told("--skip-amt-cert-check"), ("ServerAndNonTLS", True))
    console.stop()


def a_machine_that_is_not_known_is_added():
    known = []

    def answers(method, _path, body):
        if method == "POST":
            known.append(body["guid"])
            return 409 if len(known) > 1 else 201, {}
        return (200, {}) if known else (404, {"error": "Not Found"})

    console = Console(answers)
    sync(console.url + "/devices")
    same(console.calls(), [("PATCH", "/devices"), ("POST", "/devices"), ("PATCH", "/devices")])
    first = console.asked[1][3]["deviceInfo"]
    same((sorted(first), first["discovered"]),
         (["discovered", "firstDiscovered", "lastSynced"], True))
    console.stop()


def a_token_is_fetched_with_a_name_and_a_password():
    def answers(_method, path, body):
        if path == "/mps/login/api/v1/authorize":
            same(body, {"username": "ann", "password": "s3cret"})
            return 200, {"jwtToken": "abc.def"}
        return (404, {}) if "authorize" in path else (200, {})

    console = Console(answers)
    login = {"AUTH_USERNAME": "ann", "AUTH_PASSWORD": "s3cret"}
    sync(console.url + "/devices", **login)
    same(console.calls(), [("POST", "/api/v1/authorize"), ("POST", "/mps/login/api/v1/authorize"),
                           ("PATCH", "/devices")])
    same(console.asked[2][2]["Authorization"], "Bearer abc.def")
    sync(console.url + "/devices", "--auth-endpoint", "/mps/login/api/v1/authorize", **login)
    same(console.calls()[3:], [("POST", "/mps/login/api/v1/authorize"), ("PATCH", "/devices")])
    for there in ("ws://127.0.0.1:1/login", "https:///x", "/a b"):
        contains(sync(console.url + "/devices", "--auth-endpoint", there, status=20, **login).log,
                 "--auth-endpoint")
    sync(console.url + "/devices", status=33, AUTH_USERNAME="ann")
    sync(console.url + "/devices", "--auth-endpoint", "/x", status=33)
    console.stop()


def refusals_are_failures_and_the_facts_are_shown():
    for status, code in ((500, 10), (403, 70), (404, 10), (302, 10)):
        console = Console(lambda *_, status=status: (status, {"error": "nay\n\x9bsay"}))
        ended = sync(console.url + "/devices", status=code)
        contains(ended.out, "16.1.25")
        contains(ended.log, fr"status {status}: nay\n\xc2\x9bsay")
        console.stop()
    for answer in (b"", b"{", b"\xff" * 300000):
        console = Console(lambda *_, answer=answer: (200, answer))
        sync(console.url + "/devices", status=70 if len(answer) > 10 else 0)
        sync(console.url + "/devices", status=70, AUTH_USERNAME="a", AUTH_PASSWORD="b")
        console.stop()
    sync(console.url + "/devices", status=70)
    sync("ws://127.0.0.1:1/", status=20)
    All.machine.run("amtinfo", "--sync", status=20)


def what_is_no_port_of_lms_is_refused():
    console = Console(lambda *_: (200, {}))
    for port in (82528, 65535, 0):  # 82528 is 16992 in 16 bits
        ended = simulated("amtinfo", "--ver", "--sync", "--url", console.url + "/devices",
                          "--lmsport", str(port), status=28)
        contains(ended.log, "--lmsport is a whole number from 1 to 65534")
    same(console.asked, [])
    console.stop()


def end_of_all():
    All.ground.site.stop()


if __name__ == "__main__":
    main([
        begin,
        the_server_learns_of_a_machine,
        what_is_told_is_all_that_is_known,
        doors_are_told_as_they_are,
        a_machine_that_is_not_known_is_added,
        a_token_is_fetched_with_a_name_and_a_password,
        refusals_are_failures_and_the_facts_are_shown,
        what_is_no_port_of_lms_is_refused,
        end_of_all,
    ])
