#!/usr/bin/python3
"""Start, restart, shutdown and configuration of the server."""

import hashlib
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import tempfile
import threading
import time

from rig import GUID, Server, contains, main, run, same


def leaf_of(port, cafile):
    """The certificate on a port, checked against the CA."""
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        with context.wrap_socket(plain) as secure:
            certificate = secure.getpeercert()
            return hashlib.sha256(secure.getpeercert(True)).hexdigest(), \
                dict(name[0] for name in certificate["subject"])["commonName"]


def everything_outlives_a_kill():
    server = Server()
    password = server.password()
    same(server.log_in(), 200)
    same(server.ask("POST", "/api/v1/devices", {"guid": GUID, "hostname": "kept"})[0], 201)
    leaf = leaf_of(server.cira, server.data / "ca.pem")
    token, data = server.token, server.data
    same(server.stop(signal.SIGKILL, keep=True), -signal.SIGKILL)
    again = Server(data)
    same("password" in again.output(), False)
    same(again.log_in(password), 200)
    same(again.ask("GET", f"/api/v1/devices/{GUID}")[1]["hostname"], "kept")
    same(again.ask("GET", f"/api/v1/devices/{GUID}", token=token)[0], 200)
    same(leaf_of(again.cira, data / "ca.pem"), leaf)
    same(again.stop(), 0)


def another_common_name_makes_new_leaves_from_the_same_ca():
    server = Server()
    ca = (server.data / "ca.pem").read_text()
    before = leaf_of(server.cira, server.data / "ca.pem")
    same(before[1], "localhost")
    server.stop(keep=True)
    again = Server(server.data, ["--common-name", "mps.example.test"])
    after = leaf_of(again.cira, again.data / "ca.pem")
    same(after[1], "mps.example.test")
    same((again.data / "ca.pem").read_text(), ca)
    same(again.ask("GET", "/healthz")[0], 200)  # 127.0.0.1 is still among the names
    again.stop()


def a_ca_file_that_cannot_be_written_does_not_end_the_start():
    server = Server()
    file = server.data / "ca.pem"
    ca = file.read_text()
    written = file.stat()
    server.stop(keep=True)
    again = Server(server.data)  # the same content is not written again
    same((file.stat().st_ino, file.stat().st_mtime_ns), (written.st_ino, written.st_mtime_ns))
    again.stop(keep=True)
    file.unlink()
    file.mkdir()
    (file / "in-the-way").touch()
    again = Server(server.data)
    contains(again.output(), "ca.pem is not up to date")
    again.stop(keep=True)
    shutil.rmtree(file)
    again = Server(server.data)
    same(file.read_text(), ca)
    same(again.ask("GET", "/healthz")[0], 200)
    again.stop()


def only_machines_may_use_old_ciphers():
    server = Server()

    def cipher_of(port, offered):
        context = ssl.create_default_context(cafile=server.data / "ca.pem")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(offered)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
            try:
                with context.wrap_socket(plain, server_hostname="localhost") as secure:
                    return secure.cipher()[0]
            except ssl.SSLError:
                return None

    same(cipher_of(server.cira, "AES128-SHA"), "AES128-SHA")
    same(cipher_of(server.https, "AES128-SHA"), None)
    same(cipher_of(server.https, "ECDHE-RSA-AES128-SHA256"), None)
    same(cipher_of(server.https, "ECDHE-RSA-AES128-GCM-SHA256"), "ECDHE-RSA-AES128-GCM-SHA256")
    server.stop()


def a_lost_key_ends_the_start_and_nothing_is_made_anew():
    server = Server()
    server.stop(keep=True)
    data = server.data
    ca = (data / "ca.pem").read_text()
    key = (data / "secret.key").read_bytes()
    (data / "secret.key").write_bytes(bytes(reversed(key)))
    broken = Server(data, wait=False)
    same(broken.process.wait(timeout=60) not in (0, None), True)
    contains(broken.output(), "outband: ")
    broken.stop(keep=True)
    same((data / "ca.pem").read_text(), ca)
    (data / "secret.key").write_bytes(key)
    again = Server(data)
    same(again.ask("GET", "/healthz")[0], 200)
    again.stop()


