"""Calls every method that the toolkit's package knows, in an order that leaves a device usable until
the last one, and puts back every setting as it was read."""

import base64
import functools
import hashlib
import pathlib
import subprocess
import tempfile

from clients import SPACES, as_object, local, selector_of
from rig import same

PASSWORD = "Am1-foreign"
COLLECTION = "TLSProtocolEndpoint Instances Collection"

# Methods of the package that nothing is asked with.
NOT_CALLED = {
    ("AMT", "RemoteAccessPolicyAppliesToMPS", "Create"):
        "it comes with AddRemoteAccessPolicyRule; nobody creates one",
    ("AMT", "RemoteAccessPolicyAppliesToMPS", "Delete"):
        "the package cannot write a reference of several keys as a selector",
}


def check(device, absent, tls_only):
    device.tls_only = tls_only
    for part in (accounts, alarms, boot, certificates, consent, logs, power, redirection,
                 remote_access, settings, setup, tls, time, wireless):
        part(device)
    if "IPS_IEEE8021xSettings" not in absent:
        wired(device)
    if "IPS_PowerManagementService" not in absent:
        device.invoke("IPS", "PowerManagementService", "RequestOSPowerSavingStateChange", 2)
    proxies(device)
    host_based_setup(device)
    device.invoke("AMT", "SetupAndConfigurationService", "Unprovision", 1)


def accounts(device):
    realm = device.first("AMT", "GeneralSettings")
    realm = next(child.text for child in realm if local(child) == "DigestRealm")

    def proof(user, password):
        digest = hashlib.md5(f"{user}:{realm}:{password}".encode()).digest()
        return base64.b64encode(digest).decode()

    name = "AuthorizationService"
    added = device.invoke("AMT", name, "AddUserAclEntryEx", 2, [3, 4], "foreign",
                          proof("foreign", "Am1-other"))
    handle = int(added["Handle"].text)
    listed = device.invoke("AMT", name, "EnumerateUserAclEntries", 1)
    same(int(listed["TotalCount"].text) >= 1, True)
    same(device.invoke("AMT", name, "GetUserAclEntryEx", handle)["DigestUsername"].text, "foreign")
    device.invoke("AMT", name, "SetAclEnabledState", handle, False)
    same(device.invoke("AMT", name, "GetAclEnabledState", handle)["Enabled"].text, "false")
    device.invoke("AMT", name, "UpdateUserAclEntryEx", handle, 2, [3], "foreign2",
                  proof("foreign2", "Am1-other"))
    device.invoke("AMT", name, "RemoveUserAclEntry", handle)
    same(device.invoke("AMT", name, "GetAdminAclEntry")["Username"].text, "admin")
    device.invoke("AMT", name, "GetAdminAclEntryStatus")
    device.invoke("AMT", name, "GetAdminNetAclEntryStatus")
    device.invoke("AMT", name, "SetAdminACLEntryEx", "admin", proof("admin", PASSWORD))
    device.invoke("AMT", "KerberosSettingData", "SetCredentialCacheState", {"Enable": True})
    device.invoke("AMT", "KerberosSettingData", "GetCredentialCacheState")


def alarms(device):
    device.invoke("AMT", "AlarmClockService", "AddAlarm", {
        "InstanceID": "Foreign", "ElementName": "Foreign", "Interval": 1505,
        "StartTime": {"date": "2099-12-31T23:59:00Z"}, "DeleteOnCompletion": True})
    alarm = device.first("IPS", "AlarmClockOccurrence")
    same({local(child): child for child in alarm}["InstanceID"].text, "Foreign")
    same(device.one("IPS", "AlarmClockOccurrence", "Delete",
                    {"name": "InstanceID", "value": "Foreign"}), None)
    device.refused("AMT", "AlarmClockService", "Put", {"InstanceID": "x"})


def boot(device):
    device.put_back("AMT", "BootSettingData")
    device.invoke("CIM", "BootConfigSetting", "ChangeBootOrder", "Intel(r) AMT: Force PXE Boot")
    device.invoke("CIM", "BootService", "SetBootConfigRole",
                  "Intel(r) AMT: Boot Configuration 0", 1)
    device.invoke("CIM", "BootConfigSetting", "ChangeBootOrder")
    # without One-Click Recovery there is nothing to switch on
    device.invoke("CIM", "BootService", "RequestStateChange", 32769, gives=(0, 1))


@functools.cache
def certificate(name):
    """A self-signed certificate and its key (PKCS#1), both base64 of DER, by openssl."""
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        for command in (
                "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out c.der -outform DER "
                f"-subj /CN={name} -days 30",
                "rsa -in key.pem -traditional -outform DER -out key.der"):
            subprocess.run(["openssl", *command.split()], cwd=here, capture_output=True, check=True)
        return [base64.b64encode((here / file).read_bytes()).decode()
                for file in ("c.der", "key.der")]


