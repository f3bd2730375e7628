"""`rpc configure` without a server: every setting, on a simulated machine."""

import base64
import contextlib
import http.server
import json
import os
import pathlib
import signal
import stat
import subprocess
import threading
import time

from machine import PASSWORD, Machine, contains, finish, main, provisioning_pfx, same
from rig import until
from certificate_request import request_of  # pylint: disable=wrong-import-order

ANY = "--skip-amt-cert-check"
SECRET = "Psk-passphrase-1"  # noqa: of a simulated network
USER, ACCOUNT_PASSWORD = "pc-1@corp.example.test", "R4dius-s3cret!"  # noqa: what is given
EA = "--eaUsername u --eaPassword p"
NO_ENGINE = ("--mei-fault", "no-driver")
NEW = "An0ther-password"  # noqa: of a simulated device


def client(**more):
    return Machine("--activated", "ccm:" + PASSWORD, **more)


def admin(*options, **more):
    return Machine("--activated", "acm:" + PASSWORD, *options, **more)


def a_machine_that_is_not_activated_is_refused():
    machine = Machine()
    for command in ("mebx", "amt-password", "amt-features", "sync-clock", "wi-fi-sync",
                    "cira --mpsaddress mps.example.com --mpscert x", "wireless --purge",
                    "wired --dhcp", "tls", "proxy --list", "hostname"):
        machine.run("configure", *command.split(), code=115)
    machine.run("configure", "amtfeatures", "--compat", "v2", code=120)


def a_wrong_line_is_refused_before_the_machine_is_looked_at():
    machine = Machine()
    for line, code in (("wired --dhcp --ipaddress 192.0.2.4", 33), ("wired --dhcp --static", 33),
                       ("wired --dhcp=false", 27), ("wired --ipaddress nope", 27),
                       ("wired --ipaddress 192.0.2.4 --subnetmask 255.0.255.0", 29),
                       ("cira --mpsaddress= --mpscert x", 28), ("cira --mpsaddress x", 28),
                       ("wireless --profileName a/b --ssid x", 116), ("proxy", 26),
                       ("proxy --list --delete", 33), ("tls --mode None --ca-out ca.pem", 33),
                       ("tls --ca-out ca.pem --eaUsername u", 33),
                       ("tls --ca-out ca.pem --configJson {}", 33),
                       ("proxy --address http://x", 26), ("proxy --address 0x7f000001", 26),
                       ("proxy --address 10.0.0.0x1", 26),
                       ("proxy --address x --networkdnssuffix a/b", 28),
                       ("cira --mpsaddress 1.2.3 --mpscert x", 28),
                       ("sync-clock --url foo", 20), ("sync-clock --url http://x", 20),
                       ("tls --eaAddress foo " + EA, 20), ("tls --eaAddress http://x", 33),
                       ("wired --dhcp --ipsync --eaAddress ws://x " + EA, 20),
                       ("wireless --profileName a --ssid b --authenticationMethod 7 "
                        "--encryptionMethod 4 --eaAddress foo " + EA, 20)):
        machine.run("configure", *line.split(), code=code)


def so_is_one_of_another_command():
    machine = Machine()
    server = "-u wss://localhost:1 "
    for line, code in (("maintenance syncip -staticip 1.2.3", 27),
                       ("maintenance syncip -staticip 192.0.2.4", 29),
                       ("maintenance syncip --netmask 255.0.255.0", 29),
                       ("maintenance syncip -gateway x", 30),
                       ("maintenance syncip -primarydns x", 31),
                       ("maintenance syncip -secondarydns x", 32),
                       ("activate --profile p --local", 33), ("activate", 21),
                       ("activate --profile p --proxy socks5://x", 20),
                       ("deactivate --proxy socks5://x", 20)):
        machine.run(*line.split(), *server.split(), code=code)
        machine.run(*line.split(), *server.split(), "--compat", "v2", code=code)
    for task in ("syncclock", "synchostname", "syncip", "changepassword", "syncdeviceinfo"):
        for url in ("-u foo", "-u http://x", ""):
            machine.run("maintenance", task, *url.split(), code=20)
    for line, code in (("activate -u foo --profile p", 20), ("activate --ccm --acm", 33),
                       ("activate -u http://x --devices-endpoint foo", 20),
                       ("activate -u http://x --auth-username a", 33), ("activate --local", 28),
                       ("deactivate -u foo", 20), ("diag wsman get", 28),
                       ("deactivate -u http://x --auth-endpoint /y", 33),
                       ("deactivate --local --devices-endpoint ws://x --auth-token a", 20)):
        machine.run(*line.split(), code=code, options=NO_ENGINE)


