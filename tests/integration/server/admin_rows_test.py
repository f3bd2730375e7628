"""The six collections of the admin interface: what is stored, shown, refused (spec rps 1.1 to 1.9)."""

import http.client

import provisioning_pfx
import rig
from rig import Server, contains, same

ADMIN = "/api/v1/admin"

CIRA = {"configName": "Ciraconfig1", "mpsServerAddress": "192.168.8.50", "mpsPort": 4433,
        "username": "admin", "password": "C1ra-secret!", "commonName": "192.168.8.50",
        "serverAddressFormat": 3, "authMethod": 2, "mpsRootCertificate": "MIIDrootcert",
        "proxyDetails": ""}
WIRED = {"profileName": "wired1", "authenticationProtocol": 0, "pxeTimeout": 120,
         "wiredInterface": True}
RADIUS = {"profileName": "radius1", "authenticationProtocol": 2, "wiredInterface": False}
HOME = {"profileName": "home", "authenticationMethod": 6, "encryptionMethod": 4, "ssid": "home",
        "pskPassphrase": "Wif1-secret!", "linkPolicy": [14, 16]}
OFFICE = {"profileName": "office", "authenticationMethod": 7, "encryptionMethod": 4,
          "ssid": "office", "ieee8021xProfileName": "radius1"}
PROXY = {"name": "proxy1", "address": "proxy.example.com", "port": 3128,
         "networkDnsSuffix": "example.com"}
PROXY6 = {"name": "aproxy", "address": "2001:db8::1", "port": "8080",
          "networkDnsSuffix": "example.com"}
ACM = {"profileName": "acmProfile", "activation": "acmactivate", "amtPassword": "Amt-s3cret!",
       "mebxPassword": "MEBx-s3cret!", "ciraConfigName": "ciraconfig1", "dhcpEnabled": True,
       "tags": ["store#123", "xeon"], "wifiConfigs": [{"priority": 2, "profileName": "office"},
                                                      {"priority": 1, "profileName": "home"}],
       "proxyConfigs": [{"priority": 1, "name": "proxy1"}, {"priority": 2, "name": "aproxy"}],
       "ieee8021xProfileName": "wired1", "ipSyncEnabled": True}
CCM = {"profileName": "ccm", "activation": "ccmactivate", "generateRandomPassword": True,
       "dhcpEnabled": False, "userConsent": "All"}
SECRETS = ("C1ra-secret!", "Wif1-secret!", "Amt-s3cret!", "MEBx-s3cret!",
           provisioning_pfx.PASSWORD)


class Admin:
    """One server and its administrator."""

    def __init__(self, flags=()):
        self.server = Server(flags=flags)
        self.server.log_in()

    def ask(self, method, path, body=None, headers=()):
        """Status, body, headers."""
        connection = self.server.connection()
        try:
            status, content, answer = self.server.ask_on(connection, method, ADMIN + path, body,
                                                         headers=headers)
            for secret in SECRETS:
                same(secret in str(content), False)
            return status, content, answer
        finally:
            connection.close()

    def make(self, collection, body):
        status, row, _ = self.ask("POST", f"/{collection}", body)
        same((status, row), (201, row))
        return row

    def make_all(self):
        for collection, body in [("ciraconfigs", CIRA), ("ieee8021xconfigs", WIRED),
                                 ("ieee8021xconfigs", RADIUS), ("wirelessconfigs", HOME),
                                 ("wirelessconfigs", OFFICE), ("proxyconfigs", PROXY),
                                 ("proxyconfigs", PROXY6), ("profiles", ACM), ("profiles", CCM)]:
            self.make(collection, body)


def with_server(test):
    def run():
        admin = Admin()
        try:
            test(admin)
        finally:
            admin.server.stop()
        for secret in SECRETS:
            same(secret in admin.server.said, False)
    run.__name__ = test.__name__
    return run


def without(row, *names):
    return {name: value for name, value in row.items() if name not in names}


