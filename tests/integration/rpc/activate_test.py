"""`rpc activate` without a server."""

import base64
import os
import pathlib
import signal
import subprocess
import tempfile

from machine import (AMTSIM, DOMAIN, PASSWORD, RPC, Machine, Result, admin_machine, certificate,
                     contains, main, make_on_die, provisioning_pfx, same)

CLIENT, ADMIN, NONE = "client control mode", "admin control mode", "not activated"
ANY = "--skip-amt-cert-check"
NEWEST = ("--personality", "19")
TAKEN_BACK = "the set-up was taken back; AMT says that it is now: not activated"


def client_mode_is_entered_through_lme_and_through_lms():
    for lms in (False, True):
        machine = Machine(lms=lms)
        result = machine.run("activate", "--local", "--ccm")
        same(result.out, "")
        contains(result, "Starting local AMT activation in CCM mode", "Performing CCM activation...",
                 "Status: Device activated in Client Control Mode")
        same(machine.mode(), CLIENT)


def the_result_is_an_object_with_sorted_names():
    same(Machine().run("activate", "--ccm", "--json", "--name", "desk").out,
         '{\n  "friendly_name": "desk",\n'
         '  "message": "Device activated in Client Control Mode",\n'
         '  "mode": "CCM",\n  "status": "success"\n}\n')


def the_older_command_line_is_taken():
    machine = admin_machine()
    pfx, _ = certificate()
    machine.run("activate", "-local", "-ccm", "-password", PASSWORD, "-n", "-v", AMT_PASSWORD=None)
    machine.run("deactivate", "-local")
    machine.run("activate", "-local", "-acm", "-amtPassword", PASSWORD, "-provisioningCert", pfx,
                "-provisioningCertPwd", provisioning_pfx.PASSWORD, AMT_PASSWORD=None,
                PROVISIONING_CERT=None, PROVISIONING_CERT_PASSWORD=None)
    same(machine.mode(), ADMIN)


def admin_mode_is_entered_left_and_entered_again():
    for lms in (False, True):
        machine = admin_machine(lms=lms)
        for _ in range(2):
            same(machine.run("activate", "--acm", "--json").json(),
                 {"message": "Device activated in Admin Control Mode", "mode": "ACM",
                  "status": "success"})
            same(machine.mode(), ADMIN)
            machine.run("deactivate", "--local")
            same(machine.mode(), NONE)


def client_mode_is_upgraded():
    machine = admin_machine()
    machine.run("activate", "--ccm")
    machine.run("activate", "--acm", code=100, AMT_PASSWORD="An0ther-password")
    same(machine.mode(), CLIENT)
    machine.run("activate", "--acm", MEBX_PASSWORD="Mebx-passw0rd")
    same(machine.mode(), ADMIN)


def newest_firmware_is_set_up_inside_tls():
    for lms in (False, True):
        machine = admin_machine(*NEWEST, lms=lms)
        for mode, name in (("--acm", ADMIN), ("--ccm", CLIENT)):
            machine.run("activate", mode, ANY)
            same(machine.mode(), name)
            machine.run("deactivate", "--local", ANY)
            same(machine.mode(), NONE)


def a_chain_that_leads_nowhere_is_refused_and_the_set_up_taken_back():
    machine = admin_machine(*NEWEST)
    result = machine.run("activate", "--acm", code=71)
    contains(result, "On-Die", TAKEN_BACK)
    same(machine.mode(), NONE)
    machine.run("activate", "--stopConfig", code=10)


def client_mode_of_newest_firmware_names_the_flag_for_its_certificate():
    for lms in (False, True):
        machine = Machine(*NEWEST, lms=lms)
        contains(machine.run("activate", "--ccm", code=71), "4 or 6 of an On-Die chain",
                 "--skip-amt-cert-check takes any certificate")
        same(machine.mode(), NONE)
        machine.run("activate", "--ccm", ANY)


def a_chain_of_the_chip_is_verified():
    with tempfile.TemporaryDirectory() as folder:
        make_on_die(folder)
        machine = admin_machine(*NEWEST, "--certificate", folder + "/chip.pem", "--key",
                                folder + "/chip.key")
        root = ("--amt-ca", folder + "/root.pem")
        contains(machine.run("activate", "--acm", code=71), TAKEN_BACK, "--amt-ca FILE names")
        machine.run("activate", "--acm", *root)
        same(machine.mode(), ADMIN)
        machine.run("deactivate", "--local", *root)
        machine.run("activate", "--ccm", *root)
        same(machine.mode(), CLIENT)


