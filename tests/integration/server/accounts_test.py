#!/usr/bin/python3
"""AMT's local accounts over REST and from the command line: an account that was added opens a
simulated device on the LAN, within its realms, until it is disabled, changed or removed."""

import pathlib
import subprocess
import urllib.error
import urllib.request

import obctl
from on_lan import Lan
from rig import Server, contains, main, same
from simulated import Devices

FIRST, SECOND = "Joes-pass1", "Joes-pass2"
JOE = {"username": "joe", "password": FIRST, "access": "network", "realms": ["event log reader"]}
READER = "AMT_MessageLog"
ANN = "Anns+pass1"
SOAP = """<?xml version="1.0" encoding="utf-8"?>
<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><Header>
<a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/Get</a:Action><a:To>/wsman</a:To>
<w:ResourceURI>{}</w:ResourceURI><a:MessageID>1</a:MessageID>
<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>
</a:ReplyTo></Header><Body/></Envelope>"""

server = Server()
server.log_in()
lan = Lan(1, "--personality", "16.1", "--cira-via", f"127.0.0.1:{server.cira}")
with_password = {"hostname": lan.address, "password": "Am1-lan-test", "useTLS": False}
guid = server.ask("POST", "/api/v1/devices", with_password)[1]["guid"]
ACCOUNTS = f"/api/v1/amt/accounts/{guid}"


class OneTry(urllib.request.HTTPDigestAuthHandler):
    """Tries a password once, as firmware counts failures."""

    def retry_http_digest_auth(self, req, auth):
        return super().retry_http_digest_auth(req, auth) if self.retried == 1 else None


