#!/usr/bin/python3
"""Network settings, Wi-Fi, certificates and TLS of simulated devices over REST."""

import base64
import pathlib
import subprocess
import tempfile
from urllib.parse import quote

from rig import Server, contains, main, same
from simulated import Devices

V12, V16 = 0, 1
NETWORK = "/api/v1/amt/networkSettings/GUID"
WIRED = "/api/v1/amt/networkSettings/wired/GUID"
STATE = "/api/v1/amt/networkSettings/wireless/state/GUID"
SYNC = "/api/v1/amt/networkSettings/wireless/profileSync/GUID"
PROFILE = "/api/v1/amt/networkSettings/wireless/profile/GUID"
LINK = "/api/v1/amt/network/linkPreference/GUID"
CERTIFICATES = "/api/v1/amt/certificates/GUID"

server = Server()
server.log_in()
devices = Devices(server, "12.0.67", "16.1")


def network_settings_have_both_ports():
    status, answer = devices.ask(V16, "GET", "/api/v1/amt/networkSettings/GUID")
    same(status, 200)
    same(list(answer), ["wired", "wireless"])
    same(list(answer["wired"]),
         ["elementName", "instanceID", "vlanTag", "sharedMAC", "macAddress", "linkIsUp",
          "linkPolicy", "sharedStaticIP", "sharedDynamicIP", "ipSyncEnabled", "dhcpEnabled",
          "ipAddress", "subnetMask", "defaultGateway", "primaryDNS", "secondaryDNS",
          "physicalConnectionType", "physicalNICMedium", "ieee8021x"])
    same(answer["wired"]["linkPolicy"], ["S0 AC", "Sx AC"])
    same(answer["wired"]["ieee8021x"],
         {"enabled": "Disabled", "availableInS0": False, "pxeTimeout": 120})
    wireless = answer["wireless"]
    same((wireless["linkPreference"], wireless["linkControl"], wireless["wlanLinkProtectionLevel"],
          wireless["physicalConnectionType"], wireless["consoleTCPMaxRetransmissions"]),
         ("Host", "Host", "None", "Wireless LAN", 5))
    same(wireless["wifiPortConfigService"]["creationClassName"], "AMT_WiFiPortConfigurationService")
    same(devices.ask(V16, "GET", "/api/v1/amt/networkSettings/wired/GUID"),
         (200, answer["wired"]))


def older_firmware_tells_of_802_1x_in_another_class():
    status, answer = devices.ask(V12, "GET", "/api/v1/amt/networkSettings/wired/GUID")
    same(status, 200)
    same(answer["ieee8021x"], {"enabled": "Disabled", "availableInS0": True, "pxeTimeout": 0})


def certificates_are_listed_with_what_uses_them():
    status, answer = devices.ask(V16, "GET", "/api/v1/amt/certificates/GUID")
    same(status, 200)
    same(list(answer), ["certificates", "publicKeys", "profileAssociation"])
    first, second, third = answer["certificates"]["publicKeyCertificateItems"]
    same(list(first), ["elementName", "instanceID", "x509Certificate", "trustedRootCertificate",
                       "issuer", "subject", "readOnlyCertificate", "publicKeyHandle",
                       "associatedProfiles", "displayName"])
    same((first["displayName"], first["trustedRootCertificate"], len(first["associatedProfiles"])),
         ("MPSRoot-0af1d5", True, 1))
    same((second["associatedProfiles"], third["associatedProfiles"]), ([], []))
    same(answer["certificates"]["keyManagementItems"], [])
    same(list(answer["publicKeys"]["publicPrivateKeyPairItems"][0]),
         ["elementName", "instanceID", "derKey"])
    same([use["type"] for use in answer["profileAssociation"]], ["Wireless"])
    same(answer["profileAssociation"][0]["rootCertificate"], first)


def tls_settings_are_a_list_of_two():
    status, answer = devices.ask(V16, "GET", "/api/v1/amt/tls/GUID")
    same(status, 200)
    same(answer[0],
         {"ElementName": "Intel(r) AMT 802.3 TLS Settings",
          "InstanceID": "Intel(r) AMT 802.3 TLS Settings", "MutualAuthentication": False,
          "Enabled": False, "TrustedCN": [], "AcceptNonSecureConnections": False})
    same(len(answer), 2)


# ---- changing ----

