"""`rpc doctor`: says what is the matter with a machine, and ends with the code of what blocks it."""

import concurrent.futures
import itertools
import json
import os
import random
import subprocess

from agent import contains, main, pathlib, run, same, simulated, tempfile

PASSWORD = {"AMT_PASSWORD": "P@ssw0rd"}
NO_LMS = {"RPC_LMSPORT": "19998"}
PORTS = itertools.count(random.Random().randrange(20000, 28000, 2), 2)
ILL = {"lms-half-dead": (), "lms-reset": (), "lms-tls-garbage": ("--personality", "19")}
WAITING = {}
ACTIVATED = ("--activated", "acm:P@ssw0rd")


def fault(*kinds):
    return tuple(part for kind in kinds for part in ("--mei-fault", kind))


def examine(*options, status=0, arguments=(), **environment):
    """The findings by what was checked."""
    ended = simulated("doctor", "--json", *arguments, options=options, status=status,
                      **{**NO_LMS, **environment})
    report = json.loads(ended.out)
    same(report["code"], status)
    same(report["healthy"], status == 0)
    return {finding["check"]: finding for finding in report["findings"]}


def verdict(findings, check, wanted):
    same(findings[check]["verdict"], wanted)
    return findings[check]


def at_lms():
    """The simulator's and the agent's options for an LMS."""
    port = next(PORTS)
    return ("--lms-port", str(port)), ("--lmsport", str(port))


def wait_ahead(pool):
    """Runs that wait for most of their time do so while the others run."""
    WAITING["silent"] = pool.submit(examine, *fault("silent@pthi"), status=4)
    WAITING["taken"] = pool.submit(examine, *fault("busy@lme"), status=71)
    for kind, more in ILL.items():
        options, arguments = at_lms()
        WAITING[kind] = pool.submit(examine, *options, *fault(kind), *more, status=71,
                                    arguments=arguments)
    WAITING["refused"] = refused = []
    for options in (fault("busy@lme"), fault("lme-refuse"), fault("no-client@lme")):
        refused.append(pool.submit(
            lambda given: verdict(examine(*given, status=71, **PASSWORD), "ports", "blocked"),
            options))
        for words, more in ((("activate", "--ccm"), ()),
                            (("configure", "sync-clock"), ACTIVATED)):
            refused.append(pool.submit(
                simulated, *words, options=(*options, *more), status=71, **NO_LMS, **PASSWORD))


def a_new_machine_may_be_activated():
    findings = examine()
    verdict(findings, "engine", "ok")
    contains(verdict(findings, "controlMode", "note")["advice"], "rpc activate")
    verdict(findings, "ports", "ok")


def a_new_machine_is_not_asked_with_the_password_it_will_have():
    findings = examine(**PASSWORD)
    contains(verdict(findings, "login", "ok")["what"], "counts from the activation on")
    verdict(findings, "redirection", "note")
    with tempfile.TemporaryDirectory() as folder:
        secret = pathlib.Path(folder) / "secret"
        secret.write_text("P@ssw0rd\n")
        examine(arguments=("--password-file", str(secret)))


def an_activated_machine_is_well():
    findings = examine(*ACTIVATED, **PASSWORD)
    verdict(findings, "login", "ok")
    verdict(findings, "clock", "ok")
    contains(verdict(findings, "cira", "note")["what"], "not configured")


def without_a_password_it_says_what_it_did_not_look_at():
    findings = examine(*ACTIVATED)
    contains(verdict(findings, "login", "unknown")["what"], "clock")
    same("clock" in findings, False)


def a_wrong_password_is_told():
    findings = examine(*ACTIVATED, status=100, AMT_PASSWORD="no")
    verdict(findings, "login", "blocked")


def an_account_that_is_not_given_blocks_activation():
    findings = examine(*fault("status:16@0x67"), status=71)
    contains(verdict(findings, "login", "blocked")["what"], "NOT_PERMITTED")
    examine(*ACTIVATED, *fault("status:16@0x67"), **PASSWORD)
    findings = examine(*ACTIVATED, *fault("status:16@0x67"))
    verdict(findings, "login", "warning")  # what wants a password works


