"""Agents that speak for another machine, with an AMT behind them that says yes to everything:
whatever they say, the machine's own password stays stored and opens it, its record stays and its
address, and nothing that is stored is told to them."""

import hashlib
import re

import rig
from activation import ADMIN, HOME, PASSWORD, Site, ha1, item_of, passwords_of, realm_of
from lying_amt import Liar
from rig import contains, same, until

LAN = {"hostname": "amt.corp.example.com", "username": "admin", "password": "Real-l4n-pw!",
       "useTLS": True, "allowSelfSigned": True}
FIRST, SECOND = "Planted-1!", "Planted-2!"


class Floor:
    """What all tests share."""
    site = None
    token = None
    token_file = None
    number = 0x100


def settle():
    until(lambda: Floor.site.ask("GET", f"{ADMIN}/provisioning")[1] == [])


def row_of(guid):
    status, row = Floor.site.ask("GET", f"/api/v1/devices/{guid}")
    row = row if isinstance(row, dict) else {}
    return status, row.get("hostname"), row.get("dnsSuffix"), row.get("mpsusername")


class Victim:
    """A machine that is set up, by its profile, or a record of one on the network."""

    def __init__(self, profile):
        Floor.number += 1
        self.state, self.profile = f"machine-{Floor.number}", profile
        if profile is None:
            self.guid = f"{Floor.number:08x}-0000-4000-8000-000000000000"
            same(Floor.site.ask("POST", "/api/v1/devices", {"guid": self.guid, **LAN})[0], 201)
        else:
            agents = Floor.site.agents("--once", *HOME, profile=profile, number=Floor.number,
                                       state=self.state)
            same((profile, agents.final()[0]), (profile, "success"))
            self.guid = agents.ends()[0]["guid"]
        settle()
        self.entry, self.row = Floor.site.secrets.device(self.guid), row_of(self.guid)

    def again(self, *flags):
        """The machine's own agent."""
        return Floor.site.agents("--once", *HOME, *flags, profile=self.profile,
                                 number=int(self.guid[:8], 16), state=self.state)

    def opens(self):
        """Names of those that are stored and open the real machine."""
        known = passwords_of(Floor.site.secrets.device(self.guid))
        if self.profile is None:
            return [name for name, text in known.items() if text == LAN["password"]]
        state = Floor.site.state(self.state)
        return [name for name, text in known.items() if ha1(realm_of(state), text) == state["hash"]]

    def check(self, when):
        settle()
        entry = Floor.site.secrets.device(self.guid)
        same((when, self.opens()), (when, ["AMT_PASSWORD"]))
        same((when, entry["AMT_PASSWORD"]), (when, self.entry["AMT_PASSWORD"]))
        same((when, row_of(self.guid)), (when, self.row))
        for name in ("MPS_PASSWORD", "MEBX_PASSWORD"):
            same((when, entry.get(name)), (when, self.entry.get(name)))


def change(password, force=True):
    return f"maintenance --changepassword {password}" + (" -f" if force else "")


ELSEWHERE = {"hostname": "evil.example.net", "fqdn": "corp.example.com",
             "hostnameInfo": {"hostname": "evil.example.net", "dnsSuffixOS": "example.net"}}

# Sessions one after another: the mode that is said, the command, the password that is said.
VISITS = {
    "a machine that is new": [(0, "activate --profile ccm", "x")],
    "new, with passwords that are made": [(0, "activate --profile random", "x")],
    "new again and again": [(0, "activate --profile random", "x")] * 4,
    "new, and planted then said": [(0, "activate --profile other", "x"),
                                   (1, change(SECOND, False), "Other-s3cret!"),
                                   (1, "deactivate", "Other-s3cret!")],
    "set up": [(1, "activate --profile ccm", "Whatever-1!")],
    "forced, then what was planted": [(1, change(FIRST), "Whatever-1!"),
                                      (1, change(SECOND, False), FIRST),
                                      (1, change("Planted-3!", False), SECOND)],
    "forced, then removed with it": [(1, change(FIRST), "Whatever-1!"),
                                     (1, "deactivate", FIRST), (1, "deactivate -f", FIRST)],
    "removed by force": [(2, "deactivate -f", "Whatever-1!")],
    "called something else": [(2, "maintenance --synchostname -f", "Whatever-1!"),
                              (2, "maintenance --syncdeviceinfo -f", "Whatever-1!")],
}