STATIC = {"dhcpEnabled": False, "ipAddress": "192.168.1.9", "subnetMask": "255.255.255.0",
          "defaultGateway": "192.168.1.1", "primaryDNS": "192.168.1.2"}


def a_static_address_needs_no_ip_sync_member():
    same(devices.ask(V16, "PATCH", WIRED, STATIC), (204, b""))
    wired = devices.ask(V16, "GET", WIRED)[1]
    same((wired["dhcpEnabled"], wired["ipSyncEnabled"], wired["sharedStaticIP"],
          wired["ipAddress"], wired["defaultGateway"], wired["secondaryDNS"]),
         (False, False, False, "192.168.1.9", "192.168.1.1", ""))


def the_host_s_address_or_dhcp_drop_the_addresses():
    same(devices.ask(V16, "PATCH", WIRED, {"dhcpEnabled": False, "ipSyncEnabled": True})[0], 204)
    wired = devices.ask(V16, "GET", WIRED)[1]
    same((wired["dhcpEnabled"], wired["ipSyncEnabled"], wired["sharedStaticIP"]),
         (False, True, True))
    same(devices.ask(V16, "PATCH", WIRED, {"dhcpEnabled": "true"})[0], 204)
    wired = devices.ask(V16, "GET", WIRED)[1]
    same((wired["dhcpEnabled"], wired["ipSyncEnabled"], wired["sharedStaticIP"]),
         (True, True, False))


def members_that_exclude_each_other_are_refused():
    error = "Incorrect URI or Bad Request"
    for body, text in [
            (STATIC | {"dhcpEnabled": True},
             "cannot specify static IP settings when DHCP is enabled"),
            (STATIC | {"ipSyncEnabled": True},
             "cannot specify static IP settings when IP sync is enabled"),
            ({"dhcpEnabled": False},
             "must enable DHCP, enable IP sync, or provide static IP settings"),
            ({"dhcpEnabled": False, "primaryDNS": "1.1.1.1"},
             "ipAddress is required for static IP configuration"),
            (STATIC | {"subnetMask": ""}, "subnetMask is required for static IP configuration"),
            (STATIC | {"defaultGateway": None},
             "defaultGateway is required for static IP configuration"),
            (STATIC | {"primaryDNS": ""}, "primaryDNS is required for static IP configuration")]:
        same(devices.ask(V16, "PATCH", WIRED, body),
             (400, {"error": error, "errorDescription": text}))


def the_radio_is_switched():
    same(devices.ask(V16, "GET", STATE), (200, {"state": "WifiDisabled"}))
    same(devices.ask(V16, "POST", STATE, {"state": "wifienableds0sxac"}),
         (200, {"state": "WifiEnabledS0SxAC"}))
    same(devices.ask(V16, "GET", STATE), (200, {"state": "WifiEnabledS0SxAC"}))
    same(devices.ask(V16, "POST", STATE, {"state": "WifiEnabledS0SxAC"})[0], 200)


def profiles_are_shared_as_far_as_the_device_can():
    same(devices.ask(V16, "GET", SYNC),
         (200, {"localProfileSync": False, "uefiProfileSync": False,
                "uefiProfileSyncSupported": True}))
    both = {"localProfileSync": True, "uefiProfileSync": True, "uefiProfileSyncSupported": True}
    same(devices.ask(V16, "POST", SYNC, {"localProfileSync": True, "uefiProfileSync": True}),
         (200, both))
    same(devices.ask(V16, "GET", SYNC), (200, both))
    same(devices.ask(V16, "POST", SYNC, {"localProfileSync": None}), (200, both))
    status, answer = devices.ask(V12, "POST", SYNC, {"uefiProfileSync": True})
    same((status, answer["error"]),
         (409, "UEFI WiFi profile sync is not supported on this device"))
    same(devices.ask(V12, "POST", SYNC, {"localProfileSync": True, "uefiProfileSync": False}),
         (200, {"localProfileSync": True, "uefiProfileSync": False,
                "uefiProfileSyncSupported": False}))


def the_radio_gets_an_owner_without_a_limit():
    same(devices.ask(V16, "POST", LINK, {"linkPreference": 1, "timeout": 0}),
         (200, {"ReturnValue": 0, "ReturnValueStr": "SUCCESS", "returnValue": 0}))
    same(devices.ask(V16, "GET", NETWORK)[1]["wireless"]["linkPreference"], "Management Engine")


