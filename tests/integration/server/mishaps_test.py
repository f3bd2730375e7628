"""What goes wrong in provisioning, step by step: each session ends in one final message that says
why, a stored password opens the machine whatever happened, and the next run succeeds. The table is
mishaps.py; here are its flows, and what no exchange with AMT has to do with."""

import concurrent.futures
import json
import sqlite3
import time

import assistant
import mishaps
import provisioning_pfx
import rig
from activation import ADMIN, HOME, PASSWORD, Site, ha1, passwords_of, realm_of
from agent_wire import Trouble, Wire
from mishaps import SEED, Flow
from rig import contains, same

SAYS = ["--password", PASSWORD]
SETTINGS = ["--agent-sessions", "4000", "--agent-source-sessions", "4000", "--agent-attempt", "8",
            "--agent-source-newcomers", "4000"]
SIDE_BY_SIDE = 12  # parts of the table


class Floor:
    """What all tests share."""
    site = None
    chip = []  # what AMT 19 shows
    walks = {}  # flow, number of cases and parts of the table, by the names of the flows
    began = 0.0  # when they set out
    helper = None  # the Enterprise Assistant
    number = 0x10000

    @classmethod
    def next(cls):
        cls.number += 1
        return {"number": cls.number, "state": f"machine-{cls.number}"}


def run(profile, *flags, place=None, port=None):
    """What a machine is told, and what became of it."""
    place = place or Floor.next()
    agents = Floor.site.agents("--once", "--personality", "16.1", *flags, profile=profile,
                               port=port, **place)
    said, message = agents.final()
    return said, message, {**agents.ends()[0], **place}


def status_of(message):
    return message["Status"] if isinstance(message, dict) else message


def refused(profile, *flags, words, place=None, mode=0):
    """An error that says these words; the machine stays as it was."""
    said, message, end = run(profile, *flags, place=place)
    same((said, end["mode"]), ("error", mode))
    contains(status_of(message), words)
    return end


def stored_of(end):
    return Floor.site.secrets.device(end["guid"])


def opens(end, state=None):
    """Which of the stored passwords opens the machine."""
    state = Floor.site.state(state or end["state"])
    return [name for name, password in passwords_of(stored_of(end)).items()
            if ha1(realm_of(state), password) == state["hash"]]


# ---- the table ----

def flows(site):
    """Those of the table, the longest first."""
    fresh = {"before": [("ccm", [])]}
    other = {**fresh, "mode": 1, "told_apart": True}

    def upkeep(name, task, **how):
        return Flow(site, name, ["--maintenance", task, *SAYS], **{**fresh, "mode": 1, **how})

    def client(name, profile, *beyond, since=None):
        return Flow(site, name, SAYS, profile, mode=1, beyond=("ccm", *beyond), since=since)
    return [
        Flow(site, "nineteen", HOME + SAYS + Floor.chip, "acm", mode=2, personality="19",
             inside=True),
        Flow(site, "records", SAYS + Floor.chip, "ccm", mode=1, personality="19"),
        Flow(site, "ccm", SAYS, "ccm", mode=1),
        Flow(site, "whole", HOME + SAYS, "whole", mode=2, beyond=["ccm"]),
        Flow(site, "random", HOME, "random", mode=2, token=True, beyond=["ccm"]),
        Flow(site, "upgrade", HOME + SAYS, "acm", mode=2, beyond=["random"], **fresh),
        Flow(site, "other", SAYS, "ccm2", beyond=["ccm"], **other),
        client("account", "peap"),
        client("certificate", "eaptls", "account"),
        client("tls 1", "tls1"),
        *(client(f"tls {mode}", f"tls{mode}", since="Create AMT_TLSCredentialContext")
          for mode in range(2, 5)),
        client("site's ca", "microsoft", "tls 1"),
        upkeep("change", "changepassword N3xt-s3cret!", **other),
        Flow(site, "deactivate", ["--deactivate", *SAYS], mode=0, **fresh),
        upkeep("clock", "synctime"),
        upkeep("address", "syncip", done="already synchronized"),
        upkeep("host name", "synchostname", done="already synchronized"),
    ]


