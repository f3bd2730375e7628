"""Sets simulated machines up through their local door, and takes that back, step by step and in the
wrong order: what firmware does then is in spec device-protocols 7."""

import base64
import hashlib
import pathlib
import re
import ssl
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from host_door import AMT, HOST_BASED, SETUP, Authority, Lost, Machine, Refused  # pylint: disable=wrong-import-position
from rig import main, same  # pylint: disable=wrong-import-position

FOLDER = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
CA = Authority(FOLDER.name)
LEAF = CA.leaf("good", "/CN=setup.example.com")
TRUST = ["--trusted-root", CA.hash, "--dns-suffix", "example.com"]
INVALID_STATE, INVALID_PARAMETER, DISABLED, NOT_AUTHENTIC = 2, 3, 4, 5
CHAIN_PARAMETER, CHAIN_STATE, CHAIN_VERIFY, CHAIN_LONG = 1, 3, 4, 5


def refused(door):
    try:
        door.mode()
    except Refused:
        return True
    return False


def client_control_mode():
    with Machine() as machine:
        local = machine.local()
        same(local.mode(), 0)
        same(local.read(SETUP, "ProvisioningState"), "0")
        same(refused(machine.admin("anything")), True)
        same(local.set_up(machine.PASSWORD), 0)
        same(refused(local), True)  # at once
        admin = machine.admin()
        same((admin.mode(), admin.read(SETUP, "ProvisioningMode")), (1, "4"))
        same(admin.read(SETUP, "ProvisioningState"), "2")
        same(refused(machine.admin("Wrong-Pass-1")), True)
        same(admin.set_up("Other-Pass-1"), INVALID_STATE)
        same(admin.call(SETUP, "SetMEBxPassword", Password="P@ssw0rd!")[0], 16)


def a_password_that_is_no_hash_is_refused():
    with Machine() as machine:
        local = machine.local()
        for kind, text in [(2, "short"), (1, "0" * 32), (2, "g" * 32), (2, "0" * 31)]:
            same(local.call(HOST_BASED, "Setup", NetAdminPassEncryptionType=kind,
                            NetworkAdminPassword=text)[0], INVALID_PARAMETER)
        same(local.mode(), 0)


def admin_control_mode():
    with Machine(*TRUST) as machine:
        local = machine.local()
        chain, key = LEAF
        same(local.read(HOST_BASED, "CertChainStatus"), "0")
        same(local.add_chain(chain[:1] + chain[1:2] + chain[2:]), [0, 0, 0])
        same(local.read(HOST_BASED, "CertChainStatus"), "2")
        same(local.admin_setup(machine.PASSWORD, key), 0)
        same(refused(local), True)
        admin = machine.admin()
        same((admin.mode(), admin.read(SETUP, "ProvisioningMode")), (2, "1"))
        same(admin.call(SETUP, "SetMEBxPassword", Password="weak")[0], 2054)
        same(admin.call(SETUP, "SetMEBxPassword", Password="P@ssw0rd!")[0], 0)
        same(admin.add_chain(chain), [CHAIN_STATE])
        same(admin.call(SETUP, "CommitChanges")[0], 0)


def the_nonce_is_new_each_time():
    with Machine() as machine:
        local = machine.local()
        nonces = {local.read(HOST_BASED, "ConfigurationNonce") for _ in range(4)}
        same(len(nonces), 4)


def upgrade_and_its_order():
    with Machine(*TRUST) as machine:
        chain, key = LEAF
        local = machine.local()
        same(local.upgrade(key), INVALID_STATE)
        local.set_up(machine.PASSWORD)
        admin = machine.admin()
        same(admin.upgrade(key), INVALID_STATE)  # no chain
        same(admin.add_chain(chain), [0, 0, 0])
        same(admin.upgrade(key), 0)
        same(machine.admin().mode(), 2)
        same(admin.upgrade(key), INVALID_STATE)