# ---- Wi-Fi profiles ----

PSK = {"profileName": "corp", "ssid": "<corp> & \"co\" 'x'", "priority": 1,
       "authenticationMethod": "wpa2psk", "encryptionMethod": "ccmp",
       "password": "p<&>\"' " + 56 * "x"}


def listed(number=V16):
    status, answer = devices.ask(number, "GET", PROFILE)
    same(status, 200)
    return answer


def a_profile_with_a_key_of_63_characters_appears():
    same(devices.ask(V16, "POST", PROFILE, PSK), (204, b""))
    same(listed(), [{"profileName": "corp", "ssid": PSK["ssid"],
                     "authenticationMethod": "WPA2PSK", "encryptionMethod": "CCMP", "priority": 1}])
    network = devices.ask(V16, "GET", NETWORK)[1]["wireless"]["wifiNetworks"]
    same(network, [{"elementName": "corp", "ssid": PSK["ssid"], "authenticationMethod": "WPA2PSK",
                    "encryptionMethod": "CCMP", "priority": 1, "bsstype": "Infrastructure"}])


def a_key_of_64_hexadecimal_digits_is_taken():
    same(devices.ask(V16, "POST", PROFILE, PSK | {"profileName": "raw", "priority": 7,
                                                  "password": 32 * "aF"})[0], 204)
    same(devices.ask(V16, "DELETE", PROFILE + "/raw")[0], 204)


def names_and_priorities_are_given_once():
    same(devices.ask(V16, "POST", PROFILE, PSK),
         (409, {"error": "Conflict", "errorDescription": "Wireless Profile already exists: corp."}))
    same(devices.ask(V16, "POST", PROFILE, PSK | {"profileName": "other"}),
         (409, {"error": "Conflict", "errorDescription":
                "Wireless Profile with the requested priority already exists: 1."}))
    same(devices.ask(V16, "POST", PROFILE, PSK | {"profileName": "other", "priority": 2})[0], 204)
    same(devices.ask(V16, "PATCH", PROFILE, PSK | {"priority": 2})[0], 409)
    same(devices.ask(V16, "PATCH", PROFILE, PSK | {"ssid": "0123", "priority": 3}), (204, b""))
    same([(one["profileName"], one["ssid"], one["priority"]) for one in listed()],
         [("corp", "0123", 3), ("other", PSK["ssid"], 2)])
    same(devices.ask(V16, "PATCH", PROFILE, PSK | {"profileName": "nobody"}),
         (404, {"error": "Wireless Profile not found",
                "errorDescription": "Wireless Profile not found: nobody."}))


def there_are_eight_profiles_at_most():
    for number in range(6):
        same(devices.ask(V16, "POST", PROFILE, PSK | {"profileName": f"more{number}",
                                                      "priority": 10 + number})[0], 204)
    status, answer = devices.ask(V16, "POST", PROFILE, PSK | {"profileName": "ninth",
                                                              "priority": 99})
    same(status, 409)
    contains(answer["errorDescription"], "Maximum number of wireless profiles already configured")
    for name in ["other"] + [f"more{number}" for number in range(6)]:
        same(devices.ask(V16, "DELETE", f"{PROFILE}/{name}"), (204, b""))
    same(devices.ask(V16, "DELETE", f"{PROFILE}/other"),
         (404, {"error": "Wireless Profile not found",
                "errorDescription": "Wireless Profile not found: other."}))


def what_does_not_go_together_is_refused():
    tls = PSK | {"authenticationMethod": "WPA2IEEE8021x"}
    for body, text in [
            (PSK | {"authenticationMethod": "WPA4"}, "authenticationMethod is invalid"),
            (PSK | {"encryptionMethod": 4}, "encryptionMethod is invalid"),
            (PSK | {"password": ""}, "PSK authentication requires a password and must not include "
             "ieee8021x settings"),
            (tls, "IEEE 802.1x authentication requires ieee8021x settings and must not include a "
             "password"),
            (tls | {"password": None, "ieee8021x": {}}, "ieee8021x.username is required"),
            (tls | {"password": None, "ieee8021x": {"username": "bob",
                                                    "authenticationProtocol": 1}},
             "ieee8021x.authenticationProtocol must be 0 (EAP-TLS) or 2 (PEAP)"),
            (PSK | {"authenticationMethod": "WPA3SAE"}, "authenticationMethod is not supported")]:
        same(devices.ask(V16, "POST", PROFILE, body),
             (400, {"error": "Incorrect URI or Bad Request", "errorDescription": text}))


