"""`rpc activate` with profiles that a server keeps, and `rpc deactivate`, with the real server's
devices API and with consoles that fail."""

import base64
import json
import pathlib

from ground import PASSWORD, Ground
from agent import contains, main, same
from console import Console
from profile_test import KEY, profile, seal, yaml
import machine as machines


class All:
    """What the tests share."""

    ground = None


def begin():
    All.ground = Ground()


def url(path=""):
    return f"https://127.0.0.1:{All.ground.site.server.https}{path}"


def known(**more):
    return {"AUTH_TOKEN": All.ground.site.server.token, "SSL_CERT_FILE": str(All.ground.ca),
            **more}


def row_of(machine):
    return All.ground.site.server.ask("GET", f"/api/v1/devices/{machine.guid}")


def a_deactivated_machine_is_removed_from_the_server():
    for profile in ("ccm", "acm"):
        machine = All.ground.machine()
        machine.activate(profile)
        same(row_of(machine)[0], 200)
        ended = machine.run("deactivate", "--url", url(), "--json",
                            **known(AMT_PASSWORD=PASSWORD))
        same(json.loads(ended.out), {"message": "Device deactivated", "status": "success"})
        same((machine.mode(), row_of(machine)[0]), ("not activated", 404))


def a_server_that_keeps_it_is_told_of():
    machine = All.ground.machine()
    machine.activate("ccm")
    console = Console(lambda *_: (500, {"error": "the database is away"}))
    said = machine.run("deactivate", "--url", console.url, status=10).log
    contains(said, "AMT is deactivated, but the server still lists it: ")
    contains(said, "the database is away")
    same((machine.mode(), console.calls()),
         ("not activated", [("DELETE", f"/api/v1/devices/{machine.guid}")]))
    console.stop()


def nothing_happens_when_the_server_refuses_the_login():
    machine = All.ground.machine()
    machine.activate("ccm")
    machine.run("deactivate", "--url", url(), status=70, SSL_CERT_FILE=str(All.ground.ca),
                AUTH_USERNAME="admin", AUTH_PASSWORD="wrong")
    machine.run("deactivate", "--url", url(), status=22, AUTH_USERNAME="admin",
                AUTH_PASSWORD="wrong")
    same((machine.mode(), row_of(machine)[0]), ("client control mode", 200))


# ---- profiles ----

KEPT = {"GET": 200, "POST": 201, "PATCH": 200, "DELETE": 204}


def console_with(body, **statuses):
    """Keeps that profile; answers requests with those statuses."""
    return Console(lambda method, _path, _body: ({**KEPT, **statuses}[method],
                                                 body if method == "GET" else {}))


def fetch(machine, console, *arguments, **more):
    return machine.run("activate", "--url", console.url + "/profiles/desk?x=1", *arguments, **more)


def made(mode="ccmactivate"):
    """A profile that leaves the password to the agent."""
    return profile(mode, amtSpecific={"generateRandomPassword": True, "adminPassword": ""}, tls={})


def a_profile_is_fetched_run_and_told_of():
    text = yaml(profile("ccmactivate", tls={})).lstrip()
    envelope = {"filename": "desk.yaml", "content": base64.b64encode(seal(text)).decode()}
    for body, key in ((text.encode(), None), (json.dumps(profile("ccmactivate", tls={})), None),
                      (json.dumps({**envelope, "key": KEY}), None), (json.dumps(envelope), KEY)):
        machine = All.ground.machine()
        console = console_with(body.encode() if isinstance(body, str) else body)
        more = {"CONFIG_ENCRYPTION_KEY": key} if key else {}
        fetch(machine, console, "--name", "front desk", AUTH_TOKEN="t0ken", **more)
        same(machine.mode(), "client control mode")
        same(console.calls(), [("GET", "/profiles/desk?x=1"), ("POST", "/api/v1/devices"),
                               ("PATCH", "/api/v1/devices")])
        same({headers["Authorization"] for _, _, headers, _ in console.asked}, {"Bearer t0ken"})
        told = console.asked[1][3]
        same((told["guid"], told["friendlyName"], told["tags"], told["username"], told["useTLS"]),
             (machine.guid, "front desk", ["a"], "admin", False))
        same(told["password"], machines.PASSWORD)
        same(told["deviceInfo"]["currentMode"], "client control mode")
        same(console.asked[2][3], {"guid": machine.guid, "mpspassword": ""})
        console.stop()