@with_server
def each_kind_is_shown_as_the_toolkit_shows_it(admin):
    cira = admin.make("ciraconfigs", CIRA)
    same(without(cira, "version"), {**without(CIRA, "password"), "tenantId": ""})
    same(cira["version"].isdigit(), True)
    wired = admin.make("ieee8021xconfigs", WIRED)
    same(without(wired, "version"), {**WIRED, "tenantId": ""})
    radius = admin.make("ieee8021xconfigs", RADIUS)
    same(without(radius, "version"), {**RADIUS, "pxeTimeout": None, "tenantId": ""})
    home = admin.make("wirelessconfigs", HOME)
    same(without(home, "version"), {**without(HOME, "pskPassphrase"), "pskValue": None,
                                    "tenantId": "", "ieee8021xProfileName": None})
    admin.make("wirelessconfigs", OFFICE)
    same(admin.make("proxyconfigs", PROXY), {**PROXY, "infoFormat": 201, "tenantId": ""})
    same(admin.make("proxyconfigs", PROXY6), {**PROXY6, "port": 8080, "infoFormat": 4,
                                              "tenantId": ""})
    acm = admin.make("profiles", ACM)
    same(without(acm, "version"), {
        "profileName": "acmProfile", "activation": "acmactivate", "ciraConfigName": "ciraconfig1",
        "generateRandomPassword": False, "generateRandomMEBxPassword": False,
        "tags": ["store#123", "xeon"], "dhcpEnabled": True, "tlsMode": None, "userConsent": "KVM",
        "iderEnabled": False, "kvmEnabled": True, "solEnabled": False, "tenantId": "",
        "tlsSigningAuthority": None, "ieee8021xProfileName": "wired1",
        "wifiConfigs": [{"priority": 1, "profileName": "home"},
                        {"priority": 2, "profileName": "office"}],
        "ipSyncEnabled": True, "localWifiSyncEnabled": None, "uefiWifiSyncEnabled": None,
        "proxyConfigs": [{"name": "proxy1", "priority": 1}, {"name": "aproxy", "priority": 2}]})
    ccm = admin.make("profiles", {**CCM, "tlsMode": 2})
    same((ccm["userConsent"], ccm["tlsMode"], ccm["tlsSigningAuthority"]), ("All", 2, "SelfSigned"))
    for collection, name, row in [("ciraconfigs", "CIRACONFIG1", cira),
                                  ("wirelessconfigs", "Home", home),
                                  ("ieee8021xconfigs", "WIRED1", wired),
                                  ("profiles", "ACMPROFILE", acm)]:
        same(admin.ask("GET", f"/{collection}/{name}")[:2], (200, row))
    same(admin.ask("GET", "/proxyconfigs/PROXY1")[1]["name"], "proxy1")


@with_server
def lists_are_by_name_in_pages_and_counted_when_asked(admin):
    admin.make_all()
    names = lambda rows: [row["profileName"] for row in rows]
    same(names(admin.ask("GET", "/profiles")[1]), ["acmProfile", "ccm"])
    same(names(admin.ask("GET", "/profiles/")[1]), ["acmProfile", "ccm"])
    same(names(admin.ask("GET", "/profiles?$top=1&$skip=1")[1]), ["ccm"])
    same(admin.ask("GET", "/profiles?$top=0")[1], [])
    counted = admin.ask("GET", "/profiles?$top=1&$count=true")[1]
    same((names(counted["data"]), counted["totalCount"]), (["acmProfile"], 2))
    same(isinstance(admin.ask("GET", "/profiles?$count=0")[1], list), True)
    same(names(admin.ask("GET", "/ieee8021xconfigs")[1]), ["radius1", "wired1"])


@with_server
def a_tag_of_the_body_answers_304(admin):
    path = "/ciraconfigs"
    status, rows, answer = admin.ask("GET", path)
    tag = answer.getheader("ETag")
    same((status, rows, tag[:2]), (200, [], "W/"))
    same(admin.ask("GET", path + "?$top=10&$skip=0")[2].getheader("ETag"), tag)
    same(admin.ask("GET", path, headers={"If-None-Match": tag})[:2], (304, b""))
    admin.make("ciraconfigs", CIRA)
    same(admin.ask("GET", path, headers={"If-None-Match": tag})[0], 200)