def walk(profile, token=None):
    for name, visits in VISITS.items():
        victim = Victim(profile)
        if profile is not None:  # which is called by CIRA or not at all: its agent may name it
            visits = [visit for visit in visits if "synchostname" not in visit[1]]
        for number, (mode, line, password) in enumerate(visits):
            said = {**(ELSEWHERE if profile is None else {}), "password": password}
            end = Liar(victim.guid, mode).visit(Floor.site, line, token, **said)
            victim.check((profile, token is not None, name, number, end))


def a_machine_in_client_control_mode():
    walk("ccm")


def a_machine_whose_passwords_were_made():
    walk("random")


def a_machine_on_the_network():
    walk(None)


def the_same_with_a_token_that_is_good_for_any_machine():
    for profile in ("ccm", "random", None):
        walk(profile, Floor.token)


def a_machine_that_calls_in_keeps_its_password_and_the_liar_gets_another():
    for mode, said in ((0, "x"), (1, "Whatever-1!")):
        victim = Victim("home")
        told = []

        class Listener(Liar):
            """Keeps what it is told."""

            def answer(self, asked):
                told.append(asked)
                return super().answer(asked)
        for token in (None, Floor.token):
            Listener(victim.guid, mode).visit(Floor.site, "activate --profile home", token,
                                              password=said)
            victim.check(("home", mode, token is not None))
        text = "".join(told)
        for name, secret in victim.entry.items():
            same((name, name != "PASSWORDS" and secret in text), (name, False))
        agents = Floor.site.agents(*HOME, "--password", victim.entry["AMT_PASSWORD"],
                                   profile="home", number=int(victim.guid[:8], 16),
                                   state=victim.state, wait=False)
        try:
            agents.hears("connected")
            same(agents.hears("final")["method"], "success")
        finally:
            agents.stop()


def a_record_changes_only_by_its_own_agent():
    victim = Victim("ccm")
    before = Floor.site.ask("GET", f"/api/v1/devices/{victim.guid}")[1]["deviceInfo"]
    said, text = Liar(victim.guid, 1).visit(
        Floor.site, "maintenance --syncdeviceinfo -f", password="x", ver="66.6.6")
    same(said, "error")
    contains(text, "DOES NOT match stored version")
    same(Floor.site.ask("GET", f"/api/v1/devices/{victim.guid}")[1]["deviceInfo"], before)


def a_new_machine_may_be_cut_off_more_than_once():
    guid = "4c4c4544-0053-3510-8051-b8c04f4d4e77"
    for _ in range(3):
        same(Liar(guid, 0, "Setup").visit(Floor.site, "activate --profile made"), ("left", ""))
        settle()
    said, text = Liar(guid, 0).visit(Floor.site, "activate --profile made")
    settle()
    contains(text, "Client control mode.")
    # each was sent, and so may be the device's; none is sent again, to whoever asks
    entry = Floor.site.secrets.device(guid)
    same((said, len(set(passwords_of(entry).values()))), (said, 4))
    said, text = Liar(guid, 0, "Setup").visit(Floor.site, "activate --profile made")
    same(said, "error")
    guid = "4c4c4544-0053-3510-8051-b8c04f4d4e7a"
    for _ in range(4):
        Liar(guid, 0, "Setup").visit(Floor.site, "activate --profile made")
        settle()
    said, text = Liar(guid, 0).visit(Floor.site, "activate --profile made")
    contains(text, "4 passwords of runs that did not end well")


def what_is_withdrawn_before_it_was_sent_takes_no_place():
    """AdminSetup: the agent goes while the chain is on its way."""
    guid = "4c4c4544-0053-3510-8051-b8c04f4d4e7b"
    said = {"fqdn": "pc.corp.example.com", "certHashes": [Floor.site.roots[1]]}
    for _ in range(6):
        same(Liar(guid, 0, "AddNextCertInChain").visit(Floor.site, "activate --profile random",
                                                       **said)[0], "left")
        settle()
    same(Floor.site.secrets.device(guid), {})