def the_real_server_keeps_what_it_is_told():
    machine = All.ground.machine()
    console = console_with(json.dumps(made()).encode())
    ended = fetch(machine, console, "--devices-endpoint", url("/api/v1/devices"),
                  **known())
    stored = All.ground.site.secrets.device(machine.guid)["AMT_PASSWORD"]
    same((len(stored), stored in ended.out + ended.log), (16, False))
    row = row_of(machine)[1]
    same((row["guid"], row["deviceInfo"]["currentMode"]), (machine.guid, "client control mode"))
    same(console.calls(), [("GET", "/profiles/desk?x=1")])
    console.stop()


def one_that_is_listed_is_changed():
    machine = All.ground.machine()
    console = console_with(json.dumps(made()).encode(), POST=409)
    fetch(machine, console)
    same([method for method, _ in console.calls()], ["GET", "POST", "PATCH", "PATCH"])
    same(len(console.asked[2][3]["password"]), 16)
    console.stop()


def a_password_that_the_server_does_not_take_is_not_left_behind():
    machine = All.ground.machine()
    console = console_with(json.dumps(made()).encode(), POST=500)
    said = fetch(machine, console, status=10).log
    contains(said, "the server does not know of the activation: ")
    contains(said, "is taken back")
    same(machine.mode(), "not activated")
    console.stop()
    console = console_with(json.dumps(profile("ccmactivate", tls={})).encode(), POST=500)
    fetch(machine, console, status=10)
    same(machine.mode(), "client control mode")  # the profile's own password is known
    console.stop()


def a_server_that_is_away_for_a_moment_is_told_again():
    machine = All.ground.machine()
    body, away = json.dumps(made()).encode(), [503, 502]
    console = Console(lambda method, _path, _body: (
        away.pop() if method == "POST" and away else KEPT[method],
        body if method == "GET" else {}))
    fetch(machine, console)
    same([method for method, _ in console.calls()], ["GET", "POST", "POST", "POST", "PATCH"])
    same(machine.mode(), "client control mode")
    console.stop()


def all_tags_are_told_whatever_the_profile_calls_them():
    tags = [f"tag {i}" for i in range(100)]
    for name in ("tags", "Tags"):
        machine = All.ground.machine()
        wanted = profile("ccmactivate", tls={})
        del wanted["tags"]
        console = console_with(json.dumps({**wanted, name: tags}).encode())
        fetch(machine, console)
        same(console.asked[1][3]["tags"], tags)
        console.stop()


def more_than_a_server_takes_is_not_half_told():
    machine = All.ground.machine()
    console = console_with(json.dumps({**made(), "tags": ["x" * 300_000]}).encode())
    said = fetch(machine, console, status=10).log
    contains(said, "the server does not know of the activation: there is more to tell than 256 KiB")
    same((machine.mode(), [method for method, _ in console.calls()]), ("not activated", ["GET"]))
    console.stop()


def what_is_no_profile_is_refused():
    machine = All.ground.machine()
    for body, status, code in ((b"", 200, 35), (b"{}", 200, 35), (b"<html>", 200, 35),
                               (b"\xff" * 100, 200, 35), (b"x" * 5_000_000, 200, 70),
                               (b"", 404, 10), (b"", 401, 70), (b"", 500, 10)):
        console = console_with(body, GET=status)
        fetch(machine, console, status=code)
        same([method for method, _ in console.calls()], ["GET"])
        console.stop()
    same(machine.mode(), "not activated")
    machine.run("activate", "--url", "http://127.0.0.1:1/x", status=70)