def v2_is_told_how_the_wired_port_has_its_address():
    machine = Machine()
    for line, code in (("", 33), ("-ipsync", 33), ("-dhcp", 33), ("-dhcp -static", 33),
                       ("-static", 27), ("-static -ipsync", 120), ("-dhcp -ipsync", 120)):
        machine.run("configure", "wired", *line.split(), "--compat", "v2", code=code)


def a_wrong_password_has_its_code():
    for lms in (False, True):
        machine = admin(lms=lms)
        for command in (("sync-clock",), ("hostname",), ("amt-features", "--kvm"), ("wi-fi-sync",),
                        ("proxy", "--list"), ("wired", "--dhcp", "--ipsync")):
            machine.run("configure", *command, code=100, AMT_PASSWORD="Wr0ng-password")


def features_and_consent_are_set():
    machine = admin()
    contains(machine.run("configure", "amt-features", "--kvm", "--sol", "--userConsent", "none"),
             "Status: AMT features configured successfully")
    machine.run("configure", "setamtfeatures", "--disableAll")
    machine.run("configure", "amt-features", "--userConsent", "some", code=28)
    contains(client().run("configure", "amtfeatures", "-kvm", "-userConsent", "none"),
             "has always to agree")


def passwords_are_changed():
    machine = admin()
    machine.run("configure", "amt-password", "--newamtpassword", "short", code=23)
    machine.run("configure", "amt-password", RPC_NEWAMTPASSWORD=NEW)
    machine.run("configure", "sync-clock", code=100)
    machine.run("configure", "sync-clock", AMT_PASSWORD=NEW)
    machine.run("configure", "changeamtpassword", RPC_NEWAMTPASSWORD=PASSWORD, AMT_PASSWORD=NEW,
                options=("--lose-answer", "SetAdminAclEntryEx"))
    machine.run("configure", "sync-clock")
    machine.run("configure", "amt-password", code=119, RPC_NEWAMTPASSWORD=NEW,
                options=("--fail", "SetAdminAclEntryEx=1"))
    machine.run("configure", "sync-clock")


def the_mebx_password_is_for_admin_mode():
    admin().run("configure", "mebx", MEBX_PASSWORD=NEW)
    admin().run("configure", "setmebx", "--mebxpassword", NEW)
    contains(client().run("configure", "mebx", code=118, MEBX_PASSWORD=NEW), "admin control mode")
    admin().run("configure", "mebx", code=118, MEBX_PASSWORD=NEW,
                options=("--fail", "SetMEBxPassword=1"))


def of_a_password_is_said_what_is_known():
    set_it = "AMT_AuthorizationService.SetAdminAclEntryEx"
    change = ("configure", "amt-password", "--newamtpassword", NEW)
    machine = admin()
    result = machine.run(*change, code=119, options=(
        "--fault", set_it + "=lose", "--fault", "AMT_GeneralSettings.Get#2=lose"))
    contains(result, "whether AMT has the new password is not known")
    machine = admin()
    result = machine.run(*change, code=119, options=("--fault", set_it + "=refuse:1"))
    same("not known" in result.log, False)
    result = machine.interrupt(*change, "-v", after="reached through",
                               options=("--fault", set_it + "=slow:2000"))
    contains(result, "interrupted", "AMT has the new password")
    machine.run("configure", "sync-clock", AMT_PASSWORD=NEW)


def of_tls_is_said_what_amt_says():
    slow = ("--fault", "AMT_PublicKeyManagementService.GenerateKeyPair=slow:2000")
    for faults, said in (
            (("AMT_TLSSettingData.Put=fault:InternalError",), "AMT says that its TLS is off"),
            (("AMT_TLSSettingData=status:500",), "whether AMT's TLS is on is not known"),
            ((), "TLS was set up before ending")):
        options = [word for fault in faults for word in ("--fault", fault)]
        result = admin().interrupt("configure", "tls", "-v", after="reached through",
                                   options=(*slow, *options))
        contains(result, "interrupted", said)
        same("was not set up" in result.log, False)


def clock_and_names_are_set():
    machine = admin(lms=True)
    contains(machine.run("configure", "sync-clock"), "Clock has been synchronized")
    contains(machine.run("configure", "synchostname"), os.uname().nodename.split(".")[0])
    same(machine.run("configure", "synctime", "--json").json()["status"], "success")


