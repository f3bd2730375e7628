#!/usr/bin/python3
"""What the bench says of a row."""

import pathlib
import sys

from figures import Row

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration/server"))

from rig import main, same  # pylint: disable=wrong-import-position


def verdict(value, better, must, aim):
    row = Row("key", "what", "KB", better, must, aim, "")
    row.value = value
    return row.verdict()


def a_row_is_held_against_its_bounds():
    same(verdict(10, "less", 16, 12), "aim met")
    same(verdict(13, "less", 16, 12), "must met")
    same(verdict(17, "less", 16, 12), "MISSED")
    same(verdict(17, "more", 16, None), "must met")
    same(verdict(15, "more", 16, None), "MISSED")
    same(verdict(17, "less", None, 12), "")


def what_must_be_and_was_not_measured_is_missed():
    same(verdict(None, "less", 16, 12), "MISSED")
    same(verdict(None, "more", 16, None), "MISSED")
    same(verdict(None, "less", None, 12), "not measured")


main([a_row_is_held_against_its_bounds, what_must_be_and_was_not_measured_is_missed])
