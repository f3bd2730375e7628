"""What agents that have proved nothing can fill of the server's memory: an answer has a bound, a
session has one, and all of a loop together, of which the largest goes first."""

import base64
import re

import rig
from activation import ADMIN, Site
from agent import Agent
from lying_amt import Liar
from rig import contains, same, until
from websocket_client import Refused

LINE = "activate --profile ccm"


class Fat(Liar):
    """Its answers have many elements that nobody asked for."""

    def __init__(self, number, elements):
        super().__init__(f"4c4c4544-0053-3510-8051-{number:012x}")
        self.fill = "<q/>" * elements

    def body(self, name, method):
        whole = super().body(name, method)
        end = f"</h:{name}>"
        return whole.replace(end, self.fill + end) if whole else whole


class Floor:
    site = None
    held = []


def begin():
    """The server starts, on one loop."""
    Floor.site = Site(["--agent-memory", "1", "--loops", "1"])
    Floor.site.make_profile("ccm")


def an_answer_has_a_bound():
    said, text = Fat(1, 2100).visit(Floor.site, LINE)
    same(said, "error")
    contains(text, "too many elements")


def hold(fat, answers):
    """Begins a session and says so many answers, then nothing more. None when it was ended or not
    let in."""
    try:
        caller = Agent(Floor.site.server, "/", Floor.site.port)
    except Refused as refusal:
        contains(str(refusal), "--agent-memory")
        return None
    caller.command(LINE, {"uuid": fat.guid, "currentMode": 0})
    while True:
        message = caller.hear()
        if message["method"] == "error":
            contains(message["message"], "--agent-memory")
            caller.close()
            return None
        same(message["method"], "wsman")
        if answers == 0:
            return caller
        answers -= 1
        caller.answer(fat.answer(base64.b64decode(message["payload"]).decode()))


def refused():
    metrics = Floor.site.ask("GET", "/metrics")[1].decode()
    return int(re.search(r"outband_rps_memory_refused_total (\d+)", metrics)[1])


def who_fills_the_memory_has_to_go_and_others_go_on():
    small = hold(Fat(2, 1), 1)
    callers = [hold(Fat(number, 1900), 2) for number in range(3, 9)]
    same(small is not None, True)
    until(lambda: refused() >= 3)
    # those that gave way have left room for a machine
    agents = Floor.site.agents("--once", profile="ccm", number=77, state="m")
    same(agents.final()[0], "success")
    for caller in [small, *filter(None, callers)]:
        caller.close()
    until(lambda: Floor.site.ask("GET", f"{ADMIN}/provisioning")[1] == [])


def a_token_is_not_counted():
    token = Floor.site.token_file().read_text()
    contains(Fat(20, 300).visit(Floor.site, LINE, token=token)[1], "Client control mode")


def end_of_all():
    """The server ends well."""
    Floor.site.stop()


if __name__ == "__main__":
    rig.main([
        begin,
        an_answer_has_a_bound,
        who_fills_the_memory_has_to_go_and_others_go_on,
        a_token_is_not_counted,
        end_of_all,
    ])