def a_server_names_no_files_of_the_machine():
    """The agent would read them as root, and put what they hold into AMT."""
    cira = {"mpsAddress": "192.0.2.7", "mpsUsername": "admin", "mpsPassword": "P@ssw0rd-mps1",
            "mpsCert": str(All.ground.ca)}
    for body, status, sentence in (
            (profile("ccmactivate", tls={}, amtSpecific={"cira": cira}), 28,
             "the server's certificate is no certificate in base64 or PEM (and what a server sends "
             "may name no file)"),
            (profile(tls={}, amtSpecific={"provisioningCert": "/dev/null"}), 121,
             "which a server may not name")):
        machine = All.ground.machine()
        console = console_with(json.dumps(body).encode())
        contains(fetch(machine, console, status=status).log, sentence)
        console.stop()


def what_it_lacks_is_taken_from_what_the_person_gives():
    pfx, trust = machines.certificate()
    none = {"provisioningCert": "", "provisioningCertPwd": "", "mebxPassword": ""}
    console = console_with(json.dumps(profile(amtSpecific=none, tls={}, network={})).encode())
    machine = machines.Machine(*trust, AMT_PASSWORD=None)
    pathlib.Path(machine.folder.name, "amt.pfx").write_bytes(base64.b64decode(pfx))
    machine.run("activate", "--url", console.url + "/p", PROVISIONING_CERT="./amt.pfx",
                PROVISIONING_CERT_PASSWORD=machines.provisioning_pfx.PASSWORD,
                MEBX_PASSWORD="P@ssw0rd-given")
    told = [body["mebxpassword"] for *_, body in console.asked if "mebxpassword" in (body or {})]
    same((machine.mode(), told), ("admin control mode", ["P@ssw0rd-given"]))
    console.stop()


def in_clear(log):
    return [line.split('msg="')[1].split(" is not")[0] for line in log.splitlines()
            if "everybody on the way can read" in line]


def every_server_in_clear_is_warned_of():
    machine = All.ground.machine()
    body = json.dumps(made()).encode()

    def answers(method, path, _body):
        return (200, {"token": "t"}) if "login" in path else (KEPT[method], {})

    console, away = console_with(body), Console(answers)  # a proxy: whatever its hosts are
    devices, login = "http://devices.example/api/v1/devices", "http://127.login.example/login"
    ended = fetch(machine, console, "--devices-endpoint", devices, "--auth-endpoint", login,
                  HTTP_PROXY=away.url, AUTH_USERNAME="ann", AUTH_PASSWORD="s3cret")
    same(away.calls(), [("POST", login), ("POST", devices), ("PATCH", devices)])
    same(in_clear(ended.log), [login, devices])
    same(len(away.asked[1][3]["password"]), 16)
    warned = ended.log.index(devices)
    same(warned < ended.log.index("activate: done"), True)
    same([part in ended.log for part in ("s3cret", away.asked[1][3]["password"])], [False, False])
    ended = machine.run("deactivate", "--url", "http://127.evil.example/", HTTP_PROXY=away.url)
    same(in_clear(ended.log), [f"http://127.evil.example/api/v1/devices/{machine.guid}"])
    console.stop()
    away.stop()


def end_of_all():
    All.ground.site.stop()


if __name__ == "__main__":
    main([
        begin,
        a_deactivated_machine_is_removed_from_the_server,
        a_server_that_keeps_it_is_told_of,
        nothing_happens_when_the_server_refuses_the_login,
        a_profile_is_fetched_run_and_told_of,
        the_real_server_keeps_what_it_is_told,
        one_that_is_listed_is_changed,
        a_password_that_the_server_does_not_take_is_not_left_behind,
        a_server_that_is_away_for_a_moment_is_told_again,
        all_tags_are_told_whatever_the_profile_calls_them,
      more_than_a_server_takes_is_not_half_told,
        what_is_no_profile_is_refused,
        a_server_names_no_files_of_the_machine,
        what_it_lacks_is_taken_from_what_the_person_gives,
        every_server_in_clear_is_warned_of,
        end_of_all,
    ])
