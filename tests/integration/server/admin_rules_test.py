"""What the admin interface says of input that is wrong: each rule's message, in order (spec rps 1.1
to 1.8). Asked over the provisioning listener, which a gateway vouches for here."""

import base64

import rig
from rig import Server, contains, same

ADMIN = "/api/v1/admin"
TOP = "The number of items to return should be a positive integer"
SKIP = ("The number of items to skip before starting to collect the result set should be a positive "
        "integer")
COUNT = "To return total number of records in result set should be boolean"
KINDS = ("domains", "ciraconfigs", "profiles", "wirelessconfigs", "ieee8021xconfigs",
         "proxyconfigs")

DOMAIN = {"profileName": "d1", "provisioningCertPassword": "P@ssw0rd", "domainSuffix": "d1.com",
          "provisioningCert": "bm8gcGZ4", "provisioningCertStorageFormat": "raw"}
UNREADABLE = ("Unable to decrypt provisioning certificate. Please check that the password is "
              "correct, and that the certificate is a valid certificate.")
NAME = "AMT Domain profile name accepts letters, numbers, hyphens (-), and underscores (_)"

CIRA = {"configName": "c1", "mpsServerAddress": "mps.example.com", "mpsPort": 4433,
        "username": "admin1", "serverAddressFormat": 201, "authMethod": 2,
        "mpsRootCertificate": "MIID", "proxyDetails": ""}
PORT = "MPS Port value should range between 1024 and 49151"
CIRA_NAME = "CIRA profile name accepts letters, numbers, underscore and hyphen only"
FORMAT = "MPS server address format should be either 3(IPV4) , 4(IPV6) or 201(FQDN)"

WIFI = {"profileName": "w1", "authenticationMethod": 6, "encryptionMethod": 4, "ssid": "home",
        "pskPassphrase": "Intel123!"}
AUTHENTICATION = ("Authentication method must be one of 4:WPA PSK, 5:WPA IEEE 802.1x, 6:WPA2 PSK, "
                  "7:WPA2 IEEE 802.1x")
PASSPHRASE = ("PSK Passphrase length should be greater than or equal to 8 and less than or equal to "
              "63")
LINKS = ("Array values should be either 1: available on S0 AC, 14: available on Sx AC, 16: available"
         " on S0 DC, 224: available on Sx DC")

WIRED = {"profileName": "x1", "authenticationProtocol": 0, "pxeTimeout": 120,
         "wiredInterface": True}
WIRED_PROTOCOLS = ("Authentication protocol must be one of 0:EAP-TLS, 3:PEAPv1/EAP-GTC, "
                   "5:EAP-FAST/GTC, 10:EAP-FAST/TLS, 2:PEAPv0/EAP-MSCHAPv2")
WIRELESS_PROTOCOLS = "Authentication protocol must be one of 0:EAP-TLS, 2:PEAPv0/EAP-MSCHAPv2"

PROXY = {"name": "p1", "address": "proxy.example.com", "port": 3128,
         "networkDnsSuffix": "example.com"}
SUFFIX = "Domain name of the network should contain alphanumeric and hyphens in the middle"

PROFILE = {"profileName": "ccm", "activation": "ccmactivate", "amtPassword": "P@ssw0rd",
           "generateRandomPassword": False, "dhcpEnabled": True, "userConsent": "All"}
ACM = {"profileName": "acm", "activation": "acmactivate", "amtPassword": "P@ssw0rd",
       "mebxPassword": "P@ssw0rd", "dhcpEnabled": True}
ACTIVATION = ("Activation accepts either acmactivate (admin control activation) or ccmactivate "
              "(client control mode activation)")
STRENGTH = ("password is required field should contains at least one lowercase letter, one uppercase "
            "letter, one numeric digit,and one special character and password length should be in "
            "between 8 to 32.")
EITHER = "Either generateRandomPassword should be enabled or provide amtPassword"
MANDATORY = "If generate random AMT password is disabled, amtPassword is mandatory"
NOT_BOTH = ("Either generate Random AMT Password should be enabled or should provide AMT Password "
            "but not both")
