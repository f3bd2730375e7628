"""A simulated machine that is configured for CIRA calls the server by itself, as long as it is
outside, trusts the server and is set up; what it was told is what it logs in with."""

import json
import os
import pathlib
import queue
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
import agent_server
from cira_server import Remote, Server, configure, detect
from host_door import AMT, SETUP, TRANSFER, Authority, Machine
from rig import main, same

FOLDER = tempfile.TemporaryDirectory()
CA = Authority(FOLDER.name)
POWER = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_PowerManagementService"


def ready(machine):
    machine.local().set_up(machine.PASSWORD)
    return machine.admin()


def nobody_calls(server, seconds=2.0):
    try:
        server.wait(seconds)
        return False
    except queue.Empty:
        return True


def power(door, state):
    system = ('<Address xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing">x</Address>'
              '<ReferenceParameters xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing">'
              '<ResourceURI xmlns="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">'
              "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ComputerSystem</ResourceURI>"
              '<SelectorSet xmlns="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><Selector '
              'Name="Name">ManagedSystem</Selector></SelectorSet></ReferenceParameters>')
    return door.call(POWER, "RequestPowerStateChange", PowerState=state, ManagedElement=system)[0]


def it_calls_in_and_obeys():
    server = Server(CA)
    with Machine() as machine:
        admin = ready(machine)
        same(configure(admin, CA, server.port), [0, 0, 0, 0])
        tunnel = server.wait()
        same((tunnel.user, tunnel.password), (b"machine", b"Cira-Pass-1"))
        remote = Remote(tunnel, machine.PASSWORD)
        same(remote.mode(), 1)
        same(remote.read(AMT + "AMT_RemoteAccessService", "IsRemoteTunnelConnected"), "true")
        same(power(remote, 8), 0)
    server.close()


def it_dials_again_at_the_interval():
    server = Server(CA)
    with Machine() as machine:
        configure(ready(machine), CA, server.port)
        first = server.wait()
        before = time.monotonic()
        first.hang_up()
        server.wait()
        same(time.monotonic() - before > 0.9, True)
    server.close()


def at_home_it_stays():
    server = Server(CA)
    with Machine("--dns-suffix", "corp.home.test") as machine:
        admin = ready(machine)
        configure(admin, CA, server.port, detection="home.test")
        same(nobody_calls(server), True)
        same(detect(admin, "elsewhere.test"), 200)
        tunnel = server.wait()
        same(detect(admin), 200)  # nowhere is home: everywhere is
        same(tunnel.ends(), True)
        same(nobody_calls(server), True)
    server.close()


def it_calls_nobody_it_does_not_trust():
    server = Server(CA)
    with Machine() as machine:
        admin = ready(machine)
        configure(admin, CA, server.port, root="middle")
        same(nobody_calls(server), True)
        same(server.refusals.empty(), False)
    server.close()


def removal_ends_it():
    server = Server(CA)
    with Machine() as machine:
        admin = ready(machine)
        configure(admin, CA, server.port)
        tunnel = server.wait()
        uri = AMT + "AMT_RemoteAccessPolicyRule"
        same(admin.ask(TRANSFER + "Delete", uri, "", '<w:SelectorSet><w:Selector '
                       'Name="PolicyRuleName">Periodic</w:Selector></w:SelectorSet>')[0], 200)
        same(tunnel.ends(), True)
        same(nobody_calls(server), True)
    server.close()


def the_end_of_the_set_up_ends_it_and_its_answer_arrives():
    server = Server(CA)
    with Machine() as machine:
        configure(ready(machine), CA, server.port)
        tunnel = server.wait()
        same(Remote(tunnel, machine.PASSWORD).call(SETUP, "Unprovision", ProvisioningMode=1)[0], 0)
        same(tunnel.ends(), True)
        same(nobody_calls(server), True)
        machine.local().set_up(machine.PASSWORD)
        admin = machine.admin()
        same("AccessInfo" in admin.pull(AMT + "AMT_ManagementPresenceRemoteSAP"), False)
        configure(admin, CA, server.port, user="again")
        same(server.wait().user, b"again")
    server.close()


def machines_with_agents_call_in_and_remember_where():
    cira = Server(CA)

    def serve(agent, first):
        local, admin = agent_server.door_of(agent, first)
        if first["payload"]["currentMode"] == 0:
            local.set_up("Admin-Pass-1")
            configure(admin(), CA, cira.port)
        agent_server.finish(agent)

    server = agent_server.Server(serve)
    with tempfile.TemporaryDirectory() as folder:
        command = [os.environ["AMTSIM"], "agent", "--url", server.url, "--profile", "p",
                   "--count", "3", "--keep-state", folder + "/state", "--amt-password",
                   "Admin-Pass-1"]
        for _ in range(2):
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            guids = {cira.wait().guid for _ in range(3)}
            events = []
            while events.count("connected") < 3 or events.count("final") < 3:
                events.append(json.loads(process.stdout.readline())["event"])
            process.terminate()
            lines = [json.loads(line) for line in process.stdout]
            process.stdout.close()
            same((process.wait(timeout=30), len(guids), server.failures), (0, 3, []))
            summary = [line for line in lines if line["event"] == "summary"]
            same((summary[0]["connected"], summary[0]["succeeded"]), (3, 3))
            while not cira.tunnels.empty():
                cira.wait()
        same(re.sub("[0-9]", "", str(sorted(os.listdir(folder)))), "['state.', 'state.', 'state.', 'state.lock']")
    server.close()
    cira.close()


main([
    it_calls_in_and_obeys,
    it_dials_again_at_the_interval,
    at_home_it_stays,
    it_calls_nobody_it_does_not_trust,
    removal_ends_it,
    the_end_of_the_set_up_ends_it_and_its_answer_arrives,
    machines_with_agents_call_in_and_remember_where,
])
