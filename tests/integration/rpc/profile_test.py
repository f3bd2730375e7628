"""`rpc activate --profile FILE`: a whole profile, step by step in one process."""

import base64
import json
import pathlib
import subprocess
import tempfile

from machine import (PASSWORD, Machine, admin_machine, certificate, contains, main,
                     make_on_die, provisioning_pfx, same)

ANY = "--skip-amt-cert-check"
OLD = "Of-an-earlier-t1me"  # noqa: of a simulated device
MPS = "P@ssw0rd-mps"  # noqa: of a simulated device
KEY = "0123456789abcdef0123456789ABCDEF"  # noqa: of this test


def profile(mode="acmactivate", **changes):
    pfx, _ = certificate()
    amt = {"controlMode": mode, "adminPassword": PASSWORD, "generateRandomPassword": False,
           "provisioningCert": pfx, "provisioningCertPwd": provisioning_pfx.PASSWORD,
           "mebxPassword": "P@ssw0rd-mebx", "generateRandomMEBXPassword": False}
    amt.update(changes.pop("amtSpecific", {}))
    configuration = {
        "generalSettings": {"sharedFQDN": False},
        "network": {
            "wired": {"dhcpEnabled": True, "ipSyncEnabled": True, "ipAddress": ""},
            "wireless": {"wifiSyncEnabled": True, "uefiWiFiSyncEnabled": False, "profiles": [
                {"profileName": "home", "ssid": "Home", "password": "Psk-passphrase", "priority": 1,
                 "authenticationMethod": "WPA2PSK", "encryptionMethod": "CCMP"},
                {"profileName": "work", "ssid": "Work", "password": "Psk-passphrase", "priority": 2,
                 "authenticationMethod": 6, "encryptionMethod": 4}]},
            "proxy": [{"address": "proxy.example.test", "port": 8080,
                       "networkDnsSuffix": "example.test"}]},
        "redirection": {"enabled": True, "services": {"kvm": True, "sol": True, "ider": False},
                        "userConsent": "None"},
        "tls": {"enabled": True, "allowNonTLS": True, "mutualAuthentication": False,
                "signingAuthority": "SelfSigned"},
        "amtSpecific": amt,
    }
    configuration.update(changes)
    return {"id": 1, "name": "desks", "tags": ["a"], "configuration": configuration}


def yaml(value, depth=0):
    """Mappings, lists, texts in quotes, as exported profiles are written."""
    pad = "  " * depth
    if isinstance(value, dict):
        return "".join(f"\n{pad}{name}:{yaml(inner, depth + 1)}" for name, inner in value.items()) \
            if value else " {}"
    if isinstance(value, list):
        return "".join(f"\n{pad}-{yaml(inner, depth + 1)}" for inner in value) if value else " []"
    return " " + json.dumps(value)


def write(machine, name, content):
    path = pathlib.Path(machine.folder.name) / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return "./" + name


def seal(text):
    """Nonce, AES-256-GCM, tag; by another implementation than ours."""
    program = ("const c=require('crypto');const n=c.randomBytes(12);"
               "const e=c.createCipheriv('aes-256-gcm',process.argv[1],n);"
               "const t=require('fs').readFileSync(0);"
               "process.stdout.write(Buffer.concat([n,e.update(t),e.final(),e.getAuthTag()]))")
    return subprocess.run(["node", "-e", program, KEY], input=text.encode(), capture_output=True,
                          check=True).stdout


STEPS = ["activate", "mebx", "amt-features", "wired", "wi-fi-sync", "wireless --purge",
         "wireless home", "wireless work", "tls", "proxy proxy.example.test"]


def a_new_machine_becomes_what_the_profile_says():
    for lms in (False, True):
        machine = admin_machine(lms=lms)
        path = write(machine, "desk.yaml", yaml(profile()).lstrip())
        result = machine.run("activate", "--profile", path, "--json", AMT_PASSWORD=None).json()
        same((result["status"], result["mode"], result["profile"]), ("success", "ACM", "desks"))
        same([step["step"] for step in result["steps"]], STEPS)
        same({step["status"] for step in result["steps"]}, {"success"})
        same(machine.mode(), "admin control mode")
        contains(machine.run("configure", "proxy", "--list"), "proxy.example.test:8080")