def a_set_up_that_amt_will_not_confirm_is_taken_back():
    machine = admin_machine(*NEWEST)
    result = machine.run("activate", "--acm", ANY, code=102, options=("--fail", "CommitChanges=1"))
    contains(result, TAKEN_BACK)
    same(machine.mode(), NONE)
    result = machine.run("activate", "--ccm", ANY, code=102, options=("--fail", "CommitChanges=1"))
    same(machine.mode(), NONE)


def in_one_session(machine, script, *options):
    """Commands of a shell beside one and the same AMT, which forgets a set-up that hangs halfway
    when it is started again. "$0" is the agent, "$@" stands behind every command."""
    done = subprocess.run([AMTSIM, "mei", *machine.options, *options, "--", "sh", "-c", script, RPC,
                           *machine.flags], capture_output=True, text=True, timeout=120,
                          check=False, env={**os.environ, **machine.environment,
                                            "AMT_PASSWORD": PASSWORD})
    return Result(done.returncode, done.stdout, done.stderr)


STATE = '"$0" amtinfo --mode --provisioningState --json "$@"; '
HALFWAY = ('"controlMode": "not activated"', '"provisioningState": "in provisioning"')


def state_of(machine):
    facts = machine.run("amtinfo", "--mode", "--provisioningState", "--json").json()
    return facts["controlMode"], facts["provisioningState"]


def a_set_up_that_the_engine_won_t_unprovision_is_stopped():
    for mode in ("--ccm", "--acm"):
        machine = admin_machine(*NEWEST)
        contains(machine.run("activate", mode, ANY, code=102,
                             options=("--fail", "CommitChanges=1", "--mei-fault",
                                      "status:1@0x10")),
                 TAKEN_BACK)
        same(state_of(machine), (NONE, "pre-provisioning"))


def a_signal_is_no_reason_to_say_that_amt_was_left_alone():
    result = in_one_session(admin_machine(*NEWEST),
                            f'timeout --foreground -s INT 3 "$0" activate --ccm {ANY} "$@"; {STATE}',
                            "--fault",
                            "AMT_SetupAndConfigurationService.CommitChanges=status:500",
                            "--mei-fault", "status:1@0x10")
    contains(result, "interrupted", TAKEN_BACK, '"provisioningState": "pre-provisioning"')
    same("as it was found" in result.log or "client control mode" in result.log, False)


def a_signal_before_anything_was_asked_says_that_amt_was_left_alone():
    result = in_one_session(Machine(), 'timeout --foreground -s INT 2 "$0" activate --ccm "$@"',
                            "--mei-fault", "silent@0x6b")
    contains(result, "interrupted", "AMT was left as it was found")


def only_one_of_two(*options):
    """Two runs at once, each with its own password: one is told no, and the other's password is in
    force."""
    first, second = "One-Passw0rd", "Two-Passw0rd"
    script = ('AMT_PASSWORD=$1 "$0" activate --ccm --lmsport $3 & '
              'AMT_PASSWORD=$2 "$0" activate --ccm --lmsport $3; '
              'echo second=$?; wait $!; echo first=$?')
    machine = Machine()
    done = subprocess.run([AMTSIM, "mei", *machine.options, *options, "--", "sh", "-c", script,
                           RPC, first, second, machine.flags[1]], capture_output=True, text=True,
                          timeout=120, check=False, env=os.environ)
    same(sorted(line.split("=")[1] for line in done.stdout.split()), ["0", "111"])
    machine.run("configure", "amt-features", "--kvm",
                AMT_PASSWORD=first if "first=0" in done.stdout else second)


def a_refusal_is_none_of_our_doing_whatever_the_mode_is():
    for _ in range(5):
        only_one_of_two()


def the_mode_does_not_tell_whose_call_a_lost_one_was():
    for _ in range(2):
        only_one_of_two("--fault", "IPS_HostBasedSetupService.Setup=lose@2")


def a_lost_answer_is_settled_by_the_mode():
    machine = admin_machine()
    machine.run("activate", "--ccm", options=("--lose-answer", "Setup"))
    same(machine.mode(), CLIENT)
    machine.run("activate", "--acm", options=("--lose-answer", "UpgradeClientToAdmin"))
    same(machine.mode(), ADMIN)
    machine.run("deactivate", "--local")
    machine.run("activate", "--acm", options=("--lose-answer", "AdminSetup"))
    same(machine.mode(), ADMIN)
    newest = admin_machine(*NEWEST)
    newest.run("activate", "--acm", ANY, options=("--lose-answer", "CommitChanges@1"))
    same(newest.mode(), ADMIN)


