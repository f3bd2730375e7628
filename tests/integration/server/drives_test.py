"""The library of images, and devices that use them as drives with nobody connected but the server:
they read every byte of a CD, write to a floppy, and get along with whatever ends a session."""

import base64
import hashlib
import hmac
import json
import resource
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

import obctl
from media import floppy, iso
from on_lan import PASSWORD, Lan
from rig import Server, contains, main, same, surroundings, until
from simulated import Devices

MEGABYTE = 1 << 20
SECRET = "a secret that is shared with whoever else makes tokens"
UUID = "143e4567-e89b-12d3-a456-4266141740{:02}"


def upload(server, name, content):
    return server.ask("PUT", "/api/v1/images/" + name, content,
                      headers={"Content-Type": "application/octet-stream"})


def path_of(device):
    return "/api/v1/amt/ider/" + device


def start(server, device, **what):
    return server.ask("POST", path_of(device), what)


def running(server, device):
    status, session = server.ask("GET", path_of(device))
    return status == 200 and session["state"] != "ended"


def ended(server, device):
    """Why the device's last session has ended, which it has."""
    status, session = server.ask("GET", path_of(device))
    same((status, session["state"], session["rate"]), (200, "ended", 0))
    same(session["since"] < session["ended"], True)
    return session["reason"]


def boot(server, device, action=202):
    answer = server.ask("POST", f"/api/v1/amt/power/action/{device}",
                        {"action": action, "useSOL": False})
    same(answer[0], 200)
    same(answer[1]["Body"]["ReturnValue"], 0)


def the_library_is_the_folder():
    server = Server(flags=["--image-limit", "1"])
    try:
        same(server.log_in(), 200)
        same(server.ask("GET", "/api/v1/images"), (200, []))
        folder = server.data / "images"
        (folder / "by hand.iso").write_bytes(iso())
        (folder / "notes.txt").write_text("no image")
        (folder / "link.iso").symlink_to("/etc/passwd")
        (folder / "folder.img").mkdir()
        status, listed = server.ask("GET", "/api/v1/images")
        same(status, 200)
        same([(i["name"], i["kind"], i["bootable"], i["inUse"]) for i in listed],
             [("by hand.iso", "cd", True, False)])
        same(listed[0]["size"], (folder / "by hand.iso").stat().st_size)
        status, made = upload(server, "boot.img", floppy()[:65536])
        same((status, made["kind"], made["bootable"]), (201, "floppy", True))
        status, made = upload(server, "boot.img", bytes(1024))
        same((status, made["size"], made["bootable"]), (200, 1024, False))
        same(upload(server, "n%C3%A4me.ISO", bytes(2048))[0], 201)
        same((folder / "näme.ISO").stat().st_size, 2048)
        same(server.ask("DELETE", "/api/v1/images/by%20hand.iso")[0], 204)
        same(server.ask("DELETE", "/api/v1/images/by%20hand.iso")[0], 404)
        same(server.ask("GET", "/api/v1/images", token=None)[0], 401)
        # A body that is announced as too large is not waited for.
        status, answer = server.ask("PUT", "/api/v1/images/large.img", b"",
                                    headers={"Content-Length": "107374182400"})
        same((status, answer["error"]), (413, "Payload Too Large"))
        status, answer = server.ask("DELETE", "/api/v1/images/absent.img")
        same((status, answer["error"]), (404, "Image not found"))
        same(upload(server, "large.img", bytes(MEGABYTE + 1))[0], 413)
        same(upload(server, "empty.img", b"")[0], 400)
        same(sorted(f.name for f in folder.iterdir()),
             ["boot.img", "folder.img", "link.iso", "notes.txt", "näme.ISO"])
    finally:
        same(server.stop(), 0)


