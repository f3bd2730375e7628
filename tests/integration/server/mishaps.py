"""The table of what goes wrong in provisioning: each exchange with AMT of a good run, and each
trouble that may befall it. For mishaps_test.py.

All of it is long (OUTBAND_WHOLE_TABLE=1). Otherwise each trouble befalls each kind of exchange once,
in one of the flows that have it, what changes passwords meets every trouble in every flow, and the
rest takes turns, from day to day (OUTBAND_TABLE_SEED: the day that is to come again)."""

import itertools
import json
import os
import time
import zlib

from activation import ha1, passwords_of, realm_of
from agent_wire import Exchange, Trouble, Wire

ALWAYS = ["silent", "lost", "401", "fault", "garbage", "wrong", "cut before", "cut after"]
TUNNELLED = ["cut before", "cut after", "silent", "lost"]  # what may befall bytes of TLS

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
    "AddCertificate": [1, 23, 36, 2049],
    "AddWiFiSettings": [1, 2, 3, 4],
    "GenerateKeyPair": [1, 23, 36, 2058],
    "GeneratePKCS10RequestEx": [1, 16, 36, 2058],
    "SetCertificates": [1, 16, 36],
    "SetHighAccuracyTimeSynch": [1, 36],
    "RequestStateChange": [1, 2, 5],
}
OTHERS = [1, 36]

# What happens to the passwords of a machine, or to who may set them.
CRITICAL = ("Setup", "AdminSetup", "UpgradeClientToAdmin", "SetMEBxPassword", "SetAdminAclEntryEx",
            "Unprovision")
