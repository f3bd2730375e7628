"""The configuration files of v2's command line: -config, -configJson, -secrets, -configv2."""

import base64
import json
import pathlib

from machine import (PASSWORD, Machine, certificate, contains, main,
                     provisioning_pfx, same)

CONFIG = """password: {password}
tlsConfig:
  mode: ServerAndNonTLS
  delay: 3
wiredConfig:
  dhcp: true
  ipsync: true
  ieee8021xProfileName: office
wifiSyncEnabled: true
wifiConfigs:
  - profileName: home
    ssid: Home
    priority: 1
    authenticationMethod: 6
    encryptionMethod: 4
  - profileName: work
    ssid: Work
    priority: 2
    authenticationMethod: 6
    encryptionMethod: 4
    pskPassphrase: Psk-passphrase-2
ieee8021xConfigs:
  - profileName: office
    username: user
    authenticationProtocol: 2
ccmactivate:
  amtPassword: {password}
"""
SECRETS = """secrets:
  - profileName: home
    pskPassphrase: Psk-passphrase-1
  - profileName: office
    password: Of-the-office-1
"""


def write(machine, name, content):
    (pathlib.Path(machine.folder.name) / name).write_text(content)
    return name


def files(machine):
    return ("-config", write(machine, "config.yml", CONFIG.format(password=PASSWORD)), "-secrets",
            write(machine, "secrets.yml", SECRETS))


def a_file_activates_and_configures():
    machine = Machine(AMT_PASSWORD=None)
    both = files(machine)
    contains(machine.run("activate", "-local", "-ccm", *both[:2]),
             "Status: Device activated in Client Control Mode")
    contains(machine.run("configure", "wireless", *both), "wireless home: done",
             "wireless work: done")
    contains(machine.run("configure", "wiredsettings", *both), "wired: done")
    contains(machine.run("configure", "tls", *both), "tls: done")
    same(machine.run("configure", "addwifisettings", *both, "--json").json()["status"], "success")


def admin_mode_takes_the_certificate_from_file_or_environment():
    pfx, trust = certificate()
    for block, more in (({"provisioningCert": pfx,
                          "provisioningCertPwd": provisioning_pfx.PASSWORD}, {}),
                        ({}, {"PROVISIONING_CERT": pfx,
                              "PROVISIONING_CERT_PASSWORD": provisioning_pfx.PASSWORD})):
        machine = Machine(*trust, AMT_PASSWORD=None)
        text = json.dumps({"acmactivate": {"amtPassword": PASSWORD, **block}})
        machine.run("activate", "-local", "-acm", "-config", write(machine, "c.json", text), **more)
        same(machine.mode(), "admin control mode")


def a_pfx_is_the_certificate_and_nothing_else():
    pfx, trust = certificate()
    machine = Machine(*trust)
    path = write(machine, "amt.pfx", "")
    pathlib.Path(machine.folder.name, "amt.pfx").write_bytes(base64.b64decode(pfx))
    machine.run("activate", "-local", "-acm", "-config", path,
                PROVISIONING_CERT_PASSWORD=provisioning_pfx.PASSWORD)
    same(machine.mode(), "admin control mode")


def a_profile_takes_a_machine_from_client_to_admin_mode_with_the_password_it_has():
    pfx, trust = certificate()
    specific = {"controlMode": "acmactivate", "provisioningCert": pfx,
                "provisioningCertPwd": provisioning_pfx.PASSWORD}
    for own in ({"generateRandomPassword": True}, {"adminPassword": PASSWORD}):
        machine = Machine("--activated", "ccm:" + PASSWORD, *trust)
        text = json.dumps({"configuration": {"amtSpecific": {**specific, **own}}})
        result = machine.run("activate", "-configv2", write(machine, "p.json", text))
        same((machine.mode(), result.out), ("admin control mode", ""))
        machine.run("configure", "sync-clock", AMT_PASSWORD=PASSWORD)