def all_images_of_a_tenant_have_a_bound():
    server = Server(flags=["--images-limit", "2"], environment={"MPS_JWT_SECRET": SECRET})
    try:
        same(server.log_in(), 200)
        same(upload(server, "a.img", bytes(MEGABYTE))[0], 201)
        same(upload(server, "b.img", bytes(MEGABYTE + 1))[0], 413)
        status, answer = upload(server, "b.img", bytes(3 * MEGABYTE))
        same(status, 413)
        contains(answer["errorDescription"], "2 MB")
        same(upload(server, "b.img", bytes(MEGABYTE))[0], 201)  # those refused left nothing
        same(upload(server, "c.img", bytes(512))[0], 413)
        same(server.ask("DELETE", "/api/v1/images/a.img")[0], 204)
        same(upload(server, "c.img", bytes(512))[0], 201)
        (server.data / "images" / "by hand.img").write_bytes(bytes(MEGABYTE))
        same(upload(server, "d.img", bytes(512))[0], 413)
        same(sorted(f.name for f in (server.data / "images").iterdir()),
             ["b.img", "by hand.img", "c.img"])
        server.token = token_of("red")  # what the default tenant has is no matter
        same(upload(server, "d.img", bytes(2 * MEGABYTE))[0], 201)
        same(upload(server, "e.img", bytes(512))[0], 413)
        server.token = token_of("blue")
        same(upload(server, "e.img", bytes(512))[0], 201)
    finally:
        same(server.stop(), 0)


def a_full_disk_is_said_so():
    server = Server()
    try:
        same(server.log_in(), 200)
        # How large a file may become stands for a disk that is full.
        before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (MEGABYTE, before[1]))
        status, answer = upload(server, "a.img", bytes(2 * MEGABYTE))
        same((status, answer["error"]), (507, "Insufficient Storage"))
        contains(answer["errorDescription"], "no room for it on the server's disk")
        same(list((server.data / "images").iterdir()), [])
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
        same(upload(server, "a.img", bytes(2 * MEGABYTE))[0], 201)
    finally:
        same(server.stop(), 0)


