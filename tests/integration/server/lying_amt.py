"""An agent with a made-up AMT behind it, which lets everybody in and says yes to everything. For the
tests beside this file."""

import base64
import re

from agent import Agent
from websocket_client import Closed

REALM = "Digest:A3829B3827DE4D33D4449B366831FD01"
HEAD = ('<?xml version="1.0" encoding="UTF-8"?>'
        '<a:Envelope xmlns:a="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:b="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:h="{uri}"><a:Header>'
        '<b:RelatesTo>{id}</b:RelatesTo><b:Action>{action}</b:Action></a:Header>'
        '<a:Body>{body}</a:Body></a:Envelope>')
FAULT = ("<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>b:DestinationUnreachable"
         "</a:Value></a:Subcode></a:Code><a:Reason><a:Text>no</a:Text></a:Reason></a:Fault>")
SETTINGS = (f"<h:AMT_GeneralSettings><h:DigestRealm>{REALM}</h:DigestRealm><h:HostName>x"
            "</h:HostName><h:InstanceID>i</h:InstanceID></h:AMT_GeneralSettings>")
SERVICE = ("<h:IPS_HostBasedSetupService><h:ConfigurationNonce>bm5ubm5ubm5ubm5ubm5ubm5ubm4="
           "</h:ConfigurationNonce><h:CurrentControlMode>{mode}</h:CurrentControlMode>"
           "<h:AllowedControlModes>2</h:AllowedControlModes><h:AllowedControlModes>1"
           "</h:AllowedControlModes></h:IPS_HostBasedSetupService>")
MODES = {"Setup": 1, "AdminSetup": 2, "UpgradeClientToAdmin": 2}
METHODS = [*MODES, "AddNextCertInChain", "SetAdminAclEntryEx", "Unprovision", "SetMEBxPassword",
           "CommitChanges", "AddMpServer"]


def smbios(guid):
    """The bytes of a UUID as PlatformGUID has them."""
    raw = bytes.fromhex(guid.replace("-", ""))
    return (raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]).hex().upper()


class Liar:
    """Says that it is `guid`; leaves at `leaves_at`, a method."""

    def __init__(self, guid, mode=0, leaves_at=None):
        self.guid, self.mode, self.leaves_at = guid, mode, leaves_at

    def body(self, name, method):
        """What AMT says; None is a fault."""
        if method == "Get" and name == "AMT_GeneralSettings":
            return SETTINGS
        if method == "Get" and name == "IPS_HostBasedSetupService":
            return SERVICE.format(mode=self.mode)
        if method == "Get" and name == "CIM_ComputerSystemPackage":
            return (f"<h:{name}><h:PlatformGUID>{smbios(self.guid)}</h:PlatformGUID></h:{name}>")
        if method in METHODS:
            self.mode = MODES.get(method, self.mode)
            return f"<h:{method}_OUTPUT><h:ReturnValue>0</h:ReturnValue></h:{method}_OUTPUT>"
        return None

    def answer(self, asked):
        """An HTTP answer; None when it leaves."""
        uri = re.search(r"ResourceURI[^>]*>([^<]+)<", asked)[1]
        action = re.search(r"Action[^>]*>([^<]+)<", asked)[1]
        method = action.rsplit("/", 1)[1]
        if method == self.leaves_at:
            return None
        body = self.body(uri.rsplit("/", 1)[1], method)
        text = HEAD.format(uri=uri, action=action, body=body or FAULT,
                           id=re.search(r"MessageID>([^<]+)<", asked)[1]).encode()
        status = "200 OK" if body else "400 Bad Request"
        return (f"HTTP/1.1 {status}\r\nContent-Type: application/soap+xml; charset=UTF-8\r\n"
                f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n").encode() + text

    def visit(self, site, line, token=None, tenant="", **said):
        """One session; what its final message says."""
        agent = Agent(site.server, f"/?token={token}" if token else "/", site.port)
        agent.command(line, {"uuid": self.guid, "currentMode": self.mode, **said},
                      tenantId=tenant)
        try:
            while True:
                message = agent.hear()
                if message["method"] in ("success", "error"):
                    return message["method"], message["message"]
                if message["method"] == "heartbeat_request":
                    agent.say("heartbeat_response", status="success")
                    continue
                answer = self.answer(base64.b64decode(message["payload"]).decode())
                if answer is None:
                    return "left", ""
                agent.answer(answer)
        except (Closed, EOFError):
            return "closed", ""
        finally:
            agent.close()