@with_server
def what_is_not_there_is_a_404_with_its_sentence(admin):
    for collection, label in [("domains", "Domain"), ("ciraconfigs", "CIRA"), ("profiles", "AMT"),
                              ("wirelessconfigs", "Wireless"), ("ieee8021xconfigs", "802.1x"),
                              ("proxyconfigs", "Proxy")]:
        body = {"error": "Not Found", "message": f"{label} profile nobody Not Found"}
        same(admin.ask("GET", f"/{collection}/nobody")[:2], (404, body))
        same(admin.ask("DELETE", f"/{collection}/nobody")[:2], (404, body))
    for collection, body in [
            ("ciraconfigs", {"configName": "nobody"}), ("wirelessconfigs", {**HOME, "version": 1}),
            ("ieee8021xconfigs", {**WIRED, "version": 1}), ("proxyconfigs", PROXY),
            ("profiles", {**CCM, "version": "1"}),
            ("domains", {"profileName": "nobody", "provisioningCertStorageFormat": "raw"})]:
        same(admin.ask("PATCH", f"/{collection}", body)[0], 404)
    for method, path in [("PUT", "/profiles"), ("DELETE", "/profiles"), ("POST", "/profiles/a"),
                         ("COPY", "/domains"), ("GET", "/nothing")]:
        same(admin.ask(method, path)[0], 404)


@with_server
def a_name_that_is_taken_is_refused_in_the_spelling_asked_for(admin):
    admin.make_all()
    for collection, body, message in [
            ("ciraconfigs", {**CIRA, "configName": "CIRACONFIG1"},
             "CIRA Config CIRACONFIG1 already exists."),
            ("wirelessconfigs", {**HOME, "profileName": "HOME"},
             "Wireless profile HOME already exists"),
            ("ieee8021xconfigs", WIRED, "802.1x config: wired1 already exists"),
            ("proxyconfigs", PROXY, "Proxy profile proxy1 already exists"),
            ("proxyconfigs", {**PROXY, "name": "other"}, "Proxy profile other already exists"),
            ("profiles", {**CCM, "profileName": "CCM"}, "AMT profile CCM already exists")]:
        same(admin.ask("POST", f"/{collection}", body)[:2],
             (400, {"error": "Unique key violation", "message": message}))


@with_server
def what_is_used_cannot_be_removed(admin):
    admin.make_all()
    violation = "Foreign key violation"
    for path, error, message in [
            ("/ciraconfigs/ciraconfig1", violation,
             "CIRA Config: ciraconfig1 is associated with an AMT profile"),
            ("/wirelessconfigs/home", violation,
             "Wireless profile: home is associated with an AMT Profile."),
            ("/proxyconfigs/proxy1", violation,
             "Proxy profile: proxy1 is associated with an AMT Profile."),
            ("/ieee8021xconfigs/wired1", "Error",
             "802.1x config: wired1 is associated with an AMT Profile."),
            ("/ieee8021xconfigs/radius1", "Error",
             "802.1x config: radius1 is associated with a wireless profile.")]:
        same(admin.ask("DELETE", path)[:2], (400, {"error": error, "message": message}))
    for path in ("/profiles/ACMprofile", "/ciraconfigs/ciraconfig1", "/wirelessconfigs/home",
                 "/wirelessconfigs/office", "/proxyconfigs/proxy1", "/ieee8021xconfigs/wired1",
                 "/ieee8021xconfigs/radius1"):
        same(admin.ask("DELETE", path)[:2], (204, b""))
        same(admin.ask("GET", path)[0], 404)
    status, answer, _ = admin.ask("POST", "/profiles", {**CCM, "profileName": "x",
                                                        "ciraConfigName": "gone"})
    same((status, answer["message"]), (400, "Referenced constraint gone doesn't exist"))
    contains(answer["error"], "Foreign key constraint violation")