RATE = 10  # machines a second of each part of a flow; the parts are walked side by side
PART = 36  # cases
WHOLE = os.environ.get("OUTBAND_WHOLE_TABLE") == "1"
SEED = int(os.environ.get("OUTBAND_TABLE_SEED") or time.time() // 86400)

# What the simulated machine is told to do where nobody on the way can tell exchanges apart.
RULES = {"silent": "silent", "lost": "mute@1", "reset": "lose@1", "401": "status:401",
         "fault": "fault:InternalError", "garbage": "garbage", "wrong": "other",
         "cut before": "leave", "cut after": "leave-after"}


class Case:
    """One machine that meets one trouble."""

    def __init__(self, exchange, kind):
        self.exchange, self.kind = exchange, kind
        self.number = self.guid = None
        self.trouble = Trouble(exchange, kind)

    def rule(self):
        """The same for `amtsim agent --plan`."""
        operation, name = self.exchange.name.split()
        kind = RULES.get(self.kind) or self.kind.replace("return ", "refuse:")
        return f"{self.number} {name}.{operation}#{self.exchange.place}={kind}\n"

    def __str__(self):
        return f"{self.exchange.number} {self.exchange.name} {self.exchange.place}: {self.kind}"


def kinds_of(exchange, inside):
    """All that may befall it."""
    if exchange.opaque:
        return TUNNELLED
    numbers = RETURNS.get(exchange.operation, OTHERS) if exchange.is_method else []
    return ALWAYS + (["reset"] if inside else []) + [f"return {number}" for number in numbers]


def pick(among, *of):
    """One of them, tomorrow another one."""
    return among[(zlib.crc32(" ".join(map(str, of)).encode()) + SEED) % len(among)]


def whole(flow):
    return [Case(exchange, kind) for exchange in flow.own
            for kind in kinds_of(exchange, flow.inside)
            if not exchange.opaque or (exchange.number + SEED) % 3 == 0]


def sample(flows):
    """The cases of each flow, by its name."""
    chosen = {flow.name: {} for flow in flows}
    where = {}  # (kind of exchange, kind of trouble): its places

    def choose(flow, exchange, kind):
        chosen[flow.name].setdefault((exchange.number, kind), Case(exchange, kind))

    for flow in flows:
        for exchange in flow.own:
            kinds = kinds_of(exchange, flow.inside)
            if exchange.opaque:
                if (exchange.number + SEED) % 11 == 0:
                    choose(flow, exchange, pick(kinds, exchange.number))
                continue
            if exchange.operation in CRITICAL:
                for kind in kinds:
                    choose(flow, exchange, kind)
            elif exchange.number <= flow.settled() or flow.inside:
                choose(flow, exchange, pick(kinds, flow.name, exchange.name, exchange.place))
            for kind in [] if flow.inside else kinds:
                where.setdefault((exchange.name, kind), []).append((flow, exchange))
    for (name, kind), places in where.items():
        choose(*pick(places, name, kind), kind)
    return {name: list(cases.values()) for name, cases in chosen.items()}


def table(flows):
    return {flow.name: whole(flow) for flow in flows} if WHOLE else sample(flows)


def alike(some, others):
    """How many exchanges begin both."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0].name == pair[1].name,
                                              zip(some, others)))


class Flow:
    """A command whose exchanges are recorded, spoiled one by one, and repeated."""

    bases = itertools.count(0x100)

    def __init__(self, site, name, flags=(), profile=None, before=(), mode=None, token=False,
                 told_apart=False, personality="16.1", inside=False, beyond=(), since=None,
                 done=None):
        self.site, self.name = site, name
        self.personality = personality
        self.told_apart = told_apart  # the agent says another password once the run has succeeded
        self.profile, self.mode = profile, mode
        self.before = before  # runs that bring the machines where the flow begins
        self.flags = list(flags) + (["--token-file", site.token_file()] if token else [])
        self.at_once = 2 if personality == "19" else 5  # a handshake per request costs
        self.inside = inside  # exchanges are spoiled by the machine, not on the way
        self.beyond = beyond  # flows that begin and end in the same way: that much is theirs
        self.since = since  # … and up to the first exchange of that name
        self.done = done  # what a second run may be told when nothing is left to be done
        self.own = self.exchanges = []
        self.failures = []

    def go(self, count, base, port=None, flags=None, profile=None, more=()):
        """Machines that run their errand; what became of each by its number."""
        state = f"{self.name}-{base}"
        return self.site.agents("--once", "--count", count, "--rate", RATE,
                                "--at-once", self.at_once, "--timeout", 100,
                                "--personality", self.personality,
                                *(self.flags if flags is None else flags), *more, port=port,
                                profile=self.profile if flags is None else profile,
                                number=base, state=state, wait=False).finish(timeout=600)

    def prepare(self, count, base):
        for profile, flags in self.before:
            ends = self.go(count, base, flags=flags, profile=profile).ends()
            bad = [end for end in ends.values() if end.get("method") != "success"]
            assert not bad, bad

    def record(self):
        """The exchanges of a good run."""
        base = next(self.bases)
        self.prepare(1, base)
        if self.inside:
            agents = self.go(1, base, more=["--trace"])
            for line in agents.lines():
                if line["event"] == "request":
                    self.exchanges = [*self.exchanges, Exchange.told(line, self.exchanges)]
            end = agents.ends()[0]
        else:
            wire = Wire(self.site.port)
            end = self.go(1, base, wire.port).ends()[0]
            wire.stop()
            self.exchanges = wire.passed[end["guid"]]
        assert end.get("method") == "success", end

    def set_apart(self, flows):
        """Finds those that no flow of `beyond` has."""
        others = [flows[name].exchanges for name in self.beyond]
        first = max((alike(self.exchanges, other) for other in others), default=0)
        if self.since:
            first = next(one.number - 1 for one in self.exchanges if one.name == self.since)
        rest = self.exchanges[first:]
        last = max((alike(rest[::-1], other[::-1]) for other in others), default=0)
        own = rest[:len(rest) - last]
        self.own = rest[:max(len(own), self.settled() - first)]

    def settled(self):
        """How many exchanges there are until passwords are no more at stake."""
        return min(len(self.exchanges),
                   4 + max((one.number for one in self.exchanges if one.operation in CRITICAL),
                           default=-4))

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
        if not (end.get("spoiled") if self.inside else case.trouble.hit.is_set()):
            self.fail(case, f"the exchange did not come: {end}")
        if case.kind.startswith("cut"):
            if finals:
                self.fail(case, f"told {finals}")
            return
        if len(finals) != 1 or end["event"] != "final":
            self.fail(case, f"{len(finals)} final messages, {end}")
        elif finals[0]["method"] == "error":
            self.check_sentence(case, finals[0]["message"])
        elif self.mode is not None and end["mode"] != self.mode:
            self.fail(case, f"success in mode {end['mode']}")

    def check_sentence(self, case, message):
        """A step and a cause are named."""
        try:
            told = json.loads(message)
            message = " ".join(told.get(name, "") for name in (
                "Status", "Network", "CIRAConnection", "TLSConfiguration"))
        except ValueError:
            pass
        words = [*case.exchange.name.split(), "authenticate", "Failed to", "digest realm"]
        if case.exchange.opaque:  # which exchange it was nobody can see
            words.append("Failed: ")
        if len(message) < 20 or not any(word in message for word in words):
            self.fail(case, f"says only {message!r}")

    def spoil(self, base, cases):
        """The run in which each case's trouble comes."""
        if self.inside:
            plan = self.site.scratch / f"plan-{base}"
            plan.write_text("".join(case.rule() for case in cases))
            ends = self.go(len(cases), base, more=["--plan", plan]).ends()
            return ends, {case.guid: [end] for case in cases
                          if (end := ends[case.number])["event"] == "final"}
        wire = Wire(self.site.port)
        wire.plans = {case.guid: case.trouble for case in cases}
        ends = self.go(len(cases), base, wire.port).ends()
        wire.stop()
        return ends, wire.finals

    def run(self, cases):
        """A part of the cases, then their machines once more without trouble."""
        base = next(self.bases)
        for number, case in enumerate(cases):
            case.number = number
            case.guid = f"{base:08x}-0000-4000-8000-{number:012x}"
        self.prepare(len(cases), base)
        ends, finals = self.spoil(base, cases)
        for case in cases:
            self.check_end(case, ends[case.number], finals.get(case.guid, []))
        self.check_password(base, cases, "afterwards")
        self.run_again(base, cases)

    def run_again(self, base, cases):
        """Without trouble. Where the first run has changed what the agent should say, only an
        agent with a token comes in."""
        flags = self.flags + (["--token-file", self.site.token_file()] if self.told_apart else [])
        before = {case.number: self.state_of(base, case, len(cases))["state"] for case in cases}
        if self.told_apart:
            ends = self.go(len(cases), base).ends()
            for case in cases:
                text = ends[case.number].get("message", "no final message")
                if ends[case.number].get("method") != "success" and \
                        not text.startswith("AMT password DOES NOT match"):
                    self.fail(case, f"the next run without a token: {text}")
        ends = self.go(len(cases), base, flags=flags, profile=self.profile).ends()
        for case in cases:
            end = ends[case.number]
            if self.mode == 0 and before[case.number] == 0:
                continue  # there is nothing left to be done
            if end.get("method") != "success" and not (
                    self.done and self.done in end.get("message", "")):
                self.fail(case, f"the next run: {end}")
            elif self.mode is not None and end["mode"] != self.mode:
                self.fail(case, f"the next run leaves mode {end['mode']}")
        self.check_password(base, cases, "after the next run")