def the_order_of_a_chain():
    with Machine(*TRUST) as machine:
        local = machine.local()
        (leaf, middle, root), key = LEAF
        add = local.add_chain
        same(add([b"\x30\x03garbage"]), [CHAIN_PARAMETER])
        same(add([leaf, leaf, root]), [0, CHAIN_VERIFY])
        same(add([leaf, root]), [0, CHAIN_VERIFY])  # the root has not issued the leaf
        same(add([leaf, middle + b"x", root]), [0, CHAIN_PARAMETER])
        same(add([leaf, middle, middle]), [0, 0, CHAIN_VERIFY])  # it is no root
        same(local.call(HOST_BASED, "AddNextCertInChain", NextCertificate="AAAA",
                        IsLeafCertificate="false", IsRootCertificate="true")[0], CHAIN_PARAMETER)
        same(local.admin_setup(machine.PASSWORD, key), INVALID_STATE)
        same(add([leaf, middle, root]), [0, 0, 0])
        same(local.admin_setup(machine.PASSWORD, key), 0)


def what_is_wrong_with_a_certificate():
    cases = [
        ("unit", "/CN=a.example.com/OU=Intel(R) Client Setup Certificate", "serverAuth", {}, 0),
        ("usage", "/CN=a.example.com", "serverAuth", {}, NOT_AUTHENTIC),
        ("server", "/CN=a.example.com", "clientAuth,2.16.840.1.113741.1.2.3", {}, NOT_AUTHENTIC),
        ("suffix", "/CN=a.example.org", "serverAuth,2.16.840.1.113741.1.2.3", {}, NOT_AUTHENTIC),
        ("border", "/CN=anexample.com", "serverAuth,2.16.840.1.113741.1.2.3", {}, NOT_AUTHENTIC),
    ]
    for name, subject, usage, options, wanted in cases:
        chain, key = CA.leaf(name, subject, usage, **options)
        with Machine(*TRUST) as machine:
            local = machine.local()
            same((name, local.add_chain(chain)), (name, [0, 0, 0]))
            same((name, local.admin_setup(machine.PASSWORD, key)), (name, wanted))
            same((name, machine.local().mode() if wanted else machine.admin().mode()),
                 (name, 0 if wanted else 2))


def keys_on_curves_are_taken_only_when_asked_for():
    chain, key = CA.leaf("curve", "/CN=a.example.com", "serverAuth,2.16.840.1.113741.1.2.3",
                         key="ec")
    with Machine(*TRUST) as machine:
        same(machine.local().add_chain(chain), [CHAIN_VERIFY])
    with Machine(*TRUST, "--provisioning-curves") as machine:
        local = machine.local()
        same(local.add_chain(chain), [0, 0, 0])
        same(local.admin_setup(machine.PASSWORD, key), 0)


def what_the_machine_knows_decides():
    chain, key = LEAF
    for arguments, values, wanted in [
            (["--dns-suffix", "example.com"], [0, 0, 0], NOT_AUTHENTIC),  # not its root
            (["--trusted-root", CA.hash], [0, 0, 0], NOT_AUTHENTIC),  # no suffix
            ([*TRUST, "--no-zero-touch"], [0, 0, 0], NOT_AUTHENTIC),
            ([*TRUST, "--trusted-dns-suffix", "corp.example.com"], [0, 0, 0], NOT_AUTHENTIC),
            ([*TRUST, "--clock-ahead", str(60 * 86400)], [CHAIN_VERIFY], None),
            ([*TRUST, "--clock-behind", str(60 * 86400)], [CHAIN_VERIFY], None),
            (["--trusted-root", CA.hash, "--dns-suffix", "corp.example.com"], [0, 0, 0], 0)]:
        with Machine(*arguments) as machine:
            local = machine.local()
            same((arguments, local.add_chain(chain)), (arguments, values))
            if wanted is not None:
                same((arguments, local.admin_setup(machine.PASSWORD, key)), (arguments, wanted))


