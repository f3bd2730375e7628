"""What goes wrong in provisioning, step by step: each session ends in one final message that says
why, a stored password opens the machine whatever happened, and the next run succeeds. The table is
mishaps.py; here are its flows, and what no exchange with AMT has to do with."""

import sqlite3

import provisioning_pfx
import rig
from activation import ADMIN, HOME, PASSWORD, Site, ha1, passwords_of, realm_of
from agent_wire import Trouble, Wire
from mishaps import Flow
from rig import contains, same

SAYS = ["--password", PASSWORD]
SETTINGS = ["--agent-sessions", "4000", "--agent-source-sessions", "4000", "--agent-attempt", "4"]


class Floor:
    """What all tests share."""
    site = None
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

def walk(flow, **how):
    count = flow.run(**how)
    print(f"# {count} cases")
    same(flow.failures, [])


def client_control_mode():
    walk(Flow(Floor.site, "ccm", 0x100, SAYS, "ccm", mode=1), critical="Setup", rate=10)


def admin_control_mode_with_passwords_that_are_made():
    walk(Flow(Floor.site, "random", 0x200, HOME, "random", mode=2, token=True),
         critical="SetMEBxPassword", only_critical=True)


def network_and_calling_home():
    walk(Flow(Floor.site, "whole", 0x300, HOME + SAYS, "whole", mode=2), critical="none")


def the_upgrade_to_admin_control_mode():
    walk(Flow(Floor.site, "upgrade", 0x400, HOME + SAYS, "acm", before=[("ccm", [])], mode=2),
         critical="SetMEBxPassword", only_critical=True)


def another_password_for_a_machine_that_is_set_up():
    walk(Flow(Floor.site, "other", 0x500, SAYS, "ccm2", before=[("ccm", [])], mode=1,
              told_apart=True), critical="SetAdminAclEntryEx", only_critical=True)


def deactivation():
    walk(Flow(Floor.site, "deactivate", 0x600, ["--deactivate", *SAYS],
              before=[("ccm", [])], mode=0))


def the_change_of_a_password():
    walk(Flow(Floor.site, "change", 0x700,
              ["--maintenance", "changepassword N3xt-s3cret!", *SAYS], before=[("ccm", [])],
              mode=1, told_apart=True))


def the_clock():
    walk(Flow(Floor.site, "clock", 0x800, ["--maintenance", "synctime", *SAYS],
              before=[("ccm", [])], mode=1))


# ---- agents that say what is not so ----

def a_profile_that_is_unknown_is_refused():
    end = refused("nowhere", words="nowhere does not match list of available AMT profiles.")
    same(stored_of(end), {})


def a_machine_that_is_another_one_is_refused():
    end = refused("ccm", "--lie-uuid", words="but the device behind it is")
    same(Floor.site.secrets.device(end["guid"]), {})
    _, _, end = run("ccm")
    place = {"number": end["number"], "state": end["state"]}
    for errand in (["--deactivate"], ["--maintenance", "changepassword"]):
        refused(None, *errand, *SAYS, "--force", "--lie-uuid", place=place, mode=1,
                words="the device behind it is")
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
    """Three other machines that say they are the first, fresh from the factory."""
    said, _, real = run("random", *HOME)
    same(said, "success")
    place = {"number": real["number"]}
    for liar in (1, 2):
        said, _, end = run("random", *HOME, place={**place, "state": f"liar-{liar}"})
        same((said, len(opens(end))), ("success", 1))
        same(len(opens(real, real["state"])), 1)
    refused("random", *HOME, place={**place, "state": "liar-3"}, words="Secret Provider")
    refused("random", *HOME, "--mode", "2", *SAYS, place={**place, "state": "liar-4"}, mode=2,
            words="authenticate")
    same(len(opens(real, real["state"])), 1)
    said, _, _ = run("random", *HOME, "--token-file", Floor.site.token_file(),
                     place={**place, "state": real["state"]})
    same((said, list(passwords_of(stored_of(real))), opens(real)),
         ("success", ["AMT_PASSWORD"], ["AMT_PASSWORD"]))


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
]


def a_secret_store_that_fails_loses_no_password():
    broken = Broken(Floor.site.server.data)
    wire = Wire(Floor.site.port)
    ends = []
    for profile, flags, name, mode in STORE:
        said, text, end = fails_at(broken, wire, profile, flags, name, Floor.next())
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
    site = Floor.site = Site(SETTINGS)
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
    same(site.ask("GET", f"{ADMIN}/profiles/ccm")[0], 200)


def end_of_all():
    """The server ends well, and has told no secrets."""
    Floor.site.stop()
    for secret in (PASSWORD, "Other-s3cret!", "N3xt-s3cret!", "Wif1-secret!"):
        same(secret in Floor.site.server.said, False)


if __name__ == "__main__":
    rig.main([
        begin,
        a_profile_that_is_unknown_is_refused,
        a_machine_that_is_another_one_is_refused,
        a_second_agent_of_the_same_machine_is_refused,
        whoever_lies_pushes_no_password_out,
        certificates_that_do_not_fit_are_refused,
        a_certificate_that_has_expired_since_is_refused,
        a_password_that_amt_does_not_take_is_not_sent,
        a_secret_store_that_fails_loses_no_password,
        client_control_mode,
        admin_control_mode_with_passwords_that_are_made,
        network_and_calling_home,
        the_upgrade_to_admin_control_mode,
        another_password_for_a_machine_that_is_set_up,
        deactivation,
        the_change_of_a_password,
        the_clock,
        end_of_all,
    ])