def what_amt_said_yes_to_is_no_other_program_s():
    machine = Machine()
    contains(machine.run("activate", "--ccm", code=100,
                         options=("--fault", "IPS_HostBasedSetupService.Get#1=status:401")),
             "AMT is in client control mode by this run, but the password could not be confirmed")


def an_amt_that_does_not_come_up_is_told():
    machine = Machine()
    machine.run("configure", "disable-amt", code=None)
    result = machine.run("activate", "--ccm", "--amt-wait", "1s", code=4,
                         options=("--mei-fault", "status:2@0x67"))
    contains(result, "AMT was switched on and has not come up in ", "NOT_READY")
    result = in_one_session(machine, '"$0" configure disable-amt "$@"; '
                            'timeout --foreground -s INT 3 "$0" activate --ccm "$@"',
                            "--mei-fault", "status:2@0x67")
    contains(result, "interrupted", "waiting for AMT, which was switched on: cancelled")


def a_switched_off_amt_is_switched_on_first():
    machine = Machine()
    machine.run("configure", "disable-amt", code=None)
    result = machine.run("activate", "--ccm")
    same(machine.mode(), CLIENT)
    return result


def each_fault_of_the_certificate_has_its_code():
    machine = admin_machine()
    folder = pathlib.Path(machine.folder.name)
    good = base64.b64decode(certificate()[0])
    (folder / "good.pfx").write_bytes(good)
    machine.run("activate", "--acm", code=121, PROVISIONING_CERT="%%%")
    machine.run("activate", "--acm", code=121, PROVISIONING_CERT="nowhere.pfx")
    machine.run("activate", "--acm", code=122, PROVISIONING_CERT_PASSWORD="wrong")
    machine.run("activate", "--acm", code=123,
                PROVISIONING_CERT=base64.b64encode(b"no such thing").decode())
    same(machine.mode(), NONE)
    openssl = provisioning_pfx.openssl
    openssl(folder, "pkcs12", "-in", "good.pfx", "-passin", "pass:P@ssw0rd", "-nodes", "-out",
            "all.pem")
    openssl(folder, "pkcs12", "-in", "good.pfx", "-passin", "pass:P@ssw0rd", "-nokeys", "-out",
            "certificates.pem")
    openssl(folder, "pkcs12", "-in", "good.pfx", "-passin", "pass:P@ssw0rd", "-nodes", "-clcerts",
            "-out", "leaf.pem")
    openssl(folder, "pkcs12", "-in", "good.pfx", "-passin", "pass:P@ssw0rd", "-nodes", "-nocerts",
            "-out", "key.pem")
    machine.run("activate", "--acm", code=124, PROVISIONING_CERT="./key.pem")
    machine.run("activate", "--acm", code=125, PROVISIONING_CERT="./certificates.pem")
    machine.run("activate", "--acm", code=126, PROVISIONING_CERT="./leaf.pem")
    machine.run("activate", "--acm", code=128, PROVISIONING_CERT=provisioning_pfx.make("amt." + DOMAIN))
    machine.run("activate", "--acm", code=127, options=("--mei-fault", "status:1@0x2c"))
    machine.run("activate", "--acm", code=123,
                PROVISIONING_CERT=provisioning_pfx.make("amt." + DOMAIN, usage="1.2.3"))
    old = provisioning_pfx.make("amt." + DOMAIN, legacy=True)
    contains(machine.run("activate", "--acm", code=123, PROVISIONING_CERT=old,
                         OPENSSL_MODULES="/nowhere"), "-export -out NEW\\\" converts it")
    machine.run("activate", "--acm", code=128, PROVISIONING_CERT=old)
    machine.run("activate", "--acm", code=28, PROVISIONING_CERT=None)
    same(machine.mode(), NONE)
    secret = machine.run("activate", "--acm", "--provisioningCert", "%%%", code=121)
    contains(secret, "SECURITY WARNING")
    named = machine.run("activate", "--acm", "--provisioningCert", "all.pem")
    same("SECURITY WARNING" in named.log, False)  # a file's name is no secret
    same(machine.mode(), ADMIN)


def what_amt_refuses_is_told_by_its_step():
    machine = admin_machine()
    for method, code in (("AddNextCertInChain=4", 131), ("AdminSetup=5", 135)):
        machine.run("activate", "--acm", code=code, options=("--fail", method))
    contains(machine.run("activate", "--ccm", code=135, options=("--fail", "Setup=4")),
             "METHOD_DISABLED")
    same(machine.mode(), NONE)


def a_certificate_of_another_domain_is_told():
    pfx, _ = certificate()
    machine = Machine("--trusted-root", provisioning_pfx.root_hash(pfx), "--dns-suffix",
                      "elsewhere.test", PROVISIONING_CERT=pfx,
                      PROVISIONING_CERT_PASSWORD=provisioning_pfx.PASSWORD)
    contains(machine.run("activate", "--acm", code=135), "AMT's DNS suffix is elsewhere.test",
             "AUTH_FAILED")