def it_may_be_run_again():
    machine = admin_machine()
    path = write(machine, "desk.json", json.dumps(profile()))
    machine.run("activate", "--profile", path, AMT_PASSWORD=None)
    result = machine.run("activate", "--profile", path, "--json", ANY, AMT_PASSWORD=None).json()
    same([step["step"] for step in result["steps"]], ["amt-password", *STEPS[1:]])


def client_mode_needs_no_certificate_and_names_have_any_case():
    machine = Machine()
    text = json.dumps(profile("ccmactivate")).replace('"configuration"', '"Configuration"') \
        .replace('"proxy":', '"Proxies":').replace("adminPassword", "AdminPassword")
    result = machine.run("activate", "--local", "--profile", write(machine, "p.json", text),
                         AMT_PASSWORD=None)
    contains(result, "activate: done", "proxy proxy.example.test: done")
    same((result.out, machine.mode()), ("", "client control mode"))


def newest_firmware_is_set_up_and_configured_inside_tls():
    with tempfile.TemporaryDirectory() as folder:
        make_on_die(folder)
        machine = admin_machine("--personality", "19", "--certificate", folder + "/chip.pem",
                                "--key", folder + "/chip.key")
        path = write(machine, "desk.yaml", yaml(profile()).lstrip())
        machine.run("activate", "--profile", path, "--amt-ca", folder + "/root.pem",
                    AMT_PASSWORD=None)
        same(machine.mode(), "admin control mode")


def an_activated_machine_gets_the_password_of_the_profile():
    pfx, trust = certificate()
    machine = Machine("--activated", "ccm:" + OLD, *trust)
    path = write(machine, "desk.json", json.dumps(profile()))
    machine.run("activate", "--profile", path, code=100, AMT_PASSWORD=None)
    result = machine.run("activate", "--profile", path, AMT_PASSWORD=OLD)
    contains(result, "amt-password: done", "activate: done", "mebx: done")
    machine.run("configure", "sync-clock", ANY)
    same(pfx[:3], "MII")


def passwords_that_are_made_are_told():
    machine = Machine()
    wanted = profile("ccmactivate", amtSpecific={"generateRandomPassword": True}, tls={})
    path = write(machine, "desk.json", json.dumps(wanted))
    made = machine.run("activate", "--profile", path, "--json", AMT_PASSWORD=None).json()
    same(len(made["amtPassword"]), 16)
    machine.run("configure", "sync-clock", AMT_PASSWORD=made["amtPassword"])


def the_first_failure_has_the_say_and_the_others_are_tried():
    machine = Machine()
    path = write(machine, "p.json", json.dumps(profile("ccmactivate")))
    result = machine.run("activate", "--profile", path, "--json", code=106, AMT_PASSWORD=None,
                         options=("--fail", "AddWiFiSettings=1")).json()
    same(result["status"], "failed")
    same([step["step"] for step in result["steps"] if step["status"] == "failed"],
         ["wireless home", "wireless work"])
    same([step["step"] for step in result["steps"]],
         [step for step in STEPS if step != "mebx"])


def without_activation_nothing_else_is_tried():
    machine = Machine()
    path = write(machine, "p.json", json.dumps(profile()))
    result = machine.run("activate", "--profile", path, "--json", code=128, AMT_PASSWORD=None)
    same([step["step"] for step in result.json()["steps"]], ["activate"])
    same(machine.mode(), "not activated")


def sealed_profiles_are_opened_with_their_key():
    sealed = seal(yaml(profile("ccmactivate")).lstrip())
    text = base64.b64encode(sealed).decode()
    envelope = json.dumps({"filename": "p.yaml", "content": text, "key": KEY})
    for name, content, key in (("p.bin", sealed, KEY), ("p.enc", text, KEY),
                               ("p.json", envelope, None)):
        machine = Machine()
        path = write(machine, name, content)
        machine.run("activate", "--profile", path, AMT_PASSWORD=None, CONFIG_ENCRYPTION_KEY=key)
        same(machine.mode(), "client control mode")