def a_certificate_that_is_refused_blocks():
    for options in (("--activated", "ccm:P@ssw0rd"), ()):
        findings = examine("--personality", "19", *options, status=71)
        contains(verdict(findings, "login", "blocked")["advice"], "--skip-amt-cert-check")
        examine("--personality", "19", *options, arguments=("--skip-amt-cert-check",))


def a_machine_without_engine_is_told():
    findings = examine(*fault("no-driver"), status=2)
    same(list(findings), ["engine"])


def rights_that_are_missing_are_told():
    examine(*fault("no-permission"), status=1)


def an_engine_without_amt_is_told():
    examine(*fault("no-client@pthi"), status=3)


def an_engine_that_is_silent_is_told():
    contains(verdict(WAITING["silent"].result(), "engine", "blocked")["advice"], "power")


def an_lme_that_is_taken_is_told():
    verdict(WAITING["taken"].result(), "ports", "blocked")


def an_lme_that_is_slow_is_waited_for():
    verdict(examine(*fault("lme-slow")), "ports", "ok")


def ports_that_are_refused_are_told_as_any_step_tells_them():
    """The code is 71 whoever meets them."""
    for ended in WAITING["refused"]:
        ended.result()
    with tempfile.TemporaryDirectory() as folder:
        roots = pathlib.Path(folder) / "roots.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=root", "-keyout",
                        os.devnull, "-out", roots], check=True, capture_output=True)
        contains(simulated("activate", "--ccm", "--amt-ca", str(roots), options=(), status=71,
                           **NO_LMS, **PASSWORD).log, "Error 71: ")  # AMT has no port with TLS


def an_lms_that_is_ill_is_told():
    for kind in ILL:
        verdict(WAITING[kind].result(), "lms", "blocked")
    options, arguments = at_lms()
    verdict(examine(*options, arguments=arguments), "lms", "ok")


def a_clock_that_is_off_is_told():
    verdict(examine(*ACTIVATED, "--clock-behind", "3600", **PASSWORD), "clock", "warning")
    verdict(examine(*ACTIVATED, "--clock-behind", "200000", status=150, **PASSWORD), "clock",
            "blocked")


def tls_that_is_enforced_is_told():
    findings = examine("--personality", "19", *ACTIVATED, status=71, **PASSWORD)
    verdict(findings, "tlsEnforced", "note")
    contains(verdict(findings, "login", "blocked")["advice"], "--amt-ca")
    findings = examine("--personality", "19", *ACTIVATED, arguments=("--skip-amt-cert-check",),
                       **PASSWORD)
    verdict(findings, "login", "ok")


def the_suffix_is_told():
    verdict(examine(), "dnsSuffix", "warning")
    verdict(examine("--dns-suffix", "corp.example.com"), "dnsSuffix", "ok")


def a_certificate_that_is_none_is_told():
    findings = examine(status=121, arguments=("--provisioningCert", "no base64 %"))
    verdict(findings, "provisioningCertificate", "blocked")


def the_text_has_words_without_a_terminal():
    ended = simulated("status", options=fault("busy@lme"), status=71, **NO_LMS)
    contains(ended.log, "Error 71: AMTConnectionFailed - Details: AMT's own ports: ")
    contains(ended.out, "BLOCKED: ")
    contains(ended.out, "Management engine")
    same("\x1b" in ended.out, False)


def it_needs_no_engine_to_run():
    same(run("doctor", status=None).status in (1, 2), True)


if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor(16) as ahead:
        wait_ahead(ahead)
        main([
            a_new_machine_may_be_activated,
            a_new_machine_is_not_asked_with_the_password_it_will_have,
            an_activated_machine_is_well,
            without_a_password_it_says_what_it_did_not_look_at,
            a_wrong_password_is_told,
            an_account_that_is_not_given_blocks_activation,
            a_certificate_that_is_refused_blocks,
            a_machine_without_engine_is_told,
            rights_that_are_missing_are_told,
            an_engine_without_amt_is_told,
            an_engine_that_is_silent_is_told,
            an_lme_that_is_taken_is_told,
            an_lme_that_is_slow_is_waited_for,
            ports_that_are_refused_are_told_as_any_step_tells_them,
            an_lms_that_is_ill_is_told,
            a_clock_that_is_off_is_told,
            tls_that_is_enforced_is_told,
            the_suffix_is_told,
            a_certificate_that_is_none_is_told,
            the_text_has_words_without_a_terminal,
            it_needs_no_engine_to_run,
        ])