def what_a_profile_cannot_have_is_refused():
    peap = {"username": "bob", "authenticationProtocol": 2, "password": "secret"}
    corp = PSK | {"authenticationMethod": "WPA2IEEE8021x", "password": None, "ieee8021x": peap}

    def login(**members):
        return corp | {"ieee8021x": peap | members}
    key = "ieee8021x.password"
    for body, path, text in [
            *[(login(password=value), key, "must be text") for value in (["x"], {"a": 1}, 5, True)],
            *[(login(password=value), key, "is required") for value in (None, "")],
            (login(password=500 * "x"), key, "at most 128 bytes"),
            (login(password="p\nq"), key, "control characters"),
            (login(username=300 * "x"), "ieee8021x.username", "at most 128 bytes"),
            (login(username="bo\nb"), "ieee8021x.username", "control characters"),
            (login(authenticationProtocol=0), "ieee8021x.clientCert", "is required"),
            (login(clientCert=5), "ieee8021x.clientCert", "must be text"),
            (login(authenticationProtocol=0, clientCert=bare(made("alone")[0])),
             "ieee8021x.privateKey", "together"),
            (login(clientCert=bare(made("alone")[0])), "ieee8021x.privateKey", "together"),
            (corp | {"ieee8021x": "ZZtopSecret"}, "ieee8021x", "must be an object"),
            (corp | {"ssid": "x\ny"}, "ssid", "control characters"),
            (corp | {"profileName": 300 * "x"}, "profileName", "at most 32"),
            (corp | {"encryptionMethod": "WEP"}, "encryptionMethod", "TKIP or CCMP"),
            (PSK | {"encryptionMethod": "None"}, "encryptionMethod", "TKIP or CCMP"),
            (PSK | {"password": ["12345678"]}, "password", "must be text")]:
        for method in ("POST", "PATCH"):
            status, answer = devices.ask(V16, method, PROFILE, body)
            same((status, [one["path"] for one in answer["errors"]]), (400, [path]))
            contains(answer["errors"][0]["msg"], text)
            same("secret" in str(answer) or "ZZtop" in str(answer), False)
    body = {"enabled": True, "username": "bob", "authenticationProtocol": 2}
    for more, path, text in [
            ({"password": ["x"]}, key, "must be a string"),
            ({"password": 500 * "x"}, key, "at most 128"),
            ({"password": "x", "username": "bo\nb"}, "ieee8021x.username", "control")]:
        status, answer = devices.ask(V16, "PATCH", WIRED, {"ieee8021x": body | more})
        same((status, [one["path"] for one in answer["errors"]]), (400, [path]))
        contains(answer["errors"][0]["msg"], text)


# ---- certificates ----

folder = tempfile.TemporaryDirectory(prefix="outband-test-")


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], cwd=folder.name, capture_output=True,
                          check=True, timeout=60)
    return done.stdout