def set_out():
    """All flows are walked side by side, in parts: most of their time is waiting."""
    print(f"# OUTBAND_TABLE_SEED={SEED}")
    pool = concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE)
    every = {flow.name: flow for flow in flows(Floor.site)}
    list(pool.map(Flow.record, every.values()))
    for flow in every.values():
        flow.set_apart(every)
    cases = mishaps.table(every.values())
    Floor.began = time.monotonic()
    for name, flow in every.items():
        size = mishaps.PART // 2 if flow.inside else mishaps.PART
        parts = [cases[name][at:at + size] for at in range(0, len(cases[name]), size)]
        Floor.walks[name] = flow, len(cases[name]), [pool.submit(flow.run, part) for part in parts]
    print(f"# {sum(map(len, cases.values()))} of "
          f"{sum(len(mishaps.whole(flow)) for flow in every.values())} cases")


def arrive(*names):
    for name in names:
        flow, count, walks = Floor.walks[name]
        for walk in walks:
            walk.result()
        print(f"# {name}: {count} cases, after {time.monotonic() - Floor.began:.0f} s")
    same([failure for name in names for failure in Floor.walks[name][0].failures], [])


def client_control_mode():
    arrive("ccm")


def admin_control_mode_with_passwords_that_are_made():
    arrive("random")


def network_and_calling_home():
    arrive("whole")


def the_upgrade_to_admin_control_mode():
    arrive("upgrade")


def firmware_that_serves_tls_only():
    arrive("nineteen", "records")


def another_password_for_a_machine_that_is_set_up():
    arrive("other")


def logins_of_the_wired_network():
    arrive("account", "certificate")


def tls_with_certificates_of_ours():
    arrive("tls 1", "tls 2", "tls 3", "tls 4")


def tls_with_certificates_of_the_site():
    arrive("site's ca")


def deactivation():
    arrive("deactivate")


def maintenance():
    arrive("change", "clock", "address", "host name")


# ---- agents that say what is not so ----

def a_profile_that_is_unknown_is_refused():
    end = refused("nowhere", words="nowhere does not match list of available AMT profiles.")
    same(stored_of(end), {})


def a_machine_that_is_another_one_is_refused():
    end = refused("ccm", "--lie-uuid", words="but the device behind it is")
    same(Floor.site.secrets.device(end["guid"]), {})
    _, _, end = run("ccm")
    place = {"number": end["number"], "state": end["state"]}
    for errand in (["--deactivate"], ["--maintenance", "synctime"]):
        refused(None, *errand, *SAYS, "--force", "--lie-uuid", place=place, mode=1,
                words="the device behind it is")
    refused(None, "--maintenance", "changepassword", *SAYS, "--force", "--lie-uuid", place=place,
            mode=1, words="is not known here")
    same(opens(end), ["AMT_PASSWORD"])


def a_second_agent_of_the_same_machine_is_refused():
    wire = Wire(Floor.site.port)
    place = Floor.next()
    guid = f"{place['number']:08x}-0000-4000-8000-000000000000"

    class Fifth:  # pylint: disable=too-few-public-methods
        """Any exchange at which passwords are stored already."""
        name, place, opaque = "Get IPS_HostBasedSetupService", 2, False
    wire.plans[guid] = Trouble(Fifth, "hold before")
    first = Floor.site.agents("--once", "--personality", "16.1", profile="ccm", port=wire.port,
                              wait=False, **place)
    rig.until(lambda: wire.held == [guid])
    refused("ccm", place={**place, "state": "second"}, words=guid)
    wire.released.set()
    wire.stop()
    first.finish()
    said, _, end = run("ccm", *SAYS, place=place)
    same((said, opens(end)), ("success", ["AMT_PASSWORD"]))


