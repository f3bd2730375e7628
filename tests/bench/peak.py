#!/usr/bin/python3
"""Runs a command and tells how much memory it had resident at most.

usage: peak.py FILE COMMAND ARGUMENTS…    writes kilobytes to FILE, ends with the command's status
"""

import os
import sys

child = os.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