def files_that_are_no_profiles_are_refused():
    machine = Machine()
    sealed = seal("name: x")
    for code, content, key in ((35, b"", None), (35, b"{", None), (35, b"name: x\n", None),
                               (35, b"[1, 2]", None), (35, sealed, None), (35, sealed, KEY[::-1]),
                               (35, sealed, KEY), (35, sealed, "short"),
                               (35, b'{"configuration": {}}', None),
                               (35, b'{"configuration": {"amtSpecific": {"controlMode": "x"}}}',
                                None)):
        path = write(machine, "p.enc", content)
        machine.run("activate", "--profile", path, code=code, AMT_PASSWORD=None,
                    CONFIG_ENCRYPTION_KEY=key)
    machine.run("activate", "--profile", "./nowhere.yaml", code=34)
    same(machine.mode(), "not activated")


def parts_of_another_kind_are_not_called_done():
    machine = Machine()
    for part, value, said in (("redirection", [], "configuration.redirection is no object"),
                              ("tls", "on", "configuration.tls is no object"),
                              ("network", {"wired": "dhcp"}, "network.wired is no object"),
                              ("redirection", {"userConsent": "sometimes"}, "None, KVM, All")):
        path = write(machine, "p.yaml", yaml(profile("ccmactivate", **{part: value})).lstrip())
        contains(machine.run("activate", "--profile", path, code=35, AMT_PASSWORD=None), said)
    same(machine.mode(), "not activated")


def values_that_no_amt_takes_are_refused_before_it_is_activated():
    machine = Machine()
    for part in ({"proxy": [{"address": "a", "port": 99999}]},
                 {"wireless": {"profiles": [{"profileName": "a", "ssid": ""}]}},
                 {"wired": {"dhcpEnabled": True, "ieee8021x": {
                     "username": "u", "authenticationProtocol": 2}}},
                 {"wireless": {"profiles": [{"profileName": "a", "ssid": "b", "ieee8021x": {
                     "username": "u"}, "authenticationMethod": 7}]}},
                 {"proxy": [{"address": "a", "port": "3128"}]}):
        path = write(machine, "p.json", json.dumps(profile("ccmactivate", network=part)))
        machine.run("activate", "--profile", path, code=35, AMT_PASSWORD=None)
    same(machine.mode(), "not activated")


def a_mode_beside_a_profile_does_not_silence_it():
    machine = Machine()
    path = write(machine, "p.yaml", yaml(profile("ccmactivate")).lstrip())
    for mode in ("--ccm", "--acm", "--stopConfig"):
        contains(machine.run("activate", "--profile", path, mode, code=33), "its controlMode says")
    same(machine.mode(), "not activated")
    contains(machine.run("activate", "--profile", path, AMT_PASSWORD=None, RPC_CCM="true"),
             "--ccm is not used", "tls: done")
    machine = Machine()
    for told in ({"RPC_PROFILE": path}, {"PROFILE": path, "RPC_COMPAT": "v2"}):
        contains(machine.run("activate", "--ccm", code=None, **told), "--profile is not used")
    same(machine.mode(), "client control mode")