def a_machine_that_was_reset_needs_a_token_and_is_used_again():
    victim = Victim("home")
    place = {"number": int(victim.guid[:8], 16), "state": f"{victim.state}-reset"}
    for flags in ((), ("--token-file", Floor.token_file)):
        said, text = Floor.site.agents("--once", *HOME, *flags, profile="home2", **place).final()
        same((flags, said), (flags, "error"))
        contains(text, "already has a record")
    victim.check("reset")
    agents = Floor.site.agents(*HOME, "--token-file", Floor.site.token_file(victim.guid),
                               profile="home2", wait=False, **place)
    try:
        same(agents.hears("final")["method"], "success")
        agents.hears("connected")
        until(lambda: Floor.site.ask("GET", f"/api/v1/amt/version/{victim.guid}")[0] == 200)
        entry = Floor.site.secrets.device(victim.guid)
        # what was there before stays, since the token may have come into wrong hands
        same(passwords_of(entry), {"AMT_PASSWORD": "Other-s3cret!",
                                   "PROVEN 1": victim.entry["AMT_PASSWORD"]})
        same(item_of(entry, "Other-s3cret!")["proven"], True)
        same(entry["MPS_PASSWORD"] == victim.entry["MPS_PASSWORD"], False)
        same(row_of(victim.guid), victim.row)
    finally:
        agents.stop()


def the_machine_itself_removes_itself():
    victim = Victim("ccm")
    said, _ = Floor.site.agents("--once", "--deactivate", "--password", PASSWORD,
                                number=int(victim.guid[:8], 16), state=victim.state).final()
    settle()
    same((said, Floor.site.secrets.device(victim.guid), row_of(victim.guid)[0]),
         ("success", {}, 404))


def another_tenants_word_neither_clears_nor_blocks_what_is_stored():
    victim = Victim("made")
    same(Floor.site.ask("DELETE", f"/api/v1/devices/{victim.guid}")[0], 204)
    for line in (change(FIRST), "deactivate -f"):
        Liar(victim.guid, 1).visit(Floor.site, line, tenant="zzz", password="x")
        settle()
        same(victim.opens(), ["AMT_PASSWORD"])
    Floor.number += 1
    guid = f"{Floor.number:08x}-0000-4000-8000-000000000000"
    Liar(guid, 1).visit(Floor.site, change(FIRST), tenant="zzz", password="x")
    settle()
    agents = Floor.site.agents("--once", profile="made", number=Floor.number, state="blocked")
    same(agents.final()[0], "success")


def an_administrator_removes_what_is_stored_of_a_device_without_a_record():
    Floor.number += 1
    guid = f"{Floor.number:08x}-0000-4000-8000-000000000000"
    Liar(guid, 0, "Setup").visit(Floor.site, "activate --profile made")
    settle()
    path = f"/api/v1/devices/{guid}?isSecretToBeDeleted=true"
    same(len(passwords_of(Floor.site.secrets.device(guid))), 1)
    same([Floor.site.ask("DELETE", path)[0] for _ in range(2)], [204, 404])
    same(Floor.site.secrets.device(guid), {})


def whoever_came_before_a_machine_does_not_have_it():
    """Somebody has begun to set it up, and tries to have a password of his stored."""
    Floor.number += 1
    guid = f"{Floor.number:08x}-0000-4000-8000-000000000000"
    contains(Liar(guid, 1).visit(Floor.site, change(FIRST), password="Planted-0!")[1],
             "not known here")
    Liar(guid, 0, "Setup").visit(Floor.site, "activate --profile made")
    settle()
    place = {"number": Floor.number, "state": "squatted"}
    same(Floor.site.agents("--once", profile="made", **place).final()[0], "success")
    settle()
    own = Floor.site.secrets.device(guid)["AMT_PASSWORD"]
    for line in (change(SECOND, False), change(SECOND), "deactivate", "deactivate -f"):
        for said in ("Planted-0!", FIRST):
            contains(Liar(guid, 1).visit(Floor.site, line, password=said)[1], "DOES NOT match")
            settle()
            same(Floor.site.secrets.device(guid)["AMT_PASSWORD"], own)
    same(Floor.site.agents("--once", "--password", own, profile="made", **place).final()[0],
         "success")
    settle()
    same(Floor.site.agents("--once", "--deactivate", "--password", own, **place).final()[0],
         "success")


def a_stranger_does_not_change_what_lets_its_own_agent_in():
    victim = Victim("made")
    for mode in (0, 1):
        same(Liar(victim.guid, mode, "Setup").visit(Floor.site, "activate --profile made")[0],
             "error")
        settle()
    same(victim.again("--password", "NobodyKnows-1!").final()[0], "error")
    same(victim.again("--password", victim.entry["AMT_PASSWORD"]).final()[0], "success")
    same(victim.again("--password", "NobodyKnows-1!", "--token-file",
                      Floor.site.token_file(victim.guid)).final()[0], "success")
    victim.check("after strangers")