def whoever_lies_pushes_no_password_out():
    """Another machine that says it is the first, fresh from the factory or set up."""
    said, _, real = run("random", *HOME)
    same(said, "success")
    place = {"number": real["number"]}
    for token in ([], ["--token-file", Floor.site.token_file(None)]):
        refused("random", *HOME, *token, place={**place, "state": "liar-1"},
                words="already has a record")
        refused("random", *HOME, *token, "--mode", "2", *SAYS, place={**place, "state": "liar-2"},
                mode=2, words="DOES NOT match")
    same(len(opens(real, real["state"])), 1)
    said, _, _ = run("random", *HOME, "--token-file", Floor.site.token_file(),
                     place={**place, "state": real["state"]})
    same((said, len(passwords_of(stored_of(real))), opens(real)), ("success", 1, ["AMT_PASSWORD"]))
    own = stored_of(real)["AMT_PASSWORD"]
    said, _, _ = run("random", *HOME, "--password", own,
                     place={**place, "state": real["state"]})
    same((said, stored_of(real)["AMT_PASSWORD"], opens(real)), ("success", own, ["AMT_PASSWORD"]))


def what_an_agent_says_of_its_machine_needs_its_password():
    """AMT is asked nothing then (maintenance, syncdeviceinfo)."""
    _, _, end = run("ccm")
    place = {"number": end["number"], "state": end["state"]}
    errand = ["--maintenance", "syncdeviceinfo"]
    for flags in (["--password", "Wr0ng-s3cret!"], [*SAYS, "--lie-uuid"]):
        refused(None, *errand, *flags, place=place, mode=1, words="AMT password DOES NOT match")
    left = Floor.site.agents("--once", *errand, *SAYS, "--close-after", "1", **place).ends()[0]
    same(left["event"], "ended")
    said, _, _ = run(None, *errand, *SAYS, place=place)
    same((said, opens(end)), ("success", ["AMT_PASSWORD"]))


# ---- certificates and domains ----

def certificates_that_do_not_fit_are_refused():
    roots, Floor.site.roots = Floor.site.roots, []
    refused("acm", *HOME, words="hash does not exists in list of trusted root certificates on AMT")
    Floor.site.roots = roots
    refused("acm", "--dns-suffix", "elsewhere.org", words="elsewhere.org does not match list")
    refused("acm", words="Missing DNS Suffix")


def a_certificate_that_has_expired_since_is_refused():
    place = Floor.next()
    pfx = provisioning_pfx.make("vpro.corp.example.com", days=-1)
    before = Floor.site.secrets.swap("certs/corp", {"CERT": pfx})
    end = refused("acm", *HOME, "--trusted-root", provisioning_pfx.root_hash(pfx), place=place,
                  words="has expired")
    same(passwords_of(stored_of(end)), {})
    Floor.site.secrets.swap("certs/corp", before)
    said, _, end = run("acm", *HOME, place=place)
    same((said, opens(end)), ("success", ["AMT_PASSWORD"]))


def a_password_that_amt_does_not_take_is_not_sent():
    _, _, end = run("ccm")
    place = {"number": end["number"], "state": end["state"]}
    refused(None, "--maintenance", "changepassword short", *SAYS, place=place, mode=1,
            words="changepassword failed at SET_ADMIN_ACL_ENTRY")
    same((passwords_of(stored_of(end)), opens(end)),
         ({"AMT_PASSWORD": PASSWORD}, ["AMT_PASSWORD"]))


# ---- the Enterprise Assistant ----

ASSISTANT = [  # profile, part of the request's name, what goes wrong with the answer
    ("peap", [("ProFile", "silent"), ("ProFile", "empty"), ("ProFile", "no base64"),
              ("ProFile", "wrong")]),
    ("eaptls", [("ProFile", "silent"), ("KeyPair", "silent"), ("KeyPair", "empty"),
                ("KeyPair", "no base64"), ("KeyPair", "wrong"), ("CSR", "silent"),
                ("CSR", "empty"), ("CSR", "no base64"), ("CSR", "wrong")]),
    ("microsoft", [("ProFile", "silent"), ("KeyPair", "silent"), ("KeyPair", "empty"),
                   ("KeyPair", "no base64"), ("KeyPair", "wrong"), ("CSR", "silent"),
                   ("CSR", "empty"), ("CSR", "no base64"), ("CSR", "wrong")]),
]


def is_activated_without(end, row, state):
    """What the assistant is for has failed, and nothing else; no key is left behind."""
    same((row, end["event"], end["method"], end["mode"]), (row, "final", "error", 1))
    told = json.loads(end["message"])
    text = told.get("Network", "") + told.get("TLSConfiguration", "")
    same((row, "Failed" in text and len(text) > 40), (row, True))
    same((row, opens(end, state)), (row, ["AMT_PASSWORD"]))
    added = {one["class"] for one in Floor.site.state(state)["added"]}
    same((row, added & {"AMT_PublicPrivateKeyPair"}), (row, set()))