def one_folder_is_for_one_server():
    server = Server()
    code, _, said = run("serve", "--data", server.data, "--https", "127.0.0.1:0", "--cira",
                        "127.0.0.1:0")
    same(code, 1)
    contains(said, "another process")
    same(server.ask("GET", "/healthz")[0], 200)
    same(server.stop(), 0)


def a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = Server(flags=["--https", f"127.0.0.1:{port}"], wait=False)
        same(server.process.wait(timeout=60), 5)
        contains(server.output(), f"127.0.0.1:{port} is in use")
        same((server.data / "administrator-password").exists(), False)
        server.stop(keep=True)
    again = Server(server.data)  # and shows the password that has not been shown yet
    same(again.log_in(), 200)
    again.stop()


def the_token_command_works_beside_the_server():
    server = Server()
    code, token, _ = run("token", "--data", server.data, "--minutes", "5")
    same(code, 0)
    server.token = token.strip()
    same(server.ask("GET", "/api/v1/devices"), (200, []))
    server.stop()
    code, _, said = run("token", "--data", "/nonexistent")
    same(code, 4)
    contains(said, "/nonexistent holds no database")


def a_password_that_was_made_is_kept_out_of_the_journal():
    server = Server()
    file = server.data / "administrator-password"
    same(file.stat().st_mode & 0o777, 0o600)
    same(server.log_in(file.read_text().strip()), 200)
    contains(server.output(), str(file))
    same(file.read_text().strip() in server.output(), False)
    server.stop()


def a_terminal_is_shown_the_password():
    ours, theirs = os.openpty()
    server = Server(wait=False, stdout=theirs)
    os.close(theirs)
    shown = b""
    while b"ready https" not in shown:
        shown += os.read(ours, 4096)
    password = re.search(rb"^    password  (\S+)\r$", shown, re.MULTILINE)[1]
    same(len(password) >= 12, True)
    same((server.data / "administrator-password").exists(), False)
    same(server.stop(), 0)
    os.close(ours)


def one_address_connects_only_so_often():
    server = Server(flags=["--cira-source-rate", "1", "--https-source-rate", "1", "--loops", "1",
                           "--mps-http", "127.0.0.1:0"])

    def taken(port, first=b"\x16"):
        """How many of 20 connections at once are not closed at once."""
        sockets = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(20)]
        for one in sockets:
            one.send(first)  # the kernel passes a connection on once something has come
        time.sleep(1)
        count = 0
        for one in sockets:
            one.setblocking(False)
            try:
                one.recv(1)
            except BlockingIOError:
                count += 1
            except ConnectionError:
                pass
            one.close()
        return count

    same(4 <= taken(server.cira) <= 6, True)
    same(4 <= taken(server.https) <= 6, True)
    same(taken(server.plain, b"G"), 20)
    server.stop()


def the_given_password_is_used():
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("Correct-horse-7\n")
        file.flush()
        server = Server(flags=["--admin-password-file", file.name, "--admin-user", "Root"])
        same("password" in server.output(), False)
        same(server.log_in("Correct-horse-7", "root"), 200)
        server.stop(keep=True)
    again = Server(server.data, environment={"MPS_WEB_ADMIN_PASSWORD": "12345678",
                                             "MPS_WEB_ADMIN_USER": "root"})
    environment = pathlib.Path(f"/proc/{again.process.pid}/environ").read_bytes()
    same(b"12345678" in environment, False)
    same(again.log_in("Correct-horse-7", "root"), 401)
    same(again.log_in("12345678", "root"), 200)
    again.stop()


def logins_can_be_switched_off():
    server = Server(environment={"MPS_WEB_AUTH_ENABLED": "false"})
    status, answer = server.ask("POST", "/api/v1/authorize", {"username": "a", "password": "b"})
    same((status, answer), (405, {"message": "Authentication disabled on MPS"}))
    server.stop()


