"""`amtsim mei`: whatever way a program has to the device files, and however it ends."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
# pylint: disable=wrong-import-position
from rig import main, same

AMTSIM = os.environ["AMTSIM"]
HOST = str(pathlib.Path(__file__).resolve().parent / "mei_host.py")
PRELUDE = r"""
import ctypes, errno, fcntl, os, signal, socket, stat, sys, tempfile, threading, time
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import mei_host
QUESTION = bytes.fromhex("05025110")

def attempt(deed, *arguments, **options):
    try:
        done = deed(*arguments, **options)
    except OSError as error:
        return errno.errorcode[error.errno]
    return done

def opened(path, flags=os.O_RDWR, **options):
    device = attempt(os.open, path, flags, **options)
    if isinstance(device, str):
        return device
    try:
        fcntl.ioctl(device, mei_host.CONNECT, bytearray(bytes.fromhex(mei_host.CLIENTS["wd"])))
        os.write(device, QUESTION)
        return mei_host.receive(device).hex()
    finally:
        os.close(device)

def ask(device):
    os.write(device, QUESTION)
    return mei_host.receive(device).hex()
"""


def script(text, *options):
    """The lines that a Python program with that prelude prints."""
    done = subprocess.run([AMTSIM, "mei", *options, "--", sys.executable, "-c", PRELUDE + text,
                           HOST], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout.splitlines()


def paths_are_the_same_however_they_are_written():
    same(script(r"""
for path in ("/dev//mei0", "/dev/./mei0", "/tmp/../dev/mei0", "/../dev/mei0", "/dev/../../dev/mei0",
             "/dev/mei0/", "/dev/mei0/x", "/mei0"):
    print(path, opened(path))
os.chdir("/dev")
print(opened("mei0"), opened("./mei0"), opened("../dev/mei0"), attempt(os.stat, "mei0").st_mode)
os.chdir("/tmp")
print(opened("mei0"), opened("../dev/mei0"))
"""), ["/dev//mei0 83", "/dev/./mei0 83", "/tmp/../dev/mei0 83", "/../dev/mei0 83",
       "/dev/../../dev/mei0 83", "/dev/mei0/ ENOENT", "/dev/mei0/x ENOENT", "/mei0 ENOENT",
       "83 83 83 8576", "ENOENT 83"])


def paths_begin_at_open_folders_too():
    same(script(r"""
folder, other = os.open("/dev", os.O_RDONLY), os.open("/tmp", os.O_PATH)
print(opened("mei0", dir_fd=folder), opened("mei0", dir_fd=other),
      opened("../dev/mei0", dir_fd=other), opened("/dev/mei0", dir_fd=other),
      opened("mei0", dir_fd=sys.stdout.fileno()))
print(attempt(os.stat, "mei0", dir_fd=folder).st_mode, os.access("mei0", os.R_OK, dir_fd=folder))
"""), ["83 ENOENT 83 83 ENOTDIR", "8576 True"])


def links_lead_to_it():
    same(script(r"""
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.symlink("/dev/mei0", "device")
    os.symlink("/dev", "dev")
    os.symlink("dev/../dev/mei0", "second")
    os.symlink(folder + "/second", "third")
    os.symlink("loop", "loop")
    os.symlink("/dev/mei1", "absent")
    os.mkdir("in")
    os.symlink("../device", "in/up")
    for path in ("device", "dev/mei0", "second", "third", "in/up", "loop", "absent"):
        print(path, opened(path), opened(os.path.abspath(path)))
    print(opened("device", os.O_RDWR | os.O_NOFOLLOW), os.readlink("device"))
    print(attempt(os.stat, "third").st_mode, attempt(os.lstat, "third").st_mode >> 12)
"""), ["device 83 83", "dev/mei0 83 83", "second 83 83", "third 83 83", "in/up 83 83",
       "loop ELOOP ELOOP", "absent ENOENT ENOENT", "ELOOP /dev/mei0", "8576 10"])


def another_root_has_other_files():
    same(script(r"""
with tempfile.TemporaryDirectory() as folder:
    os.mkdir(folder + "/dev")
    os.symlink("/dev", folder + "/link")
    open(folder + "/mei0", "w").close()
    if os.fork() == 0:
        if attempt(os.chroot, folder) == "EPERM":
            print("83 83 ENOENT file")
        else:
            os.chdir("/")
            print(opened("/link/mei0"), opened("../../dev/mei0"), opened("/link/mei1"),
                  attempt(os.stat, "mei0").st_mode >> 12 == 8 and "file")
        sys.stdout.flush()
        os._exit(0)
    os.wait()
"""), ["83 83 ENOENT file"])


def it_is_a_file_that_is_there():
    same(script(r"""
print(attempt(os.readlink, "/dev/mei0"), attempt(os.readlink, "/dev/mei1"))
print(opened("/dev/mei0", os.O_RDWR | os.O_CREAT), opened("/dev/mei0", os.O_RDWR | os.O_TRUNC),
      opened("/dev/mei0", os.O_RDWR | os.O_CREAT | os.O_EXCL),
      opened("/dev/mei0", os.O_RDONLY | os.O_DIRECTORY))
