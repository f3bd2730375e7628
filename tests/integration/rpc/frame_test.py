"""What every command of the agent shares: prompts, secrets, signals, rights, exit codes."""

import contextlib
import os
import subprocess

from agent import (Terminal, arguments_of, command, contains, main, pathlib, run, same, signal,
                   simulated, surroundings, tempfile, time)

NOBODY = 65534
ADMIN = ("--activated", "acm:Am1-frame-test")  # noqa: of a simulated device
# A command that wants AMT's password first.
WANTS_PASSWORD = ("configure", "hostname")


def child_of(terminal):
    """The agent under the simulator."""
    pid = terminal.process.pid
    return int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[-1])


def a_prompt_does_not_echo():
    terminal = Terminal(*WANTS_PASSWORD, options=ADMIN)
    terminal.read(until="AMT Password: ")
    same(terminal.echoes(), False)
    terminal.type("S3cret-typed\n")
    terminal.end()
    same("S3cret-typed" in terminal.text, False)


def v2_asks_in_its_own_words():
    terminal = Terminal(*WANTS_PASSWORD, "--compat", "v2", options=ADMIN)
    terminal.read(until="Please enter AMT Password: ")
    terminal.type("S3cret-typed\n")
    terminal.end()


def typed(answers, *arguments, options=()):
    """What is prompted with when each of the answers is given to the next prompt."""
    terminal = Terminal(*arguments, "--compat", "v2", options=options)
    for prompt in answers:
        terminal.read(until=prompt)
        terminal.type(answers[prompt] + "\n")
    status = terminal.end()
    return status, terminal.text


def v2_confirms_in_its_own_words():
    new = {"Please enter New AMT Password: ": "Am1-frame-new", # noqa: of a simulated device
           "Please confirm New AMT Password: ": "Am1-frame-newer"}
    for answers, arguments, options in (
            (new, ("activate", "-local", "-ccm"), ()),
            ({"Please enter AMT Password: ": "Am1-frame-test", **new},
             ("configure", "amtpassword"), ADMIN),
            ({"Please enter AMT Password: ": "Am1-frame-test",
              "Please enter New MEBx Password: ": "Am1-frame-new",
              "Please confirm New MEBx Password: ": "Am1-frame-newer"},
             ("configure", "mebx"), ADMIN)):
        status, text = typed(answers, *arguments, options=options)
        same((status, "Confirm" in text), (38, False))
    status, text = typed({"Please enter AMT Password: ": "Am1-frame-test",
                          "Please enter MPS Password: ": "simple"}, "configure", "cira",
                         "-mpsaddress", "mps.example", "-mpscert", "MIIB", options=ADMIN)
    same((status, "onfirm" in text), (28, False))


def v2_asks_for_the_passphrase_of_a_profile_by_its_name():
    status, _ = typed({"Please enter PskPassphrase for lab: ": "short"}, "configure", "wireless",
                      "-profileName", "lab", "-ssid", "lab", options=ADMIN)
    same(status, 35)


def an_interrupted_prompt_gives_the_terminal_back():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        terminal = Terminal(*WANTS_PASSWORD, options=ADMIN)
        terminal.read(until="AMT Password: ")
        if number == signal.SIGINT:
            terminal.type("\x03")
        else:
            child = pathlib.Path(f"/proc/{terminal.process.pid}/task/{terminal.process.pid}/"
                                 "children").read_text().split()
            os.kill(int(child[-1]), number)
        terminal.process.wait(timeout=60)
        same(terminal.echoes(), True)
        terminal.end()


def no_password_is_no_success():
    contains(simulated(*WANTS_PASSWORD, options=ADMIN, status=23).log, "MissingOrIncorrectPassword")
    contains(simulated(*WANTS_PASSWORD, options=ADMIN, given="\n", status=23).log, "empty")


def a_machine_that_is_not_activated_is_not_configured():
    contains(simulated(*WANTS_PASSWORD, status=115).log, "Error 115: DeviceNotActivated")
    contains(simulated(*WANTS_PASSWORD, "--compat", "v2", status=120).log, "Error 120: ")