def the_command_line_has_the_say_however_a_profile_spells_its_members():
    pfx, trust = certificate()
    own = ("-provisioningCert", pfx, "-provisioningCertPwd", provisioning_pfx.PASSWORD)
    theirs = {"PROVISIONINGCERT": "MIIx", "ProvisioningCertPwd": "another"}
    for part in ({"AMTSpecific": {"ControlMode": "ccmactivate", "AdminPassword": PASSWORD, **theirs}},
                 {"amtSpecific": {"CONTROLMODE": "ccmactivate", **theirs}}, {"amtSpecific": None}, {}):
        machine = Machine(*trust)
        text = json.dumps({"Configuration": part})
        machine.run("activate", "-acm", "-configv2", write(machine, "p.json", text), *own)
        same(machine.mode(), "admin control mode")
    good = {"controlMode": "acmactivate", "adminPassword": PASSWORD, "provisioningCert": pfx,
            "provisioningCertPwd": provisioning_pfx.PASSWORD}
    machine = Machine(*trust)  # the environment hasn't
    text = json.dumps({"configuration": {"amtSpecific": good}})
    machine.run("activate", "-configv2", write(machine, "p.json", text), PROVISIONING_CERT="MIIx")


def a_mebx_password_that_is_given_is_none_to_be_made():
    pfx, trust = certificate()
    text = json.dumps({"configuration": {"amtSpecific": {
        "controlMode": "acmactivate", "adminPassword": PASSWORD, "provisioningCert": pfx,
        "provisioningCertPwd": provisioning_pfx.PASSWORD, "generateRandomMEBXPassword": True}}})
    for given, shown in (((), True), (("-mebxpassword", "P@ssw0rd-given"), False)):
        machine = Machine(*trust)
        result = machine.run("activate", "-configv2", write(machine, "p.json", text), *given)
        same("MEBx password" in result.out, shown)
        contains(result, "mebx: done")


def a_secret_that_is_no_text_is_refused():
    machine = Machine()
    (pathlib.Path(machine.folder.name) / "secret").write_bytes(b"\xff\xfe!")
    text = json.dumps({"configuration": {"amtSpecific": {"controlMode": "acmactivate"}}})
    contains(machine.run("activate", "-configv2", write(machine, "p.json", text),
                         "--provisioningCertPwd-file", "secret", code=28,
                         PROVISIONING_CERT=certificate()[0]),
             "--provisioningCertPwd is no text in UTF-8")


def json_on_the_command_line_and_sealed_profiles_are_taken():
    machine = Machine("--activated", "ccm:" + PASSWORD)
    machine.run("configure", "wired", "-configJson", '{"wiredConfig": {"ipsync": true}}')
    plain = write(machine, "profile.json", json.dumps(
        {"configuration": {"network": {"wired": {"dhcpEnabled": True}}}}))
    machine.run("configure", "wired", "-configv2", plain)
    other = base64.b64encode(b"x" * 60).decode()
    machine.run("configure", "wired", "-configv2", write(machine, "p.enc", other), code=35,
                CONFIG_ENCRYPTION_KEY="0123456789abcdef0123456789ABCDEF")


def some_wireless_profiles_of_several_have_a_code():
    machine = Machine(AMT_PASSWORD=None)
    both = files(machine)
    machine.run("activate", "-local", "-ccm", *both[:2])
    result = machine.run("configure", "wireless", *both[:2], code=112)
    contains(result, "wireless work: done", "passphrase of the Wi-Fi profile home")


def files_that_cannot_be_read_are_told():
    machine = Machine("--activated", "ccm:" + PASSWORD)
    machine.run("configure", "wired", "-config", "nowhere.yml", code=34)
    machine.run("configure", "wired", "-config", write(machine, "c.yml", "- 1\n"), code=35)
    machine.run("configure", "wired", "-config", write(machine, "d.json", "{"), code=35)


main([a_file_activates_and_configures,
      admin_mode_takes_the_certificate_from_file_or_environment,
      a_pfx_is_the_certificate_and_nothing_else,
      a_profile_takes_a_machine_from_client_to_admin_mode_with_the_password_it_has,
      the_command_line_has_the_say_however_a_profile_spells_its_members,
      a_mebx_password_that_is_given_is_none_to_be_made,
      a_secret_that_is_no_text_is_refused,
      json_on_the_command_line_and_sealed_profiles_are_taken,
      some_wireless_profiles_of_several_have_a_code,
      files_that_cannot_be_read_are_told])