def of_what_excludes_each_other_the_strongest_source_counts():
    pfx, trust = certificate()
    lab = {"configuration": {"amtSpecific": {"controlMode": "ccmactivate",
                                             "adminPassword": PASSWORD}}}
    old = {"ccmactivate": {"amtPassword": PASSWORD}}
    there, url = "ws://127.0.0.1:1/activate", "url: ws://127.0.0.1:1/activate"
    none, client, admin = "not activated", "client control mode", "admin control mode"
    cases = (  # config.yaml, environment, command line, code, control mode, something is not used
        ("ccm: true", {"RPC_PROFILE": "./lab.json"}, ("--stopConfig",), 10, none, True),
        ("profile: ./lab.json\n  ccm: true", {}, ("--stopConfig",), 10, none, True),
        ("ccm: true", {}, ("--acm",), 0, admin, True),
        ("acm: true", {}, ("--ccm",), 0, client, True),
        ("", {"RPC_CCM": "true", "RPC_PROFILE": "./lab.json"}, ("--acm",), 0, admin, True),
        (url, {}, ("--ccm",), 0, client, True),
        (url, {}, ("--profile", "./lab.json"), 70, none, False),
        (url + "\n  profile: x", {}, ("--local",), 28, none, False),
        ("stopConfig: true", {}, ("-local", "-config", "./v2.json"), 0, client, True),
        ("acm: true", {}, ("-local", "-config", "./v2.json"), 0, client, True),
        ("acm: true\n  ccm: true", {}, ("-local", "-config", "./v2.json"), 0, client, True),
        ("", {}, ("--profile", "./lab.json", "-config", "./nosuch.yaml"), 33, none, False),
        ("", {"PROFILE": "./lab.json", "RPC_COMPAT": "v2"}, ("-local", "-configv2", "./nosuch"), 34,
         none, True),
        ("", {}, ("--url", there, "--local"), 33, none, False),
        ("", {"RPC_LOCAL": "true"}, ("--url", there, "--profile", "p"), 70, none, True),
        ("", {}, ("--url", there, "--profile", "desk.json"), 70, none, False),
        ("", {}, ("--url", there, "--profile", "x", "-config", "./nosuch.yaml"), 70, none, True),
        ("", {}, ("--compat", "v2", "-u", there, "-profile", "x", "-ccm"), 70, none, True),
        (url + "\n  profile: x", {}, ("-config", "./v2.json"), 0, client, True),
        ("", {}, ("--ccm", "--url", ""), 0, client, False),
        ("", {}, ("-local", "-ccm", "-config", ""), 0, client, False),
    )
    for config, environment, arguments, code, mode, warned in cases:
        machine = Machine(*trust, PROVISIONING_CERT=pfx,
                          PROVISIONING_CERT_PASSWORD=provisioning_pfx.PASSWORD)
        write(machine, "lab.json", json.dumps(lab))
        write(machine, "v2.json", json.dumps(old))
        write(machine, "config.yaml", f"activate:\n  {config}\n" if config else "")
        result = machine.run("activate", *arguments, code=code, **environment)
        same((config, arguments, machine.mode()), (config, arguments, mode))
        same((config, arguments, "is not used" in result.log), (config, arguments, warned))


def a_bad_mebx_password_is_found_before_amt_is_asked():
    machine = admin_machine()
    weak = {"mebxPassword": "weak"}
    path = write(machine, "p.json", json.dumps(profile(amtSpecific=weak)))
    contains(machine.run("activate", "--profile", path, code=23), "MEBx password")
    path = write(machine, "p.json", json.dumps(profile(amtSpecific={"mebxPassword": ""})))
    contains(machine.run("activate", "--profile", path, code=23, MEBX_PASSWORD="weak"),
             "MEBx password")
    same(machine.mode(), "not activated")


def without_password(pfx):
    secret = "pass:" + provisioning_pfx.PASSWORD
    pem = subprocess.run(["openssl", "pkcs12", "-nodes", "-passin", secret], check=True,
                         input=base64.b64decode(pfx), capture_output=True).stdout
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        bare = subprocess.run(["openssl", "pkcs12", "-export", "-in", file.name, "-passout",
                               "pass:"], check=True, capture_output=True).stdout
    return base64.b64encode(bare).decode()


def a_given_password_is_for_a_given_certificate():
    pfx, trust = certificate()
    bare = without_password(pfx)
    secret = provisioning_pfx.PASSWORD
    for own, password, given, code in (
            (bare, "", {"PROVISIONING_CERT": pfx, "PROVISIONING_CERT_PASSWORD": secret}, 0),
            (bare, "", {"PROVISIONING_CERT_PASSWORD": secret}, 0),
            (pfx, "", {"PROVISIONING_CERT_PASSWORD": secret}, 0),
            ("", secret, {"PROVISIONING_CERT": pfx}, 0),
            ("", "", {"PROVISIONING_CERT_PASSWORD": secret}, 35)):
        machine = Machine(*trust, AMT_PASSWORD=None)
        path = write(machine, "p.json", json.dumps(profile(amtSpecific={
            "provisioningCert": own, "provisioningCertPwd": password}, network={}, tls={})))
        machine.run("activate", "--profile", path, code=code, **given)