def secrets_leave_the_process_list():
    terminal = Terminal("configure", "mebx", "--auth-token", "S3cret-a", "--auth-password=S3cret-b",
                        "--json", options=ADMIN)
    terminal.read(until="AMT Password: ")
    child = pathlib.Path(f"/proc/{terminal.process.pid}/task/{terminal.process.pid}/"
                         "children").read_text().split()[-1]
    words = arguments_of(child).split(b"\0")
    same(words[1:7], [b"configure", b"mebx", b"--auth-token", b"********",
                      b"--auth-password=********", b"--json"])
    terminal.type("\x03")
    terminal.end()
    contains(terminal.text, "SECURITY WARNING")
    contains(terminal.text, "--auth-token, --auth-password")
    contains(terminal.text, "  AUTH_TOKEN=<value>")
    same("S3cret" in terminal.text, False)


def logins_in_addresses_and_attached_values_do_too():
    terminal = Terminal("activate", "--ccm", "--proxy=http://me:S3cret-p@proxy:911",
                        "-kS3cret=of/thirty+two=characters=", "--json", options=())
    terminal.read(until="AMT Password: ")
    words = arguments_of(child_of(terminal)).split(b"\0")
    same(words[1:6], [b"activate", b"--ccm", b"--proxy=" + b"*" * 28, b"-k" + b"*" * 32,
                      b"--json"])
    terminal.type("\x03")
    terminal.end()
    contains(terminal.text, "secrets on the command line: --proxy, --key")
    same("S3cret" in terminal.text, False)


def queries_of_addresses_do_too():
    terminal = Terminal("deactivate", "--url", "wss://server.example/?token=S3cret-t",
                        options=ADMIN)
    terminal.read(until="AMT Password: ")
    words = arguments_of(child_of(terminal)).split(b"\0")
    same(words[1:4], [b"deactivate", b"--url", b"*" * 36])
    terminal.type("\x03")
    terminal.end()
    contains(terminal.text, "secrets on the command line: --url")
    same("S3cret" in terminal.text, False)


def a_crash_leaves_no_secrets_on_the_disk():
    """Sanitizers forbid core dumps themselves if one lets them."""
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":disable_coredump=0"
    terminal = Terminal(*WANTS_PASSWORD, options=ADMIN, ASAN_OPTIONS=sanitizer)
    terminal.read(until="AMT Password: ")
    child = pathlib.Path(f"/proc/{terminal.process.pid}/task/{terminal.process.pid}/"
                         "children").read_text().split()[-1]
    [limit] = [line.split()[4:6] for line in
               pathlib.Path(f"/proc/{child}/limits").read_text().splitlines()
               if line.startswith("Max core file size")]
    same(limit, ["0", "0"])
    terminal.type("\x03")
    terminal.end()


def secrets_come_from_files_and_pipes():
    with tempfile.TemporaryDirectory() as folder:
        secret = pathlib.Path(folder) / "secret"
        secret.write_text("Am1-frame-test\n")
        asked = ("amtinfo", "--proxy")
        known = "No HTTP proxy access points configured"
        contains(simulated(*asked, "--password-file", str(secret), options=ADMIN).out, known)
        contains(simulated(*asked, AMT_PASSWORD_FILE=str(secret), options=ADMIN).out, known)
        contains(simulated(*asked, "--password=-", given="Am1-frame-test\r\nmore\n",
                           options=ADMIN).out, known)


def bounds_of_numbers_hold_wherever_the_number_comes_from():
    sentence = "--lmsport is a whole number from 1 to 65534"
    for port in ("99999", "65535", "0", "-1", "9" * 20):
        contains(run("version", "--lmsport", port, status=28).log, sentence)
        contains(run("version", status=28, RPC_LMSPORT=port).log, sentence)
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "config.yaml").write_text(f"lmsport: {port}\n")
            contains(run("version", folder=folder, status=28).log, sentence)
    for name, value, most in (("port-switch-max-delay", "-1s", "10m"), ("server-wait", "-5", ""),
                              ("port-switch-max-delay", "11m", "10m"),
                              ("server-wait", "99999999999h", "525600m"),
                              ("server-wait", "9" * 30 + "s5ms", "525600m"),
                              ("server-wait", "-5s", "525600m")):
        sentence = f"--{name} is a time as 90s or 2m30s, and at most {most}"
        contains(run("version", f"--{name}={value}", status=28).log, sentence)
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "config.yaml").write_text(f"{name}: {value}\n")
            contains(run("version", folder=folder, status=28).log, sentence)
            pathlib.Path(folder, "config.yaml").write_text(f"{name}: {value}x\n")
            run("version", folder=folder, status=34)
    contains(run("configure", "proxy", "--port", "65536", status=28).log, "from 1 to 65535")
    contains(run("configure", "wireless", "--priority", "256", status=28).log, "from 0 to 255")