@functools.cache
def certificate_request():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run("openssl req -new -newkey rsa:2048 -nodes -keyout k.pem -outform DER -out r.der"
                       " -subj /CN=foreign".split(), cwd=folder, capture_output=True, check=True)
        return base64.b64encode((pathlib.Path(folder) / "r.der").read_bytes()).decode()


def certificates(device):
    name = "PublicKeyManagementService"
    root = device.invoke("AMT", name, "AddTrustedRootCertificate",
                         {"CertificateBlob": certificate("root")[0]})
    der, key = certificate("leaf")
    key_id = selector_of(device.invoke("AMT", name, "AddKey", key)["CreatedKey"], "InstanceID")
    leaf = device.invoke("AMT", name, "AddCertificate", {"CertificateBlob": der})
    made = device.invoke("AMT", name, "GenerateKeyPair", {"KeyAlgorithm": 0, "KeyLength": 2048})
    made_id = selector_of(made["KeyPair"], "InstanceID")
    device.invoke("AMT", name, "GeneratePKCS10RequestEx", {
        "KeyPair": anonymous("AMT_PublicPrivateKeyPair", made_id), "SigningAlgorithm": 1,
        "NullSignedCertificateRequest": certificate_request()})
    device.put_back("AMT", "PublicKeyCertificate")
    credential_context(device, selector_of(leaf["CreatedCertificate"], "InstanceID"))
    for added in (root, leaf):
        device.one("AMT", "PublicKeyCertificate", "Delete", {
            "name": "InstanceID", "value": selector_of(added["CreatedCertificate"], "InstanceID")})
    for pair in (key_id, made_id):
        device.one("AMT", "PublicPrivateKeyPair", "Delete", {"name": "InstanceID", "value": pair})


def anonymous(name, instance, key="InstanceID"):
    """A reference to an instance, as the package takes it in a body."""
    return {"Address": "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
            "ReferenceParameters": {
                "ResourceURI": SPACES["AMT"] + name,
                "SelectorSet": {"Selector": [{"_": instance, "$": {"Name": key}}]}}}


def selected(name, instance, key="InstanceID"):
    """The same as the value of a selector."""
    found = anonymous(name, instance, key)
    found["ReferenceParameters"]["SelectorSet"]["Selector"] = {"_": instance, "$": {"Name": key}}
    return found


def credential_context(device, handle):
    """Firmware that is TLS only has one already, and keeps it."""
    created = device.ask([("AMT", "TLSCredentialContext", "Create", handle)])[0]
    deleted = device.ask([("AMT", "TLSCredentialContext", "Delete", {
        "ElementInContext": selected("AMT_PublicKeyCertificate", handle),
        "ElementProvidingContext": selected("AMT_TLSProtocolEndpointCollection", COLLECTION,
                                            "ElementName")})])[0]
    if device.tls_only:
        same([str(created), str(deleted)], ["e:AlreadyExists", "b:DestinationUnreachable"])
    else:
        same(local(created), "ResourceCreated")
        same(deleted, None)


def consent(device):
    before = {local(child): child.text for child in device.first("IPS", "OptInService")}
    device.one("IPS", "OptInService", "Put",
               {"IPS_OptInService": {**before, "OptInRequired": "1"}})
    device.invoke("IPS", "OptInService", "StartOptIn")
    device.invoke("IPS", "OptInService", "SendOptInCode", 1, gives=(2,))  # nothing is shown yet
    device.invoke("IPS", "OptInService", "CancelOptIn")
    device.one("IPS", "OptInService", "Put", {"IPS_OptInService": before})


def logs(device):
    device.invoke("AMT", "AuditLog", "ReadRecords", 1)
    device.invoke("AMT", "MessageLog", "PositionToFirstRecord")
    device.invoke("AMT", "MessageLog", "GetRecords", 1)


def power(device):
    device.invoke("CIM", "PowerManagementService", "RequestPowerStateChange", 10)


def redirection(device):
    device.put_back("AMT", "RedirectionService")
    device.invoke("AMT", "RedirectionService", "RequestStateChange", 32771)
    device.invoke("CIM", "KVMRedirectionSAP", "RequestStateChange", 2)
    device.put_back("IPS", "KVMRedirectionSettingData")