def wireless_profiles_do_not_clear_each_other():
    machine = admin()
    machine.run("configure", "wireless", "--profileName", "home", "--ssid", "Home",
                RPC_PSK_PASSPHRASE=SECRET)
    machine.run("configure", "wireless", "--profileName", "work", "--ssid", "Work",
                RPC_PSK_PASSPHRASE=SECRET)
    machine.run("configure", "addwifisettings", "-profileName", "home", "-ssid", "Other",
                RPC_PSK_PASSPHRASE=SECRET)
    contains(machine.run("configure", "wireless", "--purge"), "2 Wi-Fi profiles removed")
    contains(machine.run("configure", "wireless", "--purge", "--profileName", "one", "--ssid", "O",
                         RPC_PSK_PASSPHRASE=SECRET), "0 Wi-Fi profiles removed")
    contains(machine.run("configure", "wireless", "--purge"), "1 Wi-Fi profiles removed")


def what_is_wrong_is_said_before_secrets_are_asked_for():
    machine = admin()
    wireless = ("configure", "wireless", "--profileName", "home", "--ssid")
    machine.run("configure", "wireless", code=116)
    machine.run("configure", "wireless", "--profileName", "home", code=35)
    machine.run(*wireless, "S", "--encryptionMethod", "9", code=35)
    machine.run(*wireless, "S", RPC_PSK_PASSPHRASE=SECRET)
    for more in (("",), ("S",)):  # without a passphrase in the second
        machine.run(*wireless, *more, "--purge", code=35 if more == ("",) else 23)
    contains(machine.run("configure", "wireless", "--purge"), "1 Wi-Fi profiles removed")
    machine.run("configure", "wired", "--ipaddress", "192.0.2.9", "--subnetmask", "255.0.255.0",
                "--ieee8021xUsername", "u", "--ieee8021xAuthenticationProtocol", "2", code=29)
    for command in (WIRED, WIRELESS):
        for said, *login in (("user name", "--ieee8021xProfileName", "a", *PEAP),
                             ("user name", *PEAP), ("user name", "--ieee8021xCACert", "ca.pem"),
                             ("user name", "--ieee8021xClientCert", "leaf.pem"),
                             ("client certificate", "--ieee8021xUsername", "u")):
            contains(machine.run(*command, *login, code=117), said + " is missing")


def wireless_profiles_are_checked():
    machine = admin()
    for code, name, *more in ((116, "my home"), (116, ""), (28, "home", "--priority", "x"),
                              (35, "home", "--authenticationMethod", "9"),
                              (35, "home", "--encryptionMethod", "9"),
                              (117, "home", "--authenticationMethod", "7"),
                              # which are 6 and 4 when they are cut to 32 bits
                              (28, "home", "--authenticationMethod", "4294967302"),
                              (28, "home", "--encryptionMethod", "4294967300")):
        machine.run("configure", "wireless", "--profileName", name, "--ssid", "S", *more,
                    code=code, RPC_PSK_PASSPHRASE=SECRET)
    machine.run("configure", "wireless", "--profileName", "home", "--ssid", "S", code=35,
                RPC_PSK_PASSPHRASE="short")


def logins_by_certificate_reach_wired_and_wireless():
    machine = admin()
    folder = pathlib.Path(machine.folder.name)
    (folder / "login.pfx").write_bytes(base64.b64decode(
        provisioning_pfx.make("user.example.test")))
    for name, what in (("key", ("-nocerts",)), ("leaf", ("-clcerts", "-nokeys")),
                       ("ca", ("-cacerts", "-nokeys"))):
        provisioning_pfx.openssl(folder, "pkcs12", "-in", "login.pfx", "-passin", "pass:P@ssw0rd",
                                 "-nodes", *what, "-out", name + ".pem")
    login = ("--ieee8021xProfileName", "office", "--ieee8021xUsername", "user",
             "--ieee8021xPrivateKey", "key.pem", "--ieee8021xClientCert", "leaf.pem",
             "--ieee8021xCACert", "ca.pem")
    machine.run("configure", "wired", "--dhcp", "--ipsync", *login)
    machine.run("configure", "wireless", "--profileName", "office", "--ssid", "Office",
                "--authenticationMethod", "7", *login)
    machine.run("configure", "wired", "--dhcp", "--ipsync", "--ieee8021xUsername", "user",
                "--ieee8021xAuthenticationProtocol", "2", "--ieee8021xCACert", "ca.pem",
                RPC_IEEE_8021_X_PASSWORD=SECRET)
    machine.run("configure", "wired", "--dhcp", "--ipsync")
    machine.run("configure", "wired", "--dhcp", *login[:-2], "--ieee8021xCACert", "key.pem",
                code=28)
    machine.run("configure", "wired", "--dhcp", "--ieee8021xUsername", "user",
                "--ieee8021xAuthenticationProtocol", "3", code=117)
    machine.run("configure", "wired", "--dhcp", "--ieee8021xUsername", "user",
                "--ieee8021xAuthenticationProtocol", "4294967298", code=28,
                RPC_IEEE_8021_X_PASSWORD=SECRET)
    machine.run("configure", "wired", "--dhcp", "--ieee8021xUsername", "user",
                "--ieee8021xClientCert", "leaf.pem", code=117)


