#!/usr/bin/python3
"""Every operation of the served document with every described field wrong in every way: the answer
has a documented status and shape, and nothing breaks. The document decides what is tried, first of
a device that nobody knows, then of a simulated one."""

import base64
import copy
import http.client
import json
import re
import ssl
import urllib.parse

from rig import GUID, Server, main, same
from schema import complaints, fitting, properties, resolve, types_of
from simulated import Devices

# On all operations: what the HTTP layer says before any handler (docs/compatibility.md).
BEFORE_ROUTES = {400: ("error",), 413: (), 415: ()}

STRINGS = ["", " ", "x" * 300, "x" * 70000, "a\0b", "\U0001f680\u00e9", "<a>&\"'</a>]]>", "__proto__",
           "constructor", "../../etc/passwd", "%00", "1e999", "-1", "NaN", "'; DROP TABLE devices;--",
           "\ud800"]
NUMBERS = [0, -1, 1.5, 2**31, 2**53, -2**63, 2**63 - 1, 10**30, 1e300]
FEW = ["", "x" * 300, "\U0001f680\u00e9", "<a>&\"'</a>]]>", "1", 0, 2**31, True, None, [], {}]
OTHERS = [True, False, None, [], [None], ["x", 1], {}, {"__proto__": {"a": 1}}, [[[]]]]

server = Server(flags=["--mps-http", "127.0.0.1:0", "--metrics-open"])
server.log_in()
document = server.ask("GET", "/api/openapi.json")[1]

# Bodies that are good, for operations whose rules say more than their schema does.
GOOD = {
    "addAccount": {"username": "joe", "password": "P@ssw0rd1", "access": "any",
                   "realms": ["Redirection"]},
    "changeAccount": {"access": "local", "realms": ["Redirection"], "enabled": True},
    "addCertificate": {"cert": base64.b64encode(ssl.PEM_cert_to_DER_cert(
        (server.data / "ca.pem").read_text())).decode(), "isTrusted": True},
    "changeWiredSettings": {"dhcpEnabled": True},
    "doPowerAction": {"action": 10},
    "sendUserConsent": {"consentCode": "123456"},
    "startErase": {"tpmClear": True},
    "setAuditLogSigningKey": {"signingKey": "MAMCAQA=", "certificates": ["MAMCAQA="]},  # DER
    "setBootOptions": {"action": 100, "useSOL": False},
    "startDrives": {"image": "cd.iso"},
}

# What ends the connection of the device that the others need; tested where it belongs.
ENDS_DEVICE = {"deactivate", "disconnectDevice", "deleteDevice", "startErase"}

# Whose bodies are checked once the device is found, as in the toolkit (spec mps 1.13, 1.16).
AFTER_GATE = {"addAlarm", "deleteAlarm", "addWirelessProfile", "changeWirelessProfile"}

# What the simulated device refuses as it is, with the status of the answer.
REFUSED = {
    "requestUserConsent": 400,  # set up by an administrator: it asks nobody
    "cancelUserConsent": 400,
    "exportAuditLog": 400,  # it has no key to sign with
    "getDrives": 404,  # no drives are redirected
}

# Members that take an object in place of a scalar, with the reason.
TAKES_OBJECTS = {
    ("login", "password"),  # of another type it is a wrong one, a 401
}


class Client:
    """One connection that is made anew where the server ends it."""

    def __init__(self):
        self.connection = server.connection(plain=True)
        self.count = 0

    def ask(self, method, path, body, headers, token):
        self.count += 1
        for last in (False, True):
            try:
                return server.ask_on(self.connection, method, path, body, token, headers)[:2]
            except (http.client.HTTPException, OSError):
                self.connection.close()
                self.connection = server.connection(plain=True)
                if last:
                    raise


client = Client()