def substituted(*arguments, flag, script, status=0, options=ADMIN):
    """With a shell's pipe, which `script` fills, as the value of that flag."""
    done = subprocess.run(
        ["bash", "-c", f'"$@" {flag} <({script})', "bash", *command(*arguments, options=options)],
        capture_output=True, text=True, timeout=90, check=False, cwd="/", env=surroundings())
    same((done.returncode, done.stderr) if done.returncode != status else status, status)
    return done


def pipes_are_waited_for_and_read_once():
    known = "No HTTP proxy access points configured"
    secret = {"flag": "--password-file", "script": "sleep 0.5; printf Am1-frame; printf -- -test"}
    contains(substituted("amtinfo", "--proxy", **secret).stdout, known)
    contains(substituted("activate", flag="--profile", script="sleep 0.5; echo '[1]'",
                         status=35).stderr, "it is a list")
    contains(substituted("amtinfo", "--proxy", flag="--password-file", script="exit",
                         status=23).stderr, "cannot be empty")
    contains(substituted("amtinfo", "--proxy", flag="--password-file",
                         script="head -c 1000000 /dev/zero", status=28).stderr, "File too large")
    with tempfile.TemporaryDirectory() as folder:
        pipe = pathlib.Path(folder) / "pipe"
        os.mkfifo(pipe)
        with subprocess.Popen(["sh", "-c", f"sleep 0.5; echo Am1-frame-test > {pipe}"]):
            contains(simulated("amtinfo", "--proxy", "--password-file", str(pipe),
                               options=ADMIN).out, known)


def a_wait_for_a_pipe_can_be_interrupted():
    with tempfile.TemporaryDirectory() as folder:
        pipe = pathlib.Path(folder) / "pipe"
        os.mkfifo(pipe)
        terminal = Terminal("amtinfo", "--proxy", "--password-file", str(pipe), options=ADMIN)
        writer = os.open(pipe, os.O_WRONLY)  # returns when the agent has it open
        terminal.type("\x03")
        same(terminal.end() in (130, -signal.SIGINT), True)
        os.close(writer)


def a_secret_in_utf_16_is_told_apart_from_an_empty_one():
    with tempfile.TemporaryDirectory() as folder:
        secret = pathlib.Path(folder) / "secret"
        for text, wanted in (("Am1-frame-test".encode("utf-16"), "UTF-16"), (b"\n", "empty")):
            secret.write_bytes(text)
            contains(simulated("amtinfo", "--proxy", "--password-file", str(secret), options=ADMIN,
                               status=23).log, wanted)


def a_signal_ends_the_program_as_signals_do():
    """With its own code 130, a shell could not tell it from ActivationFailed."""
    terminal = Terminal("configure", "hostname", options=ADMIN)
    terminal.read(until="AMT Password: ")
    terminal.type("\x03")
    same(terminal.end() in (130, -signal.SIGINT), True)
    contains(terminal.text, "interrupted")


def a_reader_that_has_stopped_does_not_hold_the_program():
    for number in (signal.SIGTERM, signal.SIGINT):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"." * 4096)
        os.set_blocking(writer, True)
        process = subprocess.Popen(command("version"), stdout=writer, stderr=subprocess.DEVNULL,
                                   cwd="/", env=surroundings())
        while "poll" not in pathlib.Path(f"/proc/{process.pid}/wchan").read_text() and \
                "pipe" not in pathlib.Path(f"/proc/{process.pid}/wchan").read_text():
            same(process.poll(), None)
            time.sleep(0.05)
        process.send_signal(number)
        same(process.wait(timeout=30), -number)
        os.close(reader)
        os.close(writer)


