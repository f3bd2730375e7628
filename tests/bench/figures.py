"""What the parts of the bench share: rows of a table, and what the kernel says of a process."""

import os
import pathlib
import re
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")


class Row:
    """One line of the table: what was measured, and what it has to be."""

    def __init__(self, key, what, unit, better, must, aim, others):
        self.key, self.what, self.unit, self.better = key, what, unit, better
        self.must, self.aim, self.others = must, aim, others
        self.value = None

    def verdict(self):
        if self.value is None:  # what was to be proved was not
            return "not measured" if self.must is None else "MISSED"
        def holds(bound):
            return self.value <= bound if self.better == "less" else self.value >= bound
        if self.aim is not None and holds(self.aim):
            return "aim met"
        if self.must is None:
            return ""
        return "must met" if holds(self.must) else "MISSED"


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kb(pid):
    """Anonymous resident memory: what grows with tunnels; the text of the program does not."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Anonymous:\s+(\d+)", text, re.MULTILINE).group(1))


def until(seconds, condition, otherwise):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(otherwise)
        time.sleep(0.2)


def say(text):
    print(text, file=sys.stderr, flush=True)


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def lines(rows):
    """The table of these rows."""
    yield "| what | measured | must | aim | for comparison |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows.values():
        sign = "≤" if row.better == "less" else "≥"
        unit = f" {row.unit}" if row.unit else ""
        must = f"{sign} {row.must:,}{unit}" if row.must is not None else ""
        aim = f"{sign} {row.aim:,}{unit}" if row.aim is not None else ""
        yield f"| {row.what} | {number(row.value)}{unit} | {must} | {aim} | {row.others} |"
