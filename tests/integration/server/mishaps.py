"""The table of what goes wrong in provisioning: each exchange with AMT of a good run, and each
trouble that may befall it. For mishaps_test.py.

All of it is long. Unless OUTBAND_WHOLE_TABLE is 1, what changes a machine while its passwords are
at stake meets every trouble, and the rest takes turns, from day to day (OUTBAND_TABLE_SEED: the day
that is to come again)."""

import json
import os
import time

from activation import ha1, passwords_of, realm_of
from agent_wire import Trouble, Wire

ALWAYS = ["silent", "lost", "401", "fault", "garbage", "wrong", "cut before", "cut after"]

# What methods are documented to return (spec device-protocols 5.4, 7.2, 7.3), without 0.
RETURNS = {
    "Setup": [1, 2, 3, 4, 6],
    "AdminSetup": [1, 2, 3, 4, 5, 6],
    "UpgradeClientToAdmin": [1, 2, 3, 4, 5, 6],
    "AddNextCertInChain": [1, 2, 3, 4, 5],
    "CommitChanges": [1, 38, 2057],
    "SetMEBxPassword": [1, 12, 36, 2054],
    "SetAdminAclEntryEx": [1, 12, 22, 36, 2054],
    "Unprovision": [1, 16, 36, 2076],
    "AddMpServer": [1, 23, 36, 2058],
    "AddRemoteAccessPolicyRule": [1, 23, 36, 2058],
    "AddTrustedRootCertificate": [1, 23, 36, 2049],
    "AddWiFiSettings": [1, 2, 3, 4],
    "RequestStateChange": [1, 2, 5],
}
OTHERS = [1, 36]
RATE = 4  # machines a second of each of the flows that are walked side by side
CHANGES = ("Put", "Create", "Delete")


class Case:
    """One machine that meets one trouble."""

    def __init__(self, number, exchange, kind):
        self.number, self.exchange, self.kind = number, exchange, kind
        self.guid = None
        self.trouble = Trouble(exchange, kind)

    def __str__(self):
        return f"{self.exchange.number} {self.exchange.name} {self.exchange.place}: {self.kind}"


