"""Profiles that are taken along, made again, copied and compared (spec rps 1.5, console 5.2). Exports
are opened with node and PyYAML, independently of the server."""

import base64
import json
import subprocess

import provisioning_pfx
import rig
import yaml
from admin_rows_test import ACM, ADMIN, CCM, CIRA, HOME, Admin, same, with_server
from rig import contains

DECRYPT = """
const [key, content] = JSON.parse(require('fs').readFileSync(0));
const bytes = Buffer.from(content, 'base64');
const open = require('crypto').createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
open.setAuthTag(bytes.subarray(bytes.length - 16));
process.stdout.write(Buffer.concat([open.update(bytes.subarray(12, -16)), open.final()]));
"""
ENCRYPT = """
const [key, text] = JSON.parse(require('fs').readFileSync(0));
const nonce = require('crypto').randomBytes(12);
const seal = require('crypto').createCipheriv('aes-256-gcm', key, nonce);
const body = Buffer.concat([seal.update(text, 'utf8'), seal.final()]);
process.stdout.write(Buffer.concat([nonce, body, seal.getAuthTag()]).toString('base64'));
"""
KEY = "0123456789abcdef0123456789ABCDEF"

# As Console writes it: no names of the CIRA config, words for numbers.
CONSOLE = """
id: 0
name: fromconsole
tags: [lab]
configuration:
  generalSettings: {sharedFQDN: false, networkInterfaceEnabled: 0, pingResponseEnabled: false}
  network:
    wired: {dhcpEnabled: true, ipSyncEnabled: true, sharedStaticIP: false, ieee8021x: null}
    wireless:
      wifiSyncEnabled: true
      uefiWiFiSyncEnabled: false
      profiles:
      - {profileName: lab, ssid: lab net, password: '12345678', authenticationMethod: WPA2PSK,
         encryptionMethod: CCMP, priority: 1}
    proxy: []
  tls: {signingAuthority: '', mutualAuthentication: false, enabled: false, trustedCN: [],
        allowNonTLS: false}
  redirection: {enabled: true, services: {kvm: true, sol: true, ider: false}, userConsent: None}
  amtSpecific:
    controlMode: acmactivate
    adminPassword: ''
    generateRandomPassword: true
    provisioningCert: AAAA
    provisioningCertPwd: secret
    mebxPassword: Mebx-P@ss1
    generateRandomMEBXPassword: false
    cira: {mpsUsername: admin, mpsPassword: P@ssw0rd, mpsAddress: 192.0.2.7, mpsCert: MIID,
           environmentDetection: [], generateRandomPassword: false}
"""


def node(script, values):
    done = subprocess.run(["node", "-e", script], input=json.dumps(values).encode(), check=True,
                          capture_output=True)
    return done.stdout


def plain(admin, method, path, body=None):
    """Status and body of a request whose answer may have secrets."""
    return admin.server.ask(method, ADMIN + path, body)


def export(admin, path):
    status, answer = plain(admin, "GET", f"/profiles/export/{path}")
    same((status, sorted(answer)), (200, ["content", "filename", "key"]))
    same(len(answer["key"]), 32)
    return answer, yaml.safe_load(node(DECRYPT, [answer["key"], answer["content"]]))


def make_domain(admin):
    pfx = provisioning_pfx.make("amt.d1.com")
    admin.make("domains", {"profileName": "d1", "domainSuffix": "d1.com", "provisioningCert": pfx,
                           "provisioningCertPassword": provisioning_pfx.PASSWORD,
                           "provisioningCertStorageFormat": "raw"})
    return pfx


