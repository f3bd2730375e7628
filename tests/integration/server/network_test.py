#!/usr/bin/python3
"""Network settings, Wi-Fi, certificates and TLS of simulated devices over REST."""

from rig import Server, main, same
from simulated import Devices

V12, V16 = 0, 1

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


def everything_ends_well():
    devices.stop()
    same(server.stop(), 0)


main([network_settings_have_both_ports, older_firmware_tells_of_802_1x_in_another_class,
      certificates_are_listed_with_what_uses_them, tls_settings_are_a_list_of_two,
      everything_ends_well])