def a_first_run_goes_on_without_a_word_until_it_has_ended_well():
    """Its CIRA config's root is broken at first: the machine is set up, and the run has failed."""
    Floor.number += 1
    guid = f"{Floor.number:08x}-0000-4000-8000-000000000000"
    place = {"number": Floor.number, "state": "unfinished", "profile": "unfinished"}
    said, message = Floor.site.agents("--once", *HOME, **place).final()
    same(said, "error")
    contains(message["Status"], "CIRA connection")
    settle()
    entry = Floor.site.secrets.device(guid)
    same(item_of(entry, entry["AMT_PASSWORD"])["proven"], False)
    fixed = Floor.site.ask("GET", f"{ADMIN}/ciraconfigs/broken")[1]
    good = Floor.site.ask("GET", f"{ADMIN}/ciraconfigs/home")[1]
    fixed["mpsRootCertificate"] = good["mpsRootCertificate"]
    same(Floor.site.ask("PATCH", f"{ADMIN}/ciraconfigs", fixed)[0], 200)
    same(Floor.site.agents("--once", *HOME, **place).final()[0], "success")
    settle()
    after = Floor.site.secrets.device(guid)
    same(after["AMT_PASSWORD"], entry["AMT_PASSWORD"])
    same(item_of(after, after["AMT_PASSWORD"])["proven"], True)
    said, text = Floor.site.agents("--once", *HOME, **place).final()
    same(said, "error")
    contains(text, "DOES NOT match")


def a_record_that_is_old_is_not_gone_on_with():
    site = Site(["--agent-resume", "0"])
    site.make_profile("ccm", generateRandomPassword=True, amtPassword=None)
    guid = "4c4c4544-0053-3510-8051-b8c04f4d4e79"
    row = {"guid": guid, "mpsusername": "admin", "deviceInfo": {"activatedAt": "2020-01-01T00:00:00Z"}}
    same(site.ask("POST", "/api/v1/devices", row)[0], 201)
    for mode, text in ((0, "already has a record"), (1, "DOES NOT match")):
        contains(Liar(guid, mode).visit(site, "activate --profile ccm")[1], text)
    site.stop()


def where_orphans_are_not_prevented_who_says_so_begins_anew():
    """As with the toolkit; but the password before stays stored, and opens what had it."""
    site = Site(["--prevent-orphans", "false"])
    site.make_profile("ccm", generateRandomPassword=True, amtPassword=None)
    flags = {"profile": "ccm", "number": 7}
    first = site.agents("--once", state="one", **flags)
    same(first.final()[0], "success")
    guid = first.ends()[0]["guid"]
    before = site.secrets.device(guid)["AMT_PASSWORD"]
    same(site.agents("--once", state="two", **flags).final()[0], "success")
    entry = site.secrets.device(guid)
    same((entry["AMT_PASSWORD"] == before, before in passwords_of(entry).values()), (False, True))
    site.stop()


def no_digest_is_made_for_a_stranger_with_a_password_that_people_know():
    """A new machine was cut off, and its password is the profile's own."""
    guid = "4c4c4544-0053-3510-8051-b8c04f4d4e78"
    same(Liar(guid, 0, "Setup").visit(Floor.site, "activate --profile ccm")[0], "left")
    settle()
    realm, nonce = "Digest:A3829B3827DE4D33D4449B366831FD01", "abc"
    seen = []

    class Asks(Liar):
        """Wants to be logged in to."""

        def answer(self, asked):
            login = re.search(r"Authorization: Digest (.*)", asked)
            if login:
                seen.append(dict(re.findall(r'(\w+)="?([^",]*)"?', login[1])))
                return super().answer(asked)
            return (f'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="{realm}", '
                    f'nonce="{nonce}", qop="auth"\r\nContent-Length: 0\r\n\r\n').encode()
    Asks(guid, 1).visit(Floor.site, "activate --profile made", password="no idea")
    for login in seen:
        words = [ha1(realm, PASSWORD), nonce, login["nc"], login["cnonce"], login["qop"],
                 hashlib.md5(f"POST:{login['uri']}".encode()).hexdigest()]
        same(login["response"] == hashlib.md5(":".join(words).encode()).hexdigest(), False)