def whatever_the_assistant_does_the_machine_is_activated():
    for profile, rows in ASSISTANT:
        place = Floor.next()
        flags = ["--once", "--personality", "16.1", "--count", len(rows)]
        Floor.helper.plans = {f"sim-{number:06}": row
                              for number, row in enumerate(rows)}
        ends = Floor.site.agents(*flags, profile=profile, **place).ends()
        Floor.helper.plans = {}
        for number, row in enumerate(rows):
            is_activated_without(ends[number], (profile, *row), f"{place['state']}.{number}")
        ends = Floor.site.agents(*flags, *SAYS, profile=profile, **place).ends()
        same({end["method"] for end in ends.values()}, {"success"})


def an_assistant_that_leaves_takes_no_machine_with_it():
    for profile, at in (("peap", "ProFile"), ("eaptls", "ProFile"), ("eaptls", "KeyPair"),
                        ("microsoft", "CSR")):
        Floor.helper.plans = {"sim-000000": (at, "gone")}
        place = Floor.next()
        _, _, end = run(profile, place=place)
        is_activated_without(end, (profile, at), place["state"])
        Floor.helper.close()
        Floor.helper = assistant.Assistant(Floor.site, rig.folder())
        same(run(profile, *SAYS, place=place)[0], "success")


# ---- the secret store ----

class Broken:
    """The secret store takes no more changes for some devices."""

    def __init__(self, data):
        self.database = sqlite3.connect(data / "secrets.db", timeout=30, check_same_thread=False,
                                        isolation_level=None)
        self.database.execute("CREATE TABLE broken (path TEXT)")
        for event in ("INSERT", "UPDATE", "DELETE"):
            row = "OLD" if event == "DELETE" else "NEW"
            self.database.execute(
                f"CREATE TRIGGER broken_{event} BEFORE {event} ON secrets WHEN {row}.path IN "
                "(SELECT path FROM broken) BEGIN SELECT RAISE(ABORT, 'out of order'); END")

    def breaks(self, guid):
        self.database.execute("INSERT INTO broken VALUES (?)", (f"devices/{guid}",))

    def is_mended(self):
        for event in ("INSERT", "UPDATE", "DELETE"):
            self.database.execute(f"DROP TRIGGER broken_{event}")
        self.database.execute("DROP TABLE broken")
        self.database.close()


def fails_at(broken, wire, profile, flags, name, place):
    """The store fails when AMT has answered that question; None: from the start."""
    guid = f"{place['number']:08x}-0000-4000-8000-000000000000"
    if name is None:
        broken.breaks(guid)
    else:
        class Step:  # pylint: disable=too-few-public-methods
            """The exchange."""
            place, opaque = 1, False
        Step.name = name
        wire.plans[guid] = Trouble(Step, "tell after", lambda: broken.breaks(guid))
    said, message, end = run(profile, *flags, place=place, port=wire.port)
    if name is not None:
        same(wire.plans.pop(guid).hit.is_set(), True)
    return said, status_of(message), end


STORE = [
    ("ccm", [], None, 0),
    ("ccm", [], "Setup IPS_HostBasedSetupService", 1),
    ("acm", HOME, None, 0),
    ("acm", HOME, "AdminSetup IPS_HostBasedSetupService", 2),
    ("random", HOME, "AdminSetup IPS_HostBasedSetupService", 2),
    ("random", HOME, "SetMEBxPassword AMT_SetupAndConfigurationService", 2),
    ("acm", HOME + SAYS, "UpgradeClientToAdmin IPS_HostBasedSetupService", 2),
]


