"""The way to AMT on a simulated machine: through LME with all that firmware does to it, through LMS,
and which of the two. What goes that way is an activation (tests/bench/way_bench.c)."""

import os
import random
import subprocess

from agent import AMTSIM, contains, main, surroundings

WAY = os.environ["WAY"]
PORT = str(random.Random().randrange(20000, 29000, 2))


def go(*options, port=None, status=0):
    command = [AMTSIM, "mei", *options, "--", WAY] + ([port] if port else [])
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False,
                          env=surroundings())
    said = done.stdout + done.stderr
    if done.returncode != status:
        raise AssertionError(f"{command}: status {done.returncode}: {said}")
    return said


def fault(*kinds):
    return [part for kind in kinds for part in ("--mei-fault", kind)]


def an_activation_goes_through_lme():
    contains(go(), "LME: open")


def firmware_of_every_kind_takes_it():
    for personality in ("11.8", "12.0.67", "14", "15", "16.1"):
        contains(go("--personality", personality), "LME: open")


def connections_that_end_with_each_answer_do():
    contains(go("--close-each"), "LME: open")


def what_firmware_does_to_sessions_is_borne():
    for kind in ("lme-stale-close", "lme-refuse:2", "lme-drop", "lme-split", "lme-coalesce",
                 "lme-slow"):
        contains(go(*fault(kind)), "LME: open")
    contains(go(*fault("lme-stale-close", "lme-drop", "lme-split", "lme-refuse:1")), "LME: open")


def a_client_that_is_busy_for_a_while_is_waited_for():
    contains(go(*fault("busy:2@lme")), "LME: open")
    contains(go(*fault("write-busy:2@lme")), "LME: open")
    contains(go(*fault("eintr:5")), "LME: open")


def an_engine_without_lme_is_told():
    contains(go(*fault("no-client@lme"), status=1), "has no")


def lms_is_taken_where_it_is():
    contains(go("--lms-port", PORT, port=PORT), "LMS: open")


def an_lms_that_is_not_ready_is_waited_for():
    contains(go("--lms-port", PORT, *fault("lms-reset:1"), port=PORT), "LMS: open")


def where_there_is_none_it_is_lme():
    contains(go(port=PORT), "LME: open")


def firmware_with_tls_only_is_reached_with_it():
    contains(go("--personality", "19"), "LME with TLS: open")
    contains(go("--personality", "19", *fault("lme-split", "lme-drop")), "LME with TLS: open")
    contains(go("--personality", "19", "--lms-port", PORT, port=PORT), "LMS with TLS: open")


def an_lms_that_speaks_no_tls_is_no_reason_for_lme():
    said = go("--personality", "19", "--lms-port", PORT, *fault("lms-tls-garbage"), port=PORT,
              status=1)
    contains(said, "the TLS handshake failed")


if __name__ == "__main__":
    main([
        an_activation_goes_through_lme,
        firmware_of_every_kind_takes_it,
        connections_that_end_with_each_answer_do,
        what_firmware_does_to_sessions_is_borne,
        a_client_that_is_busy_for_a_while_is_waited_for,
        an_engine_without_lme_is_told,
        lms_is_taken_where_it_is,
        an_lms_that_is_not_ready_is_waited_for,
        where_there_is_none_it_is_lme,
        firmware_with_tls_only_is_reached_with_it,
        an_lms_that_speaks_no_tls_is_no_reason_for_lme,
    ])