WHOLE = os.environ.get("OUTBAND_WHOLE_TABLE") == "1"
SEED = int(os.environ.get("OUTBAND_TABLE_SEED") or time.time() // 86400)
TUNNELLED = ["cut before", "cut after", "silent", "lost"]


def takes_turn(exchange, every):
    """Whether it is this exchange's day."""
    return (exchange.number + SEED) % every == 0


def in_turn(kinds, exchange, count):
    """So many of them, other ones tomorrow."""
    first = exchange.number * 3 + SEED * count
    return [kinds[(first + place) % len(kinds)] for place in range(min(count, len(kinds)))]


def kinds_of(exchange, thorough):
    """What may befall it. Of those that only ask, two in turn where nothing is at stake."""
    if exchange.opaque:
        return in_turn(TUNNELLED, exchange, 1) if takes_turn(exchange, 5 if WHOLE else 11) else []
    kinds = ALWAYS
    if exchange.is_method:
        numbers = RETURNS.get(exchange.operation, OTHERS)
        if not thorough:
            numbers = numbers[:1]
        kinds = ALWAYS + [f"return {number}" for number in numbers]
    changes = exchange.is_method or exchange.operation in CHANGES
    if thorough or changes:
        return kinds if WHOLE or (thorough and changes) else in_turn(kinds, exchange, 2)
    if WHOLE:
        return [ALWAYS[exchange.number % 8], ALWAYS[(exchange.number + 3) % 8]]
    return in_turn(kinds, exchange, 1) if takes_turn(exchange, 3) else []


def table(exchanges, critical, only_critical=False):
    """The cases of a recorded run. Up to the exchange `critical` passwords are at stake."""
    cases = []
    for exchange in exchanges:
        thorough = exchange.number <= critical
        if thorough or not only_critical:
            for kind in kinds_of(exchange, thorough):
                cases.append(Case(len(cases), exchange, kind))
    return cases


class Flow:
    """A command whose exchanges are recorded, spoiled one by one, and repeated."""

    def __init__(self, site, name, base, flags=(), profile=None, before=(), mode=None,
                 token=False, told_apart=False, personality="16.1"):
        self.site, self.name, self.base = site, name, base
        self.personality = personality
        self.told_apart = told_apart  # the agent says another password once the run has succeeded
        self.profile, self.mode = profile, mode
        self.before = before  # runs that bring the machines where the flow begins
        self.flags = list(flags) + (["--token-file", site.token_file()] if token else [])
        self.failures = []
        self.texts = {}

    def go(self, count, base, port=None, rate=RATE, flags=None, profile=None):
        """Machines that run their errand; what became of each by its number."""
        state = f"{self.name}-{base}"
        agents = self.site.agents("--once", "--count", count, "--rate", rate, "--timeout", 100,
                                  "--personality", self.personality,
                                  *(self.flags if flags is None else flags), port=port,
                                  profile=self.profile if flags is None else profile,
                                  number=base, state=state)
        return agents.ends()

    def prepare(self, count, base):
        for profile, flags in self.before:
            ends = self.go(count, base, flags=flags, profile=profile)
            bad = [end for end in ends.values() if end.get("method") != "success"]
            assert not bad, bad

    def record(self):
        """The exchanges of a good run."""
        wire = Wire(self.site.port)
        self.prepare(1, self.base)
        end = self.go(1, self.base, wire.port)[0]
        wire.stop()
        assert end.get("method") == "success", end
        return wire.passed[end["guid"]]

    def fail(self, case, why):
        self.failures.append(f"{self.name} {case}: {why}")

    def state_of(self, base, case, count):
        name = f"{self.name}-{base}" + (f".{case.number}" if count > 1 else "")
        try:
            return self.site.state(name)
        except FileNotFoundError:  # nothing has reached it
            return {"state": 0}

    def check_password(self, base, cases, when):
        """One of those that are stored opens each machine that is set up."""
        stored = self.site.secrets.devices()
        for case in cases:
            state = self.state_of(base, case, len(cases))
            if state["state"] == 0:
                continue
            known = passwords_of(stored.get(case.guid, {}))
            if not any(ha1(realm_of(state), password) == state["hash"]
                       for password in known.values()):
                self.fail(case, f"{when}: none of {sorted(known)} opens it")

    def check_end(self, case, end, finals):
        """Exactly one final message, unless the agent has left."""
        if not case.trouble.hit.is_set():
            self.fail(case, f"the exchange did not come: {end}")
        if case.kind.startswith("cut"):
            if finals:
                self.fail(case, f"told {finals}")
            return
        if len(finals) != 1 or end["event"] != "final":
            self.fail(case, f"{len(finals)} final messages, {end}")
            return
        self.texts.setdefault((finals[0]["method"], finals[0]["message"]), []).append(case)
        if finals[0]["method"] == "error":
            self.check_sentence(case, finals[0]["message"])

    def check_sentence(self, case, message):
        """A step and a cause are named."""
        try:
            message = json.loads(message)["Status"]
        except ValueError:
            pass
        words = [*case.exchange.name.split(), "authenticate", "Failed to", "digest realm"]
        if case.exchange.opaque:  # which exchange it was nobody can see
            words.append("Failed: ")
        if len(message) < 20 or not any(word in message for word in words):
            self.fail(case, f"says only {message!r}")

    def run(self, critical=None, only_critical=False, rate=RATE):
        """All cases, then all machines once more without trouble; returns how many there were."""
        exchanges = self.record()
        upto = len(exchanges) if critical is None else max(
            (exchange.number for exchange in exchanges if exchange.operation == critical),
            default=-4)
        cases = table(exchanges, upto + 4, only_critical)
        base = self.base + 1
        wire = Wire(self.site.port)
        self.prepare(len(cases), base)
        for case in cases:
            case.guid = f"{base:08x}-0000-4000-8000-{case.number:012x}"
            wire.plans[case.guid] = case.trouble
        ends = self.go(len(cases), base, wire.port, rate)
        wire.stop()
        for case in cases:
            self.check_end(case, ends[case.number], wire.finals.get(case.guid, []))
        self.check_password(base, cases, "afterwards")
        self.run_again(base, cases, rate)
        return len(cases)

    def run_again(self, base, cases, rate):
        """Without trouble. Where the first run has changed what the agent should say, only an
        agent with a token comes in."""
        flags = self.flags + (["--token-file", self.site.token_file()] if self.told_apart else [])
        before = {case.number: self.state_of(base, case, len(cases))["state"] for case in cases}
        if self.told_apart:
            ends = self.go(len(cases), base, rate=rate)
            for case in cases:
                text = ends[case.number].get("message", "no final message")
                if ends[case.number].get("method") != "success" and \
                        not text.startswith("AMT password DOES NOT match"):
                    self.fail(case, f"the next run without a token: {text}")
        ends = self.go(len(cases), base, rate=rate, flags=flags, profile=self.profile)
        for case in cases:
            end = ends[case.number]
            if self.mode == 0 and before[case.number] == 0:
                continue  # there is nothing left to be done
            if end.get("method") != "success":
                self.fail(case, f"the next run: {end}")
            elif self.mode is not None and end["mode"] != self.mode:
                self.fail(case, f"the next run leaves mode {end['mode']}")
        self.check_password(base, cases, "after the next run")