libc = ctypes.CDLL(None, use_errno=True)
device = libc.creat(b"/dev/mei0", 0o600)
kind = os.readlink(f"/proc/self/fd/{device}")[:7]
if stat.S_ISREG(os.fstat(device).st_mode):
    os.unlink("/dev/mei0")
print(os.path.exists("/dev/mei0"), kind)
"""), ["EINVAL ENOENT", "83 83 EEXIST ENOTDIR", "True socket:"])


def no_ring_of_requests_goes_around_it():
    same(script(r"""
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall(425, 8, ctypes.create_string_buffer(256)), errno.errorcode[ctypes.get_errno()])
"""), ["-1 ENOSYS"])


def descriptors_are_theirs_who_have_them():
    same(script(r"""
device = mei_host.connect("wd")[0]
copy = os.dup(device)
os.close(device)
print(ask(copy), flush=True)
if os.fork() == 0:
    print(ask(copy), flush=True)
    os._exit(0)
os.wait()
one, two = socket.socketpair()
if os.fork() == 0:
    os.close(copy)
    passed = socket.recv_fds(one, 1, 1)[1][0]
    print(ask(passed), flush=True)
    os._exit(0)
socket.send_fds(two, [b"x"], [copy])
os.close(copy)
os.wait()
os.set_inheritable(again := mei_host.connect("wd")[0], True)
os.execv(sys.executable, [sys.executable, "-c", f"import os; os.write({again}, bytes.fromhex("
         f"'05025110')); print(os.read({again}, 9).hex())"])
"""), ["83", "83", "83", "83"])


def what_a_reset_took_has_no_place():
    same(script(r"""
held = [mei_host.connect("wd")[0] for _ in range(63)]
print(mei_host.step("pthi:6b"), attempt(os.write, held[0], b"x"), attempt(os.read, held[9], 9))
print(len([mei_host.connect("wd")[0] for _ in range(64)]), mei_host.step("connect:wd"))
""", "--mei-fault", "reset:1@pthi"), ["ENODEV ENODEV ENODEV", "64 EMFILE"])


def one_that_may_not_have_so_many_is_told_so():
    same(script(r"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
print(opened("/dev/mei0"))
""", "--mei-fault", "write-busy:1@lme"), ["EMFILE"])