def a_record_of_a_device_on_the_network_stays_one():
    """Also when its password was made here."""
    victim = Victim("made")
    for _ in range(2):
        Liar(victim.guid, 1).visit(Floor.site, "activate --profile calls", password="no idea",
                                   hostname="evil.example.net", friendlyName="owned")
        victim.check("made to call in")
    same(Floor.site.ask("GET", f"/api/v1/devices/{victim.guid}")[1]["friendlyName"], None)


def the_mebx_password_of_a_machine_that_was_reset_stays():
    victim = Victim("random")
    place = {"number": int(victim.guid[:8], 16), "state": f"{victim.state}-reset"}
    said, _ = Floor.site.agents("--once", *HOME, "--token-file", Floor.site.token_file(),
                                profile="random", **place).final()
    settle()
    stored = set(passwords_of(Floor.site.secrets.device(victim.guid), "mebx").values())
    same((said, len(stored), victim.entry["MEBX_PASSWORD"] in stored), ("success", 2, True))
    for mode in (0, 0, 0, 0, 1, 1):
        Liar(victim.guid, mode).visit(Floor.site, "activate --profile random", password="no idea",
                                      fqdn="pc.corp.example.com", certHashes=[Floor.site.roots[1]])
        settle()
        left = set(passwords_of(Floor.site.secrets.device(victim.guid), "mebx").values())
        same(stored - left, set())


class Connected:
    """A machine that is connected, and a second one that says to be it."""

    def __init__(self, profile, *flags):
        Floor.number += 1
        self.guid = f"{Floor.number:08x}-0000-4000-8000-000000000000"
        self.place = {"number": Floor.number, "profile": profile, "wait": False}
        self.flags = ["--personality", "16.1", *flags]
        self.agents = Floor.site.agents(*self.flags, state=f"real-{self.guid}", **self.place)
        self.agents.hears("connected")
        same(self.agents.hears("final")["method"], "success")
        settle()
        self.entry, self.row = Floor.site.secrets.device(self.guid), row_of(self.guid)

    def liar(self, *flags):
        return Floor.site.agents(*self.flags, "--mode", "1", "--amt-password", FIRST, "--password",
                                 FIRST, *flags, state=f"liar-{self.guid}", **self.place)

    def check(self):
        """It is connected, and can be used; its passwords are what they were."""
        settle()
        same(Floor.site.ask("GET", f"/api/v1/amt/version/{self.guid}")[0], 200)
        entry = Floor.site.secrets.device(self.guid)
        for name in ("AMT_PASSWORD", "MPS_PASSWORD"):
            same((name, entry[name]), (name, self.entry[name]))
        same(row_of(self.guid), self.row)


def who_was_given_a_tunnel_before_the_machine_is_not_let_in_after_it():
    """A stranger has begun to set it up, and would call in once it is known and switched off."""
    Floor.number += 1
    guid = f"{Floor.number:08x}-0000-4000-8000-000000000000"
    place = {"number": Floor.number, "wait": False}
    squatter = Floor.site.agents("--personality", "16.1", state=f"squat-{guid}",
                                 profile="unwired", **place)
    same(squatter.hears("final")["method"], "error")
    squatter.hears("connected")
    real = Floor.site.agents("--personality", "16.1", state=f"real-{guid}", profile="calls",
                             **place)
    same(real.hears("final")["method"], "success")
    until(lambda: Floor.site.ask("GET", f"/api/v1/amt/version/{guid}")[0] == 200)
    real.stop()
    until(lambda: "did not end well" in Floor.site.server.output())
    same(Floor.site.ask("GET", f"/api/v1/amt/version/{guid}")[0], 404)
    squatter.stop()


def a_deactivation_by_an_operator_leaves_what_may_be_another_machines():
    """It was done over the tunnel of whoever had begun to set the machine up."""
    Floor.number += 1
    guid = f"{Floor.number:08x}-0000-4000-8000-000000000000"
    squatter = Floor.site.agents("--personality", "16.1", state=f"squat-{guid}",
                                 profile="unwired", number=Floor.number, wait=False)
    same(squatter.hears("final")["method"], "error")
    squatter.hears("connected")
    stored = set(passwords_of(Floor.site.secrets.device(guid)).values())
    same((len(stored), Floor.site.ask("DELETE", f"/api/v1/amt/deactivate/{guid}")[0]), (1, 200))
    same(set(passwords_of(Floor.site.secrets.device(guid)).values()), stored)
    same(row_of(guid)[0], 404)
    squatter.stop()