MEBX_NOT_BOTH = ("Either generate MEBx password should be enabled or should provide MEBx password, "
                 "but not both")
TLS = ("tlsMode must be set to one of these values: 1 (Server Authentication Only), 2 (Server and "
       "Non-TLS Authentication), 3 (Mutual TLS only), 4 (Mutual and Non-TLS authentication)")
VERSION = "Version is required to patch/update a record."
GONE = object()

# collection, method, what is right, what is changed in it, the entries that are expected: path and
# message
CASES = [
    ("domains", "POST", {}, {},
     [("profileName", "AMT Domain profile name is required"), ("profileName", NAME),
      ("provisioningCertPassword", "Provisioning Cert Password is required"),
      ("domainSuffix", "Domain suffix name is required"),
      ("provisioningCert", "Provisioning certificate is required"),
      ("provisioningCertStorageFormat", "Provisioning Cert Storage Format is required"),
      ("provisioningCertStorageFormat",
       "Provisioning Cert Storage Format should be either 'raw' or 'string'")]),
    ("domains", "POST", DOMAIN, {"profileName": "a b"},
     [("profileName", NAME), ("provisioningCert", UNREADABLE)]),
    ("domains", "POST", DOMAIN, {}, [("provisioningCert", UNREADABLE)]),
    ("domains", "POST", DOMAIN, {"provisioningCertPassword": "x" * 65},
     [("provisioningCertPassword", "Password should not exceed 64 characters in length"),
      ("provisioningCert", UNREADABLE)]),
    ("domains", "POST", DOMAIN, {"provisioningCertStorageFormat": "pem"},
     [("provisioningCert", UNREADABLE),
      ("provisioningCertStorageFormat",
       "Provisioning Cert Storage Format should be either 'raw' or 'string'")]),
    ("domains", "PATCH", {"profileName": "d1"}, {},
     [("provisioningCertStorageFormat",
       'Provisioning Cert Storage Format is either "raw" or "string"')]),
    ("domains", "PATCH", {"profileName": "d1", "provisioningCertStorageFormat": "raw"},
     {"provisioningCertPassword": "x" * 65},
     [("provisioningCertPassword", "Password should not exceed 64 characters in length")]),

    ("ciraconfigs", "POST", {}, {},
     [("configName", "CIRA profile name is required"), ("configName", CIRA_NAME),
      ("serverAddressFormat", "MPS server address format is required"),
      ("serverAddressFormat", FORMAT),
      ("mpsServerAddress", "MPS server address is required"),
      ("mpsServerAddress", "serverAddressFormat is required"),
      ("mpsPort", "MPS port is required"), ("mpsPort", PORT),
      ("username", "MPS user name is required"),
      ("username", "MPS user name should be alphanumeric"),
      ("username", "MPS user name length should be in between 5 to 16"),
      ("authMethod", "Authentication method is required"),
      ("authMethod",
       "Authentication method should be either 1 (Mutual Auth) or 2 (username and password)"),
      ("mpsRootCertificate", "MPS public root certificate is required")]),
    ("ciraconfigs", "POST", CIRA, {"configName": "c 1"}, [("configName", CIRA_NAME)]),
    ("ciraconfigs", "POST", CIRA, {"serverAddressFormat": 5}, [("serverAddressFormat", FORMAT)]),
    ("ciraconfigs", "POST", CIRA, {"serverAddressFormat": 3},
     [("mpsServerAddress", "serverAddressFormat 3 requires IPV4 server address")]),
    ("ciraconfigs", "POST", CIRA, {"serverAddressFormat": 3, "mpsServerAddress": "192.0.2.1"},
     [("mpsServerAddress", "commonName is required when serverAddressFormat is 3")]),
    ("ciraconfigs", "POST", CIRA,
     {"serverAddressFormat": 3, "mpsServerAddress": "192.0.2.1", "commonName": "a.b"},
     [("commonName", "Cert. Hostname(CN) should be an IP address.")]),
    ("ciraconfigs", "POST", CIRA, {"serverAddressFormat": "3"},
     [("mpsServerAddress", "serverAddressFormat 3 requires IPV4 server address")]),
    ("ciraconfigs", "POST", CIRA, {"serverAddressFormat": 4},
     [("mpsServerAddress", "serverAddressFormat 4 requires IPV6 server address")]),
    ("ciraconfigs", "POST", CIRA, {"mpsServerAddress": "mps"},
     [("mpsServerAddress", "serverAddressFormat 201 requires FQDN server address")]),
    ("ciraconfigs", "POST", CIRA, {"mpsServerAddress": "MPS.example.com"},
     [("mpsServerAddress", "serverAddressFormat 201 requires FQDN server address")]),
    ("ciraconfigs", "POST", CIRA, {"mpsPort": 1023}, [("mpsPort", PORT)]),
    ("ciraconfigs", "POST", CIRA, {"mpsPort": 49152}, [("mpsPort", PORT)]),
    ("ciraconfigs", "POST", CIRA, {"username": "a_b"},
     [("username", "MPS user name should be alphanumeric"),
      ("username", "MPS user name length should be in between 5 to 16")]),
    ("ciraconfigs", "POST", CIRA, {"username": "x" * 17},
     [("username", "MPS user name length should be in between 5 to 16")]),
    ("ciraconfigs", "POST", CIRA, {"authMethod": 3},
     [("authMethod",
       "Authentication method should be either 1 (Mutual Auth) or 2 (username and password)")]),
    ("ciraconfigs", "PATCH", {"configName": "c1"}, {"serverAddressFormat": 9},
     [("serverAddressFormat", "MPS server address format 3(IPV4) , 4(IPV6) or 201(FQDN)"),
      ("serverAddressFormat", "Server address is required to update")]),
    ("ciraconfigs", "PATCH", {"configName": "c1"}, {"mpsServerAddress": "192.0.2.1"},
     [("mpsServerAddress", "serverAddressFormat is required")]),
    ("ciraconfigs", "PATCH", {"configName": "c1"}, {"mpsPort": "4433"}, [("mpsPort", PORT)]),
    ("ciraconfigs", "PATCH", {"configName": "c1"}, {"mpsPort": 80}, [("mpsPort", PORT)]),
    ("ciraconfigs", "PATCH", {"configName": "c1"}, {"commonName": "192.0.2.1"},
     [("commonName", "serverAddressFormat and mpsServerAddress is required")]),
    ("ciraconfigs", "PATCH", {"configName": "c1"}, {"authMethod": 0},
     [("authMethod",
       "Authentication method accepts either 1 - Mutual Auth or 2 -username/password)")]),
    ("ciraconfigs", "PATCH", {"configName": "c1"}, {"regeneratePassword": "perhaps"},
     [("regeneratePassword", "Invalid value")]),

    ("wirelessconfigs", "POST", {}, {},
     [("profileName", "Wireless profile name is required"),
      ("profileName", "Wireless profile name should be alphanumeric"),
      ("authenticationMethod", "Authentication method is required"),
      ("authenticationMethod", AUTHENTICATION),
      ("encryptionMethod", "Encryption method is required"),
      ("encryptionMethod", "Encryption method must be one of 3:TKIP, 4:CCMP"),
      ("ssid", "SSID is required")]),
    ("wirelessconfigs", "POST", WIFI, {"profileName": "a-" + "b" * 32},
     [("profileName", "Wireless profile name should be alphanumeric"),
      ("profileName", "Wireless profile name maximum length is 32")]),
    ("wirelessconfigs", "POST", WIFI, {"authenticationMethod": 8},
     [("authenticationMethod", AUTHENTICATION)]),
    ("wirelessconfigs", "POST", WIFI, {"encryptionMethod": 5},
     [("encryptionMethod", "Encryption method must be one of 3:TKIP, 4:CCMP")]),
    ("wirelessconfigs", "POST", WIFI, {"ssid": "s" * 33}, [("ssid", "Maximum length is 32")]),
    ("wirelessconfigs", "POST", WIFI, {"pskPassphrase": "short"}, [("pskPassphrase", PASSPHRASE)]),
    ("wirelessconfigs", "POST", WIFI, {"pskPassphrase": GONE}, [("pskPassphrase", PASSPHRASE)]),
    ("wirelessconfigs", "POST", WIFI, {"pskPassphrase": "x" * 64}, [("pskPassphrase", PASSPHRASE)]),
    ("wirelessconfigs", "POST", WIFI, {"authenticationMethod": 7},
     [("ieee8021xProfileName", "ieee8021xProfileName is required")]),
    ("wirelessconfigs", "POST", WIFI, {"authenticationMethod": 7, "ieee8021xProfileName": "none"},
     [("ieee8021xProfileName", "Ieee8021x profile none does not exist in db")]),
    ("wirelessconfigs", "POST", WIFI, {"ieee8021xProfileName": "x1"},
     [("ieee8021xProfileName",
       "ieee8021xProfileName can not be specified with the provided authenticationMethod")]),
    ("wirelessconfigs", "POST", WIFI, {"linkPolicy": 14},
     [("linkPolicy", "LinkPolicy should be an array of integers")]),
    ("wirelessconfigs", "POST", WIFI, {"linkPolicy": ["a"]},
     [("linkPolicy", "Array does not contain integers"), ("linkPolicy", LINKS)]),
    ("wirelessconfigs", "POST", WIFI, {"linkPolicy": [14, 15]}, [("linkPolicy", LINKS)]),
    ("wirelessconfigs", "PATCH", WIFI, {}, [("version", VERSION)]),

    ("ieee8021xconfigs", "POST", {}, {},
     [("profileName", "802.1x profile name is required"),
      ("profileName", "802.1x profile name should be alphanumeric"),
      ("wiredInterface", "Wired interface flag is required"),
      ("authenticationProtocol", "Authentication protocol is required"),
      ("authenticationProtocol", WIRELESS_PROTOCOLS)]),
    ("ieee8021xconfigs", "POST", WIRED, {"profileName": "x" * 33},
     [("profileName", "802.1x profile name maximum length is 32")]),
    ("ieee8021xconfigs", "POST", WIRED, {"authenticationProtocol": 1},
     [("authenticationProtocol", WIRED_PROTOCOLS)]),
    ("ieee8021xconfigs", "POST", WIRED, {"authenticationProtocol": 3, "wiredInterface": False},
     [("authenticationProtocol", WIRELESS_PROTOCOLS)]),
    ("ieee8021xconfigs", "POST", WIRED, {"pxeTimeout": GONE},
     [("pxeTimeout", "PXE Timeout is required"), ("pxeTimeout", "PXE Timeout must be number"),
      ("pxeTimeout", "PXE Timeout value should be 0 - 86400")]),
    ("ieee8021xconfigs", "POST", WIRED, {"pxeTimeout": 86401},
     [("pxeTimeout", "PXE Timeout value should be 0 - 86400")]),
    ("ieee8021xconfigs", "PATCH", WIRED, {}, [("version", VERSION)]),

    ("proxyconfigs", "POST", {}, {},
     [("name", "Proxy profile name is required"),
      ("name", "Proxy profile name should be alphanumeric"),
      ("address", "Server address is required"),
      ("address", "Server address must be a valid IPv4, IPv6, or FQDN"),
      ("port", "Port value should range between 1 and 65535"),
      ("networkDnsSuffix", "Domain name of the network is required"), ("networkDnsSuffix", SUFFIX)]),
    ("proxyconfigs", "POST", PROXY, {"name": "p-1" + "x" * 32},
     [("name", "Proxy profile name should be alphanumeric"),
      ("name", "Proxy profile name maximum length is 32")]),
    ("proxyconfigs", "POST", PROXY, {"address": "no_host"},
     [("address", "Server address must be a valid IPv4, IPv6, or FQDN")]),
    ("proxyconfigs", "POST", PROXY, {"port": 65536},
     [("port", "Port value should range between 1 and 65535")]),
    ("proxyconfigs", "POST", PROXY, {"port": 0},
     [("port", "Port value should range between 1 and 65535")]),
    ("proxyconfigs", "POST", PROXY, {"networkDnsSuffix": "a_b.com"},
     [("networkDnsSuffix", SUFFIX)]),
    ("proxyconfigs", "POST", PROXY, {"networkDnsSuffix": ".".join(["abcdefgh"] * 22) + ".com"},
     [("networkDnsSuffix", "Domain name of the network maximum length is 192")]),
    ("proxyconfigs", "PATCH", {"name": "p1"}, {},
     [("address", "Server address is required"),
      ("address", "Server address must be a valid IPv4, IPv6, or FQDN"),
      ("port", "Port value should range between 1 and 65535"),
      ("networkDnsSuffix", "Domain name of the network is required"), ("networkDnsSuffix", SUFFIX)]),

    ("profiles", "POST", {}, {},
     [("profileName", "AMT profile name is required"),
      ("profileName", "AMT profile name accepts letters, numbers, special characters and no spaces"),
      ("activation", "Activation is required"), ("activation", ACTIVATION),
      ("activation", EITHER), ("generateRandomPassword", MANDATORY),
      ("dhcpEnabled", "Invalid value"), ("dhcpEnabled", "DHCP enabled must be a boolean")]),
    ("profiles", "POST", PROFILE, {"profileName": "a b"},
     [("profileName",
       "AMT profile name accepts letters, numbers, special characters and no spaces")]),
    ("profiles", "POST", PROFILE, {"activation": "maintenance"}, [("activation", ACTIVATION)]),
    ("profiles", "POST", PROFILE, {"amtPassword": GONE},
     [("activation", EITHER), ("generateRandomPassword", MANDATORY)]),
    ("profiles", "POST", ACM, {"mebxPassword": GONE},
     [("activation", "MEBx Password is required for acmactivate"),
      ("generateRandomMEBxPassword",
       "If generate random MEBx password is disabled, mebxPassword is mandatory")]),
    ("profiles", "POST", PROFILE, {"amtPassword": "password"}, [("amtPassword", "AMT " + STRENGTH)]),
    ("profiles", "POST", PROFILE, {"amtPassword": "P@ssw0rd |"},
     [("amtPassword", "AMT " + STRENGTH)]),
    ("profiles", "POST", PROFILE, {"generateRandomPassword": True},
     [("generateRandomPassword", NOT_BOTH)]),
    ("profiles", "POST", PROFILE, {"generateRandomPassword": "maybe"},
     [("generateRandomPassword", "Generate random AMT password must be a boolean true or false"),
      ("generateRandomPassword", NOT_BOTH)]),
    ("profiles", "POST", ACM, {"mebxPassword": "weak"}, [("mebxPassword", "MEBx " + STRENGTH)]),
    ("profiles", "POST", ACM, {"generateRandomMEBxPassword": True},
     [("generateRandomMEBxPassword", MEBX_NOT_BOTH)]),
    ("profiles", "POST", PROFILE, {"tlsMode": 5}, [("tlsMode", TLS)]),
    ("profiles", "POST", PROFILE, {"tlsMode": 1, "tlsSigningAuthority": "Mine"},
     [("tlsSigningAuthority", "TLS Signing Authority must be one of SelfSigned,MicrosoftCA")]),
    ("profiles", "POST", PROFILE, {"tlsMode": 1, "ciraConfigName": "c1"},
     [("ciraConfigName", "CIRA cannot be configured if TLS is enabled")]),
    ("profiles", "POST", PROFILE, {"tags": "one"}, [("tags", "Invalid value")]),
    ("profiles", "POST", PROFILE, {"dhcpEnabled": "yes"},
     [("dhcpEnabled", "DHCP enabled must be a boolean")]),
    ("profiles", "POST", PROFILE, {"ipSyncEnabled": "x", "localWifiSyncEnabled": "x",
                                   "uefiWifiSyncEnabled": "x"},
     [("ipSyncEnabled", "ipSyncEnabled must be a boolean"),
      ("localWifiSyncEnabled", "localWifiSyncEnabled must be a boolean"),
      ("uefiWifiSyncEnabled", "uefiWifiSyncEnabled must be a boolean")]),
    ("profiles", "POST", PROFILE,
     {"dhcpEnabled": False, "wifiConfigs": [{"priority": 0, "profileName": "w1"}]},
     [("wifiConfigs", "Wifi supports only DHCP in AMT"),
      ("wifiConfigs", "wifi config priority should be an integer and between 1 and 255")]),
    ("profiles", "POST", PROFILE, {"wifiConfigs": [{"priority": 1.5, "profileName": "w1"}]},
     [("wifiConfigs", "wifi config priority should be an integer and between 1 and 255")]),
    ("profiles", "POST", PROFILE,
     {"wifiConfigs": [{"priority": n, "profileName": f"w{n}"} for n in range(1, 10)]},
     [("wifiConfigs", "A maximum of 8 wifi profiles can be stored at a time.")]),
    ("profiles", "POST", PROFILE,
     {"wifiConfigs": [{"priority": 1, "profileName": "no1"}, {"priority": 2, "profileName": "no2"}]},
     [("wifiConfigs", "wifi configs no1,no2 does not exists in db")]),
    ("profiles", "POST", PROFILE,
     {"proxyConfigs": [{"priority": n, "name": f"p{n}"} for n in range(1, 17)]},
     [("proxyConfigs", "A maximum of 15 proxy profiles can be stored at a time.")]),
    ("profiles", "POST", PROFILE, {"proxyConfigs": [{"priority": 256, "name": "p1"}]},
     [("proxyConfigs", "proxy config priority should be an integer and between 1 and 255")]),
    ("profiles", "POST", PROFILE, {"proxyConfigs": [{"priority": 1, "name": "no"}]},
     [("proxyConfigs", "proxy configs no does not exists in db")]),
    ("profiles", "POST", PROFILE, {"ieee8021xProfileName": "no"},
     [("ieee8021xProfileName", "Ieee8021x profile no does not exist in db")]),
    ("profiles", "POST", PROFILE, {"userConsent": "Never"},
     [("userConsent", "User consent must be one of None,All,KVM"),
      ("userConsent", "User consent is required for all the actions in client control mode")]),
    ("profiles", "POST", PROFILE, {"userConsent": "KVM"},
     [("userConsent", "User consent is required for all the actions in client control mode")]),
    ("profiles", "POST", PROFILE, {"iderEnabled": "x", "kvmEnabled": "x", "solEnabled": "x"},
     [("iderEnabled", "IDER enabled must be a boolean"),
      ("kvmEnabled", "KVM enabled must be a boolean"),
      ("solEnabled", "Serial Over Lan (sol) enabled must be a boolean")]),
    ("profiles", "PATCH", {"profileName": "ccm"}, {},
     [("activation", ACTIVATION), ("version", VERSION)]),
    ("profiles", "PATCH", PROFILE, {"dhcpEnabled": GONE, "version": 1,
                                    "wifiConfigs": [{"priority": 1, "profileName": "no1"}]},
     [("wifiConfigs", "DHCP enabled should be true"),
      ("wifiConfigs", "wifi configs no1 does not exists in db")]),
    ("profiles", "PATCH", PROFILE, {"version": 1, "ieee8021xProfileName": "no"},
     [("ieee8021xProfileName", "IEEEProfile config no does not exists in db")]),
]