@with_server
def a_change_must_name_the_version_that_it_is_of(admin):
    admin.make_all()
    for collection, name, body in [
            ("ciraconfigs", "ciraconfig1", {"configName": "ciraconfig1", "username": "another"}),
            ("wirelessconfigs", "home", {**HOME, "ssid": "other"}),
            ("ieee8021xconfigs", "wired1", {**WIRED, "pxeTimeout": 60}),
            ("profiles", "ccm", {**CCM, "tags": ["new"]})]:
        row = admin.ask("GET", f"/{collection}/{name}")[1]
        old = row["version"]
        status, changed, _ = admin.ask("PATCH", f"/{collection}", {**body, "version": int(old)})
        same(status, 200)
        same(changed["version"] != old, True)
        status, now, answer = admin.ask("PATCH", f"/{collection}", {**body, "version": old})
        same((status, now, answer.getheader("ETag")), (409, changed, changed["version"]))
        status, now, _ = admin.ask("PATCH", f"/{collection}", {**body, "version": old},
                                   {"If-Match": old})
        same((status, now), (412, changed))
        same(admin.ask("PATCH", f"/{collection}", {**body, "version": "first"})[0], 409)
    version = admin.ask("GET", "/profiles/ccm")[1]["version"]
    for header in (version, f'"{admin.ask("GET", "/ciraconfigs/ciraconfig1")[1]["version"]}"'):
        collection = "profiles" if header == version else "ciraconfigs"
        body = {**CCM, "version": 1} if header == version else {"configName": "ciraconfig1"}
        same(admin.ask("PATCH", f"/{collection}", body, {"If-Match": header})[0], 200)
    same(admin.ask("PATCH", "/ciraconfigs", {"configName": "ciraconfig1"})[0], 409)
    status, proxy, _ = admin.ask("PATCH", "/proxyconfigs", {**PROXY, "port": 8081})
    same((status, proxy["port"]), (200, 8081))


@with_server
def a_refused_change_of_a_profile_leaves_its_links(admin):
    admin.make_all()
    before = admin.ask("GET", "/profiles/acmProfile")[1]
    body = {"profileName": "acmProfile", "activation": "acmactivate", "dhcpEnabled": True}
    same(admin.ask("PATCH", "/profiles", {**body, "version": "1"})[0], 409)
    same(admin.ask("GET", "/profiles/acmProfile")[1], before)


@with_server
def a_change_of_a_profile_keeps_what_it_does_not_speak_of(admin):
    admin.make_all()
    change = lambda body: admin.ask("PATCH", "/profiles", {
        "profileName": "acmProfile", "activation": "acmactivate",
        "version": admin.ask("GET", "/profiles/acmProfile")[1]["version"], **body})
    before = admin.ask("GET", "/profiles/acmProfile")[1]
    status, row, _ = change({"solEnabled": True, "ciraConfigName": "ciraconfig1",
                             "ieee8021xProfileName": "wired1",
                             "proxyConfigs": before["proxyConfigs"]})
    same((status, without(row, "version")), (200, {**without(before, "version"),
                                                   "solEnabled": True}))
    row = change({"tlsMode": 1})[1]
    same((row["ciraConfigName"], row["tlsMode"], row["ieee8021xProfileName"], row["proxyConfigs"]),
         (None, 1, None, []))
    row = change({"dhcpEnabled": True})[1]
    same((row["wifiConfigs"], row["tlsMode"], row["tlsSigningAuthority"]), ([], None, None))
    row = change({"generateRandomPassword": True})[1]
    same(row["generateRandomPassword"], True)
    row = change({"amtPassword": "An0ther!pass"})[1]
    same(row["generateRandomPassword"], False)
    status, row, _ = change({"activation": "ccmactivate"})
    same((status, row["userConsent"], row["generateRandomMEBxPassword"]), (200, "All", False))
    same(change({})[:2], (400, {"error": "Error",
                                "message": "MEBx password is required for acmactivate"}))


