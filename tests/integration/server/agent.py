"""An agent's end of /activate: the messages of spec rps 2.2 as agents of the toolkit write them. For
the tests beside this file."""

import base64
import json

from websocket_client import WebSocket

UUID = "4c4c4544-0053-3510-8051-b8c04f4d4e31"
PAYLOAD = {
    "ver": "16.1.25", "build": "1424", "sku": "16392", "features": "AMT Pro Corporate",
    "uuid": UUID, "username": "$$OsAdmin", "password": "lsaRandom", "currentMode": 0,
    "hostname": "PC-1", "fqdn": "corp.example.com", "client": "RPC",
    "certHashes": ["e7685634efacf69ace939a6b255b7b4fabef42935b50a265acb5cb6027e44e70"],
    "ipConfiguration": {"dhcp": True, "static": False, "ipsync": True, "ipAddress": "192.168.1.10",
                        "netmask": "255.255.255.0", "gateway": "192.168.1.1",
                        "primaryDns": "192.168.1.1", "secondaryDns": ""},
    "hostnameInfo": {"dnsSuffixOS": "corp.example.com", "hostname": "PC-1"},
}
KEYS = ["method", "apiKey", "appVersion", "protocolVersion", "status", "message", "payload",
        "tenantId"]


class Agent(WebSocket):
    """One WebSocket to the provisioning server."""

    def __init__(self, server, path="/activate", port=None, headers=()):
        super().__init__(server, path, headers, port=port)

    def text(self):
        """The next text message."""
        while True:
            opcode, payload = self.receive()
            if opcode == 1:
                return payload.decode()

    def hear(self):
        """The next message as a dictionary, whose keys are there in their order."""
        message = json.loads(self.text())
        assert list(message) == KEYS, message
        assert message["protocolVersion"] == "4.0.0" and message["apiKey"] == "xxxxx", message
        return message

    def say(self, method, payload="", **changes):
        message = {"method": method, "apiKey": "key", "appVersion": "3.0.0",
                   "protocolVersion": "4.0.0", "status": "ok", "message": "ok", "fqdn": "",
                   "payload": payload, "tenantId": ""}
        message.update(changes)
        self.frame(1, json.dumps(message).encode())

    def command(self, line="activate --profile test", changes=None, **envelope):
        described = {**PAYLOAD, **(changes or {})}
        described = {key: value for key, value in described.items() if value is not Ellipsis}
        self.say(line, base64.b64encode(json.dumps(described).encode()).decode(), **envelope)

    def answer(self, raw):
        """AMT's answer to the last wsman message."""
        self.say("response", base64.b64encode(raw).decode())

    def close(self):
        self.socket.close()