def the_second_signal_ends_it_wherever_it_is():
    """In a call of the kernel that nobody answers, since the simulator is stopped."""
    terminal = Terminal(*WANTS_PASSWORD, options=ADMIN)
    terminal.read(until="AMT Password: ")
    child = child_of(terminal)
    os.kill(terminal.process.pid, signal.SIGSTOP)
    terminal.type("S3cret-typed\n")
    state = ""
    for _ in range(100):
        if "seccomp" in pathlib.Path(f"/proc/{child}/wchan").read_text():
            break
        time.sleep(0.1)
    for _ in range(100):
        state = pathlib.Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            break
        os.kill(child, signal.SIGTERM)
        time.sleep(0.1)
    os.kill(terminal.process.pid, signal.SIGCONT)
    same(state, "Z")
    same(terminal.end() in (128 + signal.SIGTERM, -signal.SIGTERM), True)


def a_silent_engine_does_not_hold_the_program():
    terminal = Terminal("amtinfo", "--log-level", "debug", "--password", "S3cret-a",
                        options=("--mei-fault", "silent"))
    terminal.read(until="AMT_PASSWORD=<value>")
    terminal.type("\x03")
    same(terminal.end() in (130, -signal.SIGINT), True)


def amt_is_waited_for_as_long_as_is_said():
    given = {"AMT_PASSWORD": "Am1-frame-test"}
    begun = time.monotonic()
    contains(simulated("activate", "--ccm", "-t", "2s", options=("--mei-fault", "silent@pthi"),
                       status=4, **given).log, "AmtNotReady")
    same(time.monotonic() - begun < 9, True)
    simulated("activate", "--ccm", options=("--mei-fault", "short:6@pthi"), status=4, **given)
    simulated("activate", "--ccm", options=("--mei-fault", "reset:1@pthi"), **given)


def an_engine_that_talks_nonsense_is_not_ready():
    for fault in ("short@pthi", "long@pthi", "wrong-command@pthi", "status:36@pthi", "eintr"):
        options = ("--mei-fault", fault)
        contains(simulated("activate", "--ccm", options=options, AMT_PASSWORD="Am1-frame-test",
                           status=4).log, "Error 4: AmtNotReady - Details: PTHI GetControlMode: ")


def nobody_is_refused_and_may_ask_for_more():
    if os.geteuid() != 0:
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        sudo = pathlib.Path(folder) / "sudo"
        sudo.write_text("#!/bin/sh\necho \"sudo $*\"\necho \"token $AUTH_TOKEN\"\nexit 7\n")
        sudo.chmod(0o755)
        path = f"{folder}:{os.environ['PATH']}"
        terminal = Terminal("activate", "--ccm", "--auth-token", "S3cret-a", user=NOBODY, PATH=path)
        terminal.read(until="[y/N] ")
        terminal.type("y\n")
        same(terminal.end(), 7)
        contains(terminal.text, "sudo --preserve-env=AUTH_TOKEN -- /")
        contains(terminal.text, "activate --ccm\r\n")
        contains(terminal.text, "token S3cret-a")
        terminal = Terminal("activate", "--ccm", user=NOBODY, PATH=path)
        terminal.read(until="[y/N] ")
        terminal.type("y\n")
        same(terminal.end(), 7)
        contains(terminal.text, "sudo -- /")
        terminal = Terminal("activate", "--ccm", "--proxy", "http://me:S3cret-p@proxy:911",
                            user=NOBODY, PATH=path, RPC_COMPAT="v3",
                            RPC_PORT_SWITCH_MAX_DELAY="9")
        terminal.read(until="[y/N] ")
        terminal.type("y\n")
        same(terminal.end(), 7)
        contains(terminal.text, "sudo --preserve-env=RPC_PROXY,RPC_PORT_SWITCH_MAX_DELAY,RPC_COMPAT -- /")
        terminal = Terminal("activate", "--url", "wss://server/?token=S3cret-t", "--profile", "p",
                            user=NOBODY, PATH=path)
        terminal.read(until="[y/N] ")
        terminal.type("y\n")
        same(terminal.end(), 7)
        contains(terminal.text, "sudo --preserve-env=RPC_URL -- /")
        same("S3cret-t" in terminal.text, False)
        same("S3cret-p" in terminal.text, False)
        terminal = Terminal("activate", "--ccm", user=NOBODY, PATH=path)
        terminal.read(until="[y/N] ")
        terminal.type("\n")
        same(terminal.end(), 1)
        terminal = Terminal("amtinfo", user=NOBODY)
        same(terminal.end(), 1)
        contains(terminal.text, "Not running as administrator")


