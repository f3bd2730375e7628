"""The server is killed at every exchange of an activation, and started again: one of the stored
passwords opens each machine, and the next run of its agent ends well."""

import concurrent.futures
import random
import time

import rig
from activation import HOME, MEBX, PASSWORD, Site, ha1, passwords_of, realm_of
from agent_wire import Trouble, Wire
from mishaps import SEED, WHOLE, Flow
from rig import same, until

SETTINGS = ["--agent-sessions", "4000", "--agent-source-sessions", "4000", "--agent-attempt", "60",
            "--agent-source-newcomers", "4000"]


class Floor:
    """What all tests share."""
    site = None


def opens_all(flow, base, count, when):
    """Machines that are set up and that no stored password opens."""
    stored = Floor.site.secrets.devices()
    shut = []
    for number in range(count):
        try:
            state = Floor.site.state(f"{flow.name}-{base}.{number}")
        except FileNotFoundError:
            continue
        known = passwords_of(stored.get(state["guid"], {}))
        if state["state"] != 0 and not any(ha1(realm_of(state), password) == state["hash"]
                                           for password in known.values()):
            shut.append((number, state["state"], sorted(known)))
    same((when, shut), (when, []))


def start(flow, base, count, port):
    return Floor.site.agents("--once", "--count", count, "--rate", "100", "--personality", "16.1",
                             *flow.flags, profile=flow.profile, port=port, number=base,
                             state=f"{flow.name}-{base}", wait=False)


def kill(*all_agents):
    """Server and agents; the machines keep what they were."""
    Floor.site.restart()
    for agents in all_agents:
        agents.kill()


def run_again(flow, base, count, mode):
    ends = flow.go(count, base).ends()
    bad = [end for end in ends.values() if (end.get("method"), end["mode"]) != ("success", mode)]
    same(bad, [])
    opens_all(flow, base, count, "after the next run")


class Stopped:
    """Machines of a flow that each stop at another exchange, one half with the question unasked,
    one half with the answer untold. Those at which passwords are at stake are all there, the others
    take turns unless the whole table is asked for."""

    def __init__(self, flow, mode, critical, wire):
        self.flow, self.mode, self.base = flow, mode, next(Flow.bases)
        flow.record()
        exchanges = flow.exchanges
        upto = max(one.number for one in exchanges if one.operation == critical) + 4
        chosen = [one for one in exchanges if WHOLE or one.number <= upto or (one.number + SEED) % 5 == 0]
        self.count = 2 * len(chosen)
        for number in range(self.count):
            wire.plans[f"{self.base:08x}-0000-4000-8000-{number:012x}"] = Trouble(
                chosen[number // 2], "hold after" if number % 2 else "hold before")
        self.agents = start(flow, self.base, self.count, wire.port)

    def survives(self):
        run_again(self.flow, self.base, self.count, self.mode)


def a_server_killed_at_every_exchange():
    """Both modes, and passwords that are made."""
    print(f"# OUTBAND_TABLE_SEED={SEED}")
    site, wire = Floor.site, Wire(Floor.site.port)
    everything = [
        Stopped(Flow(site, "ccm", ["--password", PASSWORD], "ccm"), 1, "Setup", wire),
        Stopped(Flow(site, "whole", [*HOME, "--password", PASSWORD], "whole"), 2,
                "SetMEBxPassword", wire),
        Stopped(Flow(site, "random", HOME, "random", token=True), 2, "SetMEBxPassword",
                wire)]
    count = sum(one.count for one in everything)
    until(lambda: len(wire.held) == count, 120)
    kill(*(one.agents for one in everything))
    wire.released.set()
    wire.stop()
    for one in everything:
        opens_all(one.flow, one.base, one.count, "when the server was killed")
    with concurrent.futures.ThreadPoolExecutor(len(everything)) as pool:
        for done in [pool.submit(one.survives) for one in everything]:
            done.result()
    print(f"# {count} machines")


def a_server_killed_at_any_moment():
    flow = Flow(Floor.site, "any", HOME, "random", token=True)
    chance = random.Random(4711)
    base, count = next(Flow.bases), 12
    for _ in range(5):
        agents = start(flow, base, count, Floor.site.port)
        time.sleep(0.2 + chance.random())
        kill(agents)
        opens_all(flow, base, count, "when the server was killed")
    run_again(flow, base, count, 2)


def begin():
    """The server starts, and the administrator makes profiles."""
    site = Floor.site = Site(SETTINGS)
    site.make_cira()
    site.make_wireless()
    site.make_domain()
    site.make_profile("ccm")
    site.make_profile("whole", "acmactivate", ciraConfigName="home",
                      wifiConfigs=[{"priority": 1, "profileName": "office"}])
    site.make_profile("random", "acmactivate", amtPassword=None, mebxPassword=None,
                      generateRandomPassword=True, generateRandomMEBxPassword=True)


def end_of_all():
    """The server ends well, and has told no secrets."""
    Floor.site.stop()
    for secret in (PASSWORD, MEBX):
        same(secret in Floor.site.server.said, False)


if __name__ == "__main__":
    rig.main([
        begin,
        a_server_killed_at_every_exchange,
        a_server_killed_at_any_moment,
        end_of_all,
    ])