@with_server
def a_domain_has_a_certificate_that_fits(admin):
    good = provisioning_pfx.make("amt.d1.com")
    domain = {"profileName": "NewDomain", "provisioningCertPassword": provisioning_pfx.PASSWORD,
              "domainSuffix": "d1.com", "provisioningCert": good,
              "provisioningCertStorageFormat": "raw"}
    said = lambda body: [entry["msg"] for entry in
                         admin.ask("POST", "/domains", {**domain, **body})[1]["errors"]]
    same(said({"domainSuffix": "d2.com"}), ["FQDN not associated with provisioning certificate"])
    same(said({"provisioningCertPassword": "wrong"})[0].split(".")[0],
         "Unable to decrypt provisioning certificate")
    same(said({"provisioningCert": provisioning_pfx.make("amt.d1.com", "clientAuth")}),
         ["Leaf certificate is missing the Intel AMT Activation EKU OID (2.16.840.1.113741.1.2.3)"])
    curve = {"provisioningCert": provisioning_pfx.make("amt.d1.com", curve="P-256")}
    sentence = ("The key of the provisioning certificate is EC P-256, but Intel AMT is set up with "
                "signatures of RSA keys only. Have the certificate issued again for an RSA key of "
                "2048 bits or more")
    same(said(curve), [sentence])
    row = admin.make("domains", domain)
    status, answer, _ = admin.ask("PATCH", "/domains", {**domain, **curve,
                                                        "version": row["version"]})
    same((status, answer["errors"][0]["path"], answer["errors"][0]["msg"]),
         (400, "provisioningCert", sentence))
    same(sorted(row), ["domainSuffix", "expirationDate", "profileName",
                       "provisioningCertStorageFormat", "tenantId", "version"])
    same(admin.ask("GET", "/domains/newdomain")[1], row)
    for body in ({"profileName": "NEWDOMAIN", "domainSuffix": "d3.com",
                  "provisioningCert": provisioning_pfx.make("amt.d3.com")},
                 {"profileName": "other"}):
        same(admin.ask("POST", "/domains", {**domain, **body})[:2],
             (400, {"error": "Unique key violation", "message":
                    f"Domain {body['profileName']} ID or Suffix already exists"}))
    old = provisioning_pfx.make("amt.d1.com", legacy=True, password="Other1!pw")
    change = {"profileName": "newdomain", "provisioningCertStorageFormat": "string",
              "version": row["version"]}
    status, answer, _ = admin.ask("PATCH", "/domains", {**change,
                                                        "provisioningCertPassword": "Other1!pw"})
    same((status, answer["errors"][0]["path"]), (400, "provisioningCertPassword"))
    status, row, _ = admin.ask("PATCH", "/domains", {**change, "provisioningCert": old,
                                                     "provisioningCertPassword": "Other1!pw"})
    same((status, row["profileName"], row["provisioningCertStorageFormat"]),
         (200, "NewDomain", "string"))
    same(admin.ask("PATCH", "/domains", change)[0], 409)
    same(admin.ask("DELETE", "/domains/NEWDOMAIN")[0], 204)


def the_toolkits_port_has_provisioning_and_nothing_else():
    server = Server(flags=["--rps-http", "127.0.0.1:0"])

    def ask(port, path, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            return server.ask_on(connection, "GET", path, token=token)[:2]
        finally:
            connection.close()
    try:
        server.log_in()
        same(ask(server.rps, f"{ADMIN}/profiles")[0], 401)
        same(ask(server.rps, f"{ADMIN}/profiles", server.token), (200, []))
        same(ask(server.rps, "/api/v1/devices", server.token)[0], 404)
        same(server.ask("GET", f"/rps{ADMIN}/"),
             (200, {"message": "admin path. use admin/profiles"}))
        status, version = server.ask("GET", f"{ADMIN}/version")
        same((status, version["protocolVersion"]), (200, "4.0.0"))
        status, health = server.ask("GET", f"{ADMIN}/health")
        same((status, health["db"]["status"], health["secretStore"]["status"]["initialized"],
              health["secretStore"]["status"]["sealed"]), (200, "OK", True, False))
        same(server.ask("GET", f"{ADMIN}/profiles", token=None)[0], 401)
    finally:
        server.stop()
    server = Server(flags=["--rps-http", "127.0.0.1:0", "--rps-auth", "none"])
    try:
        same(ask(server.rps, f"{ADMIN}/profiles"), (200, []))
        same(server.ask("GET", f"{ADMIN}/profiles", token=None)[0], 401)
        same(ask(server.rps, "/api/v1/devices")[0], 404)
    finally:
        server.stop()


if __name__ == "__main__":
    rig.main([each_kind_is_shown_as_the_toolkit_shows_it,
              lists_are_by_name_in_pages_and_counted_when_asked,
              a_tag_of_the_body_answers_304, what_is_not_there_is_a_404_with_its_sentence,
              a_name_that_is_taken_is_refused_in_the_spelling_asked_for,
              what_is_used_cannot_be_removed, a_change_must_name_the_version_that_it_is_of,
              a_refused_change_of_a_profile_leaves_its_links,
              a_change_of_a_profile_keeps_what_it_does_not_speak_of,
              a_domain_has_a_certificate_that_fits,
              the_toolkits_port_has_provisioning_and_nothing_else])
