#!/usr/bin/python3
"""The REST interface of a running server over HTTPS and the plain port."""

import threading

from rig import GUID, Server, contains, main, same

server = Server(flags=["--mps-http", "127.0.0.1:0", "--metrics-open"])


def login_opens_what_is_closed():
    same(server.ask("GET", "/api/v1/devices")[0], 401)
    same(server.log_in("wrong"), 401)
    same(server.log_in(), 200)
    same(server.ask("GET", "/api/v1/devices"), (200, []))


def a_logout_ends_the_token():
    old = server.token
    same(server.ask("POST", "/api/v1/authorize/logout"), (200, {"message": "logged out"}))
    status, answer = server.ask("GET", "/api/v1/devices")
    same((status, answer["errorDescription"]), (401, "the token was given back by a logout"))
    same(server.ask("POST", "/api/v1/authorize/logout")[0], 200)
    same(server.ask("POST", "/api/v1/authorize/logout", token=None)[0], 200)
    same(server.log_in(), 200)
    same(server.ask("GET", "/api/v1/devices")[0], 200)
    same(server.ask("GET", "/api/v1/devices", token=old)[0], 401)


def login_works_behind_the_gateways_prefix():
    body = {"username": "ADMIN", "password": server.password()}
    status, answer = server.ask("POST", "/mps/login/api/v1/authorize", body, token=None)
    same(status, 200)
    same(server.ask("GET", "/mps/api/v1/version", token=answer["token"])[0], 200)


def a_device_is_added_changed_and_deleted():
    device = {"guid": GUID.upper(), "hostname": "h", "tags": ["a", "b"], "mpsusername": "admin",
              "friendlyName": "fn", "dnsSuffix": "x.com", "mpspassword": "hunter2",
              "deviceInfo": {"fwVersion": "16.1.25", "n": 1.5}}
    stored = {"guid": GUID, "hostname": "h", "tags": ["a", "b"], "mpsInstance": None,
              "connectionStatus": False, "mpsusername": "admin", "tenantId": "",
              "friendlyName": "fn", "dnsSuffix": "x.com", "lastConnected": None,
              "lastSeen": None, "lastDisconnected": None,
              "deviceInfo": {"fwVersion": "16.1.25", "n": 1.5}, "username": None, "useTLS": False,
              "allowSelfSigned": False, "certHash": None}
    status, answer = server.ask("POST", "/api/v1/devices", device)
    same((status, answer), (201, stored))
    same(list(answer), list(stored))
    same(server.ask("POST", "/api/v1/devices", {"guid": GUID, "connectionStatus": True}),
         (200, stored))
    stored |= {"hostname": None, "tags": ["c"]}
    same(server.ask("PATCH", "/api/v1/devices", {"guid": GUID, "hostname": None, "tags": ["c"]}),
         (200, stored))
    same(server.ask("GET", f"/api/v1/devices/{GUID}"), (200, stored))
    same(server.ask("GET", "/api/v1/devices/tags"), (200, ["c"]))
    same(server.ask("DELETE", f"/api/v1/devices/{GUID}?isSecretToBeDeleted=true"), (204, b""))
    same(server.ask("GET", f"/api/v1/devices/{GUID}"), (404, b""))
    same(server.ask("PATCH", "/api/v1/devices", {"guid": GUID}),
         (404, {"error": "NOT FOUND", "message": f"Device ID {GUID} not found"}))


def lists_are_paged_filtered_and_counted():
    for number in range(7):
        server.ask("POST", "/api/v1/devices",
                   {"guid": f"{number:08d}{GUID[8:]}", "hostname": f"h{number}",
                    "tags": ["all", "even" if number % 2 == 0 else "odd"]})

    def names(query):
        status, answer = server.ask("GET", f"/api/v1/devices?{query}")
        same(status, 200)
        return [device["hostname"] for device in answer]

    same(names("$top=2&$skip=3"), ["h3", "h4"])
    same(names("hostname=h5"), ["h5"])
    same(names("tags=even"), ["h0", "h2", "h4", "h6"])
    same(names("tags=even,odd&method=AND"), [])
    same(names("tags=even,all&method=AND&$top=1"), ["h0"])
    same(names("tags="), [])
    same(names("status=1"), [])
    status, answer = server.ask("GET", "/api/v1/devices?tags=odd&$top=1&$count=true")
    same((status, answer["totalCount"], len(answer["data"])), (200, 3, 1))
    if "lastSeen" in answer["data"][0]:
        raise AssertionError("a list row has times")
    same(server.ask("GET", "/api/v1/devices/stats"),
         (200, {"totalCount": 7, "connectedCount": 0, "disconnectedCount": 7}))