def root_takes_no_values_from_others():
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "config.yaml"
        config.write_text("json: true\n")
        config.chmod(0o644)
        contains(run("version", folder=folder).log, "config.yaml is in use")
        if os.geteuid() != 0:
            return
        for mode in (0o664, 0o646, 0o666):
            config.chmod(mode)
            contains(run("version", folder=folder, status=34).log, "others than root can write")
        config.chmod(0o644)
        os.chown(config, NOBODY, NOBODY)
        contains(run("version", folder=folder, status=34).log, f"belongs to the user {NOBODY}")
        contains(simulated("amtinfo", folder=folder, status=34).log, "FailedReadingConfiguration")


def refused(folder, sentence):
    contains(run("version", folder=folder, status=34).log, sentence)


def root_follows_no_link_to_its_values():
    """/proc/PID/comm is root's file where the program is set-uid, and says what a user wants."""
    if os.geteuid() != 0:
        return
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "config.yaml"
        for target in ("/proc/self/comm", "real.yaml", "missing.yaml"):
            (pathlib.Path(folder) / "real.yaml").write_text("json: true\n")
            config.symlink_to(target)
            refused(folder, "config.yaml is a symbolic link")
            config.unlink()
        named = subprocess.Popen(["cat"], stdin=subprocess.PIPE, preexec_fn=lambda: pathlib.Path(
            "/proc/self/comm").write_text("json: true"), stdout=subprocess.DEVNULL)
        config.write_text("")
        with contextlib.ExitStack() as stack:
            stack.callback(named.communicate)
            if subprocess.run(["mount", "--bind", f"/proc/{named.pid}/comm", str(config)],
                              stderr=subprocess.DEVNULL, check=False).returncode == 0:
                stack.callback(subprocess.run, ["umount", str(config)], check=True)
                refused(folder, "whose contents are not root's alone")


def root_takes_no_values_from_a_folder_of_others():
    if os.geteuid() != 0:
        return
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "config.yaml"
        config.write_text("json: true\n")
        for mode in (0o775, 0o757, 0o1777):
            os.chmod(folder, mode)
            refused(folder, "others than root can write the folder of config.yaml")
        os.chmod(folder, 0o755)
        os.chown(folder, NOBODY, NOBODY)
        refused(folder, f"the folder of config.yaml belongs to the user {NOBODY}")
        config.unlink()
        run("version", folder=folder)


def a_device_is_not_opened_for_values():
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "config.yaml"
        os.mkfifo(config)
        refused(folder, "config.yaml is no regular file")
        config.unlink()
        config.mkdir()
        refused(folder, "config.yaml is no regular file")


def mistakes_of_the_line_are_28():
    contains(run("activate", "--profle=x", status=28).log, "did you mean --profile?")
    contains(run("activat", status=28).log, "did you mean")
    for words in (("bogus",), ("configure", "tls", "extra"), ("--bogus",)):
        run("help", *words, status=28)
    run("help", "configure", "tls", status=0)
    run("configure", status=0)
    run("--compat", "v2", status=28)
    run("activate", "--help", status=0)


def help_has_the_codes_of_v2():
    """As rpc-go v2 ends."""
    for words in ((), ("amtinfo",), ("configure",), ("configure", "cira"), ("maintenance",),
                  ("deactivate",), ("version",)):
        for flag in ("-h", "--help"):
            ended = run(*words, flag, "--compat", "v2", status=28)
            contains(ended.out, "Usage: rpc " + " ".join(words))
            contains(ended.log, "Error 28: IncorrectCommandLineParameters")
    contains(run("--compat", "v2", "help", status=28).out, "Commands:")
    for task in ("syncclock", "synchostname", "syncip", "changepassword", "syncdeviceinfo"):
        ended = run("maintenance", task, "-h", "--compat", "v2", status=5)
        contains(ended.out, "Usage: rpc maintenance " + task)
        same(ended.log, "")
    run("amtinfo", "-h", status=0)


