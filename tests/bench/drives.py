"""How fast a device reads a drive image of the server, from how far away. A part of bench.py."""

import asyncio
import json
import pathlib
import re
import sys
import threading
import urllib.request

from figures import say, until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration/server"))

import media  # pylint: disable=wrong-import-position

ROUND_TRIPS_MS = (0, 20, 100)
DEVICE = "60000000-0000-4000-8000-000000000000"
MEGABYTE = 1 << 20
IMAGE_SIZES = {0: 64 * MEGABYTE, 20: 2 * MEGABYTE, 100: MEGABYTE // 2}


class Wire:
    """A port that passes connections on, and every byte half a round trip later."""

    def __init__(self, to, round_trip_ms):
        self.host, port = to.rsplit(":", 1)
        self.port, self.delay = int(port), round_trip_ms / 2000
        self.ready = threading.Event()
        self.address = None
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        self.ready.wait(10)

    async def serve(self):
        server = await asyncio.start_server(self.pass_on, "127.0.0.1", 0, limit=MEGABYTE)
        self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self.ready.set()
        await server.serve_forever()

    async def pass_on(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        await asyncio.gather(self.pump(reader, far_writer), self.pump(far_reader, writer))

    async def pump(self, reader, writer):
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(65536):
                loop.call_later(self.delay, writer.write, data)
        except OSError:
            pass
        loop.call_later(self.delay, writer.close)


def call(bench, method, path, body=None):
    request = urllib.request.Request(
        f"https://{bench.https}{path}", method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {bench.token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, context=bench.tls, timeout=60) as answer:
        return answer.read()


def measure(bench, rows):
    bench.enroll(1, DEVICE)
    for round_trip in ROUND_TRIPS_MS:
        say(f"a drive image over {round_trip} ms")
        name = f"bench-{round_trip}.iso"
        image = media.iso(IMAGE_SIZES[round_trip], "measured\n")
        (bench.data / "images" / name).write_bytes(image)
        log = bench.folder / f"drive-{round_trip}.log"
        server = Wire(bench.cira, round_trip).address if round_trip else bench.cira
        fleet = bench.start(f"drive-{round_trip}", bench.program("src/sim/amtsim"), "fleet",
                            "--server", server, "--count", "1", "--guid-base", DEVICE, "--redial",
                            "1", "--ider-verify", "--boot-time", "100", "--power-delay", "0")
        until(60, lambda: bench.connected() == 1, "the device does not connect")
        call(bench, "POST", f"/api/v1/amt/ider/{DEVICE}", {"image": name, "start": "now"})
        call(bench, "POST", f"/api/v1/amt/power/action/{DEVICE}", {"action": 202, "useSOL": False})
        until(120, lambda: "ider read" in log.read_text(), "the device does not read its drive")
        size, ms = map(int, re.search(r"bytes=(\d+) ms=(\d+)", log.read_text()).groups())
        rows[f"ider_{round_trip}"].value = size / max(ms, 1)
        call(bench, "DELETE", f"/api/v1/amt/ider/{DEVICE}")
        bench.stop(fleet)
        until(60, lambda: bench.connected() == 0, "the device does not leave")
