"""Simulated machines with an agent each, against a server written for the purpose: they are set up,
call in over CIRA, obey, misbehave when told, and remember what they were."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from agent_server import Gone, Server, Tunnel, door_of, finish  # pylint: disable=wrong-import-position
from host_door import SETUP, Authority  # pylint: disable=wrong-import-position
from rig import main, same  # pylint: disable=wrong-import-position
from tls_parts import install, switch  # pylint: disable=wrong-import-position

AMTSIM = os.environ["AMTSIM"]
PASSWORD = "Admin-Pass-1"


def run(serve, *arguments, status=0, timeout=120):
    """Runs agents to their end; returns the lines that they printed and the server."""
    server = Server(serve)
    done = subprocess.run([AMTSIM, "agent", "--url", server.url, "--profile", "p", "--once",
                           *arguments], capture_output=True, text=True, timeout=timeout,
                          check=False)
    server.close()
    if done.returncode != status:
        raise AssertionError(f"{done.returncode}: {done.stderr} {server.failures}")
    return [json.loads(line) for line in done.stdout.splitlines()], server


def client_mode(agent, first):
    local, admin = door_of(agent, first)
    same(local.set_up(PASSWORD), 0)
    if first["payload"].get("tlsEnforced"):
        same(admin().call(SETUP, "CommitChanges")[0], 0)
    same(admin().mode(), 1)
    finish(agent)


def a_machine_is_set_up():
    lines, server = run(client_mode, "--personality", "16.1", "--tenant", "t",
                        "--dns-suffix", "example.com")
    same(server.failures, [])
    same([line["event"] for line in lines], ["final", "summary"])
    same((lines[0]["method"], lines[0]["mode"], lines[0]["state"]), ("success", 1, 2))
    same(lines[0]["message"], '{"Status":"Client control mode."}')
    first = server.firsts[0]
    same(list(first), ["method", "apiKey", "appVersion", "protocolVersion", "status", "message",
                       "fqdn", "payload", "tenantId"])
    same((first["method"], first["protocolVersion"], first["tenantId"]),
         ("activate --profile p", "4.0.0", "t"))
    payload = first["payload"]
    same((payload["username"], payload["currentMode"], payload["fqdn"], payload["client"]),
         ("$$OsAdmin", 0, "example.com", "RPC"))


def a_machine_without_plain_doors_is_set_up():
    lines, server = run(client_mode, "--personality", "19")
    same((server.failures, lines[0]["mode"]), ([], 1))
    same(server.firsts[0]["payload"]["tlsEnforced"], True)


def two_hundred_side_by_side():
    lines, server = run(client_mode, "--count", "200", "--rate", "1000", timeout=280)
    same(server.failures, [])
    same((lines[-1]["succeeded"], lines[-1]["failed"]), (200, 0))
    same(len({first["payload"]["uuid"] for first in server.firsts}), 200)


def an_error_is_a_failure():
    lines, _ = run(lambda agent, first: finish(agent, False, "no"), status=1)
    same((lines[0]["method"], lines[0]["message"], lines[0]["mode"]), ("error", "no", 0))


def agents_misbehave():
    def once(agent, first):
        local, _ = door_of(agent, first)
        local.mode()
        finish(agent)

    lines, server = run(once, "--lie-uuid")
    same(server.firsts[0]["payload"]["uuid"] == lines[0]["guid"], False)
    lines, server = run(once, "--close-after", "1", status=1)
    same(isinstance(server.failures[0], (Gone, OSError)), True)
    lines, _ = run(once, "--hang-after", "2", "--timeout", "3", status=1)
    same(lines[0]["event"], "ended")
    lines, server = run(once, "--garbage", "1", "--timeout", "5", status=1)
    same(len(server.failures), 1)
    lines, _ = run(once, "--late", "1", "--late-ms", "1500")
    same(lines[0]["ms"] >= 1500, True)


def heartbeats_progress_and_pings():
    def serve(agent, first):
        agent.send("heartbeat_request", "", "heartbeat")
        same(agent.read()["method"], "heartbeat_response")
        agent.frame(9, b"there?")
        agent.send("progress", None, message="Starting provisioning")
        client_mode(agent, first)

    lines, server = run(serve, "--progress")
    same((server.failures, lines[0]["messages"] > 3), ([], True))
    same(server.firsts[0]["payload"]["progressSupported"], True)


def state_is_kept_from_run_to_run():
    with tempfile.TemporaryDirectory() as folder:
        state = folder + "/state"
        lines, server = run(client_mode, "--keep-state", state)
        same((server.failures, lines[0]["mode"]), ([], 1))
        same(os.stat(state).st_mode & 0o777, 0o600)

        def deactivate(agent, first):
            same((first["payload"]["currentMode"], first["payload"]["password"]), (1, PASSWORD))
            same(door_of(agent, first)[1]().call(SETUP, "Unprovision", ProvisioningMode=1)[0], 0)
            finish(agent)

        lines, server = run(deactivate, "--keep-state", state, "--deactivate", "--password",
                            PASSWORD)
        same((server.failures, lines[0]["mode"]), ([], 0))
        same(server.firsts[0]["method"], f"deactivate --password {PASSWORD}")
        lines, server = run(client_mode, "--keep-state", state)
        same((server.failures, lines[0]["mode"]), ([], 1))


def the_port_is_switched_to_tls():
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)

        def serve(agent, first):
            local, admin = door_of(agent, first)
            local.set_up(PASSWORD)
            door = admin()
            certificate = install(door, authority, "amt")
            same(switch(door, "true", "false"), 0)
            agent.send("port_switch", json.dumps({"port": "16993", "delay": 1}))
            same(agent.expect("port_switch_ack"), ("port_switch_ack", b"ok"))
            secure = door_of(agent, first, kind=Tunnel)[1]()
            same((secure.mode(), secure.peer == certificate), (1, True))
            finish(agent)

        lines, server = run(serve, "--tls-tunnel", "--keys-fast")
        same((server.failures, lines[0]["mode"]), ([], 1))
        same(server.firsts[0]["payload"]["tlsTunnel"], True)


def a_machine_that_is_killed_remembers():
    with tempfile.TemporaryDirectory() as folder:
        reached = threading.Event()

        def serve(agent, first):
            local, _ = door_of(agent, first)
            if first["payload"]["currentMode"] == 0:
                local.set_up(PASSWORD)
                reached.set()
                agent.read()
            finish(agent)

        server = Server(serve)
        command = [AMTSIM, "agent", "--url", server.url, "--profile", "p", "--once",
                   "--keep-state", folder + "/state", "--amt-password", PASSWORD]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            same(reached.wait(60), True)
            process.kill()
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        server.close()
        same((done.returncode, server.firsts[1]["payload"]["currentMode"]), (0, 1))


main([
    the_port_is_switched_to_tls,
    a_machine_that_is_killed_remembers,
    a_machine_is_set_up,
    a_machine_without_plain_doors_is_set_up,
    two_hundred_side_by_side,
    an_error_is_a_failure,
    agents_misbehave,
    heartbeats_progress_and_pings,
    state_is_kept_from_run_to_run,
])