def a_secret_store_that_fails_loses_no_password():
    broken = Broken(Floor.site.server.data)
    wire = Wire(Floor.site.port)
    ends = []
    for profile, flags, name, mode in STORE:
        place = Floor.next()
        if name and name.startswith("Upgrade"):
            same(run("ccm", place=place)[0], "success")
        said, text, end = fails_at(broken, wire, profile, flags, name, place)
        same((name, said, end["mode"]), (name, "error", mode))
        contains(text, "out of order")
        same((name, len(opens(end))), (name, 1 if mode else 0))
        ends.append((profile, flags, end))
    for errand, name in ((["--maintenance", "changepassword"], "SetAdminAclEntryEx "
                          "AMT_AuthorizationService"), (["--deactivate"], None)):
        _, _, end = run("ccm")
        place = {"number": end["number"], "state": end["state"]}
        said, text, last = fails_at(broken, wire, None, [*errand, *SAYS], name, place)
        same((errand, said), (errand, "error"))
        contains(text, "out of order" if last["mode"] else "Failed to remove device from secret")
        if last["mode"]:
            same(len(opens(last)), 1)
    wire.stop()
    broken.is_mended()
    for profile, flags, end in ends:
        said, message, _ = run(profile, *flags, "--token-file", Floor.site.token_file(),
                               place={"number": end["number"], "state": end["state"]})
        same((profile, said, message), (profile, "success", message))
        same((profile, opens(end)), (profile, ["AMT_PASSWORD"]))


def begin():
    """The server starts, and the administrator makes profiles."""
    chip = rig.folder()
    provisioning_pfx.make_chip(chip)
    Floor.chip = ["--certificate", chip / "chip.pem", "--key", chip / "chip.key"]
    site = Floor.site = Site([*SETTINGS, "--on-die-roots", chip / "on-die.pem"])
    site.make_keys()
    site.make_cira()
    site.make_wireless()
    site.make_domain()
    site.make_profile("ccm")
    site.make_profile("ccm2", amtPassword="Other-s3cret!")
    site.make_profile("acm", "acmactivate")
    site.make_profile("whole", "acmactivate", ciraConfigName="home",
                      wifiConfigs=[{"priority": 1, "profileName": "office"}])
    site.make_profile("random", "acmactivate", amtPassword=None, mebxPassword=None,
                      generateRandomPassword=True, generateRandomMEBxPassword=True)
    for mode in range(1, 5):
        site.make_profile(f"tls{mode}", tlsMode=mode)
    site.make_profile("microsoft", tlsMode=1, tlsSigningAuthority="MicrosoftCA")
    for name, protocol in (("peap", 2), ("eaptls", 0)):
        site.make("ieee8021xconfigs", {"profileName": name, "authenticationProtocol": protocol,
                                       "pxeTimeout": 120, "wiredInterface": True})
        site.make_profile(name, ieee8021xProfileName=name)
    Floor.helper = assistant.Assistant(site, rig.folder())
    same(site.ask("GET", f"{ADMIN}/profiles/ccm")[0], 200)


def end_of_all():
    """The server ends well, and has told no secrets."""
    Floor.helper.close()
    Floor.site.stop()
    for secret in (PASSWORD, "Other-s3cret!", "N3xt-s3cret!", "Wif1-secret!",
                   assistant.ACCOUNT[1]):
        same(secret in Floor.site.server.said, False)


if __name__ == "__main__":
    rig.main([
        begin,
        a_profile_that_is_unknown_is_refused,
        a_machine_that_is_another_one_is_refused,
        a_second_agent_of_the_same_machine_is_refused,
        whoever_lies_pushes_no_password_out,
        what_an_agent_says_of_its_machine_needs_its_password,
        certificates_that_do_not_fit_are_refused,
        a_certificate_that_has_expired_since_is_refused,
        a_password_that_amt_does_not_take_is_not_sent,
        whatever_the_assistant_does_the_machine_is_activated,
        an_assistant_that_leaves_takes_no_machine_with_it,
        a_secret_store_that_fails_loses_no_password,
        set_out,
        client_control_mode,
        admin_control_mode_with_passwords_that_are_made,
        network_and_calling_home,
        the_upgrade_to_admin_control_mode,
        another_password_for_a_machine_that_is_set_up,
        logins_of_the_wired_network,
        tls_with_certificates_of_ours,
        tls_with_certificates_of_the_site,
        deactivation,
        maintenance,
        firmware_that_serves_tls_only,
        end_of_all,
    ])