def requests_in_work_are_answered_before_the_end():
    server = Server()
    answers = []

    def client():
        answers.append(server.log_in())

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.15)  # connected, the password is being hashed
    server.send(signal.SIGTERM)
    for thread in threads:
        thread.join()
    same(server.stop(None), 0)
    same(answers, [200] * 4)


def half_a_request(server):
    """A client that stalls in the middle."""
    connection = server.connection()
    connection.connect()
    connection.sock.sendall(b"POST /api/v1/authorize HTTP/1.1\r\nHost: x\r\nContent-")
    time.sleep(0.3)
    return connection


def a_stalled_request_does_not_hold_up_the_end_for_long():
    server = Server(flags=["--drain", "2"])
    connection = half_a_request(server)
    began = time.monotonic()
    same(server.stop(), 0)
    same(time.monotonic() - began < 5, True)
    connection.close()


def a_second_signal_ends_the_server_at_once():
    server = Server(flags=["--drain", "60"])
    connection = half_a_request(server)
    server.send(signal.SIGTERM)
    time.sleep(0.7)
    began = time.monotonic()
    same(server.stop(signal.SIGINT), 1)
    same(time.monotonic() - began < 3, True)
    contains(server.said, "a second signal")
    connection.close()


def a_signal_that_is_sent_twice_is_one():
    server = Server(flags=["--drain", "2"])
    connection = half_a_request(server)
    server.send(signal.SIGTERM)
    time.sleep(0.1)  # taken: the second would otherwise be merged with it
    same(server.stop(signal.SIGTERM), 0)
    same("a second signal" in server.said, False)
    connection.close()


def an_idle_connection_does_not_hold_up_the_end():
    server = Server()
    connection = server.connection()
    same(server.ask_on(connection, "GET", "/healthz")[0], 200)
    with socket.create_connection(("127.0.0.1", server.cira)):
        began = time.monotonic()
        same(server.stop(), 0)
        same(time.monotonic() - began < 4, True)
    connection.close()


def machines_that_do_not_hang_up_do_not_spoil_the_end():
    server = Server(flags=["--drain", "4"])
    connection = half_a_request(server)
    context = ssl.create_default_context(cafile=server.data / "ca.pem")
    with socket.create_connection(("127.0.0.1", server.cira), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname="localhost"):
            began = time.monotonic()
            same(server.stop(), 0)
            same(time.monotonic() - began < 6, True)
    connection.close()


def sighup_changes_nothing():
    server = Server()
    server.send(signal.SIGHUP)
    same(server.ask("GET", "/healthz")[0], 200)
    same(server.stop(signal.SIGINT), 0)
    contains(server.said, "SIGHUP is ignored")


def logs_can_be_json():
    server = Server(flags=["--log-form", "json"], wait=False)
    for _ in range(600):
        if '"ready"' in server.output():
            break
        time.sleep(0.05)
    contains(server.output(), '"cira":"127.0.0.1:')
    same(server.stop(), 0)


def systemd_hears_of_it():
    folder = pathlib.Path(tempfile.mkdtemp())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as service:
        service.bind(str(folder / "notify"))
        service.settimeout(30)
        server = Server(environment={"NOTIFY_SOCKET": str(folder / "notify")})
        same(service.recv(64), b"READY=1")
        server.stop()
        same(service.recv(64), b"STOPPING=1")
    shutil.rmtree(folder)


def variables_that_are_ignored_are_named():
    server = Server(environment={"MPS_COUNTRY": "US", "MPS_ORGANIZATION": ""})
    contains(server.output(), "variable=MPS_COUNTRY")
    same("variable=MPS_ORGANIZATION" in server.output(), False)
    server.stop()