def a_machine_that_is_connected_stays_so():
    real = Connected("calls")
    contains(Liar(real.guid, 1).visit(Floor.site, change(FIRST), password="x")[1], "DOES NOT match")
    contains(Liar(real.guid, 0).visit(Floor.site, "activate --profile branch")[1], "already has a record")
    liar = real.liar()
    same(liar.hears("final")["method"], "error")
    liar.stop()
    Liar(real.guid, 1).visit(Floor.site, "activate --profile branch2", password="x")
    real.check()
    real.agents.stop()


def a_token_does_not_take_over_a_machine_that_is_connected():
    real = Connected("calls", "--token-file", Floor.token_file)
    Liar(real.guid, 1).visit(Floor.site, change(FIRST), Floor.token, password="x")
    liar = real.liar()
    same(liar.hears("final")["method"], "error")
    real.check()
    liar.stop()
    real.agents.stop()


def begin():
    """The server starts, and the administrator makes profiles."""
    site = Floor.site = Site(["--agent-sessions", "400", "--agent-source-sessions", "400",
                              "--agent-attempt", "4"])
    site.make_cira()
    site.make_domain()
    site.make_profile("ccm")
    site.make_profile("other", amtPassword="Other-s3cret!")
    made = {"amtPassword": None, "generateRandomPassword": True}
    site.make_profile("made", **made)
    site.make_profile("random", "acmactivate", mebxPassword=None,
                      generateRandomMEBxPassword=True, **made)
    site.make_profile("home", "acmactivate", ciraConfigName="home", **made)
    site.make_profile("home2", "acmactivate", ciraConfigName="home", amtPassword="Other-s3cret!")
    site.make_profile("calls", ciraConfigName="home", **made)
    site.make("ciraconfigs", {**site.ask("GET", f"{ADMIN}/ciraconfigs/home")[1],
                              "configName": "branch", "username": "branch"})
    site.make("ieee8021xconfigs", {"profileName": "assisted", "authenticationProtocol": 0,
                                   "pxeTimeout": 120, "wiredInterface": True})
    site.make_profile("unwired", ciraConfigName="home", ieee8021xProfileName="assisted", **made)
    site.make_profile("branch", ciraConfigName="branch", tags=["evil"])
    site.make_profile("branch2", ciraConfigName="branch", tags=["evil"], **made)
    site.make("ciraconfigs", {**site.ask("GET", f"{ADMIN}/ciraconfigs/home")[1],
                              "configName": "broken", "mpsRootCertificate": "bm8gY2VydGlmaWNhdGU="})
    site.make_profile("unfinished", ciraConfigName="broken", **made)
    Floor.token_file = site.token_file(None)
    Floor.token = Floor.token_file.read_text()


def end_of_all():
    """The server ends well."""
    Floor.site.stop()


if __name__ == "__main__":
    rig.main([
        begin,
        a_machine_in_client_control_mode,
        a_machine_whose_passwords_were_made,
        a_machine_on_the_network,
        the_same_with_a_token_that_is_good_for_any_machine,
        a_machine_that_calls_in_keeps_its_password_and_the_liar_gets_another,
        a_record_changes_only_by_its_own_agent,
        a_new_machine_may_be_cut_off_more_than_once,
        what_is_withdrawn_before_it_was_sent_takes_no_place,
        a_machine_that_was_reset_needs_a_token_and_is_used_again,
        the_machine_itself_removes_itself,
        another_tenants_word_neither_clears_nor_blocks_what_is_stored,
        an_administrator_removes_what_is_stored_of_a_device_without_a_record,
        whoever_came_before_a_machine_does_not_have_it,
        a_stranger_does_not_change_what_lets_its_own_agent_in,
        a_first_run_goes_on_without_a_word_until_it_has_ended_well,
        a_record_that_is_old_is_not_gone_on_with,
        where_orphans_are_not_prevented_who_says_so_begins_anew,
        no_digest_is_made_for_a_stranger_with_a_password_that_people_know,
        a_record_of_a_device_on_the_network_stays_one,
        the_mebx_password_of_a_machine_that_was_reset_stays,
        who_was_given_a_tunnel_before_the_machine_is_not_let_in_after_it,
        a_deactivation_by_an_operator_leaves_what_may_be_another_machines,
        a_machine_that_is_connected_stays_so,
        a_token_does_not_take_over_a_machine_that_is_connected,
        end_of_all,
    ])