def what_a_profile_lacks_is_taken_from_what_is_given():
    pfx, trust = certificate()
    given = {"PROVISIONING_CERT": pfx, "PROVISIONING_CERT_PASSWORD": provisioning_pfx.PASSWORD,
             "MEBX_PASSWORD": "P@ssw0rd-given", "AMT_PASSWORD": None}
    none = {"provisioningCert": "", "provisioningCertPwd": "", "mebxPassword": ""}
    for made in (False, True):
        machine = Machine(*trust)
        path = write(machine, "p.json", json.dumps(profile(
            amtSpecific={**none, "generateRandomMEBXPassword": made}, network={}, tls={})))
        result = machine.run("activate", "--profile", path, "--json", **given).json()
        same([step["step"] for step in result["steps"]], ["activate", "mebx", "amt-features"])
        same("mebxPassword" in result, made)
    unused = {**given, "PROVISIONING_CERT": "/gone/p.pfx", "PROVISIONING_CERT_PASSWORD": "another",
              "MEBX_PASSWORD": "weak"}
    for own in (profile(network={}, tls={}),
                profile("ccmactivate", network={}, tls={}, amtSpecific=none)):
        machine = Machine(*trust)
        machine.run("activate", "--profile", write(machine, "p.json", json.dumps(own)), **unused)
    machine = Machine("--activated", "acm:" + PASSWORD, *trust)  # which needs no certificate
    own = profile(network={}, tls={}, amtSpecific={**none, "mebxPassword": "P@ssw0rd-own"})
    machine.run("activate", "--profile", write(machine, "p.json", json.dumps(own)),
                **{**unused, "AMT_PASSWORD": PASSWORD})


def a_signal_ends_it_after_the_step_that_runs():
    machine = Machine("--setup-delay-ms", "1500")
    path = write(machine, "p.json", json.dumps(profile("ccmactivate")))
    result = machine.interrupt("activate", "--profile", path, "-v", after="reached through")
    same(machine.mode(), "client control mode")
    contains(result, "the activation was finished before ending", "activate: done")


def an_amt_that_answers_no_more_is_not_waited_for_at_every_step():
    machine = admin_machine()
    folder = pathlib.Path(machine.folder.name)
    provisioning_pfx.make_chip(folder)
    cira = {"mpsAddress": "mps.example.test", "mpsUsername": "u", "mpsPassword": "",
            "mpsCert": (folder / "on-die.pem").read_text()}
    path = write(machine, "p.json", json.dumps(profile(tls={}, amtSpecific={"cira": cira})))
    result = machine.run(  # the third look at the general settings is the one behind the step
        "activate", "--profile", path, code=104, AMT_PASSWORD=None, options=(
            "--fault", "AMT_RemoteAccessService.AddMpServer=silent",
            "--fault", "AMT_GeneralSettings.Get#3=silent"))
    contains(result, "cira: waiting for AMT's answer for 10 s", "the time limit passed; trying "
             "again", "the steps after this one were left out")
    same("proxy" in result.log, False)
    contains(result, "MPS password: ")  # AMT may have it


if __name__ == "__main__":
    main([
        a_new_machine_becomes_what_the_profile_says,
        it_may_be_run_again,
        client_mode_needs_no_certificate_and_names_have_any_case,
        newest_firmware_is_set_up_and_configured_inside_tls,
        an_activated_machine_gets_the_password_of_the_profile,
        passwords_that_are_made_are_told,
        the_first_failure_has_the_say_and_the_others_are_tried,
        without_activation_nothing_else_is_tried,
        sealed_profiles_are_opened_with_their_key,
        files_that_are_no_profiles_are_refused,
        parts_of_another_kind_are_not_called_done,
        values_that_no_amt_takes_are_refused_before_it_is_activated,
        a_mode_beside_a_profile_does_not_silence_it,
      of_what_excludes_each_other_the_strongest_source_counts,
      a_bad_mebx_password_is_found_before_amt_is_asked,
      a_given_password_is_for_a_given_certificate,
      what_a_profile_lacks_is_taken_from_what_is_given,
        a_signal_ends_it_after_the_step_that_runs,
        an_amt_that_answers_no_more_is_not_waited_for_at_every_step,
    ])