def wrong_signatures_lock():
    chain, key = LEAF
    with Machine(*TRUST, "--signature-lock", "3600") as machine:
        local = machine.local()
        for _ in range(3):
            same(local.add_chain(chain), [0, 0, 0])
            same(local.admin_setup(machine.PASSWORD, CA.path("middle", "key")), NOT_AUTHENTIC)
        same(local.add_chain(chain), [0, 0, 0])
        same(local.admin_setup(machine.PASSWORD, key), DISABLED)
        same(local.mode(), 0)
        same(local.set_up(machine.PASSWORD), 0)  # needs no signature


def a_signature_is_for_one_nonce():
    chain, key = LEAF
    with Machine(*TRUST) as machine:
        local = machine.local()
        local.add_chain(chain)
        old = local.sign(key)
        local.read(HOST_BASED, "ConfigurationNonce")
        same(local.call(HOST_BASED, "AdminSetup", NetAdminPassEncryptionType=2,
                        NetworkAdminPassword="0" * 32, **old)[0], NOT_AUTHENTIC)
        same(local.read(HOST_BASED, "CertChainStatus"), "0")
        local.add_chain(chain)
        same(local.admin_setup(machine.PASSWORD, key, SigningAlgorithm=1), INVALID_PARAMETER)
        same(local.admin_setup(machine.PASSWORD, key, McNonce="AAAA"), INVALID_PARAMETER)
        same(local.admin_setup(machine.PASSWORD, key), 0)


def client_control_mode_can_be_forbidden():
    with Machine() as machine:
        local = machine.local()
        same(re.findall("<g:AllowedControlModes>(.)<", local.get(HOST_BASED)), ["2", "1"])
        same(local.call(HOST_BASED, "DisableClientControlMode")[0], 0)
        same(re.findall("<g:AllowedControlModes>(.)<", local.get(HOST_BASED)), ["2"])
        same(local.set_up(machine.PASSWORD), DISABLED)


def the_local_account_sets_up_and_nothing_else():
    with Machine() as machine:
        local = machine.local()
        status, _ = local.ask("http://schemas.xmlsoap.org/ws/2004/09/transfer/Put",
                              AMT + "AMT_GeneralSettings",
                              f'<h:AMT_GeneralSettings xmlns:h="{AMT}AMT_GeneralSettings"/>')
        same(status in (400, 403), True)


def the_administrator_gets_another_password():
    with Machine() as machine:
        machine.local().set_up(machine.PASSWORD)
        admin = machine.admin()
        digest = bytes.fromhex(admin.hashed("New-Pass-1"))
        same(admin.call(AMT + "AMT_AuthorizationService", "SetAdminAclEntryEx", Username="admin",
                        DigestPassword=base64.b64encode(digest).decode())[0], 0)
        same(refused(admin), True)
        same(machine.admin("New-Pass-1").mode(), 1)


def back_to_the_beginning_and_up_again():
    chain, key = LEAF
    with Machine(*TRUST) as machine:
        machine.local().set_up(machine.PASSWORD)
        admin = machine.admin()
        realm = admin.realm()
        admin.call(AMT + "AMT_PublicKeyManagementService", "GenerateKeyPair", KeyAlgorithm=0,
                   KeyLength=2048)
        same(admin.call(SETUP, "Unprovision", ProvisioningMode=1)[0], 0)
        same(refused(admin), True)
        local = machine.local()
        same(local.mode(), 0)
        same(local.realm() == realm, False)
        same("DERKey" in local.pull(AMT + "AMT_PublicPrivateKeyPair"), False)
        local.add_chain(chain)
        same(local.admin_setup(machine.PASSWORD, key), 0)
        same(machine.admin().mode(), 2)