SECRETS = ("provisioningCert", "provisioningCertPassword", "amtPassword", "mebxPassword",
           "pskPassphrase", "password")


def check(server, case):
    collection, method, right, change, expected = case
    body = {name: value for name, value in {**right, **change}.items() if value is not GONE}
    status, answer = server.ask(method, f"{ADMIN}/{collection}", body)
    same(status, 400)
    same([(entry["path"], entry["msg"]) for entry in answer.get("errors", [])], expected)
    for entry in answer["errors"]:
        same((entry["type"], entry["location"]), ("field", "body"))
        same("value" in entry, entry["path"] in body and entry["path"] not in SECRETS)


def each_rule_has_its_message():
    server = Server()
    try:
        server.log_in()
        wrong = []
        for case in CASES:
            try:
                check(server, case)
            except AssertionError as error:
                wrong.append(f"{case[0]} {case[1]} {case[3]}: {error}")
        same(wrong, [])
    finally:
        server.stop()


def lists_check_their_three_parameters_in_order():
    server = Server()
    try:
        server.log_in()
        for kind in KINDS:
            status, answer = server.ask("GET", f"{ADMIN}/{kind}?$count=x&$skip=x&$top=-1")
            same(status, 400)
            same([(entry["path"], entry["msg"], entry["location"]) for entry in answer["errors"]],
                 [("$top", TOP, "query"), ("$skip", SKIP, "query"), ("$count", COUNT, "query")])
            same(server.ask("GET", f"{ADMIN}/{kind}?$top=9999999999&$skip=9999999999")[0], 200)
            same(server.ask("GET", f"{ADMIN}/{kind}?$top=10000000000")[0], 400)
    finally:
        server.stop()


