"""The server is killed at every exchange of an activation, and started again: one of the stored
passwords opens each machine, and the next run of its agent ends well."""

import random
import time

import rig
from activation import HOME, MEBX, PASSWORD, Site, ha1, passwords_of, realm_of
from agent_wire import Trouble, Wire
from mishaps import Flow
from rig import same, until

SETTINGS = ["--agent-sessions", "4000", "--agent-source-sessions", "4000", "--agent-attempt", "60"]


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


def kill(agents):
    """Server and agents; the machines keep what they were."""
    Floor.site.restart()
    agents.kill()


def run_again(flow, base, count, mode):
    ends = flow.go(count, base)
    bad = [end for end in ends.values() if (end.get("method"), end["mode"]) != ("success", mode)]
    same(bad, [])
    opens_all(flow, base, count, "after the next run")


def at_every_exchange(flow, mode):
    """All machines go on until each has come to its own exchange, one half with the question
    unasked, one half with the answer untold."""
    exchanges = flow.record()
    count = 2 * len(exchanges)
    base = flow.base + 1
    wire = Wire(Floor.site.port)
    for number in range(count):
        guid = f"{base:08x}-0000-4000-8000-{number:012x}"
        wire.plans[guid] = Trouble(exchanges[number // 2],
                                   "hold after" if number % 2 else "hold before")
    agents = start(flow, base, count, wire.port)
    until(lambda: len(wire.held) == count, 120)
    kill(agents)
    wire.released.set()
    wire.stop()
    opens_all(flow, base, count, "when the server was killed")
    run_again(flow, base, count, mode)
    print(f"# {count} machines")


def a_server_killed_at_every_exchange_of_client_control_mode():
    at_every_exchange(Flow(Floor.site, "ccm", 0x100, ["--password", PASSWORD], "ccm"), 1)


def a_server_killed_at_every_exchange_of_admin_control_mode():
    at_every_exchange(Flow(Floor.site, "whole", 0x200, [*HOME, "--password", PASSWORD], "whole"),
                      2)


def a_server_killed_at_every_exchange_while_passwords_are_made():
    at_every_exchange(Flow(Floor.site, "random", 0x300, HOME, "random", token=True), 2)


def a_server_killed_at_any_moment():
    flow = Flow(Floor.site, "any", 0x400, HOME, "random", token=True)
    chance = random.Random(4711)
    base, count = 0x401, 12
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
        a_server_killed_at_every_exchange_of_client_control_mode,
        a_server_killed_at_every_exchange_of_admin_control_mode,
        a_server_killed_at_every_exchange_while_passwords_are_made,
        a_server_killed_at_any_moment,
        end_of_all,
    ])
