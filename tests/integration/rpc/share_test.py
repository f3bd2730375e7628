"""Files on SMB shares: what smbclient is given, and what becomes of what it says. A script stands
first on PATH in its place."""

import json
import os
import pathlib
import signal
import time

from machine import (PASSWORD, Machine, certificate, contains, finish, main,
                     provisioning_pfx, same)

SECRET = "Sm8-s3 cr%t\"'"
CONFIG = f"wiredConfig: {{dhcp: true, ipsync: true}}\npassword: {PASSWORD}\n"
SCRIPT = """#!/usr/bin/python3
import base64, json, os, pathlib, sys, time
here = pathlib.Path(__file__).parent
files = [int(name) for name in os.listdir("/proc/self/fd")]
files = sorted(file for file in files if os.path.lexists(f"/proc/self/fd/{file}")
               and os.readlink(f"/proc/self/fd/{file}") != __file__)
told = {"arguments": sys.argv[1:], "environment": dict(os.environ), "files": files,
        "standard input": os.readlink("/proc/self/fd/0"), "process": os.getpid(),
        "leads": os.getsid(0) == os.getpid(), "login": None}
if "-A" in sys.argv:
    with open(sys.argv[sys.argv.index("-A") + 1], encoding="utf-8") as login:
        told["login"] = login.read()
(here / "told.new").write_text(json.dumps(told))
(here / "told.new").rename(here / "told")
exec((here / "does").read_text())
"""
HANGS = "time.sleep(1000)"
NEVER_ENDS = "while True: os.write(1, b'x' * 65536)"
LOGIN = f"username = ann\npassword = {SECRET}\ndomain = corp\n"
URL = "smb://corp;ann:Sm8-s3%20cr%25t%22'@files.example:4450/it/a b/c.yml"
SHOWN = "smb://files.example:4450/it/a b/c.yml"


def answers(content):
    if isinstance(content, str):
        content = content.encode()
    return f"os.write(1, {content!r}); print('getting file', file=sys.stderr)"


def says(text, code=1):
    return f"print({text!r}, file=sys.stderr); sys.exit({code})"


class Share:
    """A machine with such an smbclient."""

    def __init__(self, *options, does=None, **environment):
        self.machine = Machine(*(options or ("--activated", "ccm:" + PASSWORD)),
                               SMB_USER=None, SMB_PASSWORD=None, SMB_DOMAIN=None, SUDO_USER=None,
                               OTHER_SECRET="0ther-s3cret", **environment)
        self.folder = pathlib.Path(self.machine.folder.name) / "bin"
        self.folder.mkdir()
        (self.folder / "smbclient").write_text(SCRIPT)
        (self.folder / "smbclient").chmod(0o755)
        self.machine.environment["PATH"] = f"{self.folder}:{os.environ['PATH']}"
        self.does(does or answers(CONFIG))

    def does(self, text):
        (self.folder / "does").write_text(text)

    def run(self, *arguments, **more):
        """The result, and what smbclient was given."""
        (self.folder / "told").unlink(missing_ok=True)
        result = self.machine.run(*arguments, **more)
        for text in (SECRET, "s3%20cr", "0ther-s3cret"):
            same(text in result.out + result.log, False)
        told = self.folder / "told"
        return result, json.loads(told.read_text()) if told.exists() else None

    def configure(self, url=URL, **more):
        return self.run("configure", "wired", "-config", url, **more)


def is_gone(process):
    for _ in range(500):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def smbclient_is_given_what_it_needs_and_no_more():
    result, told = Share().configure()
    contains(result, "wired: done", "SECURITY WARNING")
    same(told["arguments"], ["-E", "-d1", "--port=4450", "--option=clientsigning=required", "-A",
                             "/proc/self/fd/3", "//files.example/it", "-c", 'get "a b/c.yml" -'])
    same(told["login"], LOGIN)
    same({name for name in told["environment"] if name not in ("PATH", "LC_ALL", "LC_CTYPE")},
         set())
    same(told["files"], [0, 1, 2, 3])
    same(told["standard input"], "/dev/null")
    same(told["leads"], True)


def the_login_comes_from_the_address_or_the_environment():
    share = Share()
    more = {"SMB_DOMAIN": "corp", "SMB_USER": "ann", "SMB_PASSWORD": SECRET}
    same(share.configure("smb://h/s/f", **more)[1]["login"], LOGIN)
    same(share.configure("smb://bob@h/s/f", **more)[1]["login"], LOGIN.replace("ann", "bob"))
    same(share.configure("smb://x;y:z@h/s/f", **more)[1]["login"],
         "username = y\npassword = z\ndomain = x\n")
    same(share.configure("smb://bob:*@h/s/f", **more)[1]["login"], LOGIN.replace("ann", "bob"))
    same(share.configure("smb://h/s/f", SUDO_USER="sue", SMB_PASSWORD="p")[1]["login"],
         "username = sue\npassword = p\ndomain = \n")
    told = share.configure("smb://h/s/f", SUDO_USER="sue")[1]
    same((told["login"], told["files"]), (None, [0, 1, 2]))
    same(told["arguments"], ["-E", "-d1", "--port=445", "-N", "//h/s", "-c", 'get "f" -'])
    contains(share.configure("smb://h/s/f", SMB_PASSWORD="p", code=34)[0], "no user")
    result, told = share.configure("smb://ann:*@h/s/f", code=23)
    contains(result, "smb password: nothing was given")
    same(told, None)