def what_does_not_fit_together_is_refused_before_amt_is_asked():
    machine = admin_machine()
    machine.run("activate", code=28)
    machine.run("activate", "--local", code=28)
    for more, code in (("-profile", "p"), 20), (("-local",), 33):  # as rpc-go 2 does
        machine.run("-compat", "v2", "activate", *more, code=code)
    machine.run("activate", "--ccm", "--acm", code=33, options=("--mei-fault", "no-driver"))
    machine.run("activate", "--local", "--url", "wss://x.test", "--profile", "p", code=33)
    machine.run("activate", "--ccm", code=23, AMT_PASSWORD="short")
    machine.run("activate", "--ccm", code=23, AMT_PASSWORD=None)
    same(machine.mode(), NONE)
    machine.run("activate", "--ccm")
    machine.run("activate", "--ccm", code=111)
    machine.run("activate", "--acm")
    machine.run("activate", "--acm", code=111)
    machine.run("activate", "--ccm", code=111)


def trouble_with_the_engine_has_its_codes():
    for fault, code in (("no-driver", 2), ("no-permission", 1), ("no-client@pthi", 3),
                        ("busy@pthi", 4)):
        Machine("--mei-fault", fault).run("activate", "--ccm", code=code)


def a_reset_in_the_middle_is_survived():
    for number in (2, 3, 4):
        machine = Machine()
        result = machine.run("activate", "--ccm", code=None,
                             options=("--mei-fault", f"reset:{number}"))
        same((result.code == 0, machine.mode() == CLIENT), (True, True))


def a_signal_in_the_middle_lets_the_activation_finish():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        machine = Machine()
        result = machine.interrupt("activate", "--ccm", after="Performing", number=number,
                                   options=("--setup-delay-ms", "1500"))
        same(machine.mode(), CLIENT)
        contains(result, "the activation was finished before ending")
    machine = admin_machine()
    result = machine.interrupt("activate", "--acm", after="Performing",
                               options=("--setup-delay-ms", "500"))
    same(machine.mode(), ADMIN)
    contains(result, "the activation was finished before ending")


def a_hanging_set_up_is_ended_without_a_password():
    machine = admin_machine(*NEWEST)
    same(machine.run("activate", "--stopConfig", code=10).out, "")
    killed = (f'timeout -s KILL 3 "$0" activate --ccm {ANY} "$@"; {STATE}'
              'AMT_PASSWORD= "$0" %s "$@"; echo ended $?; ' + STATE)
    for ending in ("activate --stopConfig", "deactivate --local"):
        result = in_one_session(machine, killed % ending, "--fault",
                                "AMT_SetupAndConfigurationService.CommitChanges=status:500")
        contains(result, *HALFWAY, "ended 0", '"provisioningState": "pre-provisioning"')
    same(machine.mode(), NONE)


main([client_mode_is_entered_through_lme_and_through_lms,
      the_result_is_an_object_with_sorted_names,
      the_older_command_line_is_taken,
      admin_mode_is_entered_left_and_entered_again,
      client_mode_is_upgraded,
      newest_firmware_is_set_up_inside_tls,
      a_chain_that_leads_nowhere_is_refused_and_the_set_up_taken_back,
      client_mode_of_newest_firmware_names_the_flag_for_its_certificate,
      a_chain_of_the_chip_is_verified,
      a_set_up_that_amt_will_not_confirm_is_taken_back,
      a_set_up_that_the_engine_won_t_unprovision_is_stopped,
      a_signal_is_no_reason_to_say_that_amt_was_left_alone,
      a_signal_before_anything_was_asked_says_that_amt_was_left_alone,
      a_refusal_is_none_of_our_doing_whatever_the_mode_is,
      the_mode_does_not_tell_whose_call_a_lost_one_was,
      a_lost_answer_is_settled_by_the_mode,
      what_amt_said_yes_to_is_no_other_program_s,
      a_switched_off_amt_is_switched_on_first,
      an_amt_that_does_not_come_up_is_told,
      each_fault_of_the_certificate_has_its_code,
      what_amt_refuses_is_told_by_its_step,
      a_certificate_of_another_domain_is_told,
      what_does_not_fit_together_is_refused_before_amt_is_asked,
      trouble_with_the_engine_has_its_codes,
      a_reset_in_the_middle_is_survived,
      a_signal_in_the_middle_lets_the_activation_finish,
      a_hanging_set_up_is_ended_without_a_password])