@with_server
def an_export_has_what_an_agent_needs(admin):
    admin.make_all()
    pfx = make_domain(admin)
    answer, document = export(admin, "ACMPROFILE?domainName=D1")
    same(answer["filename"], "acmProfile.yaml")
    same((document["id"], document["name"], document["tags"]),
         (0, "acmProfile", ["store#123", "xeon"]))
    configuration = document["configuration"]
    network = configuration["network"]
    same(network["wired"]["dhcpEnabled"], True)
    same(network["wired"]["ieee8021x"]["profileName"], "wired1")
    home, office = network["wireless"]["profiles"]
    same((home["ssid"], home["password"], home["pskPassphrase"], home["authenticationMethod"],
          home["encryptionMethod"], home["priority"]),
         ("home", "Wif1-secret!", "Wif1-secret!", "WPA2PSK", "CCMP", 1))
    same((office["authenticationMethod"], office["ieee8021x"]["authenticationProtocol"]),
         ("WPA2IEEE8021x", 2))
    same([proxy["address"] for proxy in network["proxy"]], ["proxy.example.com", "2001:db8::1"])
    same(configuration["redirection"], {"enabled": True, "userConsent": "KVM",
                                        "services": {"kvm": True, "sol": False, "ider": False}})
    same(configuration["tls"]["enabled"], False)
    specific = configuration["amtSpecific"]
    same((specific["controlMode"], specific["adminPassword"], specific["mebxPassword"],
          specific["provisioningCert"], specific["provisioningCertPwd"]),
         ("acmactivate", "Amt-s3cret!", "MEBx-s3cret!", pfx, provisioning_pfx.PASSWORD))
    cira = specific["cira"]
    same((cira["mpsUsername"], cira["mpsPassword"], cira["mpsAddress"], cira["mpsPort"],
          cira["mpsCert"], cira["generateRandomPassword"]),
         ("admin", "C1ra-secret!", "192.168.8.50", 4433, "MIIDrootcert", False))
    again, _ = export(admin, "acmProfile")
    same(again["key"] == answer["key"], False)
    same(export(admin, "acmProfile")[1]["configuration"]["amtSpecific"]["provisioningCert"], "")
    _, document = export(admin, "ccm?domainName=nowhere")
    same(document["configuration"]["amtSpecific"]["generateRandomPassword"], True)
    same(plain(admin, "GET", "/profiles/export/nobody"),
         (404, {"error": "Not Found", "message": "AMT profile nobody Not Found"}))
    same(plain(admin, "GET", "/profiles/export/acmProfile?domainName=no"),
         (404, {"error": "Not Found", "message": "Domain profile no Not Found"}))


@with_server
def an_import_makes_what_was_exported(admin):
    admin.make_all()
    make_domain(admin)
    answer, document = export(admin, "acmProfile?domainName=d1")
    row = admin.ask("GET", "/profiles/acmProfile")[1]
    given = {"content": answer["content"], "key": answer["key"]}
    same(admin.ask("POST", "/profiles/import", given)[:2],
         (400, {"error": "Unique key violation", "message": "AMT profile acmProfile already exists"}))
    status, made, _ = admin.ask("POST", "/profiles/import", {**given, "profileName": "second"})
    same((status, made["profileName"], [part["kind"] for part in made["created"]],
          len(made["existing"])), (201, "second", ["profile"], 8))
    other = Admin()
    try:
        status, made, _ = other.ask("POST", "/profiles/import", given)
        same((status, made["existing"], made["withoutDomain"]), (201, [], False))
        same([(part["kind"], part["name"]) for part in made["created"]], [
            ("ieee8021xConfig", "wired1"), ("wirelessConfig", "home"),
            ("ieee8021xConfig", "radius1"), ("wirelessConfig", "office"),
            ("proxyConfig", "proxy1"), ("proxyConfig", "aproxy"), ("ciraConfig", "Ciraconfig1"),
            ("domain", "d1"), ("profile", "acmProfile")])
        there = other.ask("GET", "/profiles/acmProfile")[1]
        same({**there, "version": "", "ciraConfigName": ""},
             {**row, "version": "", "ciraConfigName": ""})
        same(export(other, "acmProfile?domainName=d1")[1], document)
    finally:
        other.server.stop()


@with_server
def an_import_that_clashes_makes_nothing(admin):
    admin.make_all()
    answer, _ = export(admin, "acmProfile")
    other = Admin()
    try:
        other.make("wirelessconfigs", {**HOME, "ssid": "another"})
        status, said, _ = other.ask("POST", "/profiles/import",
                                    {"content": answer["content"], "key": answer["key"]})
        same((status, said["error"]), (400, "Unique key violation"))
        contains(said["message"], "wirelessConfig home already exists with another ssid")
        same(other.ask("GET", "/ieee8021xconfigs")[1], [])
        other.ask("DELETE", "/wirelessconfigs/home")
        other.make("proxyconfigs", {"name": "x", "address": "2001:db8::1", "port": 8080,
                                    "networkDnsSuffix": "example.com"})
        status, said, _ = other.ask("POST", "/profiles/import",
                                    {"content": answer["content"], "key": answer["key"]})
        same((status, said["message"]), (400, "Proxy profile aproxy already exists"))
        for collection in ("ieee8021xconfigs", "wirelessconfigs", "ciraconfigs", "profiles"):
            same(other.ask("GET", f"/{collection}")[1], [])
    finally:
        other.server.stop()