class Operation:
    def __init__(self, method, path, node, guid=None):
        self.method, self.path, self.guid = method.upper(), path, guid
        self.name = node["operationId"]
        self.node = node
        self.parameters = [resolve(document, one) for one in node.get("parameters", [])]
        body = resolve(document, node.get("requestBody", {}))
        self.schema = body.get("content", {}).get("application/json", {}).get("schema")
        self.on_device = "{guid}" in path and "/amt/" in path
        self.gated = self.on_device and guid is None
        self.failures = []
        self.refusals = [400, 404] if self.gated and self.name in AFTER_GATE else [400]

    def good(self):
        """Path parameters, query and body of a request that only lacks the device."""
        path = {one["name"]: fitting(document, one["schema"])
                for one in self.parameters if one["in"] == "path"}
        if self.guid is not None:
            path["guid"] = self.guid
        query = [(one["name"], fitting(document, one["schema"]))
                 for one in self.parameters if one["in"] == "query" and one.get("required")]
        body = None
        if self.schema is not None:
            body = copy.deepcopy(GOOD.get(self.name, fitting(document, self.schema)))
        return path, query, body

    def send(self, path, query, body, what, headers=(), token="own", raw=None):
        """Sends it and checks the answer; returns the status."""
        target = re.sub(r"{(\w+)}", lambda name: quoted(path[name[1]]), self.path)
        if query:
            target += "?" + "&".join(f"{quoted(name)}={quoted(value)}" for name, value in query)
        content = raw if raw is not None or body is None else json.dumps(body).encode()
        if self.name == "logout":
            token = None
        status, answer = client.ask(self.method, target, content, headers, token)
        for complaint in self.judge(status, answer):
            self.failures.append(f"{what}: {complaint}")
        return status

    def judge(self, status, answer):
        """What is wrong with an answer."""
        described = self.node["responses"].get(str(status))
        broken = (500, 503, 504) if self.guid is not None else (500, 502, 503, 504)
        if status in broken or status > 504:
            yield f"{status} {answer!r:.200}"
        elif described is None and status in BEFORE_ROUTES and \
                all(isinstance(answer, dict) and key in answer for key in BEFORE_ROUTES[status]):
            return
        elif described is None:
            yield f"{status} is not documented: {answer!r:.200}"
        else:
            yield from self.judge_body(resolve(document, described), status, answer)

    def judge_body(self, described, status, answer):
        content = described.get("content", {})
        if not content:
            if answer != b"":
                yield f"{status} has a body: {answer!r:.200}"
            return
        schema = content.get("application/json", {}).get("schema")
        if schema is None:
            return
        if isinstance(answer, bytes):
            yield f"{status} is no JSON: {answer!r:.200}"
            return
        if status == 400 and isinstance(answer, dict) and "errors" in answer:
            schema = INVALID  # whatever else a 400 of this operation may be
        if status >= 400 and not answer:
            yield f"{status} says nothing"
        yield from complaints(document, schema, answer)


INVALID = document["components"]["responses"]["Invalid"]["content"]["application/json"]["schema"]


def quoted(value):
    if not isinstance(value, str):
        value = json.dumps(value)
    return urllib.parse.quote(value.encode("utf-8", "surrogatepass"), safe="")


def wrong(schema, few):
    """Values for one field: other types, out of bounds, odd characters."""
    schema = resolve(document, schema)
    if few:
        yield from FEW
        return
    yield from STRINGS + NUMBERS + OTHERS
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
        yield "\U0001f680" * schema["maxLength"]
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "array" in types_of(schema):
        for item in STRINGS + OTHERS:
            yield [item]
        yield ["x"] * 2000
    for name, inner in properties(document, schema).items():
        for value in STRINGS + NUMBERS + OTHERS:
            yield {name: value}
        yield {name: fitting(document, inner)}


def vary_parameters(operation):
    for parameter in operation.parameters:
        if parameter["name"] == "guid" and operation.guid is not None:
            continue
        for value in wrong(parameter["schema"], operation.guid is not None):
            path, query, body = operation.good()
            text = value if isinstance(value, str) else json.dumps(value)
            if len(text) > 4000 or (parameter["in"] == "path" and text in ("", ".", "..")):
                continue
            if parameter["in"] == "path":
                path[parameter["name"]] = text
            else:
                query.append((parameter["name"], text))
            status = operation.send(path, query, body, f"{parameter['name']}={text!r:.60}")
            if operation.gated and status < 300:
                operation.failures.append(f"{parameter['name']}={text!r:.60}: {status}")
            if parameter["in"] == "query":
                query.append((parameter["name"], "1"))
                operation.send(path, query, body, f"{parameter['name']}={text!r:.60} and 1")