def a_name_has_a_limit_and_is_not_shown_whole():
    server = Server()
    try:
        server.log_in()
        for collection, field, body, words in [
                ("domains", "profileName", DOMAIN, "AMT Domain profile name"),
                ("ciraconfigs", "configName", CIRA, "CIRA profile name"),
                ("profiles", "profileName", PROFILE, "AMT profile name")]:
            status, answer = server.ask("POST", f"{ADMIN}/{collection}", {**body, field: "n" * 60000})
            first = answer["errors"][0]
            same((status, first["path"], first["msg"], first["value"]),
                 (400, field, f"{words} maximum length is 120", "n" * 512))
        for size, status in ((121, 400), (120, 201)):
            same(server.ask("POST", f"{ADMIN}/profiles", {**PROFILE, "profileName": "n" * size})[0],
                 status)
    finally:
        server.stop()


def a_name_that_devices_will_not_find_in_the_certificate_is_warned_of():
    server = Server(flags=["--common-name", "127.0.0.1"])
    try:
        server.log_in()
        pem = (server.data / "ca.pem").read_text()
        root = "".join(line for line in pem.splitlines() if "-----" not in line)
        for name, address, expected, given in [
                ("right", "127.0.0.1", "127.0.0.1", root), ("other", "127.0.0.1", "127.0.0.2", "MIID"),
                ("wrong", "127.0.0.1", "127.0.0.3", root)]:
            config = {**CIRA, "configName": name, "mpsServerAddress": address,
                      "serverAddressFormat": 3, "commonName": expected, "mpsRootCertificate": given}
            status, answer = server.ask("POST", f"{ADMIN}/ciraconfigs", config)
            same(status, 201)
            same("127.0.0.3" in answer.get("warning", ""), name == "wrong")
            same("warning" in answer, name == "wrong")
    finally:
        server.stop()