def wired_addresses_are_checked_and_set():
    machine = admin()
    address = ("--ipaddress", "192.0.2.10", "--subnetmask", "255.255.255.0")
    machine.run("configure", "wired", "--static", *address, "--gateway", "192.0.2.1",
                "--primarydns", "192.0.2.53")
    machine.run("configure", "ethernet", "--ipsync")
    machine.run("configure", "wired", "--dhcp", "--static", code=33)
    machine.run("configure", "wired", "--dhcp", *address, code=33)
    machine.run("configure", "wired", "--static", code=27)
    machine.run("configure", "wired", "--static", "--ipaddress", "192.0.2.256", code=27)
    machine.run("configure", "wired", "--static", "--ipaddress", "192.0.2.1", code=29)
    machine.run("configure", "wired", *address[:3], "255.0.255.0", code=29)
    machine.run("configure", "wired", *address, "--gateway", "x", code=30)
    machine.run("configure", "wired", *address, "--primarydns", "x", code=31)
    machine.run("configure", "wired", *address, "--secondarydns", "x", code=32)


def wi_fi_is_shared_with_the_host():
    machine = admin()
    contains(machine.run("configure", "wi-fi-sync"), "Wi-Fi sync has been configured")
    machine.run("configure", "wifisync", "--oswifisync=false", "--uefiwifisync=false")


def tls_is_set_up_changed_and_switched_off():
    for lms in (False, True):
        machine = admin(lms=lms)
        machine.run("configure", "tls", "--mode", "ServerAndNonTLS")
        machine.run("configure", "sync-clock")
        machine.run("configure", "tls", "--mode", "Server", "--ca-out", "ca.pem")
        path = pathlib.Path(machine.folder.name) / "ca.pem"
        same(stat.S_IMODE(path.stat().st_mode), 0o600)
        machine.run("configure", "sync-clock", "--amt-ca", "ca.pem")
        machine.run("configure", "tls", "--mode", "None", ANY)
        machine.run("configure", "sync-clock")


def the_ca_is_kept_only_where_amt_may_have_its_certificate():
    machine = admin()
    path = pathlib.Path(machine.folder.name) / "ca.pem"
    line = ("configure", "tls", "--ca-out", "ca.pem")
    machine.run(*line, ANY, code=100, AMT_PASSWORD="Wr0ng!Pass")
    same(os.listdir(machine.folder.name).count("ca.pem"), 0)
    for fails in ("AddCertificate", "AddTrustedRootCertificate"):
        machine.run(*line, ANY, code=105, options=("--fail", fails + "=1"))
        same(path.exists(), False)
    result = machine.run(*line, ANY, code=105, options=("--fail", "CommitChanges=1"))
    contains(result, "AMT may have the certificate that was made: its CA is in ca.pem")
    same(path.read_text().count("-----BEGIN "), 2)
    contains(machine.run(*line, ANY, code=28), "ca.pem: File exists")
    path.write_text("mine")
    contains(machine.run(*line, ANY, code=28), "ca.pem: File exists")
    same(path.read_text(), "mine")
    path.unlink()
    machine.run(*line, ANY)
    machine.run("configure", "sync-clock", "--amt-ca", "ca.pem")
    path.unlink()
    slow = ("--fault", "AMT_PublicKeyManagementService.GenerateKeyPair=slow:2000")
    for options, there in ((("--fail", "AddCertificate=1"), False), ((), True)):
        result = machine.interrupt(*line, "-v", ANY, after="reached through",
                                             options=(*slow, *options))
        contains(result, "interrupted")
        same(path.exists(), there)


def the_ca_is_kept_where_the_choice_of_its_certificate_is_not_refused():
    for fault, there in (("fault:InternalError", False), ("lose", True)):
        machine = admin()
        machine.run("configure", "tls", "--ca-out", "ca.pem", ANY, code=None,
                    options=("--fault", "AMT_TLSCredentialContext.Create=" + fault))
        path = pathlib.Path(machine.folder.name) / "ca.pem"
        same((fault, path.exists()), (fault, there))