@with_server
def an_export_of_console_can_be_imported(admin):
    content = node(ENCRYPT, [KEY, CONSOLE]).decode()
    status, made, _ = admin.ask("POST", "/profiles/import", {"content": content, "key": KEY})
    same((status, made["profileName"], made["withoutDomain"]), (201, "fromconsole", True))
    row = admin.ask("GET", "/profiles/fromconsole")[1]
    same((row["activation"], row["generateRandomPassword"], row["ciraConfigName"], row["tags"],
          row["userConsent"], row["solEnabled"], row["wifiConfigs"], row["localWifiSyncEnabled"]),
         ("acmactivate", True, "fromconsole", ["lab"], "None", True,
          [{"priority": 1, "profileName": "lab"}], True))
    cira = admin.ask("GET", "/ciraconfigs/fromconsole")[1]
    same((cira["mpsServerAddress"], cira["serverAddressFormat"], cira["mpsPort"],
          cira["commonName"]), ("192.0.2.7", 3, 4433, "192.0.2.7"))
    same(admin.ask("GET", "/wirelessconfigs/lab")[1]["authenticationMethod"], 6)


@with_server
def what_is_no_export_is_refused(admin):
    good = node(ENCRYPT, [KEY, CONSOLE]).decode()
    flipped = base64.b64encode(bytes([*base64.b64decode(good)[:-1], 0])).decode()
    for body, why in [
            ({"content": good, "key": KEY[:-1] + "x"}, "does not open"),
            ({"content": good, "key": "short"}, "32 characters"),
            ({"content": flipped, "key": KEY}, "does not open"),
            ({"content": "AAAA", "key": KEY}, "not the base64"),
            ({"content": node(ENCRYPT, [KEY, "a: [1"]).decode(), "key": KEY}, "no YAML"),
            ({"content": node(ENCRYPT, [KEY, "a: &x [1]\nb: *x"]).decode(), "key": KEY}, "alias"),
            ({"content": node(ENCRYPT, [KEY, "[" * 100]).decode(), "key": KEY}, "too deeply"),
            ({"content": node(ENCRYPT, [KEY, "name: x"]).decode(), "key": KEY}, "no exported")]:
        status, answer, _ = admin.ask("POST", "/profiles/import", body)
        same((status, answer["error"]), (400, "Error"))
        contains(answer["message"], why)
        same(KEY in str(answer), False)
    weak = CONSOLE.replace("Mebx-P@ss1", "weak").replace("[]", "[]")
    status, answer, _ = admin.ask("POST", "/profiles/import",
                                  {"content": node(ENCRYPT, [KEY, weak]).decode(), "key": KEY})
    same((status, answer["errors"][0]["path"]), (400, "mebxPassword"))
    same(admin.ask("GET", "/ciraconfigs")[1], [])


@with_server
def a_clone_has_the_passwords_too(admin):
    admin.make_all()
    status, row, _ = admin.ask("POST", "/profiles/acmprofile/clone", {"profileName": "twin"})
    same((status, row["profileName"], len(row["wifiConfigs"])), (201, "twin", 2))
    same(export(admin, "twin")[1]["configuration"],
         export(admin, "acmProfile")[1]["configuration"])
    same(admin.ask("POST", "/profiles/acmProfile/clone", {"profileName": "CCM"})[:2],
         (400, {"error": "Unique key violation", "message": "AMT profile CCM already exists"}))
    same(admin.ask("POST", "/profiles/no/clone", {"profileName": "x"})[0], 404)
    same(admin.ask("POST", "/profiles/ccm/clone", {"profileName": "a b"})[0], 400)


@with_server
def a_comparison_tells_nothing_of_passwords(admin):
    admin.make_all()
    admin.ask("POST", "/profiles/acmProfile/clone", {"profileName": "twin"})
    status, answer, _ = admin.ask("GET", "/profiles/compare?a=acmProfile&b=TWIN")
    same((status, answer["a"], answer["b"], answer["same"]), (200, "acmProfile", "twin", True))
    row = admin.ask("GET", "/profiles/twin")[1]
    admin.ask("PATCH", "/profiles", {**row, "amtPassword": "An0ther!pass", "solEnabled": True})
    status, answer, _ = admin.ask("GET", "/profiles/compare?a=acmProfile&b=twin")
    same((answer["same"], [field["field"] for field in answer["fields"] if not field["same"]]),
         (False, ["solEnabled"]))
    same("assword" in str(answer).replace("generateRandomPassword", "")
         .replace("generateRandomMEBxPassword", ""), False)
    same(admin.ask("GET", "/profiles/compare?a=acmProfile&b=no")[0], 404)
    same(admin.ask("GET", "/profiles/compare?a=acmProfile")[0], 400)


if __name__ == "__main__":
    rig.main([an_export_has_what_an_agent_needs, an_import_makes_what_was_exported,
              an_import_that_clashes_makes_nothing, an_export_of_console_can_be_imported,
              what_is_no_export_is_refused, a_clone_has_the_passwords_too,
              a_comparison_tells_nothing_of_passwords])