def no_secret_is_in_an_answer_to_wrong_input():
    server = Server()
    try:
        server.log_in()
        secret = "Sup3rSecret!"
        for collection, body in [
                ("domains", {**DOMAIN, "provisioningCertPassword": secret}),
                ("domains", {**DOMAIN, "provisioningCert":
                             base64.b64encode(secret.encode()).decode()}),
                ("profiles", {"amtPassword": secret + "|", "mebxPassword": secret + "|"}),
                ("wirelessconfigs", {"pskPassphrase": secret * 9}),
                ("ciraconfigs", {"password": secret})]:
            connection = server.connection()
            status, answer, _ = server.ask_on(connection, "POST", f"{ADMIN}/{collection}", body)
            same(status, 400)
            contains(str(answer), "errors")
            same(secret in str(answer), False)
            same(base64.b64encode(secret.encode()).decode() in str(answer), False)
            connection.close()
        same(secret in server.output(), False)
    finally:
        server.stop()


if __name__ == "__main__":
    rig.main([each_rule_has_its_message, lists_check_their_three_parameters_in_order,
              a_name_has_a_limit_and_is_not_shown_whole,
              a_name_that_devices_will_not_find_in_the_certificate_is_warned_of,
              no_secret_is_in_an_answer_to_wrong_input])