def the_ca_outlives_a_run_that_is_killed():
    for signals in ((signal.SIGKILL,), (signal.SIGTERM, signal.SIGTERM)):
        machine = admin()
        folder = pathlib.Path(machine.folder.name)
        process = machine.start(
            "configure", "tls", "--mode", "Server", "--ca-out", "ca.pem",
            options=("--fault", "AMT_SetupAndConfigurationService.CommitChanges=slow:10000"),
            before=("/bin/sh", "-c", 'echo $$ >pid; exec "$0" "$@"'))
        until(lambda: has_tls(machine))
        for number in signals:
            os.kill(int((folder / "pid").read_text()), number)
            time.sleep(0.3)
        same(finish(process).code != 0, True)
        same(has_tls(machine), True)
        same(stat.S_IMODE((folder / "ca.pem").stat().st_mode), 0o600)
        root, key = (folder / "ca.pem").read_text().split("-----END CERTIFICATE-----")
        same(key.count("-----BEGIN "), 1)
        same("".join(root.splitlines()[1:]) in state_of(machine).replace("\\/", "/"), True)


def has_tls(machine):
    path = pathlib.Path(machine.folder.name) / "machine"
    return path.exists() and '"Enabled","true"' in path.read_text()


def kept(machine, class_):
    text = machine.run("diag", "wsman", "get", "-c", class_, ANY).out
    return text.count("<" + class_ + ">") or text.count("InstanceID")


def tls_leaves_nothing_of_former_set_ups():
    machine = admin()
    counts = []
    for _ in range(12):
        machine.run("configure", "tls", "--mode", "ServerAndNonTLS", ANY)
        counts.append([state_of(machine).count("RPC Root CA-") > 0,
                       kept(machine, "AMT_PublicKeyCertificate"),
                       kept(machine, "AMT_PublicPrivateKeyPair")])
    same(counts, [counts[0]] * 12)
    same(counts[0][0] and counts[0][1] > 0, True)


def tls_that_is_enforced_stays():
    machine = admin("--personality", "19")
    machine.run("configure", "tls", ANY)
    machine.run("configure", "tls", "--mode", "None", ANY, code=105)
    machine.run("configure", "sync-clock", ANY)


class Assistant(http.server.BaseHTTPRequestHandler):
    """An Enterprise Assistant over HTTP (spec rpc 5.6), with a CA in `folder`."""

    folder = None
    seen = []
    hidden = []  # what its answers leave out

    def root(self):
        lines = pathlib.Path(self.folder, "on-die.pem").read_text().splitlines()
        return "".join(line for line in lines if "-----" not in line)

    def do_POST(self):  # pylint: disable=invalid-name
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        step = self.path.split("/")[-2]
        self.seen.append((step, self.headers.get("Authorization")))
        answer = {}
        account = {"username": USER, "rootcert": self.root()}
        if step == "authenticate":
            answer = {"jwtToken": "a.b.c"} if asked["password"] == SECRET else None
        elif step == "keypair":
            made = request_of(base64.b64decode(asked["DERKey"]), asked["devname"])
            answer = {"response": {"csr": base64.b64encode(made).decode()}}
        elif step == "csr":
            made = subprocess.run(
                ["openssl", "x509", "-req", "-inform", "DER", "-CA", "on-die.pem", "-CAkey",
                 "on-die.key", "-CAcreateserial", "-days", "365", "-outform", "DER"],
                input=base64.b64decode(asked["signedcsr"]), cwd=self.folder, check=True,
                capture_output=True).stdout
            answer = {"response": {"certificate": base64.b64encode(made).decode(), **account}}
        elif asked["authProtocol"] == 2:
            answer = {"response": {"password": ACCOUNT_PASSWORD, **account}}
        for name in self.hidden:
            (answer or {}).get("response", {}).pop(name, None)
        self.send_response(401 if answer is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(answer or {}).encode())

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


@contextlib.contextmanager
def assistant(machine):
    """Its address."""
    Assistant.folder = machine.folder.name
    Assistant.hidden = []
    Assistant.seen.clear()
    provisioning_pfx.make_chip(machine.folder.name)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Assistant)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def state_of(machine):
    return pathlib.Path(machine.folder.name, "machine").read_text()


def an_enterprise_assistant_has_the_certificate_issued():
    machine = admin()
    with assistant(machine) as url:
        certificate_of_tls(machine, url)


