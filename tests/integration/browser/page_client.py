"""A page made of the toolkit's own classes, in headless Chromium. For the tests beside this file."""

import json
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "server"))
from rig import same  # pylint: disable=wrong-import-position

class Page:
    """One page, which has a session of one kind at a time."""

    def __init__(self, folder, server, guid):
        self.server, self.guid = server, guid
        # No sanitizer's settings for the browser: they would be its own.
        self.process = subprocess.Popen(["node", "browser.js", shutil.which("chromium")], cwd=folder,
                                        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, action, value, **more):
        self.process.stdin.write(json.dumps({action: value, **more}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise AssertionError(f"{action}: {answer['error']} {answer['said']}")
        return answer.get("value")

    def evaluate(self, expression):
        return self.ask("evaluate", expression)

    def open(self, kind, size=2):
        """Opens a session; `size` is bytes per pixel."""
        path = f"/api/v1/authorize/redirection/{self.guid}"
        status, answer = self.server.ask("GET", path)
        same(status, 200)
        self.ask("open", kind, to={"guid": self.guid, "token": answer["token"], "bytes": size,
                                   "server": f"wss://127.0.0.1:{self.server.https}/relay"})

    def close(self):
        self.ask("close", True)
        self.until("session.states.at(-1)", 0)

    def line(self, text):
        """Types a line as a user does."""
        self.ask("type", text)
        self.ask("press", "Enter")

    def until(self, expression, wanted, seconds=30):
        """Waits for a value in the page."""
        end = time.monotonic() + seconds
        while (got := self.evaluate(expression)) != wanted:
            if time.monotonic() > end:
                raise AssertionError(f"{expression} is {got!r}, not {wanted!r}")
            time.sleep(0.05)

    def has(self, expression, part, seconds=30):
        """Waits until a text in the page has a part; returns the text."""
        end = time.monotonic() + seconds
        while part not in (got := self.evaluate(expression)):
            if time.monotonic() > end:
                raise AssertionError(f"{part!r} is not in {expression}: {got!r}")
            time.sleep(0.05)
        return got

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