def made(name):
    """A self-signed certificate and its key, PEM."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
            f"/C=DE/O=Example, Inc/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    return tuple((pathlib.Path(folder.name) / f"{name}.{kind}").read_text()
                 for kind in ("pem", "key"))


def bare(pem):
    """What stands between the armour: DER in base64, with its line breaks."""
    return "\n".join(pem.strip().splitlines()[1:-1])


def certificates(number=V16):
    status, answer = devices.ask(number, "GET", CERTIFICATES)
    same(status, 200)
    return answer


def named(answer, name):
    found = [one for one in answer["certificates"]["publicKeyCertificateItems"]
             if one["displayName"] == name]
    same(len(found), 1)
    return found[0]


def a_certificate_is_added_and_deleted():
    pem = made("radius")[0]
    status, answer = devices.ask(V16, "POST", CERTIFICATES, {
        "cert": base64.b64encode(pem.encode()).decode(), "isTrusted": "false"})
    same((status, list(answer)), (200, ["handle"]))
    one = named(certificates(), "radius")
    same((one["instanceID"], one["trustedRootCertificate"], one["x509Certificate"]),
         (answer["handle"], False, bare(pem).replace("\n", "")))
    path = f"{CERTIFICATES}/{quote(answer['handle'], safe='')}"
    same(devices.ask(V16, "DELETE", path),
         (200, {"message": "Certificate deleted successfully", "handle": answer["handle"]}))
    same(devices.ask(V16, "DELETE", path),
         (404, {"error": "Certificate not found", "errorDescription":
                f"Certificate with handle '{answer['handle']}' not found"}))


def what_is_no_certificate_is_refused():
    def complaint(body):
        status, answer = devices.ask(V16, "POST", CERTIFICATES, body)
        same(status, 400)
        return [one["msg"] for one in answer["errors"]]
    same(complaint({"isTrusted": True}), ["Certificate is required"])
    same(complaint({}), ["Certificate is required", "isTrusted must be a boolean value"])
    same(complaint({"cert": "???", "isTrusted": True}), ["Invalid base64 certificate data"])
    same(complaint({"cert": "AAAA", "isTrusted": True}),
         ["Invalid certificate format (not valid DER or PEM)"])


def the_devices_refusal_is_a_400_with_its_reason():
    body = {"cert": bare(made("twice")[0]), "isTrusted": True}
    status, answer = devices.ask(V16, "POST", CERTIFICATES, body)
    same(status, 200)
    same(devices.ask(V16, "POST", CERTIFICATES, body),
         (400, {"error": "Incorrect URI or Bad Request", "errorDescription":
                "Failed to validate or process certificate: DUPLICATE"}))
    same(devices.ask(V16, "DELETE", f"{CERTIFICATES}/{quote(answer['handle'], safe='')}")[0], 200)


def a_profile_with_certificates_uses_them_until_it_is_deleted():
    root, _ = made("root")
    client, key = made("client")
    body = {"profileName": "tls", "ssid": "corpnet", "priority": 5,
            "authenticationMethod": "WPA2IEEE8021x", "encryptionMethod": "CCMP",
            "ieee8021x": {"username": "bob", "authenticationProtocol": 0, "clientCert": bare(client),
                          "privateKey": bare(key), "caCert": bare(root)}}
    same(devices.ask(V16, "POST", PROFILE, body), (204, b""))
    same(listed()[-1], {"profileName": "tls", "ssid": "corpnet",
                        "authenticationMethod": "WPA2IEEE8021x", "encryptionMethod": "CCMP",
                        "priority": 5,
                        "ieee8021x": {"username": "bob", "authenticationProtocol": 0}})
    answer = certificates()
    ours = named(answer, "client")
    same((ours["associatedProfiles"], named(answer, "root")["associatedProfiles"]),
         (["Wireless - tls"], ["Wireless - tls"]))
    keys = {one["instanceID"]: one for one in answer["publicKeys"]["publicPrivateKeyPairItems"]}
    same(keys[ours["publicKeyHandle"]]["certificateHandle"], ours["instanceID"])
    use = [one for one in answer["profileAssociation"] if one["profileID"] == "tls"]
    same(use, [{"type": "Wireless", "profileID": "tls", "rootCertificate": named(answer, "root"),
                "clientCertificate": ours, "publicKey": keys[ours["publicKeyHandle"]]}])
    path = f"{CERTIFICATES}/{quote(ours['instanceID'], safe='')}"
    same(devices.ask(V16, "DELETE", path),
         (409, {"error": "Conflict", "errorDescription":
                f"Cannot delete certificate '{ours['instanceID']}': Certificate is currently "
                "referenced by the following AMT profiles/configurations: Wireless - tls. Remove "
                "these references before deleting the certificate."}))
    # What is on the device already is used again, and PATCH takes them over.
    before = len(answer["certificates"]["publicKeyCertificateItems"])
    same(devices.ask(V16, "POST", PROFILE, body | {"profileName": "tls2", "priority": 6})[0], 204)
    same(devices.ask(V16, "PATCH", PROFILE, body | {"ssid": "moved"})[0], 204)
    answer = certificates()
    same(len(answer["certificates"]["publicKeyCertificateItems"]), before)
    same(named(answer, "client")["associatedProfiles"], ["Wireless - tls2", "Wireless - tls"])
    for name in ["tls", "tls2"]:
        same(devices.ask(V16, "DELETE", f"{PROFILE}/{name}")[0], 204)
    same(devices.ask(V16, "DELETE", path)[0], 200)


def a_key_that_is_not_the_certificates_is_refused_and_not_echoed():
    _, key = made("one")
    status, answer = devices.ask(V16, "POST", PROFILE, {
        "profileName": "tls", "ssid": "corpnet", "priority": 5,
        "authenticationMethod": "WPA2IEEE8021x", "encryptionMethod": "CCMP",
        "ieee8021x": {"username": "bob", "authenticationProtocol": 0,
                      "clientCert": bare(made("another")[0]), "privateKey": bare(key)}})
    same((status, answer), (400, {"errors": [
        {"type": "field", "msg": "privateKey does not belong to clientCert",
         "path": "ieee8021x.privateKey", "location": "body"}]}))


# ---- 802.1X of the wired port ----

def wired_8021x(number):
    status, answer = devices.ask(number, "GET", WIRED)
    same(status, 200)
    return answer["ieee8021x"]


def stored():
    return [one["displayName"] for one in
            certificates()["certificates"]["publicKeyCertificateItems"]]


def the_wired_port_logs_in_by_password_and_what_get_shows_may_be_sent_back():
    before = devices.ask(V16, "GET", WIRED)[1]
    same(devices.ask(V16, "PATCH", WIRED, {"ieee8021x": {
        "enabled": True, "username": "<bob>", "authenticationProtocol": 2,
        "password": "hunter2", "pxeTimeout": 60}}), (204, b""))
    shown = {"enabled": "EnabledWithoutCertificates", "availableInS0": True, "pxeTimeout": 60,
             "username": "<bob>", "authenticationProtocol": 2}
    same(devices.ask(V16, "GET", WIRED)[1], before | {"ieee8021x": shown})
    same(devices.ask(V16, "PATCH", WIRED, {"dhcpEnabled": True, "ieee8021x": shown}), (204, b""))
    same(wired_8021x(V16), shown)
    off = {"enabled": "Disabled", "availableInS0": True, "pxeTimeout": 60}
    same(devices.ask(V16, "PATCH", WIRED, {"ieee8021x": {"enabled": False}}), (204, b""))
    same(wired_8021x(V16), off)
    same(devices.ask(V16, "PATCH", WIRED, {"dhcpEnabled": True, "ieee8021x": off}), (204, b""))
    same(wired_8021x(V16), off)
    status, answer = devices.ask(V16, "PATCH", WIRED, {"ieee8021x": {"enabled": True}})
    same((status, answer["errorDescription"]), (400, "ieee8021x.username is required"))


def the_wired_port_logs_in_by_certificate():
    root, _ = made("wiredroot")
    client, key = made("wiredclient")
    body = {"ieee8021x": {"enabled": True, "username": "pc7", "authenticationProtocol": 0,
                          "clientCert": bare(client), "privateKey": bare(key),
                          "caCert": bare(root)}}
    for number, timeout in [(V16, 60), (V12, 0)]:
        same(devices.ask(number, "PATCH", WIRED, body), (204, b""))
        same(wired_8021x(number),
             {"enabled": "EnabledWithCertificates", "availableInS0": True, "pxeTimeout": timeout,
              "username": "pc7", "authenticationProtocol": 0})
        # What is on the device already is used again.
        there = certificates(number)
        same(devices.ask(number, "PATCH", WIRED, body), (204, b""))
        items = [[one["instanceID"] for one in
                  answer["certificates"]["publicKeyCertificateItems"]]
                 for answer in (there, certificates(number))]
        same(items[0], items[1])
        # The device doesn't let go of what it uses.
        path = f"{CERTIFICATES}/{quote(named(there, 'wiredclient')['instanceID'], safe='')}"
        same(devices.ask(number, "DELETE", path)[0] in (400, 409), True)
        same(devices.ask(number, "PATCH", WIRED, {"ieee8021x": {"enabled": "Disabled"}})[0], 204)
        same(wired_8021x(number)["enabled"], "Disabled")
        same(devices.ask(number, "DELETE", path)[0], 200)


def what_fails_leaves_no_certificates_behind():
    before = stored()
    refusing = devices.add("16.1", "--fault", "IPS_IEEE8021xSettings.SetCertificates=return:1")
    client, key = made("refused")
    there = len(certificates(refusing)["certificates"]["publicKeyCertificateItems"])
    was = wired_8021x(refusing)
    status, answer = devices.ask(refusing, "PATCH", WIRED, {"ieee8021x": {
        "enabled": True, "username": "pc7", "authenticationProtocol": 0,
        "clientCert": bare(client), "privateKey": bare(key)}})
    same(status, 400)
    contains(answer["errorDescription"], "SetCertificates returned INTERNAL_ERROR (1)")
    same(len(certificates(refusing)["certificates"]["publicKeyCertificateItems"]), there)
    same(wired_8021x(refusing)["enabled"], was["enabled"])
    same(stored(), before)


def what_came_of_an_unreadable_answer_is_taken_away():
    client, key = made("truncated")
    body = {"profileName": "tls", "ssid": "corpnet", "priority": 5,
            "authenticationMethod": "WPA2IEEE8021x", "encryptionMethod": "CCMP",
            "ieee8021x": {"username": "bob", "authenticationProtocol": 0, "clientCert": bare(client),
                          "privateKey": bare(key), "caCert": bare(made("truncatedroot")[0])}}
    for method in ["AMT_WiFiPortConfigurationService.AddWiFiSettings",
                   "AMT_PublicKeyManagementService.AddKey",
                   "AMT_PublicKeyManagementService.AddTrustedRootCertificate"]:
        number = devices.add("16.1", "--fault", f"{method}=truncate")
        before = certificates(number), listed(number)
        same(devices.ask(number, "POST", PROFILE, body)[0], 502)
        same((certificates(number), listed(number)), before)


def firmware_without_802_1x_says_so():
    lacking = devices.add("16.1", "--fault", "IPS_IEEE8021xSettings=absent",
                          "--fault", "AMT_8021XProfile=absent")
    body = {"ieee8021x": {"enabled": False}}
    same(devices.ask(lacking, "PATCH", WIRED, body),
         (501, {"error": "Not Implemented",
                "errorDescription": "This device has no settings of wired 802.1X"}))
    shown = wired_8021x(lacking)
    same(shown, {"enabled": "", "availableInS0": False, "pxeTimeout": 0})
    same(devices.ask(lacking, "PATCH", WIRED, {"dhcpEnabled": True, "ieee8021x": shown})[0], 204)


def missing_rights_are_not_a_missing_class():
    denied = devices.add("16.1", "--fault", "CIM_WiFiPort=fault:AccessDenied",
                         "--fault", "IPS_IEEE8021xSettings=fault:AccessDenied")
    for path, text in [(STATE, "Wireless State request failed"),
                       (SYNC, "Wireless Profile Sync request failed"),
                       (WIRED, "Wired Network Settings request failed"),
                       (NETWORK, "Network Settings request failed")]:
        status, answer = devices.ask(denied, "GET", path)
        same((status, answer["error"]), (400, "Incorrect URI or Bad Request"))
        contains(answer["errorDescription"], text)
        contains(answer["errorDescription"], "AccessDenied")


def everything_ends_well():
    folder.cleanup()
    devices.stop()
    same(server.stop(), 0)


main([network_settings_have_both_ports,
      older_firmware_tells_of_802_1x_in_another_class,
      certificates_are_listed_with_what_uses_them,
      tls_settings_are_a_list_of_two,
      a_static_address_needs_no_ip_sync_member,
      the_host_s_address_or_dhcp_drop_the_addresses,
      members_that_exclude_each_other_are_refused,
      the_radio_is_switched,
      profiles_are_shared_as_far_as_the_device_can,
      the_radio_gets_an_owner_without_a_limit,
      a_profile_with_a_key_of_63_characters_appears,
      a_key_of_64_hexadecimal_digits_is_taken,
      names_and_priorities_are_given_once,
      there_are_eight_profiles_at_most,
      what_does_not_go_together_is_refused,
      what_a_profile_cannot_have_is_refused,
      a_certificate_is_added_and_deleted,
      what_is_no_certificate_is_refused,
      the_devices_refusal_is_a_400_with_its_reason,
      a_profile_with_certificates_uses_them_until_it_is_deleted,
      a_key_that_is_not_the_certificates_is_refused_and_not_echoed,
      the_wired_port_logs_in_by_password_and_what_get_shows_may_be_sent_back,
      the_wired_port_logs_in_by_certificate,
      what_fails_leaves_no_certificates_behind,
      what_came_of_an_unreadable_answer_is_taken_away,
      firmware_without_802_1x_says_so,
      missing_rights_are_not_a_missing_class,
      everything_ends_well])