def certificate_of_tls(machine, url):
    flags = ("configure", "tls", "--mode", "ServerAndNonTLS", "--eaAddress", url, "--eaUsername",
             "user")
    machine.run(*flags, code=33)
    machine.run(*flags, code=105, RPC_EA_PASSWORD="Wr0ng-password")
    Assistant.seen.clear()
    machine.run(*flags, RPC_EA_PASSWORD=SECRET)
    same(Assistant.seen, [("authenticate", None), *(
        (step, "Bearer a.b.c") for step in ("profile", "keypair", "csr"))])
    machine.run("configure", "tls", "--mode", "None")


def an_enterprise_assistant_far_away_without_tls_is_warned_of():
    flags = ("--eaAddress", "http://%s:1", "--eaUsername", "user")
    for host, warned in (("127.nowhere.invalid", True), ("127.0.0.1", False)):
        words = [word.replace("%s", host) for word in flags]
        for command in (("tls",), ("wired", "--dhcp", "--ipsync", "--ieee8021xAuthenticationProtocol", "0",
                                   "--ieee8021xProfileName", "a")):
            result = admin().run("configure", *command, *words, code=None, RPC_EA_PASSWORD=SECRET)
            contains(result, "the Enterprise Assistant")
            same("is not encrypted: everybody on the way can read" in result.log, warned)


WIRED = ("configure", "wired", "--dhcp", "--ipsync")
WIRELESS = ("configure", "wireless", "--profileName", "office", "--ssid", "Office",
            "--authenticationMethod", "7")
PEAP = ("--ieee8021xAuthenticationProtocol", "2")
CERTIFICATE_ASKED = ["authenticate", "profile", "keypair", "csr"]


def logins_come_from_an_enterprise_assistant():
    for command in (WIRED, WIRELESS):
        for more, asked in ((PEAP, CERTIFICATE_ASKED[:2]), ((), CERTIFICATE_ASKED)):
            machine = admin()
            with assistant(machine) as url:
                machine.run(*command, *more, "--eaAddress", url, "--eaUsername", "user", code=33)
                machine.run(*command, *more, "--eaAddress", url, "--eaUsername", "user",
                            RPC_EA_PASSWORD=SECRET)
                same((command, [step for step, _ in Assistant.seen]), (command, asked))
                contains_text(state_of(machine), USER)