def a_device_that_is_not_connected_is_404():
    status, answer = server.ask("GET", f"/api/v1/amt/power/state/{GUID}")
    same((status, answer["errorDescription"]), (404, f"guid : {GUID}"))
    for name in ("__proto__", "toString", "%2e%2e", "1"):
        same(server.ask("GET", f"/api/v1/amt/version/{name}")[0], 404)
    same(server.ask("POST", f"/api/v1/amt/power/action/{GUID}", {"action": 9})[0], 400)
    same(server.ask("POST", f"/api/v1/amt/power/action/{GUID}", {"action": 10})[0], 404)


def the_certificate_is_that_of_the_folder():
    status, pem = server.ask("GET", "/api/v1/ciracert")
    same((status, pem), (200, (server.data / "ca.pem").read_bytes()))


def operations_answer():
    same(server.ask("GET", "/healthz", token=None)[0], 200)
    same(server.ask("GET", "/readyz", token=None)[0], 200)
    status, text = server.ask("GET", "/metrics", token=None)
    same(status, 200)
    for name in (b"process_cpu_seconds_total ", b"process_open_fds ", b"outband_http_requests_total"):
        contains(text, name)
    status, document = server.ask("GET", "/api/openapi.json", token=None)
    same((status, document["openapi"]), (200, "3.1.0"))
    same(server.ask("GET", "/api/v1/health")[1]["db"]["status"], "OK")


def every_documented_path_exists():
    document = server.ask("GET", "/api/openapi.json")[1]
    for path, methods in document["paths"].items():
        for method in methods:
            status, answer = server.ask(method.upper(), path.replace("{guid}", "1"), token="bad")
            if status == 404 and b"Cannot" in (answer if isinstance(answer, bytes) else b""):
                raise AssertionError(f"{method} {path} is documented and missing")


def the_plain_port_wants_a_token_too():
    same(server.ask("GET", "/api/v1/devices", token=None, plain=True)[0], 401)
    same(server.ask("GET", "/api/v1/devices?$top=0", plain=True), (200, []))


def a_connection_carries_many_requests():
    connection = server.connection()
    for _ in range(200):
        same(server.ask_on(connection, "GET", "/api/v1/devices/stats")[0], 200)
    connection.close()


def clients_side_by_side_each_get_their_own_answer():
    failures = []

    def client(number):
        guid = f"{number:08d}{GUID[8:-2]}ff"
        try:
            connection = server.connection()
            for _ in range(10):
                body = {"guid": guid, "hostname": f"client{number}"}
                same(server.ask_on(connection, "POST", "/api/v1/devices", body)[1]["guid"], guid)
                answer = server.ask_on(connection, "GET", f"/api/v1/devices/{guid}")
                same(answer[1]["hostname"], f"client{number}")
            connection.close()
        except Exception as error:  # pylint: disable=broad-except
            failures.append(repr(error))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(failures, [])


def a_long_list_comes_whole():
    connection = server.connection()
    for number in range(700):
        guid = f"{number:08x}-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
        same(server.ask_on(connection, "POST", "/api/v1/devices", {"guid": guid})[0], 201)
    status, answer = server.ask("GET", "/api/v1/devices?$top=100000&$count=true")
    same((status, len(answer["data"])), (200, answer["totalCount"]))
    guids = [device["guid"] for device in answer["data"]]
    same(guids, sorted(set(guids)))
    same(len(guids) >= 700, True)


def bad_requests_get_clear_errors():
    same(server.ask("POST", "/api/v1/devices", "{")[1],
         {"error": "Incorrect URI or Bad Request",
          "errorDescription": "The body cannot be read: not valid JSON at line 1, column 1"})
    same(server.ask("POST", "/api/v1/devices", "{" * 200)[0], 400)
    same(server.ask("POST", "/api/v1/devices", '{"guid":"%s","tags":"%s"}' %
                    (GUID, "x" * 200000))[0], 413)
    same(server.ask("GET", "/api/v1/devices", headers={"X-Long": "x" * 20000}.items())[0], 431)
    status, answer = server.ask("GET", "/api/v1/devices?$top=100001")
    same(status, 400)
    contains(answer["errors"][0]["msg"], "100000")


def it_ends_cleanly():
    same(server.stop(), 0)


main([login_opens_what_is_closed, a_logout_ends_the_token, login_works_behind_the_gateways_prefix,
      a_device_is_added_changed_and_deleted, lists_are_paged_filtered_and_counted,
      a_device_that_is_not_connected_is_404, the_certificate_is_that_of_the_folder,
      operations_answer, every_documented_path_exists, the_plain_port_wants_a_token_too,
      a_connection_carries_many_requests, clients_side_by_side_each_get_their_own_answer,
      a_long_list_comes_whole, bad_requests_get_clear_errors, it_ends_cleanly])