def log_in(user, password, name=READER):
    """Status and body of a Get at the device's own port."""
    url = f"http://{lan.address}:16992/wsman"
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, user, password)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         OneTry(passwords))
    space = "http://intel.com/wbem/wscim/1/amt-schema/1/"
    try:
        with opener.open(url, SOAP.format(space + name).encode(), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def opens(user, password):
    status, answer = log_in(user, password)
    same(status, 200)
    contains(answer, "AMT_MessageLog")


def is_refused(user, password):
    same(log_in(user, password)[0], 401)


def users():
    status, answer = server.ask("GET", ACCOUNTS)
    same(status, 200)
    return {row["username"]: row for row in answer}


def bad(method, path, body, text):
    status, answer = server.ask(method, path, body)
    same((status, [error["msg"] for error in answer["errors"]]), (400, [text]))
    if isinstance(body, dict) and body.get("password") and body["password"] in str(answer):
        raise AssertionError("the answer tells the password")


def the_firmwares_own_are_listed():
    same(users()["$$OsAdmin"]["system"], True)
    same([row["realms"] for row in users().values() if row["username"] == "$$OsAdmin"],
         [["Local System"]])


def an_account_that_was_added_opens_the_device():
    is_refused("joe", FIRST)
    status, answer = server.ask("POST", ACCOUNTS, JOE)
    same((status, {**answer, "handle": 0}),
         (201, {"handle": 0, "username": "joe", "access": "network",
                "realms": ["Event Log Reader"], "enabled": True, "system": False}))
    same(users()["joe"], answer)
    opens("joe", FIRST)
    is_refused("joe", "wrong")


def its_realms_decide_what_it_may():
    status, answer = server.ask("PATCH", ACCOUNTS + "/joe", {"realms": ["Redirection"]})
    same((status, answer["realms"]), (200, ["Redirection"]))
    status, answer = log_in("joe", FIRST)  # the password is the old one
    contains(answer, "AccessDenied")
    both = ["Redirection", "Event Log Reader"]
    same(server.ask("PATCH", ACCOUNTS + "/joe", {"realms": both})[1]["realms"], both)
    opens("joe", FIRST)


def where_it_may_log_in_is_changed_alone():
    same(server.ask("PATCH", ACCOUNTS + "/joe", {"access": "local"})[0], 200)
    is_refused("joe", FIRST)
    status, answer = server.ask("PATCH", ACCOUNTS + "/joe", {"access": "any"})
    same((status, answer["access"], len(answer["realms"])), (200, "any", 2))
    opens("joe", FIRST)


def a_disabled_one_opens_nothing():
    status, answer = server.ask("PATCH", ACCOUNTS + "/joe", {"enabled": False})
    same((status, answer["enabled"], users()["joe"]["enabled"]), (200, False, False))
    is_refused("joe", FIRST)
    same(server.ask("PATCH", ACCOUNTS + "/joe", {"enabled": True})[0], 200)
    opens("joe", FIRST)


def a_new_password_takes_the_place_of_the_old_one():
    same(server.ask("PATCH", ACCOUNTS + "/joe", {"password": SECOND})[0], 200)
    is_refused("joe", FIRST)
    opens("joe", SECOND)


def a_name_that_is_taken_is_a_conflict():
    status, answer = server.ask("POST", ACCOUNTS, JOE)
    same((status, answer["error"]), (409, "Conflict"))
    contains(answer["errorDescription"], "AddUserAclEntryEx")
    contains(answer["errorDescription"], "(2058)")
    opens("joe", SECOND)


def one_that_is_not_there_is_absent():
    for method, body in (("PATCH", {"enabled": True}), ("DELETE", None)):
        status, answer = server.ask(method, ACCOUNTS + "/Joe", body)
        same((status, answer["error"], answer["errorDescription"]),
             (404, "Account not found", "Account not found: Joe."))
    nobody = "00000000-1111-2222-3333-444444444444"
    status, answer = server.ask("GET", f"/api/v1/amt/accounts/{nobody}")
    same((status, answer["errorDescription"]), (404, f"guid : {nobody}"))


def what_is_wrong_is_said_and_no_password():
    strong = "password: the password needs an upper-case letter, a lower-case letter, a digit " \
             "and a special character"
    for change, text in (
            ({"username": None}, "username is required"),
            ({"username": "x" * 17}, "username: the name must have 1 to 16 characters"),
            ({"password": None}, "password is required"),
            ({"password": "all-lower-1"}, strong),
            ({"password": "Sh-0rt"}, "password: the password must have 8 to 32 characters"),
            ({"access": "everywhere"}, "access must be one of local, network, any"),
            ({"realms": "Redirection"}, "realms must be an array")):
        bad("POST", ACCOUNTS, {**JOE, "username": "new", **change}, text)
    bad("PATCH", ACCOUNTS + "/joe", {"password": "all-lower-1"}, strong)
    bad("PATCH", ACCOUNTS + "/joe", {"enabled": "yes"}, "enabled must be a boolean")
    for realms in ([], ["Redirection", "Kitchen"], [5], [None]):
        for method, path in (("POST", ACCOUNTS), ("PATCH", ACCOUNTS + "/joe")):
            body = {"realms": realms} if method == "PATCH" else \
                {**JOE, "username": "new", "realms": realms}
            status, answer = server.ask(method, path, body)
            same(status, 400)
            contains(answer["errors"][0]["msg"], "at least one of Redirection, PT Administration")
    for body in ({}, {"password": None}):
        status, answer = server.ask("PATCH", ACCOUNTS + "/joe", body)
        same((status, answer["errorDescription"]),
             (400, "give at least one of password, access, realms and enabled"))
    same("new" in users(), False)


def the_administrator_and_the_firmwares_own_are_left_alone():
    for name, way in (("admin", "rotate-password"), ("Admin", "rotate-password"),
                      ("$$uns", "profile")):
        for method, path, body in (("POST", ACCOUNTS, {**JOE, "username": name}),
                                   ("PATCH", f"{ACCOUNTS}/{name}", {"enabled": False}),
                                   ("DELETE", f"{ACCOUNTS}/{name}", None)):
            status, answer = server.ask(method, path, body)
            same((status, len(answer["errors"])), (400, 1))
            contains(answer["errors"][0]["msg"], way)
    same(users()["$$uns"]["enabled"], True)


def the_account_that_the_server_uses_is_left_alone():
    same(server.ask("PATCH", "/api/v1/devices", {"guid": guid, "username": "joe"})[0], 200)
    for method, body in (("PATCH", {"enabled": False}), ("DELETE", None)):
        status, answer = server.ask(method, ACCOUNTS + "/joe", body)
        same(status, 409)
        contains(answer["errorDescription"], "the server opens the device with this account")
    same(server.ask("PATCH", "/api/v1/devices", {"guid": guid, "username": "admin"})[0], 200)
    opens("joe", SECOND)


def a_full_device_refuses_with_its_own_number():
    added = []
    while True:
        name = f"more{len(added)}"
        status, answer = server.ask("POST", ACCOUNTS, {**JOE, "username": name})
        if status != 201:
            break
        added.append(name)
    same((status, answer["error"]), (502, "Bad Gateway"))
    contains(answer["errorDescription"], "AddUserAclEntryEx")
    contains(answer["errorDescription"], "(23)")
    for name in added:
        same(server.ask("DELETE", f"{ACCOUNTS}/{name}")[0], 204)


def one_that_was_removed_opens_nothing():
    same(server.ask("DELETE", ACCOUNTS + "/joe"), (204, b""))
    is_refused("joe", SECOND)
    same("joe" in users(), False)


def said(*words, code=0, text=None, **environment):
    """Standard output, or standard error of a command that fails."""
    done = subprocess.run([obctl.OBCTL, "accounts", *map(str, words)], input=text,
                          capture_output=True, text=True, timeout=60, check=False,
                          env={**obctl.environment(server), **environment})
    same((done.returncode, done.stderr if code == 0 else ""), (code, ""))
    return done.stdout if code == 0 else done.stderr


def the_command_line_does_all_of_it():
    rights = ["--access", "any", "--realms", "Event Log Reader, Redirection"]
    contains(said("add", guid, "ann", *rights, text=ANN + "\n"), "Event Log Reader")
    opens("ann", ANN)
    contains(said("add", guid, "ann", *rights, code=5, OBCTL_ACCOUNT_PASSWORD=ANN), "DUPLICATE")
    contains(said("list", guid), "ann")
    said("change", guid, "ann", "--enabled", "off")
    is_refused("ann", ANN)
    said("change", guid, "ann", "--enabled", "on", "--realms", "event log reader")
    same(said("password", guid, "ann", OBCTL_ACCOUNT_PASSWORD=SECOND),
         f"{guid}: password changed\n")
    opens("ann", SECOND)
    file = pathlib.Path(server.data) / "secret"
    file.write_text(FIRST + "\n")
    said("change", guid, "ann", "--password-file", file)
    opens("ann", FIRST)
    contains(said("add", guid, "bob", *rights, "--password", "x", code=2), "--password-file")
    contains(said("remove", guid, "admin", "--yes", code=2), "rotate-password")
    said("remove", guid, "ann", code=2)
    same(said("remove", guid, "ann", "--yes"), f"{guid}: account removed\n")
    said("remove", guid, "ann", "--yes", code=4)
    is_refused("ann", FIRST)


def it_works_through_cira_too():
    devices = Devices(server, "12.0.67")
    path = "/api/v1/amt/accounts/GUID"
    same(devices.ask(0, "POST", path, JOE)[0], 201)
    same(devices.ask(0, "PATCH", path + "/joe", {"enabled": False, "password": SECOND})[1]
         ["enabled"], False)
    same(devices.ask(0, "DELETE", path + "/joe")[0], 204)
    devices.stop()


def everything_ends_well_and_tells_no_password():
    lan.__exit__()
    same(server.stop(), 0)
    for secret in (FIRST, SECOND, ANN):
        if secret in server.said:
            raise AssertionError("the log tells a password")


main([the_firmwares_own_are_listed, an_account_that_was_added_opens_the_device,
      its_realms_decide_what_it_may, where_it_may_log_in_is_changed_alone,
      a_disabled_one_opens_nothing, a_new_password_takes_the_place_of_the_old_one,
      a_name_that_is_taken_is_a_conflict, one_that_is_not_there_is_absent,
      what_is_wrong_is_said_and_no_password,
      the_administrator_and_the_firmwares_own_are_left_alone,
      the_account_that_the_server_uses_is_left_alone, a_full_device_refuses_with_its_own_number,
      one_that_was_removed_opens_nothing, the_command_line_does_all_of_it,
      it_works_through_cira_too, everything_ends_well_and_tells_no_password])