def firmware_without_plain_doors_commits():
    with Machine(personality="19") as machine:
        same("http" in machine.ports, False)
        local = machine.secure("$$OsAdmin", machine.LOCAL)
        same(local.call(SETUP, "CommitChanges")[0], 16)
        same(local.set_up(machine.PASSWORD), 0)
        same((local.mode(), local.read(SETUP, "ProvisioningState")), (0, "1"))
        admin = machine.secure()
        same(admin.call(SETUP, "CommitChanges")[0], 0)
        same((admin.mode(), admin.read(SETUP, "ProvisioningState")), (1, "2"))
        same(refused(machine.secure("$$OsAdmin", machine.LOCAL)), True)


def a_set_up_inside_tls():
    _, key = LEAF
    digest = hashlib.sha256(CA.der("good")).hexdigest()

    def context(name):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
        made.maximum_version = ssl.TLSVersion.TLSv1_2
        made.load_cert_chain(CA.path(name, "pem"), CA.path(name, "key"))
        return made

    with Machine("--start-with", digest) as machine:
        stranger = machine.secure(context=context("middle"))
        same(is_lost(stranger), True)
        door = machine.secure(context=context("good"))
        same((door.mode(), door.read(SETUP, "ProvisioningState")), (0, "1"))
        hashed = bytes.fromhex(door.hashed(machine.PASSWORD))
        same(door.call(SETUP, "CommitChanges")[0], 2057)
        same(door.call(AMT + "AMT_AuthorizationService", "SetAdminAclEntryEx", Username="admin",
                       DigestPassword=base64.b64encode(hashed).decode())[0], 0)
        same(refused(machine.secure(password="Wrong-Pass-1", context=context("good"))), True)
        same(door.call(SETUP, "CommitChanges")[0], 2057)
        same(door.call(SETUP, "SetMEBxPassword", Password="P@ssw0rd!")[0], 0)
        same(door.call(SETUP, "CommitChanges")[0], 0)
        same(machine.admin().mode(), 2)
        same((is_lost(door), refused(machine.local())), (True, True))
    same(pathlib.Path(key).exists(), True)


def is_lost(door):
    try:
        door.mode()
    except (Lost, OSError):
        return True
    return False


def answers_get_lost_when_told():
    with Machine("--lose-answer", "Setup@1") as machine:
        local = machine.local()
        try:
            local.set_up(machine.PASSWORD)
            raise AssertionError("an answer came")
        except Lost:
            pass
        same(machine.admin().mode(), 1)


def methods_fail_when_told():
    with Machine("--fail", "IPS_HostBasedSetupService.Setup=6@1", "--fail", "Unprovision=2076") as machine:
        local = machine.local()
        same((local.set_up(machine.PASSWORD), local.mode()), (6, 0))
        same(local.set_up(machine.PASSWORD), 0)
        admin = machine.admin()
        same((admin.call(SETUP, "Unprovision", ProvisioningMode=1)[0], admin.mode()), (2076, 1))


def one_connection_is_lost_when_told():
    with Machine("--drop-after", "2") as machine:
        local = machine.local()
        same((local.mode(), local.mode()), (0, 0))
        try:
            local.mode()
            raise AssertionError("an answer came")
        except Lost:
            pass
        same(local.mode(), 0)


main([
    client_control_mode,
    a_password_that_is_no_hash_is_refused,
    admin_control_mode,
    the_nonce_is_new_each_time,
    upgrade_and_its_order,
    the_order_of_a_chain,
    what_is_wrong_with_a_certificate,
    keys_on_curves_are_taken_only_when_asked_for,
    what_the_machine_knows_decides,
    wrong_signatures_lock,
    a_signature_is_for_one_nonce,
    client_control_mode_can_be_forbidden,
    the_local_account_sets_up_and_nothing_else,
    the_administrator_gets_another_password,
    back_to_the_beginning_and_up_again,
    firmware_without_plain_doors_commits,
    a_set_up_inside_tls,
    answers_get_lost_when_told,
    methods_fail_when_told,
    one_connection_is_lost_when_told,
])