def remote_access(device):
    for name in ("MPSUsernamePassword", "EnvironmentDetectionSettingData",
                 "RemoteAccessPolicyAppliesToMPS"):
        device.put_back("AMT", name)
    device.refused("AMT", "RemoteAccessPolicyRule", "Put", {"PolicyRuleName": "Periodic"})
    added = device.invoke("AMT", "RemoteAccessService", "AddMPS", {
        "AccessInfo": "mps.example.test", "InfoFormat": 201, "Port": 4433, "AuthMethod": 2,
        "Username": "foreign", "Password": "Am1-tunnel", "CommonName": "mps.example.test"})
    server = selector_of(added["MpServer"], "Name")
    rule = device.invoke("AMT", "RemoteAccessService", "AddRemoteAccessPolicyRule",
                         {"Trigger": 1, "TunnelLifeTime": 0, "ExtendedData": "AAAAAAAAABk="},
                         {"name": "Name", "value": server})
    device.one("AMT", "RemoteAccessPolicyRule", "Delete", {
        "name": "PolicyRuleName", "value": selector_of(rule["PolicyRule"], "PolicyRuleName")})
    device.one("AMT", "ManagementPresenceRemoteSAP", "Delete", {"name": "Name", "value": server})
    device.invoke("AMT", "UserInitiatedConnectionService", "RequestStateChange", 32770)


def settings(device):
    before, after = device.put_back("AMT", "GeneralSettings")
    same(after, before)
    port = as_object(device.first("AMT", "EthernetPortSettings"))
    for name in ("SubnetMask", "DefaultGateway", "PrimaryDNS", "SecondaryDNS"):
        port.pop(name, None)  # with DHCP nobody else may say
    device.one("AMT", "EthernetPortSettings", "Put", port)
    device.invoke("AMT", "EthernetPortSettings", "SetLinkPreference", 1, 30)
    device.put_back("AMT", "IEEE8021xProfile")


def setup(device):
    device.put_back("AMT", "SetupAndConfigurationService")
    device.invoke("AMT", "SetupAndConfigurationService", "GetUuid")
    device.invoke("AMT", "SetupAndConfigurationService", "SetMEBXPassword", "Am1-mebx!")
    device.invoke("AMT", "SetupAndConfigurationService", "CommitChanges")


def tls(device):
    device.put_back("AMT", "TLSSettingData")


def time(device):
    name = "TimeSynchronizationService"
    now = int(device.invoke("AMT", name, "GetLowAccuracyTimeSynch")["Ta0"].text)
    device.invoke("AMT", name, "SetHighAccuracyTimeSynch", now, now, now)


def wireless(device):
    device.put_back("AMT", "WiFiPortConfigurationService")
    device.invoke("CIM", "WiFiPort", "RequestStateChange", 32769)
    added = device.invoke(
        "AMT", "WiFiPortConfigurationService", "AddWiFiSettings",
        {"ElementName": "foreign", "InstanceID": "Intel(r) AMT:WiFi Endpoint Settings foreign",
         "AuthenticationMethod": 6, "EncryptionMethod": 4, "SSID": "foreign", "Priority": 3,
         "PSKPassPhrase": "P'hrase-1 <&>"},
        {"name": "Name", "value": "WiFi Endpoint 0"})
    same(added["ReturnValue"].text, "0")
    device.one("CIM", "WiFiEndpointSettings", "Delete", {
        "name": "InstanceID", "value": "Intel(r) AMT:WiFi Endpoint Settings foreign"})


def wired(device):
    device.put_back("IPS", "IEEE8021xSettings")
    root, leaf = [anonymous("AMT_PublicKeyCertificate", f"Intel(r) AMT Certificate: Handle: {n}")
                  for n in (0, 1)]
    device.invoke("IPS", "IEEE8021xSettings", "SetCertificates", root, leaf)


def proxies(device):
    device.invoke("IPS", "HTTPProxyService", "AddProxyAccessPoint", {
        "AccessInfo": "proxy.example.test", "InfoFormat": 201, "Port": 1080,
        "NetworkDnsSuffix": "example.test"})
    point = device.first("IPS", "HTTPProxyAccessPoint")
    name = {local(child): child for child in point}["Name"].text
    device.refused("IPS", "HTTPProxyAccessPoint", "UpdatePriority", 1)
    device.one("IPS", "HTTPProxyAccessPoint", "Delete", {"name": "Name", "value": name})


def host_based_setup(device):
    """A device that is provisioned already refuses all of it, in methods' own words."""
    name = "HostBasedSetupService"
    proof = base64.b64encode(b"n" * 20).decode()
    device.invoke("IPS", name, "Setup", 2, "00" * 16, gives=(2,))
    device.invoke("IPS", name, "AddNextCertInChain", certificate("leaf")[0], True, False,
                  gives=(3,))
    device.invoke("IPS", name, "AdminSetup", 2, "00" * 16, proof, 2, proof, gives=(2,))
    device.invoke("IPS", name, "UpgradeClientToAdmin", proof, 2, proof, gives=(2,))