def missing_values_of_activate_have_the_codes_of_v2():
    for flag, code in (("-h", 25), ("-d", 24), ("-p", 26), ("-profile", 21), ("-u", 28)):
        run("activate", flag, status=code, RPC_COMPAT="v2")
        run("activate", flag, "--compat", "v2", status=code)
        run("activate", "-n", flag, "-compat=V2", status=code)
        run("activate", "-local", flag, status=28 if flag != "-h" else 0)
    run("deactivate", "-p", status=28, RPC_COMPAT="v2")


def a_full_disk_is_seen():
    run("version", status=0)
    with open("/dev/full", "w", encoding="ascii") as full:
        same(subprocess.run(command("version"), stdout=full, stderr=subprocess.DEVNULL, timeout=60,
                            check=False, env=surroundings()).returncode, 10)


def closed_descriptors_are_only_what_is_lost():
    """Service managers and scripts may give none."""
    for closed in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        for words in (command("version"), command("amtinfo", options=()),
                      command("activate", "--ccm", options=())):
            done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", *words], timeout=90,
                                  capture_output=True, stdin=subprocess.DEVNULL, check=False,
                                  cwd="/", env=surroundings(AMT_PASSWORD="Am1-frame-test"))
            silent = ">&-" in closed.replace("2>&-", "")
            # The simulator hands /dev/null on, which is what somebody may have wanted.
            lost = silent and "version" in words
            same((closed, words, done.returncode), (closed, words, 10 if lost else 0))
            if "activate" not in words:
                same(done.stdout != b"", not silent)


def too_few_descriptors_are_a_mistake_with_a_name():
    for bound in range(5, 9):
        done = subprocess.run(["sh", "-c", f'ulimit -n {bound}; exec "$@"', "sh",
                               *command("version")], timeout=60, capture_output=True, check=False,
                              stdin=subprocess.DEVNULL, env=surroundings())
        same((bound, done.returncode), (bound, 10))
        contains(done.stderr.decode(), "too many open files")


def a_bound_of_files_ends_no_run():
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/out", "w", encoding="ascii") as out:
            same(subprocess.run(["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *command("version")],
                                stdout=out, stderr=subprocess.PIPE, timeout=60, check=False,
                                env=surroundings()).returncode, 10)


if __name__ == "__main__":
    main([
        a_prompt_does_not_echo,
        v2_asks_in_its_own_words,
        v2_confirms_in_its_own_words,
        v2_asks_for_the_passphrase_of_a_profile_by_its_name,
        an_interrupted_prompt_gives_the_terminal_back,
        no_password_is_no_success,
        a_machine_that_is_not_activated_is_not_configured,
        secrets_leave_the_process_list,
        logins_in_addresses_and_attached_values_do_too,
        queries_of_addresses_do_too,
        a_crash_leaves_no_secrets_on_the_disk,
        secrets_come_from_files_and_pipes,
        bounds_of_numbers_hold_wherever_the_number_comes_from,
        pipes_are_waited_for_and_read_once,
        a_wait_for_a_pipe_can_be_interrupted,
        a_secret_in_utf_16_is_told_apart_from_an_empty_one,
        a_signal_ends_the_program_as_signals_do,
        a_reader_that_has_stopped_does_not_hold_the_program,
        the_second_signal_ends_it_wherever_it_is,
        a_silent_engine_does_not_hold_the_program,
        amt_is_waited_for_as_long_as_is_said,
        an_engine_that_talks_nonsense_is_not_ready,
        nobody_is_refused_and_may_ask_for_more,
        root_takes_no_values_from_others,
        root_follows_no_link_to_its_values,
        root_takes_no_values_from_a_folder_of_others,
        a_device_is_not_opened_for_values,
        mistakes_of_the_line_are_28,
        help_has_the_codes_of_v2,
        missing_values_of_activate_have_the_codes_of_v2,
        a_full_disk_is_seen,
        closed_descriptors_are_only_what_is_lost,
        too_few_descriptors_are_a_mistake_with_a_name,
        a_bound_of_files_ends_no_run,
    ])