def one_that_may_not_have_so_many_has_others():
    same(script(r"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
print(opened("/dev/mei0"))
"""), ["83"])


def what_the_driver_refuses_is_refused():
    same(script(r"""
device = os.open("/dev/mei0", os.O_RDWR)
print(attempt(os.write, device, QUESTION), attempt(os.read, device, 9), attempt(os.read, device, 0))
fcntl.ioctl(device, mei_host.CONNECT, bytearray(bytes.fromhex(mei_host.CLIENTS["upid"])))
print(attempt(os.write, device, bytes(1025)), attempt(os.write, device, bytes(1024)))
"""), ["ENODEV ENODEV b''", "EFBIG 1024"])


LOCKS = r"""
EX, SH, UN, NB = fcntl.LOCK_EX, fcntl.LOCK_SH, fcntl.LOCK_UN, fcntl.LOCK_NB

def device():
    return os.open("/dev/mei0", os.O_RDWR)

def lock(device, how):
    return attempt(fcntl.flock, device, how) or "has it"
"""


def openings_contend_for_the_lock():
    same(script(LOCKS + r"""
one, two = device(), device()
print(lock(one, EX), lock(two, EX | NB), lock(two, SH | NB), lock(one, EX | NB))
print(lock(one, SH), lock(two, SH | NB), lock(two, EX | NB), lock(one, EX | NB))
print(lock(one, UN), lock(two, EX | NB), lock(two, 64))
other = tempfile.TemporaryFile()
print(lock(other.fileno(), EX | NB))
"""), ["has it EAGAIN EAGAIN has it", "has it has it EAGAIN has it", "has it has it EINVAL",
          "has it"])


def a_lock_is_shared_by_copies_and_ends_with_the_last():
    same(script(LOCKS + r"""
one, two = device(), device()
copy = os.dup(one)
print(lock(one, EX), lock(copy, EX | NB))
os.close(one)
child = os.fork()
if child == 0:
    time.sleep(0.3)
    os._exit(0)
os.close(copy)
print(lock(two, EX | NB))
os.wait()
print(lock(two, EX | NB))
"""), ["has it has it", "EAGAIN", "has it"])


def who_waits_for_the_lock_has_it_in_turn():
    same(script(LOCKS + r"""
one = device()
lock(one, EX)
order, threads = [], []

def wait(name):
    mine = device()
    lock(mine, EX)
    order.append(name)
    os.close(mine)

for name in "abc":
    threads.append(threading.Thread(target=wait, args=(name,)))
    threads[-1].start()
    time.sleep(0.2)
print(order, opened("/dev/mei0"))
os.close(one)
for thread in threads:
    thread.join()
print("".join(order))
"""), ["[] 83", "abc"])


def who_waits_for_the_lock_may_be_interrupted_or_killed():
    same(script(LOCKS + r"""
class Rung(Exception):
    pass

def ring(*_):
    raise Rung

one, two = device(), device()
lock(one, EX)
signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.2)
try:
    lock(two, EX)
except Rung:
    print("interrupted")
child = os.fork()
if child == 0:
    lock(device(), EX)
time.sleep(0.2)
os.kill(child, signal.SIGKILL)
os.wait()
lock(one, UN)
print(lock(two, EX | NB))
"""), ["interrupted", "has it"])


def processes_are_killed_at_every_moment():
    same(script(r"""
def live():
    while True:
        device = os.open("/dev/../dev/mei0", os.O_RDWR)
        fcntl.ioctl(device, mei_host.CONNECT, bytearray(bytes.fromhex(mei_host.CLIENTS["wd"])))
        ask(device)
        os.close(device)

for turn in range(150):
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            for _ in range(turn % 3):
                threading.Thread(target=live).start()
            live()
        children.append(child)
    time.sleep(turn % 50 / 1000)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
print(opened("/dev/mei0"), mei_host.step("connect:lme"))
"""), ["83 8192 4"])


def descriptors_are_closed_under_a_connect():
    same(script(r"""
room = bytes.fromhex(mei_host.CLIENTS["wd"])
devices = []

def connect(device):
    attempt(fcntl.ioctl, device, mei_host.CONNECT, bytearray(room))

for _ in range(400):
    device = os.open("/dev/mei0", os.O_RDWR)
    thread = threading.Thread(target=connect, args=(device,))
    thread.start()
    os.close(device)
    thread.join()
print(opened("/dev/mei0"))
"""), ["83"])


def a_stopped_process_holds_nobody_up():
    same(script(r"""
stopped = os.fork()
if stopped == 0:
    device = mei_host.connect("wd")[0]
    for _ in range(3):
        threading.Thread(target=os.read, args=(device, 64)).start()
    time.sleep(0.2)
    for _ in range(200):
        os.write(device, QUESTION)
    os.kill(os.getpid(), signal.SIGSTOP)
os.waitpid(stopped, os.WUNTRACED)
print([opened("/dev/mei0") for _ in range(3)])
os.kill(stopped, signal.SIGKILL)
"""), ["['83', '83', '83']"])


ORPHAN = r"""
import mmap
if os.fork() != 0:
    time.sleep(1)
    os._exit(0)
UFFDIO_API, UFFDIO_REGISTER = 0xC018AA3F, 0xC020AA00
libc = ctypes.CDLL(None, use_errno=True)
keeper = libc.syscall(323, os.O_CLOEXEC)
page = mmap.mmap(-1, 4096)
at = ctypes.addressof(ctypes.c_char.from_buffer(page))
api = (ctypes.c_uint64 * 3)(0xAA, 0, 0)
kept = (ctypes.c_uint64 * 4)(at, 4096, 1, 0)
if keeper < 0 or libc.ioctl(keeper, UFFDIO_API, api) or libc.ioctl(keeper, UFFDIO_REGISTER, kept):
    os.write(1, b"may not\n")
    os._exit(0)
os.write(1, b"may\n")
for name in (0, 1, 2):
    os.close(name)
libc.syscall(257, -100, ctypes.c_void_p(at), 0)
os._exit(0)
"""


def memory_that_never_comes_does_not_keep_the_machine():
    if os.uname().machine != "x86_64":
        return
    before = os.environ.get("ASAN_OPTIONS", "")
    os.environ["ASAN_OPTIONS"] = before + ":detect_leaks=0"  # that looks into every thread, and waits
    try:
        same(script(ORPHAN)[0] in ("may", "may not"), True)
    finally:
        os.environ["ASAN_OPTIONS"] = before


if __name__ == "__main__":
    main([
        paths_are_the_same_however_they_are_written,
        paths_begin_at_open_folders_too,
        links_lead_to_it,
        another_root_has_other_files,
        it_is_a_file_that_is_there,
        no_ring_of_requests_goes_around_it,
        descriptors_are_theirs_who_have_them,
        what_a_reset_took_has_no_place,
        one_that_may_not_have_so_many_is_told_so,
        one_that_may_not_have_so_many_has_others,
        what_the_driver_refuses_is_refused,
        openings_contend_for_the_lock,
        a_lock_is_shared_by_copies_and_ends_with_the_last,
        who_waits_for_the_lock_has_it_in_turn,
        who_waits_for_the_lock_may_be_interrupted_or_killed,
        processes_are_killed_at_every_moment,
        descriptors_are_closed_under_a_connect,
        a_stopped_process_holds_nobody_up,
        memory_that_never_comes_does_not_keep_the_machine,
    ])