def contains_text(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is missing")


def an_assistant_that_leaves_something_out_changes_nothing():
    for command in (WIRED, WIRELESS):
        machine = admin()
        with assistant(machine) as url:
            for hidden, more in (("rootcert", ()), ("username", ()), ("certificate", ()),
                                 ("csr", ()), ("password", PEAP), ("rootcert", PEAP)):
                Assistant.hidden = [hidden]
                result = machine.run(*command, *more, "--eaAddress", url, "--eaUsername", "user",
                                     code=108, RPC_EA_PASSWORD=SECRET)
                contains(result, "Enterprise Assistant")
                same(("AMT_PublicKeyCertificate" in result.log, USER in state_of(machine)),
                     (False, False))
            Assistant.hidden = []
            fails = "SetCertificates=1" if command is WIRED else "AddWiFiSettings=1"
            machine.run(*command, "--eaAddress", url, "--eaUsername", "user", code=None,
                        RPC_EA_PASSWORD=SECRET, options=("--fail", fails))
        same(machine.run("amtinfo", "--userCert", "--json").json().get("userCerts") or {}, {})


def a_profile_has_its_logins_from_an_enterprise_assistant():
    machine = admin()
    with assistant(machine) as url:
        profile = {"configuration": {
            "amtSpecific": {"controlMode": "acmactivate", "adminPassword": PASSWORD},
            "network": {"wired": {"dhcpEnabled": True, "ipSyncEnabled": True, "ieee8021x": {
                "profileName": "office", "authenticationProtocol": 0}}},
            "enterpriseAssistant": {"url": url, "username": "user", "password": SECRET}}}
        path = pathlib.Path(machine.folder.name, "profile.json")
        path.write_text(json.dumps(profile))
        machine.run("activate", "--profile", "./profile.json")
        same([step for step, _ in Assistant.seen], CERTIFICATE_ASKED)
        old = {"wiredConfig": {"dhcp": True, "ipsync": True, "ieee8021xProfileName": "office"},
               "ieee8021xConfigs": [{"profileName": "office", "authenticationProtocol": 2}],
               "enterpriseAssistant": {"eaAddress": url, "eaUsername": "user",
                                       "eaPassword": SECRET}}
        path.write_text(json.dumps(old))
        Assistant.seen.clear()
        machine.run("configure", "wired", "-config", "./profile.json")
        same([step for step, _ in Assistant.seen], CERTIFICATE_ASKED[:2])
    contains_text(state_of(machine), USER)


def a_presence_server_is_set():
    machine = admin("--cira-via", "127.0.0.1:1")
    folder = pathlib.Path(machine.folder.name)
    provisioning_pfx.make_chip(folder)
    flags = ("--mpsaddress", "mps.example.test", "--mpscert", "on-die.pem")
    result = machine.run("configure", "cira", *flags, "--generateRandomPassword", "--json")
    same(len(result.json()["mpsPassword"]), 12)
    both = ("--generateRandomPassword", "--mpspassword", NEW)
    contains_text(machine.run("configure", "cira", *flags, *both, code=33).log, "exclude each other")
    machine.run("configure", "cira", *flags, code=33, MPS_PASSWORD=NEW, GENERATE_RANDOM_PASSWORD="1")
    result = machine.run("configure", "cira", *flags, both[0], "--json", MPS_PASSWORD=NEW)
    same(len(result.json()["mpsPassword"]), 12)
    contains_text(result.log, "is not used")
    result = machine.run("configure", "cira", *flags, "--json", *both[1:],
                         RPC_GENERATE_RANDOM_PASSWORD="true", GENERATE_RANDOM_PASSWORD="true")
    same("mpsPassword" in result.json(), False)
    contains_text(result.log, "none is made")
    machine.run("configure", "cira", *flags, "--envdetection", "a.test,b.test", MPS_PASSWORD=NEW)
    machine.run("configure", "cira", "--mpscert", "on-die.pem", code=28, MPS_PASSWORD=NEW)
    machine.run("configure", "cira", "--mpsaddress", "x", code=28, MPS_PASSWORD=NEW)
    machine.run("configure", "cira", "--mpsaddress", "x", "--mpscert", "%%", code=28,
                MPS_PASSWORD=NEW)
    machine.run("configure", "cira", *flags, code=28, MPS_PASSWORD="simple")
    machine.run("configure", "cira", "--mpsaddress", "x", *flags[2:], code=104, MPS_PASSWORD=NEW,
                options=("--fail", "AddMpServer=1"))


def an_address_that_cannot_be_dialled_leaves_the_server_as_it_was():
    machine = admin("--cira-via", "127.0.0.1:1")
    provisioning_pfx.make_chip(pathlib.Path(machine.folder.name))
    ask = ("configure", "cira", "--mpscert", "on-die.pem")
    machine.run(*ask, "--mpsaddress", "mps.example.test", "--mpsport", "4434", MPS_PASSWORD=NEW)
    for address in ("wss://foo/bar", "a b", "a\tb", "\udce9", "x" * 300, "mps.test:4433", "a..b",
                    "-a", " ", "\x1b[2J", "256.1.1.1", "1.2.3", "1.2.3.4."):
        contains(machine.run(*ask, "--mpsaddress=" + address, code=28, MPS_PASSWORD=NEW),
                 "the name or the address of a host")
    for more in (("--envdetection", "a b"), ("--envdetection", "http://a"), ("--mpsport", "0"),
                 ("--mpsport", "65536")):
        machine.run(*ask, "--mpsaddress", "b.test", *more, code=28, MPS_PASSWORD=NEW)
    contains(machine.run("diag", "wsman", "get", "-c", "AMT_ManagementPresenceRemoteSAP"),
             "mps.example.test", "4434")
    for address in ("192.0.2.1", "2001:db8::1", "mps"):
        machine.run(*ask, "--mpsaddress", address, MPS_PASSWORD=NEW)


def proxies_are_added_listed_and_deleted():
    machine = admin()
    same(machine.run("configure", "proxy", "--list").out,
         "No HTTP proxy access points configured\n")
    machine.run("configure", "proxy", "--address", "proxy.example.test", "--port", "8080",
                "--networkdnssuffix", "example.test")
    same(machine.run("configure", "httpproxy", "--list", "--json").json(),
         [{"address": "proxy.example.test", "port": 8080, "networkDnsSuffix": "example.test"}])
    machine.run("configure", "proxy", "--delete", "--address", "other.test", code=120)
    machine.run("configure", "proxy", "--delete", "--address", "proxy.example.test")
    same(machine.run("configure", "proxy", "--list", "--json").json(), [])
    machine.run("configure", "proxy", code=26)
    machine.run("configure", "proxy", "--list", "--delete", code=33)
    for address in ("x" * 257, "a b", "http://proxy.test:8080", "proxy.test:8080", "\x1b[2J",
                    "\u202etset", "a..b", "-a", ""):
        machine.run("configure", "proxy", "--address=" + address, code=26)
    machine.run("configure", "proxy", "--address", "a", "--networkdnssuffix", "b\x1b[2J", code=28)
    machine.run("configure", "proxy", "--address", "2001:db8::1")


def alarms_have_names_that_can_be_shown():
    machine = admin()
    machine.run("alarm", "add", "wake", "--start", "2097-01-01T00:00:00Z")
    same(machine.run("alarm", "list", "--json").json()[0]["id"], "wake")
    for name in ("\x1b]0;y", "\u202etset", "\x85", "n" * 65, ""):
        machine.run("alarm", "add", name, "--start", "2097-01-01T00:00:00Z", code=28)
    contains(machine.run("alarm", "delete", "nosuch", code=36), "AMT has no alarm of that name")
    machine.run("alarm", "delete", "wake")


def alarms_that_amt_would_not_take_are_refused_with_the_reason():
    machine = admin()

    def add(name, start="2097-01-01T00:00:00Z", code=0, **more):
        return machine.run("alarm", "add", name, "--start", start, code=code, **more)

    add("one")
    contains(add("one", code=36), "AMT has an alarm of that name already")
    contains(add("past", start="2020-01-01T00:00:00Z", code=28), "--start is past: AMT's clock says")
    contains(add("slow", start="2020-01-01T00:00:00Z", code=28,
                 options=("--clock-behind", "3600")), "rpc configure sync-clock")
    for name in ("two", "three", "four", "five"):
        add(name)
    contains(add("six", code=36), "AMT holds 5 alarms and has as many")
    same(len(machine.run("alarm", "list", "--json").json()), 5)


def a_call_that_nobody_makes_is_not_ended():
    begun = time.monotonic()
    machine = admin("--cira-via", "127.0.0.1:1")
    contains(machine.run("cira", "disconnect"), "There is no call that could be ended")
    provisioning_pfx.make_chip(pathlib.Path(machine.folder.name))
    machine.run("configure", "cira", "--mpsaddress", "mps.example.test", "--mpscert", "on-die.pem",
                "--envdetection", "a.test", MPS_PASSWORD=NEW)
    contains(machine.run("cira", "disconnect"), "The user has no call: AMT is connecting on its own")
    same(time.monotonic() - begun < 25, True)


def a_call_that_amt_does_not_begin_is_not_waited_for():
    begun = time.monotonic()
    contains(admin().run("cira", "connect", "--wait", "60s", code=104), "AMT is not connected")
    same(time.monotonic() - begun < 40, True)


def amt_is_switched_off_and_on():
    machine = Machine()
    contains(machine.run("configure", "disable-amt"), "AMT disabled")
    contains(machine.run("configure", "disable-op-state"), "disabled already")
    contains(machine.run("activate", "--ccm"), "switching it on")
    contains(machine.run("configure", "enable-operational-state"), "enabled already")


main([a_machine_that_is_not_activated_is_refused,
      a_wrong_line_is_refused_before_the_machine_is_looked_at,
      so_is_one_of_another_command,
      v2_is_told_how_the_wired_port_has_its_address,
      a_wrong_password_has_its_code,
      features_and_consent_are_set,
      passwords_are_changed,
      the_mebx_password_is_for_admin_mode,
      of_a_password_is_said_what_is_known,
      of_tls_is_said_what_amt_says,
      clock_and_names_are_set,
      wireless_profiles_do_not_clear_each_other,
      what_is_wrong_is_said_before_secrets_are_asked_for,
      wireless_profiles_are_checked,
      logins_by_certificate_reach_wired_and_wireless,
      wired_addresses_are_checked_and_set,
      wi_fi_is_shared_with_the_host,
      tls_is_set_up_changed_and_switched_off,
      the_ca_is_kept_only_where_amt_may_have_its_certificate,
      the_ca_is_kept_where_the_choice_of_its_certificate_is_not_refused,
      the_ca_outlives_a_run_that_is_killed,
      tls_leaves_nothing_of_former_set_ups,
      tls_that_is_enforced_stays,
      an_enterprise_assistant_has_the_certificate_issued,
      an_enterprise_assistant_far_away_without_tls_is_warned_of,
      logins_come_from_an_enterprise_assistant,
      an_assistant_that_leaves_something_out_changes_nothing,
      a_profile_has_its_logins_from_an_enterprise_assistant,
      a_presence_server_is_set,
      an_address_that_cannot_be_dialled_leaves_the_server_as_it_was,
      proxies_are_added_listed_and_deleted,
      alarms_have_names_that_can_be_shown,
      alarms_that_amt_would_not_take_are_refused_with_the_reason,
      a_call_that_nobody_makes_is_not_ended,
      a_call_that_amt_does_not_begin_is_not_waited_for,
      amt_is_switched_off_and_on])
