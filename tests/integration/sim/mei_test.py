"""`amtsim mei`: a command with a simulated ME behind its /dev/mei0."""

import hashlib
import os
import pathlib
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
# pylint: disable=wrong-import-position
from cira_server import Server
from host_door import Authority
from rig import main, same

AMTSIM = os.environ["AMTSIM"]
HOST = str(pathlib.Path(__file__).resolve().parent / "mei_host.py")
CLIENT = "ccm:Am1-mei-test"  # noqa: of a simulated device
ADMIN = "acm:Am1-mei-test"  # noqa: of a simulated device


def run(*command, options=(), status=0):
    done = subprocess.run([AMTSIM, "mei", *options, "--", *command], capture_output=True,
                          text=True, timeout=60, check=False)
    if done.returncode != status:
        raise AssertionError(f"status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def steps(*texts, options=()):
    """What came of each step of mei_host.py."""
    lines = run(sys.executable, HOST, *texts, options=options).splitlines()
    same(len(lines), len(texts))
    return lines


def step(text, *options):
    return steps(text, options=options)[0]


def fault(kind, *texts):
    return steps(*texts, options=("--mei-fault", kind))


def an_unmodified_program_finds_the_device_file():
    same(steps("stat:/dev/mei0", "open:/dev/mei0", "open:/dev/mei1", "open:/dev/mei", "open:/etc/x"),
         ["20600 True", "open", "ENOENT", "ENOENT", "ENOENT"])


def clients_are_connected_in_place():
    same(steps("connect:pthi", "connect:wd", "connect:upid", "connect:mkhi"),
         ["5120 4", "5120 4", "1024 4", "ENOTTY"])


def a_machine_is_fresh_unless_told_otherwise():
    mode, state = "010100006b0080040800000000000000", "01010000110080040800000000000000"
    same(steps("pthi:6b", "pthi:11"), [mode + "00000000", state + "00000000"])
    same(steps("pthi:6b", "pthi:11", options=("--activated", CLIENT)),
         [mode + "01000000", state + "02000000"])
    same(steps("pthi:6b", "pthi:11", options=("--activated", ADMIN)),
         [mode + "02000000", state + "02000000"])


def replies_have_the_layouts_of_the_specification():
    guid = "51a70000-0000-4000-8000-0000000000ff"
    uuid, versions, account, wired, wireless, log = steps(
        "pthi:5c", "pthi:1a", "pthi:67:" + "00" * 40, "pthi:48:00000000", "pthi:48:01000000",
        "pthi:8e:00", options=("--guid", guid, "--local-password", "Lo1-mei-test"))
    same(uuid, "010100005c0080041400000000000000" + "0000a75100000040800000000000" + "00ff")
    same(len(versions), 2 * (16 + 65 + 4 + 50 * 44))
    texts = bytes.fromhex(versions)[85:]
    names = {texts[at + 2:at + 2 + texts[at]]: texts[at + 24:at + 44].rstrip(b"\0")
             for at in range(0, 44 * 11, 44)}
    same((names[b"AMT"], names[b"Build Number"], names[b"Sku"]), (b"16.1.25", b"1917", b"16392"))
    same(bytes.fromhex(account)[16:],
         b"$$OsAdmin".ljust(33, b"\0") + b"Lo1-mei-test".ljust(35, b"\0"))
    same(wired[32:], "01000000" + "020200c0" + "01000000" + "0201" + "020000000000")
    same(wireless[32:], "00000000" + "00000000" + "01000000" + "0200" + "000000000000")
    same(len(log), 2 * (16 + 2781))


def ports_are_as_they_are_described():
    wired, wireless, both = steps(
        "pthi:48:00000000", "pthi:48:01000000", "pthi:25",
        options=("--mac", "00:00:5e:00:53:01", "--wireless-mac", "00-00-5E-00-53-02", "--address",
                 "198.51.100.7"))
    same(wired[32:], "01000000" + "076433c6" + "01000000" + "0201" + "00005e005301")
    same(wireless[32:], "00000000" + "00000000" + "01000000" + "0200" + "00005e005302")
    same(both[32:], "00005e005301" * 2)
    for option in ("--mac=00:00:5e:00:53", "--mac=00:00:5e:00:53:0g", "--wireless-mac=x",
                   "--mac=00:00:5e:00:53:01:02", "--address=::1"):
        run("true", options=(option,), status=2)


def trusted_roots_and_suffix_are_listed():
    root = "ab" * 32
    handles, entry, wrong, suffix = steps(
        "pthi:2c", "pthi:2d:00000000", "pthi:2d:01000000", "pthi:36",
        options=("--only-trusted-roots", "--trusted-root", root, "--dns-suffix", "example.test"))
    same(handles[32:], "01000000" + "00000000")
    same(entry[40:48 + 128 + 2], "01000000" + root + "00" * 32 + "02")
    same(wrong[24:], "05080000")
    same(suffix[32:], "0c00" + b"example.test".hex())


def what_only_lms_asks_has_the_layouts_that_it_reads():
    zero, one = "00000000", "01000000"
    sessions, page, kvm, nothing = steps("pthi:49:00000000", "pthi:49:02000000",
                                         "pthi:49:04000000", "pthi:49:05000000")
    same(sessions[32:], zero + zero + zero + zero)
    same((page[32:], kvm[32:]), ("02000000" + one, "04000000" + zero))
    same(nothing[24:], "24000000")
    reset, users, switched, lan, suffixes = steps(
        "pthi:4a", "pthi:4d", "pthi:58", "pthi:52:00000000", "pthi:3e",
        options=("--dns-suffix", "a.test", "--trusted-dns-suffix", "b.test"))
    same((reset[32:], users[32:], switched[32:]), (zero + zero, "03000000", "07000000"))
    same(lan[32:], "00" * (3 * 46) + zero)
    same(suffixes[32:], "0e00" + b"b.test\0a.test\0".hex())
    address, renamed, names = steps("pthi:06", "pthi:5b:0700" + b"pc7.lan".hex(), "pthi:56")
    same((address[32:40], len(address) >= 2 * (16 + 24 + 2)), ("02000000", True))
    same((renamed[24:], bytes.fromhex(names)[36:]), (zero, b"\7\0pc7.lan"))


def what_is_no_request_is_refused():
    length = "0400000004000000"
    same(steps("pthi:6b:00", "pthi:67", "pthi:7f"),
         ["010100006b008004" + length, "0101000067008004" + length,
          "010100007f008004" + "0400000012080000"])


def the_watchdog_tells_flags():
    ask = "wd:05025110"
    same(step(ask), "83")
    same(step(ask, "--activated", ADMIN), "82")
    same(step(ask, "--personality", "12.0.67"), "03")
    same(step(ask, "--personality", "19"), "c3")


def amt_is_switched_off_and_on_by_the_watchdog():
    with tempfile.TemporaryDirectory() as folder:
        kept = ("--state", folder + "/machine")
        same(steps("wd:0503531000", "wd:05025110", options=kept), ["0503531000000000", "81"])
        same(steps("wd:05025110", "pthi:67:" + "00" * 40, "wd:0503531001", "wd:05025110",
                   options=kept),
             ["81", "01010000670080040400000002000000", "0503531000000000", "83"])
    same(step("wd:0503531000", "--activated", ADMIN), "0503531010000000")


def identity_and_flash_log_are_there():
    upid, state, size, data = steps("upid:00050000", "upid:0002010001", "hotham:06800000",
                                    "hotham:06810000")
    same((len(upid), upid[:16]), (152, "0005480000000000"))
    same(state, "0002040000000000")
    same(size[:8], "06800000")
    same(len(data) // 2 - 4, int.from_bytes(bytes.fromhex(size[8:]), "little"))
    same(step("connect:upid", "--personality", "12.0.67"), "ENOTTY")


def the_identity_is_bound_to_the_chain_of_the_chip():
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)
        authority.make("rom", "/CN=ROM CA", "middle", "basicConstraints=critical,CA:TRUE")
        authority.make("soc", "/CN=SOC", "rom", "basicConstraints=critical,CA:TRUE")
        authority.make("kernel", "/CN=Kernel", "soc", "basicConstraints=critical,CA:TRUE")
        authority.make("chip", "/CN=AMT RCFG", "kernel")
        chain = pathlib.Path(folder) / "chain.pem"
        chain.write_text("".join(pathlib.Path(authority.path(name, "pem")).read_text()
                                 for name in ("chip", "kernel", "soc", "rom", "middle", "root")))
        upid = step("upid:00050000", "--certificate", str(chain), "--key",
                    authority.path("chip", "key"))
        same(bytes.fromhex(upid)[44:64], hashlib.sha256(authority.der("rom")).digest()[:20])


def only_what_the_host_set_up_is_undone_by_it():
    with tempfile.TemporaryDirectory() as folder:
        kept = ("--activated", CLIENT, "--state", folder + "/machine")
        same(steps("pthi:6b", "pthi:10:00000000", "pthi:6b", "pthi:11", options=kept),
             ["010100006b008004080000000000000001000000",
              "0101000010008004080000000000000000000000",
              "010100006b008004080000000000000000000000",
              "0101000011008004080000000000000000000000"])
        same(step("pthi:6b", *kept)[32:], "00000000")
    same(step("pthi:10:00000000", "--activated", ADMIN), "01010000100080040400000003000000")


def a_set_up_inside_tls_is_begun_and_given_up():
    start = "pthi:8b:02" + "11" * 32 + "00" * 32 + "00" + "00000000" + "00" * 320
    begun, during, stopped, after, again = steps(start, "pthi:11", "pthi:5e", "pthi:11", "pthi:5e")
    same((begun[:34], len(begun)), ("010100008b008004450000000000000002", 2 * (16 + 65)))
    if begun[34:34 + 64] == "00" * 32:
        raise AssertionError("no hash of the machine's own certificate")
    same((during[32:], stopped[24:], after[32:], again[24:]),
         ("01000000", "00000000", "00000000", "03000000"))


def the_state_is_of_one_machine():
    with tempfile.TemporaryDirectory() as folder:
        steps("pthi:6b", options=("--activated", CLIENT, "--state", folder + "/machine"))
        done = subprocess.run([AMTSIM, "mei", "--guid", "1", "--state", folder + "/machine", "--",
                               "true"], capture_output=True, text=True, timeout=60, check=False)
        same(done.returncode, 2)
        same(re.sub(r"/\S*/", "", done.stderr),
             "amtsim mei: machine: it is no state of this machine\n")


def the_state_is_of_one_run_at_a_time():
    with tempfile.TemporaryDirectory() as folder:
        kept = [AMTSIM, "mei", "--state", folder + "/machine", "--"]
        with subprocess.Popen([*kept, "sh", "-c", "echo ready; read -r line"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
            same(first.stdout.readline(), "ready\n")
            second = subprocess.run([*kept, "echo", "began"], capture_output=True, text=True,
                                    timeout=60, check=False)
            same((second.returncode, second.stdout), (5, ""))
            same(re.sub(r"/\S*/", "", second.stderr),
                 "amtsim mei: machine is the state of a machine that another amtsim runs\n")
            first.communicate("\n", timeout=60)
            same(first.returncode, 0)
        same(subprocess.run([*kept, "true"], timeout=60, check=False).returncode, 0)


def faults_are_as_they_are_called():
    good = "010100006b008004080000000000000000000000"
    same(fault("no-driver", "open:/dev/mei0", "stat:/dev/mei0"), ["ENOENT", "ENOENT"])
    same(fault("no-permission", "open:/dev/mei0", "stat:/dev/mei0"), ["EACCES", "20600 False"])
    same(fault("no-client@wd", "connect:pthi", "connect:wd"), ["5120 4", "ENOTTY"])
    same(fault("busy:2", "pthi:6b", "pthi:6b", "pthi:6b"), ["EBUSY", "EBUSY", good])
    same(fault("write-busy:1", "pthi:6b", "pthi:6b"), ["EBUSY", good])
    same(fault("reset:2", "pthi:6b", "pthi:6b", "pthi:6b"), [good, "ENODEV", good])
    same(fault("silent:1", "pthi:6b", "pthi:6b"), ["ETIMEDOUT", good])
    same(fault("short:1", "pthi:6b", "pthi:6b"), [good[:20], good])
    same(fault("cut-header:1", "pthi:6b"), [good[:16]])
    same(fault("long:1", "pthi:6b"), [good + "a5" + "00" * 63])
    same(fault("wrong-command:1", "pthi:6b"), ["010100006a" + good[10:]])
    same(fault("wrong-length:1", "pthi:6b"), [good[:16] + "09" + good[18:]])
    same(fault("status:16@0x6b", "pthi:6b", "pthi:11"),
         ["010100006b0080040400000010000000", "0101000011008004080000000000000000000000"])


def an_engine_may_take_its_time():
    before = time.monotonic()
    same(steps("pthi:6b", "wd:05025110", options=("--mei-delay", "200"))[1], "83")
    same(time.monotonic() - before >= 0.4, True)
    same(script(ACTIVATE, "--mei-delay", "5"), ["0 1 1"])


def interrupted_calls_are_tried_again():
    # Python itself tries EINTR again, as a program has to
    same(fault("eintr:3", "pthi:6b")[0][:16], "010100006b008004")


def the_status_is_the_commands():
    run("true")
    run("false", status=1)
    run("sh", "-c", "exit 42", status=42)
    run("sh", "-c", "kill -9 $$", status=137)
    run("no-such-command", status=127)
    run("/etc", status=126)


def descendants_have_the_device_too():
    same(run("sh", "-c", f"{sys.executable} {HOST} pthi:6b | cut -c 1-16; exit 3", status=3),
         "010100006b008004\n")


def signals_reach_the_command():
    script = ("import signal, sys, time\n"
              "signal.signal(signal.SIGINT, lambda *_: sys.exit(5))\n"
              "signal.signal(signal.SIGTERM, lambda *_: sys.exit(6))\n"
              "print('ready', flush=True)\ntime.sleep(60)\n")
    for number, status in ((signal.SIGINT, 5), (signal.SIGTERM, 6)):
        with subprocess.Popen([AMTSIM, "mei", "--", sys.executable, "-c", script],
                              stdout=subprocess.PIPE, text=True) as process:
            same(process.stdout.readline(), "ready\n")
            process.send_signal(number)
            same(process.wait(timeout=60), status)


def read_until(terminal, wanted):
    seen = b""
    end = time.monotonic() + 30
    while wanted not in seen:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            raise AssertionError(f"no {wanted} in {seen}")
        seen += os.read(terminal, 4096)


STARTER = r"""
import subprocess, sys, time
flood = subprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[1]], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
sys.stdout.buffer.write(flood.stdout.readline())
sys.stdout.flush()
time.sleep(1)
sys.exit(7)
"""
FLOOD = r"""
import os, sys
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import mei_host
device = mei_host.connect("wd")[0]
print("ready", flush=True)
question = bytes.fromhex("05025110")
os.fork()
os.fork()
while True:
    os.write(device, question)
"""


def a_descendant_that_never_stops_writing_keeps_nobody():
    # the flood outlives the command, and must not outlive the machine
    done = subprocess.run(
        [AMTSIM, "mei", "--", sys.executable, "-c", STARTER, HOST, FLOOD], stdout=subprocess.PIPE,
        text=True, timeout=60, check=False)
    same((done.returncode, done.stdout), (7, "ready\n"))


def a_shell_has_the_terminal():
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["PS1"] = "> "
        os.execv(AMTSIM, [AMTSIM, "mei", "--", "bash", "--norc", "-i"])
    read_until(terminal, b"> ")
    os.write(terminal, b"sh -c 'echo begin$((1 + 1)); exec sleep 60'\n")
    read_until(terminal, b"begin2")
    os.write(terminal, b"\x03")  # ends what runs, and neither the shell nor the simulator
    read_until(terminal, b"> ")
    os.write(terminal, f"{sys.executable} {HOST} pthi:6b; exit 7\n".encode())
    read_until(terminal, b"010100006b008004")
    while True:
        try:
            if not os.read(terminal, 4096):
                break
        except OSError:
            break
    same(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 7)


READERS = r"""
import os, sys, threading, time
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import mei_host
device = mei_host.connect("wd")[0]
got = {}

def read(name):
    got[name] = os.read(device, 64).hex()

threads = [threading.Thread(target=read, args=(name,)) for name in ("first", "second", "third")]
for thread in threads:
    thread.start()
    time.sleep(0.3)
os.write(device, bytes.fromhex("05025110"))
for thread in threads:
    thread.join()
print(*sorted(got.values()), len(got))
"""


def of_several_who_read_one_gets_the_message_and_nobody_waits_on():
    same(run(sys.executable, "-c", READERS, HOST), "  83 3\n")


def many_threads_open_files_at_once():
    script = ("import os, sys, threading\n"
              "sys.path.insert(0, os.path.dirname(sys.argv[1]))\n"
              "import mei_host\n"
              "bad = []\n"
              "def work(number):\n"
              "    for _ in range(50):\n"
              "        if number % 2 == 0 and len(mei_host.pthi(0x6b)) != 20: bad.append(number)\n"
              "        open('/proc/self/status').close()\n"
              "threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]\n"
              "[t.start() for t in threads]\n"
              "[t.join() for t in threads]\n"
              "print(len(bad))\n")
    same(run(sys.executable, "-c", script, HOST), "0\n")


PRELUDE = r"""
import json, os, socket, sys, time
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import mei_host
from host_door import *
from lme_host import *
PASSWORD = "P@ssw0rd-mei"

def local_password():
    return bytes.fromhex(mei_host.step("pthi:67:" + "00" * 40))[49:82].rstrip(b"\0").decode()

def mode():
    return mei_host.pthi(0x6B)[16]

def fresh(lme, port=16992, context=None):
    return LmeDoor(lme, port, "$$OsAdmin", local_password(), context)

def administrator(lme, port=16992):
    return LmeDoor(lme, port, "admin", PASSWORD)
"""


def script(text, *options):
    """The lines that a Python program with that prelude prints."""
    return run(sys.executable, "-c", PRELUDE + text, HOST, options=options).splitlines()


ACTIVATE = r"""
lme = Lme()
door = fresh(lme)
print(door.set_up(PASSWORD), mode(), administrator(lme).mode())
"""
LOCAL_ACCOUNT = r"""
door = fresh(lme)
print("reads", len(door.realm()) > 0)
for action, uri in ((SETUP + "/Setup", SETUP), (TRANSFER + "Get", AMT + "AMT_AuditLog")):
    try:
        print(door.ask(action, uri)[1])
    except Refused:
        print("refused")
"""


def a_set_up_over_lme_is_seen_by_pthi():
    same(script(ACTIVATE), ["0 1 1"])


def the_local_account_reads_a_part_once_the_machine_is_set_up():
    same(script(ACTIVATE + LOCAL_ACCOUNT), ["0 1 1", "reads True", "refused", "refused"])


def older_firmware_asks_for_a_login_first():
    same(script(r"""
lme = Lme()
lme.forwarded(16992, 623)
print(lme.services)
""", "--personality", "12.0.67"), ["['auth@amt.intel.com', 'pfwd@amt.intel.com']"])


def the_session_is_lived_by_its_rules():
    same(script(r"""
lme = Lme(version=(2, 0))
try:
    lme.step()
except Over as error:
    print("version", error)
lme.close()
lme = Lme()
lme.forwarded(16992, 623)
try:
    lme.open(16993 if 16993 in lme.forwards else lme.forwards.append(16993) or 16993)
except NotOpened as error:
    print("not forwarded", error)
lme.forwards.remove(16993)
channels = [lme.open(16992) for _ in range(8)]
try:
    lme.open(16992)
except NotOpened as error:
    print("ninth", error)
channels[3].close()
lme.until(lambda: lme.stale == 1)
print("again", lme.open(16992).credit)
lme.send(b"\x5e" + struct.pack(">II", channels[0].peer, 9000) + bytes(9000)[:8180])
try:
    lme.step()
except Over as error:
    print("garbage", error)
"""), ["version 8", "not forwarded 1", "ninth 4", "again 8192", "garbage 2"])


def several_channels_are_served_at_once():
    same(script(r"""
lme = Lme(window=600)
channels = [lme.open(16992) for _ in range(5)]
for channel in channels:
    channel.send(b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                 b"Connection: close\r\n\r\n")
answers = []
for channel in channels:
    data = b""
    while not channel.closed or channel.heard:
        data += channel.receive()
    answers.append(data[:12])
print(set(answers), len(answers))
"""), ["{b'HTTP/1.1 401'} 5"])


def lme_has_one_connection():
    same(steps("connect:lme", "connect:lme"), ["8192 4", "8192 4"])
    same(script(r"""
lme = Lme()
print(mei_host.step("connect:lme"))
lme.close()
print(mei_host.step("connect:lme"))
"""), ["EBUSY", "8192 4"])
    same(step("connect:lme", "--lms-port", str(free_ports())), "EBUSY")


def hosts_cope_with_what_lme_does():
    for kind in ("lme-stale-close", "lme-refuse:2", "lme-drop", "lme-split", "lme-coalesce",
                 "lme-slow"):
        same((kind, script(ACTIVATE, "--mei-fault", kind)),
             (kind, ["0 1 1"]))


ALERTS = r"""
lme = Lme()
lme.listens = LISTENS
print(fresh(lme).set_up(PASSWORD))
boss = administrator(lme)

def told():
    for head, body in lme.alerts:
        number, argument = (body.split(f"<g:{name}>")[1].split("<")[0]
                            for name in ("MessageID", "MessageArguments"))
        print(lme.calls.pop(0), head.split("\r\n")[0], number, argument)
    lme.alerts = []
"""


def alerts_come_over_lme():
    same(script(ALERTS.replace("LISTENS", "True") + r"""
lme.until(lambda: lme.alerts)
told()
print(boss.call(IPS + "IPS_OptInService", "StartOptIn")[0])
lme.until(lambda: lme.alerts)
told()
lme.until(lambda: not lme.channels)
"""), ["0", "direct-tcpip localhost:0 POST / HTTP/1.1 iAMT0055 2", "0",
       "direct-tcpip localhost:0 POST / HTTP/1.1 iAMT0064 3"])


def alerts_that_nobody_takes_come_again():
    same(script(ALERTS.replace("LISTENS", "False") + r"""
lme.until(lambda: lme.calls)
lme.listens = True
lme.until(lambda: lme.alerts, 20)
del lme.calls[0]
told()
"""), ["0", "direct-tcpip localhost:0 POST / HTTP/1.1 iAMT0055 2"])


def subscribers_on_the_machine_are_told_as_well():
    same(script(ALERTS.replace("LISTENS", "True") + r"""
lme.until(lambda: lme.alerts)
told()
for address in ("http://127.0.0.1:1234/told", "http://192.0.2.9:1234/", "http://localhost:99"):
    print(boss.subscribe("Intel(r) AMT:All", address))
print(boss.call(IPS + "IPS_OptInService", "StartOptIn")[0])
lme.until(lambda: len(lme.alerts) == 3)
told()
"""), ["0", "direct-tcpip localhost:0 POST / HTTP/1.1 iAMT0055 2", "200", "200", "200", "0",
       "direct-tcpip localhost:0 POST / HTTP/1.1 iAMT0064 3",
       "direct-tcpip 127.0.0.1:1234 POST /told HTTP/1.1 iAMT0064 3",
       "direct-tcpip 127.0.0.1:99 POST / HTTP/1.1 iAMT0064 3"])


def firmware_without_plain_ports_forwards_tls():
    same(script(r"""
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
lme = Lme()
lme.forwarded(16993, 664)
print(fresh(lme, 16993, context).set_up(PASSWORD), mode(), mei_host.pthi(0x11)[16])
""", "--personality", "19"), ["0 0 1"])


def a_set_up_inside_tls_begins_at_the_local_interface():
    same(script(r"""
import tempfile
folder = tempfile.TemporaryDirectory()
authority = Authority(folder.name)
authority.leaf("good", "/CN=setup.example.test")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.load_cert_chain(authority.path("good", "pem"), authority.path("good", "key"))
lme = Lme()
lme.forwarded(16992, 623)
leaf = hashlib.sha256(authority.der("good")).digest()
answer = mei_host.pthi(0x8B, b"\2" + leaf + bytes(32 + 1 + 4 + 320))
lme.forwarded(16992, 623, 16993, 664)
door = LmeDoor(lme, 16993, "$$OsAdmin", local_password(), context)
print(door.mode(), hashlib.sha256(door.peer).digest() == answer[17:49], mei_host.pthi(0x11)[16])
secret = base64.b64encode(bytes.fromhex(door.hashed(PASSWORD))).decode()
print(door.call(AMT + "AMT_AuthorizationService", "SetAdminAclEntryEx", Username="admin",
                DigestPassword=secret)[0])
mei_host.pthi(0x5E)
lme.forwarded(16992, 623)
print(mei_host.pthi(0x11)[16])
"""), ["0 True 1", "0", "0"])


def free_ports():
    """A port that is free, as the next one is."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


LMS = r"""
port = int(os.environ["PORT"])

def ask(number, user, password):
    return Door("127.0.0.1", number, user, password)

def state(number):
    try:
        socket.create_connection(("127.0.0.1", number), timeout=5).close()
        return "open"
    except ConnectionRefusedError:
        return "refused"
"""


def lms(text, *options):
    port = free_ports()
    os.environ["PORT"] = str(port)
    return script(LMS + text, "--lms-port", str(port), *options)


def lms_is_the_local_door_too():
    same(lms(r"""
print(state(port), state(port + 1))
print(ask(port, "$$OsAdmin", local_password()).set_up(PASSWORD), mode())
print(ask(port, "admin", PASSWORD).mode())
names = mei_host.pthi(0x1A)[85 + 16:]
print(b"LMS" in names)
print(mei_host.pthi(0x10, bytes(4))[12:16].hex(), mode())
"""), ["open refused", "0 1", "1", "True", "00000000 0"])


def lms_of_firmware_without_plain_ports_has_tls_only():
    same(lms("print(state(port), state(port + 1))", "--personality", "19"), ["refused open"])


def lms_ends_when_amt_is_switched_off():
    same(lms(r"""
print(mei_host.step("wd:0503531000"), state(port))
print(mei_host.step("wd:0503531001"), state(port))
"""), ["0503531000000000 refused", "0503531000000000 open"])


def lms_misbehaves_when_told_so():
    probe = r"""
wire = socket.create_connection(("127.0.0.1", port + int(os.environ.get("NEXT", "0"))), timeout=1)
wire.sendall(b"x")
try:
    print(wire.recv(8))
except (TimeoutError, ConnectionError) as error:
    print(type(error).__name__)
"""
    same(lms(probe, "--mei-fault", "lms-half-dead"), ["TimeoutError"])
    same(lms(probe, "--mei-fault", "lms-reset")[0] in ("ConnectionResetError", "b''"), True)
    os.environ["NEXT"] = "1"
    try:
        same(lms(probe, "--mei-fault", "lms-tls-garbage", "--personality", "19"), ["b'HTTP/1.1'"])
    finally:
        del os.environ["NEXT"]


def the_network_has_doors_once_the_machine_is_set_up():
    port = free_ports()
    os.environ["PORT"] = str(port)
    same(script(LMS + r"""
print(state(port))
lme = Lme()
print(fresh(lme).set_up(PASSWORD), state(port), ask(port, "admin", PASSWORD).mode())
try:
    ask(port, "$$OsAdmin", local_password()).mode()
except Refused as error:
    print("refused", error)
""", "--bind", "127.0.0.1", "--ports", str(port)), ["refused", "0 open 1", "refused $$OsAdmin"])


def what_was_set_up_is_kept():
    with tempfile.TemporaryDirectory() as folder:
        kept = ("--state", folder + "/machine")
        same(script(ACTIVATE, *kept), ["0 1 1"])
        same(script("print(mode(), administrator(Lme()).mode())", *kept), ["1 1"])


CONFIGURE = r"""
from cira_server import configure
authority = object.__new__(Authority)
authority.folder = pathlib.Path(os.environ["FOLDER"])
lme = Lme()
print(fresh(lme).set_up(PASSWORD), configure(administrator(lme), authority, PORT))
end = time.monotonic() + 30
while mei_host.pthi(0x46)[20] != 2 and time.monotonic() < end:
    time.sleep(0.05)
status = mei_host.pthi(0x46)[16:]
print(status[:14].hex(), status[14:], mei_host.pthi(0x8E, b"\0")[17:19].hex())
"""


def a_machine_that_was_configured_for_cira_calls_in():
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)
        os.environ["FOLDER"] = folder
        server = Server(authority)
        kept = ("--state", folder + "/machine", "--redial", "1")
        same(script(CONFIGURE.replace("PORT)", f"{server.port})"), *kept),
             ["0 [0, 0, 0, 0]", "0200000002000000020000000900 b'127.0.0.1' 0102"])
        same(server.wait().user, b"machine")
        with subprocess.Popen([AMTSIM, "mei", "--stay", *kept, "--", "true"]) as process:
            same(server.wait().user, b"machine")  # by itself, and without a program
            process.send_signal(signal.SIGTERM)
            same(process.wait(timeout=60), 0)
        server.close()


def a_machine_calls_nobody_elsewhere():
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)
        os.environ["FOLDER"] = folder
        text = CONFIGURE.replace("PORT)", '4433, address="192.0.2.9")').replace("+ 30", "+ 1")
        done = subprocess.run([AMTSIM, "mei", "--", sys.executable, "-c", PRELUDE + text, HOST],
                              capture_output=True, text=True, timeout=60, check=True)
        same(done.stderr, "amtsim mei: call failed: 192.0.2.9:4433 is another machine, which this "
                          "one calls only with --cira-via\n")


def a_machine_stays_when_told_so():
    with subprocess.Popen([AMTSIM, "mei", "--stay", "--", "sh", "-c", "echo $$; exit 4"],
                          stdout=subprocess.PIPE, text=True) as process:
        command = pathlib.Path("/proc") / process.stdout.readline().strip()
        while command.exists():
            time.sleep(0.01)
        same(process.poll(), None)
        process.send_signal(signal.SIGTERM)
        same(process.wait(timeout=60), 4)


if __name__ == "__main__":
    main([
        an_unmodified_program_finds_the_device_file,
        clients_are_connected_in_place,
        a_machine_is_fresh_unless_told_otherwise,
        replies_have_the_layouts_of_the_specification,
        ports_are_as_they_are_described,
        trusted_roots_and_suffix_are_listed,
        what_only_lms_asks_has_the_layouts_that_it_reads,
        what_is_no_request_is_refused,
        the_watchdog_tells_flags,
        amt_is_switched_off_and_on_by_the_watchdog,
        identity_and_flash_log_are_there,
        the_identity_is_bound_to_the_chain_of_the_chip,
        only_what_the_host_set_up_is_undone_by_it,
        a_set_up_inside_tls_is_begun_and_given_up,
        the_state_is_of_one_machine,
        the_state_is_of_one_run_at_a_time,
        faults_are_as_they_are_called,
        an_engine_may_take_its_time,
        interrupted_calls_are_tried_again,
        the_status_is_the_commands,
        descendants_have_the_device_too,
        signals_reach_the_command,
        a_descendant_that_never_stops_writing_keeps_nobody,
        a_shell_has_the_terminal,
        of_several_who_read_one_gets_the_message_and_nobody_waits_on,
        many_threads_open_files_at_once,
        a_machine_stays_when_told_so,
        a_set_up_over_lme_is_seen_by_pthi,
        the_local_account_reads_a_part_once_the_machine_is_set_up,
        older_firmware_asks_for_a_login_first,
        the_session_is_lived_by_its_rules,
        several_channels_are_served_at_once,
        lme_has_one_connection,
        hosts_cope_with_what_lme_does,
        alerts_come_over_lme,
        alerts_that_nobody_takes_come_again,
        subscribers_on_the_machine_are_told_as_well,
        firmware_without_plain_ports_forwards_tls,
        a_set_up_inside_tls_begins_at_the_local_interface,
        lms_is_the_local_door_too,
        lms_of_firmware_without_plain_ports_has_tls_only,
        lms_ends_when_amt_is_switched_off,
        lms_misbehaves_when_told_so,
        the_network_has_doors_once_the_machine_is_set_up,
        what_was_set_up_is_kept,
        a_machine_that_was_configured_for_cira_calls_in,
        a_machine_calls_nobody_elsewhere,
    ])