def token_of(tenant):
    """A login of another tenant, by somebody who shares the server's secret."""
    claims = {"tenantId": tenant, "iss": "9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc", "deviceId": "*",
              "exp": int(time.time()) + 3600}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
             for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(SECRET.encode(), b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def images_are_a_tenant_s_own():
    server = Server(environment={"MPS_JWT_SECRET": SECRET})
    try:
        same(server.log_in(), 200)
        own, folder = server.token, server.data / "images"
        same(upload(server, "a.iso", bytes(2048))[0], 201)
        same(upload(server, "only.iso", bytes(2048))[0], 201)
        devices = Devices(server, "16.1")
        device = devices.guids[0]
        same(start(server, device, image="a.iso", start="now")[0], 200)
        for tenant, name in (("red", "tenant-red"), ("../x", "tenant-%2e%2e%2fx"),
                             ("..", "tenant-%2e%2e"), ("ré", "tenant-r%c3%a9")):
            server.token = token_of(tenant)
            same(server.ask("GET", "/api/v1/images"), (200, []))
            same(server.ask("DELETE", "/api/v1/images/only.iso")[0], 404)
            status, made = upload(server, "a.iso", bytes(4096))  # another's is used, not this
            same((status, made["inUse"]), (201, False))
            same([(i["name"], i["size"]) for i in server.ask("GET", "/api/v1/images")[1]],
                 [("a.iso", 4096)])
            same((folder / name / "a.iso").stat().st_size, 4096)
        same((folder / "a.iso").stat().st_size, 2048)
        server.token = token_of("red")
        theirs = Devices(server)
        guid = theirs.start(7, "16.1")
        until(lambda: server.ask("GET", f"/api/v1/devices/{guid}")[1]["connectionStatus"])
        same(start(server, guid, image="only.iso")[0], 404)  # of the default tenant
        same(start(server, device, image="a.iso")[0], 404)  # so is the device
        status, session = start(server, guid, image="a.iso", start="now")
        same((status, session["cd"]["size"]), (200, 4096))
        same(server.ask("DELETE", "/api/v1/images/a.iso")[0], 409)
        server.token = own
        same(server.ask("GET", path_of(guid))[0], 404)
        server.token = token_of("red")
        same(server.ask("DELETE", path_of(guid))[0], 204)
        contains(ended(server, guid), "ended by ")
        server.token = own
        same(server.ask("GET", path_of(guid))[0], 404)  # nor what has been
        same([i["name"] for i in server.ask("GET", "/api/v1/images")[1]], ["a.iso", "only.iso"])
        same(server.ask("DELETE", path_of(device))[0], 204)
        # Whether a client has another tenant's device is not told either.
        process = obctl.start(server, "ider", device, folder / "a.iso", text=True)
        until(lambda: server.ask("GET", f"/api/v1/devices/redirectstatus/{device}")[1]
              ["isIDERConnected"])
        same(start(server, device, image="only.iso")[0], 409)
        server.token = token_of("red")
        same(start(server, device, image="a.iso")[0], 404)
        server.token = own
        same(obctl.end(process, signal.SIGINT)[0], 0)
        same(server.ask("DELETE", "/api/v1/images/a.iso")[0], 204)
        same((folder / "tenant-red" / "a.iso").exists(), True)
        (folder / "tenant-red" / ".upload-0badcafe").write_bytes(b"left behind")
        devices.stop()
        theirs.stop()
    finally:
        same(server.stop(keep=True), 0)
    again = Server(data=server.data)
    try:
        same([f.name for f in (folder / "tenant-red").iterdir()], ["a.iso"])
    finally:
        same(again.stop(), 0)


def names_are_no_paths():
    server = Server()
    try:
        same(server.log_in(), 200)
        (server.data / "outside.img").write_bytes(bytes(512))
        for name in ("..%2Foutside.img", "%2Fetc%2Fpasswd.iso", ".hidden.iso", ".iso", "a.txt",
                     "a%0A.iso", "a" * 252 + ".iso", "..%2F..%2Fx.img"):
            same((name, upload(server, name, bytes(512))[0]), (name, 400))
            same((name, server.ask("DELETE", "/api/v1/images/" + name)[0]), (name, 400))
        same((server.data / "outside.img").exists(), True)
        same(list((server.data / "images").iterdir()), [])
    finally:
        same(server.stop(), 0)


def half_an_upload_is_no_image():
    server = Server()
    try:
        same(server.log_in(), 200)
        connection = server.connection()
        connection.putrequest("PUT", "/api/v1/images/half.iso")
        connection.putheader("Authorization", f"Bearer {server.token}")
        connection.putheader("Content-Length", str(8 * MEGABYTE))
        connection.endheaders(bytes(4 * MEGABYTE))
        folder = server.data / "images"
        until(lambda: any(f.stat().st_size > 0 for f in folder.iterdir()))
        same(server.ask("GET", "/api/v1/images"), (200, []))
        same(upload(server, "half.iso", bytes(2048))[0], 409)
        connection.close()
        until(lambda: list(folder.iterdir()) == [])
        same(upload(server, "half.iso", bytes(2048))[0], 201)
        (folder / ".upload-0badcafe").write_bytes(b"left behind by a server that was killed")
    finally:
        same(server.stop(keep=True), 0)
    again = Server(data=server.data)
    try:
        same([f.name for f in (again.data / "images").iterdir()], ["half.iso"])
    finally:
        same(again.stop(), 0)


def a_device_boots_from_an_image_of_the_server():
    server = Server()
    try:
        same(server.log_in(), 200)
        image = iso(64 * MEGABYTE)
        (server.data / "images" / "big.iso").write_bytes(image)
        devices = Devices(server)
        devices.add("16.1", "--ider-verify", "--ider-request", "65536", "--power-delay", "1")
        device = devices.guids[0]
        same(server.ask("GET", path_of(device))[0], 404)
        status, session = start(server, device, image="big.iso", start="now")
        same((status, session["state"], session["owner"]), (200, "running", "admin"))
        same((session["cd"]["size"], session["floppy"]), (len(image), None))
        same((session["ended"], session["reason"]), (None, None))
        same(server.ask("GET", f"/api/v1/devices/redirectstatus/{device}")[1]["isIDERConnected"],
             True)
        same(start(server, device, image="big.iso")[0], 409)
        same(server.ask("DELETE", "/api/v1/images/big.iso")[0], 409)
        boot(server, device)
        read = devices.hears(r"ider read guid=\S+ bytes=(\d+) ms=(\d+) sha256=(\w+)")
        same(int(read[1]), len(image))
        same(read[3], hashlib.sha256(image).hexdigest())
        print(f"# {len(image) / MEGABYTE / (int(read[2]) / 1000):.0f} MB/s")
        session = server.ask("GET", path_of(device))[1]
        same(session["bytesRead"] >= len(image), True)
        same(session["cd"]["lastBlock"], len(image) // 2048 - 1)
        same(session["checkConditions"] >= 1, True)  # the medium was new
        status, metrics = server.ask("GET", "/metrics")
        contains(metrics.decode(), "outband_ider_sessions 1")
        same(server.ask("DELETE", path_of(device))[0], 204)
        same(ended(server, device), "ended by admin")
        last = server.ask("GET", path_of(device))[1]
        for what in ("cd", "floppy", "bytesRead", "commands", "checkConditions", "since", "owner"):
            same(last[what], session[what])
        same(server.ask("DELETE", path_of(device))[0], 404)
        same(server.ask("GET", f"/api/v1/devices/redirectstatus/{device}")[1]["isIDERConnected"],
             False)
        same(server.ask("DELETE", "/api/v1/images/big.iso")[0], 204)
        devices.stop()
    finally:
        same(server.stop(), 0)


def a_floppy_is_written():
    server = Server()
    try:
        same(server.log_in(), 200)
        file = server.data / "images" / "disk.img"
        file.write_bytes(floppy())
        devices = Devices(server)
        devices.add("16.1", "--ider-write-log", "--power-delay", "1")
        device = devices.guids[0]
        same(start(server, device, floppy="disk.img", start="now")[0], 200)
        boot(server, device, 200)
        devices.hears("ider boot guid=.* drive=floppy done")
        same(file.read_bytes(), floppy())  # it was protected
        same(server.ask("DELETE", path_of(device))[0], 204)
        same(start(server, device, floppy="disk.img", writable=True, start="now")[0], 200)
        said = devices.said()
        boot(server, device, 200)
        devices.hears("ider boot guid=.* drive=floppy done", said)
        contains(file.read_bytes()[-512:].decode(), f"booted {device}")
        same(server.ask("GET", path_of(device))[1]["floppy"]["bytesWritten"], 512)
        same(server.ask("DELETE", path_of(device))[0], 204)
        devices.stop()
    finally:
        same(server.stop(), 0)


def what_cannot_be_is_refused():
    server = Server()
    try:
        same(server.log_in(), 200)
        (server.data / "images" / "a.iso").write_bytes(bytes(2048))
        (server.data / "images" / "odd.img").write_bytes(bytes(700))
        devices = Devices(server, "16.1")
        device = devices.guids[0]
        same(start(server, device)[0], 400)
        same(start(server, device, image="../a.iso")[0], 400)
        same(start(server, device, image=7)[0], 400)
        same(start(server, device, image="a.iso", start="soon")[0], 400)
        same(start(server, device, image="a.iso", writable="yes")[0], 400)
        same(start(server, device, floppy="a.iso")[0], 400)
        same(start(server, device, floppy="odd.img", writable=True)[0], 400)
        same(start(server, device, image="b.iso")[0], 404)
        same(start(server, UUID.format(99), image="a.iso")[0], 404)
        same(start(server, "nobody", image="a.iso")[0], 400)
        same(server.ask("DELETE", "/api/v1/images/a.iso")[0], 204)  # nobody holds it
        devices.stop()
    finally:
        same(server.stop(), 0)


def a_session_is_looked_at_from_its_start():
    server = Server()  # with two loops
    try:
        same(server.log_in(), 200)
        (server.data / "images" / "a.iso").write_bytes(iso())
        (server.data / "images" / "disk.img").write_bytes(floppy())
        devices = Devices(server, "16.1")
        device = devices.guids[0]
        over = threading.Event()
        seen = []

        def look():
            connection = server.connection()
            while not over.is_set():
                status, session = server.ask_on(connection, "GET", path_of(device))[:2]
                if status == 200:
                    seen.append((session["cd"]["image"], session["floppy"]["image"],
                                 session["floppy"]["size"]))
            connection.close()

        watching = [threading.Thread(target=look) for _ in range(4)]
        for thread in watching:
            thread.start()
        for _ in range(10):
            same(start(server, device, image="a.iso", floppy="disk.img", start="now")[0], 200)
            same(server.ask("DELETE", path_of(device))[0], 204)
        over.set()
        for thread in watching:
            thread.join()
        same(set(seen), {("a.iso", "disk.img", 1474560)})
        devices.stop()
    finally:
        same(server.stop(), 0)


def a_session_ends_with_its_tunnel_and_the_server():
    server = Server()
    try:
        same(server.log_in(), 200)
        (server.data / "images" / "a.iso").write_bytes(iso(MEGABYTE))
        devices = Devices(server, "16.1", "16.1")
        first, second = devices.guids
        for device in devices.guids:
            same(start(server, device, image="a.iso", start="now")[0], 200)
        same(server.ask("DELETE", f"/api/v1/devices/disconnect/{first}")[0], 200)
        until(lambda: not running(server, first))
        contains(ended(server, first), "disconnected")
        same(running(server, second), True)
        contains(server.output(), "drives are no longer redirected")
        until(lambda: start(server, first, image="a.iso", start="now")[0] == 200)
        devices.running[1].kill()
        until(lambda: not running(server, second))
        contains(ended(server, second), "connection")
        devices.running[1].wait()
        devices.running.pop(1)
        same(running(server, first), True)
    finally:
        same(server.stop(), 0)  # while a session runs
    devices.stop()


def a_new_pin_ends_what_was_started_without_it():
    server = Server()
    try:
        same(server.log_in(), 200)
        (server.data / "images" / "a.iso").write_bytes(iso(MEGABYTE))
        devices = Devices(server, "16.1-tls")
        device = devices.guids[0]

        def change(**row):
            same(server.ask("PATCH", "/api/v1/devices", {"guid": device, **row})[0], 200)

        same(start(server, device, image="a.iso", start="now")[0], 200)
        change(friendlyName="renamed", useTLS=True)
        boot(server, device)
        until(lambda: server.ask("GET", path_of(device))[1]["bytesRead"] > 4096)
        # The answer to the change is given when nothing is sent over the old connection any more.
        change(certHash="ab" * 32)
        until(lambda: not running(server, device))
        contains(ended(server, device), "have just been changed")
        contains(server.output(), "have just been changed")
        same(start(server, device, image="a.iso", start="now")[0], 502)
        contains(ended(server, device), "have just been changed")  # that one never ran
        change(certHash="")
        until(lambda: start(server, device, image="a.iso", start="now")[0] == 200)
        same(running(server, device), True)
        devices.stop()
    finally:
        same(server.stop(), 0)


def an_image_that_is_gone_is_read_to_its_end():
    server = Server()
    try:
        same(server.log_in(), 200)
        image = iso(8 * MEGABYTE)
        file = server.data / "images" / "a.iso"
        file.write_bytes(image)
        devices = Devices(server)
        devices.add("16.1", "--ider-verify", "--power-delay", "1")
        device = devices.guids[0]
        same(start(server, device, image="a.iso", start="now")[0], 200)
        file.unlink()  # by an administrator, behind the server's back
        boot(server, device)
        read = devices.hears(r"ider read guid=\S+ bytes=(\d+) ms=\d+ sha256=(\w+)")
        same(read[2], hashlib.sha256(image).hexdigest())
        same(server.ask("DELETE", path_of(device))[0], 204)
        file.write_bytes(image)
        said = devices.said()
        same(start(server, device, image="a.iso", start="now")[0], 200)
        with file.open("r+b") as cut:
            cut.truncate(MEGABYTE)
        boot(server, device)
        devices.hears("ider boot guid=.* drive=cd failed", said)
        same(running(server, device), True)
        devices.stop()
    finally:
        same(server.stop(), 0)


def consent_is_asked_for():
    server = Server()
    try:
        same(server.log_in(), 200)
        (server.data / "images" / "a.iso").write_bytes(iso())
        devices = Devices(server)
        devices.add("16.1", "--client-mode")
        status, answer = start(server, devices.guids[0], image="a.iso")
        same(status, 409)
        contains(answer["errorDescription"], "consent")
        devices.stop()
    finally:
        same(server.stop(), 0)


def devices_on_the_lan_boot_too():
    server = Server()
    try:
        same(server.log_in(), 200)
        image = iso(4 * MEGABYTE)
        (server.data / "images" / "a.iso").write_bytes(image)
        for place, tls in enumerate((False, True), 1):
            with Lan(place, "--personality", "16.1-tls" if tls else "16.1") as lan:
                device = UUID.format(place)
                row = {"guid": device, "hostname": lan.address, "username": "admin",
                       "password": PASSWORD, "useTLS": tls, "allowSelfSigned": True}
                same(server.ask("POST", "/api/v1/devices", row)[0], 201)
                same(start(server, device, image="a.iso", start="now")[0], 200)
                boot(server, device)
                until(lambda: server.ask("GET", path_of(device))[1]["bytesRead"] > 4096)
                same(server.ask("DELETE", path_of(device))[0], 204)
    finally:
        same(server.stop(), 0)


def obctl_keeps_images():
    server = Server()
    try:
        same(server.log_in(), 200)
        file = server.data / "a file.iso"
        file.write_bytes(iso(3 * MEGABYTE))
        code, out, err = obctl.run(server, "images", "add", file, "--name", "näme.iso", "--json")
        same((code, err), (0, ""))
        same(json.loads(out)["bootable"], True)
        same((server.data / "images" / "näme.iso").read_bytes(), file.read_bytes())
        terminal, progress = pty.openpty()
        process = obctl.start(server, "images", "add", file, stderr=progress)
        os.close(progress)
        same(obctl.end(process)[0], 0)
        shown = ""
        try:
            while piece := os.read(terminal, 65536):
                shown += piece.decode()
        except OSError:  # the other side is closed
            os.close(terminal)
        size = f"{file.stat().st_size / MEGABYTE:.1f}"
        same(shown.endswith(f"\r{size} of {size} MB\x1b[K\r\n"), True)
        contains(obctl.run(server, "images")[1], "a file.iso")
        same(obctl.run(server, "images", "remove", "a file.iso")[0], 0)
        same(obctl.run(server, "images", "remove", "a file.iso")[0], 4)
        same(obctl.run(server, "images", "add", file, "--name", "x.txt")[0], 2)
        same(obctl.run(server, "images", "add", server.data / "none.iso")[0], 2)
    finally:
        same(server.stop(), 0)


def obctl_outlives_a_file_that_is_cut_while_it_is_sent():
    """Against a server that reads the head and a little more until the file has been cut."""
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "a.iso")
        with file.open("wb") as out:
            out.truncate(64 * MEGABYTE)
        process = subprocess.Popen([obctl.OBCTL, "images", "add", file], stderr=subprocess.PIPE, env={
            **surroundings(), "HOME": folder, "OBCTL_TOKEN": "none",
            "OBCTL_URL": f"http://127.0.0.1:{listener.getsockname()[1]}"}, text=True)
        listener.settimeout(30)
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(30)
            got = len(connection.recv(100000))
            os.truncate(file, 0)
            while True:
                more = len(connection.recv(1 << 20))
                if more == 0:
                    break
                got += more
            assert got < 64 * MEGABYTE
        _, err = process.communicate(timeout=60)
        same(process.returncode, 2)
        contains(err, "became shorter while it was sent")


def obctl_serves_a_file_of_its_own_machine():
    server = Server()
    try:
        same(server.log_in(), 200)
        image = iso(4 * MEGABYTE)
        file = server.data / "mine.iso"
        file.write_bytes(image)
        disk = server.data / "mine.img"
        disk.write_bytes(floppy())
        devices = Devices(server)
        devices.add("16.1", "--ider-verify", "--ider-write-log", "--power-delay", "1")
        device = devices.guids[0]
        process = obctl.start(server, "ider", device, file, "--start", "now", "--boot", "--json",
                              text=True)
        read = devices.hears(r"ider read guid=\S+ bytes=(\d+) ms=\d+ sha256=(\w+)")
        same(read[2], hashlib.sha256(image).hexdigest())
        code, _, err = obctl.run(server, "ider", device, file)
        same(code, 5)
        contains(err, "in use")
        same(start(server, device, image="x.iso")[0], 404)
        code, out, err = obctl.end(process, signal.SIGINT)
        same((code, err), (0, f"serving {file} as CD until Ctrl-C\n"))
        same(json.loads(out)["bytesRead"] >= len(image), True)
        said = devices.said()
        process = obctl.start(server, "ider", device, "--floppy", disk, "--writable", "--start",
                              "now", "--boot", text=True)
        devices.hears("ider boot guid=.* drive=floppy done", said)
        contains(disk.read_bytes()[-512:].decode(), f"booted {device}")
        same(server.ask("DELETE", f"/api/v1/devices/disconnect/{device}")[0], 200)
        code, out, err = obctl.end(process)  # by itself
        same(code != 0, True)
        contains(out, "512 written")
        devices.stop()
        file.write_bytes(b"PK\3\4" * MEGABYTE)  # no image: said before the device is asked
        code, _, err = obctl.run(server, "ider", device, file)
        same(code != 0, True)
        contains(err, f"obctl: {file} has no ISO 9660 or UDF file system")
        contains(obctl.run(server, "ider", device, "--floppy", file)[2],
                 f"obctl: {file} has neither the size of a floppy nor a boot sector")
    finally:
        same(server.stop(), 0)


def obctl_uses_the_server_s_images():
    server = Server()
    try:
        same(server.log_in(), 200)
        (server.data / "images" / "a.iso").write_bytes(iso(MEGABYTE))
        devices = Devices(server)
        devices.add("16.1", "--power-delay", "1")
        device = devices.guids[0]
        same(obctl.run(server, "ider", device, "--stored", "a.iso", "--start", "now",
                       "--boot")[0], 0)
        devices.hears("ider boot guid=.* drive=cd done")
        contains(obctl.run(server, "ider", "status", device)[1], "running")
        same(obctl.run(server, "ider", "stop", device)[0], 0)
        code, out, _ = obctl.run(server, "ider", "status", device)
        same(code, 0)
        contains(out, "ended")
        contains(out, "ended by admin")
        same(obctl.run(server, "ider", "stop", device)[0], 4)
        same(obctl.run(server, "ider", device)[0], 2)
        code, _, err = obctl.run(server, "ider", device, "--stored", "b.img", "--floppy", "c.img")
        same((code, "b.img" in err, "c.img" in err), (2, True, True))
        devices.stop()
    finally:
        same(server.stop(), 0)


def minds_signals(process):
    """Whether it has a session: SIGINT is blocked, to be looked at in good order. While a thread is
    being made all signals are, for a moment."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    blocked = int(re.search(r"SigBlk:\s*(\w+)", status)[1], 16)
    return blocked & 1 << signal.SIGINT - 1 != 0 and blocked & 1 << signal.SIGUSR1 - 1 == 0


def obctl_ends_when_it_is_told():
    server = Server()
    try:
        same(server.log_in(), 200)
        file = server.data / "mine.iso"
        file.write_bytes(iso())
        devices = Devices(server)
        devices.add("16.1", "--latency", "1500")
        device = devices.guids[0]
        status = f"/api/v1/devices/redirectstatus/{device}"
        for number in (signal.SIGINT, signal.SIGTERM):  # while the machine is asked to boot
            process = obctl.start(server, "ider", device, file, "--boot", text=True)
            until(lambda: minds_signals(process))
            code, _, err = obctl.end(process, number)
            same((code, "before the machine has booted" in err), (10, True))
            until(lambda: not server.ask("GET", status)[1]["isIDERConnected"])
        process = obctl.start(server, "ider", device, file, text=True)
        until(lambda: minds_signals(process))
        devices.running[0].send_signal(signal.SIGSTOP)  # it does not say goodbye
        code, _, err = obctl.end(process, signal.SIGINT)
        same((code, "obctl:" in err), (0, False))
        process = obctl.start(server, "ider", device, file, text=True)
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            pass  # it waits for the device
        same(obctl.end(process, signal.SIGINT)[0] != 0, True)
        devices.running[0].send_signal(signal.SIGCONT)
        devices.stop()
    finally:
        same(server.stop(), 0)


main([
    the_library_is_the_folder,
    all_images_of_a_tenant_have_a_bound,
    a_full_disk_is_said_so,
    images_are_a_tenant_s_own,
    names_are_no_paths,
    half_an_upload_is_no_image,
    a_device_boots_from_an_image_of_the_server,
    a_floppy_is_written,
    what_cannot_be_is_refused,
    a_session_is_looked_at_from_its_start,
    a_session_ends_with_its_tunnel_and_the_server,
    a_new_pin_ends_what_was_started_without_it,
    an_image_that_is_gone_is_read_to_its_end,
    consent_is_asked_for,
    devices_on_the_lan_boot_too,
    obctl_keeps_images,
    obctl_outlives_a_file_that_is_cut_while_it_is_sent,
    obctl_serves_a_file_of_its_own_machine,
    obctl_uses_the_server_s_images,
    obctl_ends_when_it_is_told,
])