def lines_of_a_settings_file_are_named():
    with tempfile.NamedTemporaryFile("w") as file:
        for lines, said in (("\nloops = many\n", ":2: 'many' is not a number"),
                            ("loops = many\n", "loops: "),
                            ("minutes = 5\n", ':1: minutes: only for "outband token --minutes"'),
                            ("config = x\n", ":1: config: only for flags"),
                            ("htps = x\n", ":1: htps: there is no such setting; do you mean https"),
                            ("https\n", ":1: not of the form name = value")):
            file.seek(0)
            file.truncate()
            file.write(lines)
            file.flush()
            code, _, error = run("serve", "--config", file.name)
            same(code, 2)
            contains(error, said)


def a_folder_that_cannot_be_used_is_named():
    with tempfile.NamedTemporaryFile() as file:
        code, _, error = run("serve", "--data", file.name)
        same(code, 1)
        contains(error, f"outband: the data folder cannot be used: {file.name}")


def bad_settings_end_with_2():
    for arguments, said in ((["--htps", "x"], "do you mean --https"),
                            (["--cira", "nonsense"], "--cira: 'nonsense'"),
                            (["--admin-password", "x"], "--admin-password-file"),
                            (["--config", "/nonexistent"], "/nonexistent cannot be read"),
                            (["--config", "/tmp"], "/tmp cannot be read"),
                            (["--minutes", "5"], 'only for "outband token --minutes"'),
                            (["--data", "--https"], "--data: the value is missing"),
                            (["--https", "1.2.3.4:99999"], "--https: '1.2.3.4:99999' is not")):
        code, _, error = run("serve", *arguments)
        same(code, 2)
        contains(error, said)
    same(run("sevre")[0], 2)
    code, _, error = run("settings", environment={"MPS_PORT": "0x10"})
    same(code, 2)
    contains(error, "MPS_PORT")


def settings_are_shown_with_their_source():
    code, text, _ = run("settings", "--loops", "3",
                        environment={"MPS_COMMON_NAME": "x.test", "MPS_JWT_SECRET": "hunter2"})
    same(code, 0)
    contains(text, "common-name = x.test    ; from MPS_COMMON_NAME\n")
    contains(text, "loops = 3    ; from --loops\n")
    contains(text, "jwt-secret = (hidden)    ; from MPS_JWT_SECRET\n")
    same("hunter2" in text, False)


def help_lists_every_flag():
    code, text, _ = run("serve", "--help")
    same(code, 0)
    for name in ("--data", "--https", "--cira", "--mps-http", "--tls-oldest", "--metrics-open"):
        contains(text, f"  {name} ")
    same("--minutes" in text, False)
    same([line for line in text.splitlines() if len(line) > 80], [])
    contains(run("token", "--help")[1], "--minutes")
    contains(run("help")[1], "usage: outband COMMAND")
    contains(run("version")[1], "outband ")


main([everything_outlives_a_kill, another_common_name_makes_new_leaves_from_the_same_ca,
      a_ca_file_that_cannot_be_written_does_not_end_the_start,
      only_machines_may_use_old_ciphers,
      a_lost_key_ends_the_start_and_nothing_is_made_anew, one_folder_is_for_one_server,
      a_port_in_use_is_named, the_token_command_works_beside_the_server,
      a_password_that_was_made_is_kept_out_of_the_journal, a_terminal_is_shown_the_password,
      one_address_connects_only_so_often, the_given_password_is_used, logins_can_be_switched_off,
      requests_in_work_are_answered_before_the_end,
      a_stalled_request_does_not_hold_up_the_end_for_long,
      a_second_signal_ends_the_server_at_once, a_signal_that_is_sent_twice_is_one,
      an_idle_connection_does_not_hold_up_the_end,
      machines_that_do_not_hang_up_do_not_spoil_the_end,
      sighup_changes_nothing, logs_can_be_json, systemd_hears_of_it,
      variables_that_are_ignored_are_named, lines_of_a_settings_file_are_named,
      a_folder_that_cannot_be_used_is_named, bad_settings_end_with_2,
      settings_are_shown_with_their_source, help_lists_every_flag])