def what_it_says_is_told_in_a_sentence():
    share = Share()
    for said, sentence in (
            ("do_connect: Connection to h failed (Error NT_STATUS_UNSUCCESSFUL)",
             "there is no host of that name"),
            ("do_connect: Connection to h failed (Error NT_STATUS_CONNECTION_REFUSED)",
             "the host refuses connections"),
            ("do_connect: Connection to h failed (Error NT_STATUS_IO_TIMEOUT)",
             "the host doesn't answer"),
            ("protocol negotiation failed: NT_STATUS_CONNECTION_DISCONNECTED", "speaks no SMB"),
            ("session setup failed: NT_STATUS_LOGON_FAILURE", "user or password is wrong"),
            ("session setup failed: NT_STATUS_ACCOUNT_LOCKED_OUT", "account is locked"),
            ("session setup failed: NT_STATUS_STRANGE", "refuses the login (NT_STATUS_STRANGE)"),
            ("tree connect failed: NT_STATUS_BAD_NETWORK_NAME", "the host has no such share"),
            ("tree connect failed: NT_STATUS_ACCESS_DENIED", "may not enter the share"),
            ("NT_STATUS_OBJECT_NAME_NOT_FOUND opening remote file \\f",
             "the share has no such file"),
            ("NT_STATUS_FILE_IS_A_DIRECTORY opening remote file \\f", "it is a folder"),
            ("NT_STATUS_ACCESS_DENIED opening remote file \\f", "the user may not read it"),
            ("\x1b[2J NT_STATUS_\x1b", "smbclient could not read it (smbclient ended with 1)"),
            ("", "smbclient ended with 1")):
        share.does(says(said))
        contains(share.configure(code=34)[0], f"{SHOWN}: ", sentence)
    share.does(says("tree connect failed: NT_STATUS_ACCESS_DENIED"))
    contains(share.configure("smb://h/s/f", code=34)[0], "the host wants a login")
    share.does("os.write(1, b'wiredConfig: {dhcp: true}'); os.kill(os.getpid(), 9)")
    contains(share.configure(code=34)[0], "smbclient ended with 137")


def what_is_no_address_runs_nothing():
    share = Share()
    for url in ("smb:ann@h", "smb://h/s", "smb://h/s/a;!id", 'smb://h/s/a"b', "smb://h/s/a%0a!id",
                "smb://h -c/s/f", "smb://u%0ax:p@h/s/f"):
        same(share.configure(url, code=34)[1], None)


def without_smbclient_there_is_advice():
    share = Share()
    (share.folder / "smbclient").chmod(0o644)
    contains(share.configure(code=34, PATH=f"{share.folder}:bin::")[0], SHOWN,
             "apt install smbclient", "mount the share")


def output_has_the_bound_of_files():
    share = Share(does=NEVER_ENDS)
    result, told = share.configure(code=34)
    contains(result, f"{SHOWN}: it is too large")
    same(is_gone(told["process"]), True)


def an_agent_that_ends_ends_it():
    for number in (signal.SIGINT, signal.SIGQUIT):
        share = Share(does=HANGS)
        process = share.machine.start("configure", "wired", "-config", URL)
        while not (share.folder / "told").exists():
            same(process.poll(), None)
            time.sleep(0.02)
        process.send_signal(number)
        result = finish(process)
        same(result.code != 0, True)
        same(is_gone(json.loads((share.folder / "told").read_text())["process"]), True)


def its_status_is_known_where_sigchld_was_ignored():
    ignores = ("import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
               "os.execv(sys.argv[1], sys.argv[1:])")
    share = Share()
    for does, code in ((None, 0), (says("", 7), 34)):
        share.does(does or answers(CONFIG))
        result = finish(share.machine.start("configure", "wired", "-config", URL,
                                            before=("python3", "-c", ignores)))
        same(result.code, code)
    contains(result, "smbclient ended with 7")


def profiles_secrets_and_certificates_may_be_there():
    profile = json.dumps({"configuration": {"amtSpecific": {"controlMode": "ccmactivate"},
                                            "network": {"wired": {"dhcpEnabled": True}}}})
    share = Share(does=answers(profile))
    contains(share.run("activate", "--profile", URL)[0], "wired: done")
    share.run("configure", "wired", "-configv2", URL)
    share.does(answers("- 1\n"))
    contains(share.configure(code=35)[0], SHOWN)
    contains(share.run("configure", "cira", "--mpsaddress", "192.0.2.1", "--mpspassword",
                       "P@ssw0rd1", "--mpscert", URL, code=28)[0], "certificate")
    share.does(says("session setup failed: NT_STATUS_LOGON_FAILURE"))
    contains(share.run("configure", "cira", "--mpsaddress", "192.0.2.1", "--mpspassword",
                       "P@ssw0rd1", "--mpscert", URL, code=28)[0], f"{SHOWN}: user or password")


def the_provisioning_certificate_may_be_there():
    pfx, trust = certificate()
    share = Share(*trust, does=f"os.write(1, base64.b64decode({pfx!r}))",
                  PROVISIONING_CERT_PASSWORD=provisioning_pfx.PASSWORD)
    share.run("activate", "--acm", "--local", PROVISIONING_CERT="smb://h/s/p.pfx")
    same(share.machine.mode(), "admin control mode")


main([smbclient_is_given_what_it_needs_and_no_more,
      the_login_comes_from_the_address_or_the_environment,
      what_it_says_is_told_in_a_sentence,
      what_is_no_address_runs_nothing,
      without_smbclient_there_is_advice,
      output_has_the_bound_of_files,
      an_agent_that_ends_ends_it,
      its_status_is_known_where_sigchld_was_ignored,
      profiles_secrets_and_certificates_may_be_there,
      the_provisioning_certificate_may_be_there])