def vary_members(operation):
    schema = resolve(document, operation.schema)
    if "object" not in types_of(schema) and not properties(document, schema):
        return
    for name, inner in properties(document, schema).items():
        for value in wrong(inner, operation.guid is not None):
            path, query, body = operation.good()
            body[name] = value
            status = operation.send(path, query, body, f"{name}: {value!r:.60}")
            kinds = set(types_of(resolve(document, inner)))
            is_refused = kinds and not {"object", "array"} & kinds and value and \
                isinstance(value, dict) and (operation.name, name) not in TAKES_OBJECTS
            if is_refused and status not in operation.refusals or \
                    operation.gated and status not in (400, 404):
                operation.failures.append(f"{name}: {value!r:.60}: {status}")
    for name in schema.get("required", []):
        for missing in (True, False):
            path, query, body = operation.good()
            body[name] = None
            if missing:
                del body[name]
            status = operation.send(path, query, body, f"without {name}")
            if status not in operation.refusals:
                operation.failures.append(f"{name} {'missing' if missing else 'null'}: {status}")


def vary_bodies(operation):
    path, query, body = operation.good()
    for raw in (b"", b"{", b"[]", b"[1]", b"null", b"1", b'"x"', b"{}", b'{"a":1,"a":2}', b"\xff\xfe",
                b'{"\\u0000":1}', b"[" * 500, b'{"a":' * 40 + b"1" + b"}" * 40, b"{}x"):
        operation.send(path, query, body, f"body {raw!r:.40}", raw=raw)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=x",
                 "multipart/form-data"):
        operation.send(path, query, body, kind, headers={"Content-Type": kind}.items())
    operation.send(path, query, {**(body if isinstance(body, dict) else {}), "unknown": "member"},
                   "an unknown member")


def test_of(operation):
    def test():
        path, query, body = operation.good()
        status = operation.send(path, query, body, "a good request")
        if operation.gated and status != 404:
            operation.failures.append(f"an unknown device is {status} instead of 404")
        if operation.guid is not None and operation.method == "GET" and \
                status != REFUSED.get(operation.name, 200):
            operation.failures.append(f"a good request is {status}")
        vary_parameters(operation)
        if operation.schema is not None:
            vary_members(operation)
        if operation.schema is not None and operation.guid is None:
            vary_bodies(operation)
        if "security" not in operation.node:
            same(client.ask(operation.method, re.sub(r"{\w+}", GUID, operation.path), None, (),
                            None)[0], 401)
        if server.process.poll() is not None:
            raise AssertionError(f"the server ended: {server.output()[-3000:]}")
        if operation.failures:
            raise AssertionError("\n".join(operation.failures[:12]) +
                                 f"\n{len(operation.failures)} in all")

    test.__name__ = f"{operation.method} {operation.path}" + \
        (" of a device" if operation.guid is not None else "")
    return test


def a_device_calls_in():
    """The operations on devices once more, with one that answers."""
    devices.append(Devices(server, "16.1"))
    for operation in ON_DEVICE:
        operation.guid = devices[0].guids[0]


def the_server_has_survived():
    if server.process.poll() is not None:
        raise AssertionError(f"it ended with {server.process.poll()}: {server.output()[-4000:]}")
    same(server.ask("GET", "/healthz", token=None)[0], 200)
    devices[0].stop()
    same(server.stop(), 0)
    print(f"# {client.count} requests")


devices = []
ALL = [(method, path, node) for path, methods in document["paths"].items()
       for method, node in methods.items()]
OPERATIONS = [Operation(*one) for one in ALL]
ON_DEVICE = [Operation(*one, guid="") for one in ALL
             if Operation(*one).on_device and one[2]["operationId"] not in ENDS_DEVICE]
main([*map(test_of, OPERATIONS), a_device_calls_in, *map(test_of, ON_DEVICE),
      the_server_has_survived])
