"""`rpc activate` and servers that lie, are silent, or go away: a clear sentence, an exit code, and
never a wait without an end."""

import contextlib
import itertools
import json
import pathlib
import signal
import socket
import subprocess
import threading
import time

import agent
from agent import AMTSIM, contains, main, same
from console import tls_context
from liar import BINARY, CLOSE, Gone, Liar, payload_of
import activation

REQUEST = (b"POST /wsman HTTP/1.1\r\nHost: x:16992\r\nTransfer-Encoding: chunked\r\n"
           b"Connection: close\r\n\r\n0\r\n\r\n")
NUMBERS = itertools.count(0x7000)
# A machine that is set up already, as AMT is after a success.
UP = {"options": ("--activated", "acm:Am1-lies-test"), "AMT_PASSWORD": "Am1-lies-test"}


def run(*arguments, **more):
    """Whatever listens on 16992 is another machine's."""
    return agent.run(*arguments, RPC_LMSPORT="1", **more)


def machine(*options):
    return ("--guid-base", f"{next(NUMBERS):08x}", *map(str, options))


def ask(server, *arguments, options=(), **more):
    """An activation with that server; what the agent says."""
    try:
        return run("activate", "--url", server.url, "--profile", "p", *arguments,
                   options=machine(*options), **more)
    finally:
        server.stop()


def script(*steps):
    """Hears the first message, and then does all that."""
    def serve(talk):
        talk.first = talk.hears()
        for step in steps:
            step(talk)
        talk.hears()
    return serve


def the_first_message_is_the_toolkits():
    heard = []

    def serve(talk):
        heard.append(talk.hears())
        talk.ends()
        talk.hears()

    liar = Liar(serve)
    ask(liar, "--name", "front desk", "--tenantid", "north", "--tls-tunnel",
        options=("--dns-suffix", "corp.example.com"), AUTH_TOKEN="s3cret-token", status=135)
    [first] = heard
    same(list(first), ["method", "apiKey", "appVersion", "protocolVersion", "status", "message",
                       "fqdn", "payload", "tenantId"])
    same((first["method"], first["apiKey"], first["protocolVersion"], first["status"],
          first["message"], first["fqdn"], first["tenantId"]),
         ("activate --profile p", "key", "4.0.0", "ok", "ok", "", "north"))
    payload = json.loads(payload_of(first))
    same(list(payload), [
        "ver", "build", "sku", "features", "uuid", "username", "password", "currentMode",
        "hostname", "fqdn", "client", "certHashes", "ipConfiguration", "hostnameInfo",
        "friendlyName", "tlsTunnel", "progressSupported"])
    same((payload["client"], payload["currentMode"], payload["fqdn"], payload["tlsTunnel"]),
         ("RPC", 0, "corp.example.com", True))
    same(payload["username"].lower(), "$$osadmin")
    same(all(len(text) in (40, 64, 96) for text in payload["certHashes"]), True)
    same(sorted(payload["ipConfiguration"]), ["dhcp", "gateway", "ipAddress", "ipsync", "netmask",
                                             "primaryDns", "secondaryDns", "static"])
    same(liar.conversations[0].head["Authorization"], "Bearer s3cret-token")
    same("Sec-WebSocket-Protocol" in liar.conversations[0].head, False)


def what_amt_says_comes_back_as_it_is():
    answers = []

    def serve(talk):
        talk.hears()
        for _ in range(3):
            talk.says("wsman", REQUEST)
            answers.append(talk.hears())
        talk.says("heartbeat_request", status="heartbeat", payload="")
        answers.append(talk.hears())
        talk.says("progress", message="Going on")
        talk.says("an-unknown-word", REQUEST)
        answers.append(talk.hears())
        talk.ends()
        talk.hears()

    said = ask(Liar(serve), **UP).log
    contains(said, 'level=info msg="Going on"')
    same([answer["method"] for answer in answers],
         ["response"] * 3 + ["heartbeat_response", "response"])
    same(answers[3]["status"], "success")
    for answer in answers[:3]:
        same(payload_of(answer).startswith(b"HTTP/1.1 401"), True)
        same(list(answer)[-1], "tenantId")


def the_ports_of_amt_are_switched_when_told():
    answers = []

    def serve(talk):
        talk.hears()
        talk.says("port_switch", '{"port":"16993","delay":0}')
        answers.append(talk.hears())
        talk.says("tls_data", b"\x16\x03\x01\x00\x05\x01garb")
        answers.append(talk.hears())
        talk.ends()
        talk.hears()

    ask(Liar(serve), **UP)
    same((answers[0]["method"], payload_of(answers[0])), ("port_switch_ack", b"ok"))
    same(answers[1]["method"] in ("tls_data", "connection_reset"), True)
    said = ask(Liar(script(lambda talk: talk.says("port_switch", '{"port":"22","delay":0}'))),
               status=70).log
    contains(said, "port 22")


def what_the_server_reports_decides():
    def final(method, text):
        return Liar(script(lambda talk: talk.says(method, message=text)))

    done = json.dumps({"Status": "Admin control mode.", "Network": "Wired Network Configured",
                       "CIRAConnection": "Configured", "TLSConfiguration": "None"})
    said = ask(final("success", done), **UP).log
    for line in ("Status: Admin control mode.", "Network: Wired Network Configured",
                 "CIRA: Configured", "TLS: None"):
        contains(said, line)
    contains(ask(final("success", "all is well"), **UP).log, "Status: all is well")
    contains(ask(final("error", "Device x activation failed."), status=102).log,
             "rps returned error: Device x activation failed.")
    ask(final("error", "Unable to authenticate with AMT"), status=100)
    ask(final("error", ""), status=102)
    for part, code in (("WiredNetwork", 137), ("WirelessNetwork", 106), ("TLS", 105),
                       ("CIRAConnection", 104), ("Activation", 102)):
        parts = {"Status": "s", "Components": {part: {"Result": "Failure", "Details": "broke"}}}
        ask(final("success", json.dumps(parts)), status=code, **UP)
        ask(final("error", json.dumps(parts)), status=code)
    said = ask(final("error", json.dumps({"Status": "a\nlevel=info b\x1b[31m"})), status=102).log
    same("\x1b" in said, False)


def a_success_that_amt_denies_is_none():
    said = ask(Liar(script(lambda talk: talk.ends())), "--json", status=135)
    same(said.out, "")
    contains(said.log, "the server calls it a success, but AMT says that it is now: not activated")
    parts = {"Status": "s", "Components": {"TLS": {"Result": "Failure", "Details": "broke"}}}
    ask(Liar(script(lambda talk: talk.ends(**parts))), status=135)
    liar = Liar(script(lambda talk: talk.ends()))
    said = run("deactivate", "--url", liar.url, options=machine(*UP["options"]), status=110,
               AMT_PASSWORD=UP["AMT_PASSWORD"])
    liar.stop()
    contains(said.log, "the server calls it a success, but AMT says that it is now: admin control")


def a_success_without_a_word_says_what_amt_is():
    said = ask(Liar(script(lambda talk: talk.says("success"))), **UP).log
    contains(said, 'level=info msg="AMT says that it is now: admin control mode"')


def garbage_ends_the_conversation():
    for text in ("", "no JSON", "[]", "{", "[" * 5000, '{"method":5}', '{"method":null}', "{}",
                 '{"method":"wsman","payload":"%%%"}', '{"method":"wsman","payload":{}}',
                 '{"method":"port_switch","payload":"nothing"}',
                 '{"method":"success","protocolVersion":"5.0.0"}'):
        ended = ask(Liar(script(lambda talk, text=text: talk.sends(text.encode()))), status=113)
        contains(ended.log, "Error 113: UnmarshalMessageFailed - Details: ")
        contains(ended.log, "AMT says that it is now: not activated")


def broken_frames_do_too():
    for kind, data, head in ((BINARY, b"\xff\xfe", None), (1, b"\xff\xff", None),
                             (1, b"", b"\x81\x7f" + b"\xff" * 8), (1, b"", b"\xc1\x00"),
                             (3, b"x", None), (0, b"x", None), (1, b"x" * 2_000_000, None),
                             (CLOSE, b"\x03\xf3gone wrong", None), (CLOSE, b"\x00", None)):
        ended = ask(Liar(script(lambda talk, kind=kind, data=data, head=head:
                                talk.sends(data, kind, head))), status=None)
        same((kind, head, ended.status in (70, 113)), (kind, head, True))
        contains(ended.log, " - Details: ")
    ended = ask(Liar(script(lambda talk: talk.sends(b'{"method":"\xff"}'))), status=113)
    contains(ended.log, "Error 113: UnmarshalMessageFailed - Details: ")


def nothing_but_data_for_amt_is_borne():
    said = ask(Liar(script(lambda talk: talk.says("wsman", b"\x00\xff" * 2000),
                           lambda talk: talk.hears(), lambda talk: talk.ends())), **UP).log
    contains(said, "Status: done")


def silence_has_an_end():
    begun = time.monotonic()
    contains(ask(Liar(script()), "--server-wait", "1", status=70).log,
             "the server has said nothing for 1 s")
    same(time.monotonic() - begun < 20, True)


def a_server_that_only_talks_has_an_end_too():
    def serve(talk):
        talk.hears()
        while True:
            talk.says("heartbeat_request", payload="x" * 4000)

    contains(ask(Liar(serve), status=70).log,
             "the server talks, but has taken no message for 30 s")


def a_server_that_hangs_up_first_is_tried_again():
    liar = Liar(lambda talk: talk.hears())
    contains(ask(liar, status=70).log, "the server: the peer has gone")
    same(liar.connections, 3)
    tries = itertools.count()

    def third_time(talk):
        talk.hears()
        if next(tries) == 2:
            talk.ends()
            talk.hears()

    contains(ask(Liar(third_time), **UP).log, "Status: done")


def but_not_after_it_has_begun():
    liar = Liar(script(lambda talk: talk.says("progress", message="x"),
                       lambda talk: talk.connection.shutdown(socket.SHUT_RDWR)))
    contains(ask(liar, status=70).log, "AMT says that it is now: not activated")
    same(liar.connections, 1)


def what_is_no_websocket_is_refused():
    def answers(text):
        def raw(connection):
            connection.recv(65536)
            connection.sendall(text)
        return Liar(raw=raw)

    for text, code, why in (
            (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 70, "--auth-token"),
            (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 70, "404"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 70, "200"),
            (b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Accept: AAAA\r\n\r\n", 70, "handshake is wrong"),
            (b"\x00\x01 nonsense\r\n\r\n", 70, "not HTTP"),
            (b"HTTP/1.1 101 x\r\n" + b"X-Fill: y\r\n" * 5000, 70, "")):
        contains(ask(answers(text), status=code).log, why)


def nobody_there_is_said():
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    said = run("activate", "--url", f"ws://127.0.0.1:{port}/", "--profile", "p",
               options=machine(), status=70).log
    contains(said, f"connection refused by 127.0.0.1:{port}")
    contains(run("activate", "--url", "ws://no-such-host.invalid/", "--profile", "p",
                 options=machine(), status=70).log, "no-such-host.invalid")


def certificates_are_checked():
    folder = activation.folder()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                    folder / "key.pem", "-out", folder / "cert.pem", "-days", "2", "-subj",
                    "/CN=elsewhere.example.org", "-addext",
                    "subjectAltName=DNS:elsewhere.example.org"], check=True, capture_output=True)
    context = tls_context(folder / "cert.pem", folder / "key.pem")

    def good(talk):
        talk.hears()
        talk.ends()
        talk.hears()

    contains(ask(Liar(good, context=context), status=22).log, "certificate is refused")
    contains(ask(Liar(good, context=context), "--ca", folder / "cert.pem", status=22).log,
             "certificate is refused")
    ask(Liar(good, context=context), "-n", **UP)
    ask(Liar(good, context=context), "--ca", folder / "absent.pem", status=20)
    ask(Liar(good, context=context), "--ca", folder / "key.pem", status=20)
    liar = Liar(raw=lambda connection: connection.sendall(b"plain\r\n"))
    liar.url = liar.url.replace("ws:", "wss:")
    ask(liar, status=70)


class Proxy:
    """Answers CONNECT, and passes on."""

    def __init__(self, answer=b"HTTP/1.1 200 Connection established\r\n\r\n"):
        self.heads = []
        self.answer = answer
        self.liar = Liar(raw=self.serve)

    def serve(self, connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        self.heads.append(head.decode())
        connection.sendall(self.answer)
        if b" 200 " not in self.answer:
            return
        host, port = head.decode().split()[1].rsplit(":", 1)
        with socket.create_connection((host, int(port))) as other:
            pump(connection, other)


def pump(one, other):
    import select  # pylint: disable=import-outside-toplevel
    while True:
        for ready in select.select([one, other], [], [], 30)[0]:
            data = ready.recv(65536)
            if not data:
                return
            (other if ready is one else one).sendall(data)


def proxies_are_used():
    def good(talk):
        talk.hears()
        talk.ends()
        talk.hears()

    proxy = Proxy()
    url = f"http://ann:p%40ss@127.0.0.1:{proxy.liar.port}"
    target = Liar(good)
    said = ask(target, "--proxy", url, "-v", **UP).log
    same((proxy.heads[0].split("\r\n")[0], "Proxy-Authorization: Basic YW5uOnBAc3M=" in
          proxy.heads[0]), (f"CONNECT 127.0.0.1:{target.port} HTTP/1.1", True))
    same("p%40ss" in said or "p@ss" in said, False)
    ask(Liar(good), HTTP_PROXY=url, **UP)  # this machine has no proxy before it
    same(len(proxy.heads), 1)
    proxy.liar.stop()
    for answer, why in ((b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "wants a login"),
                        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "status 403"),
                        (b"garbage\r\n\r\n", "not HTTP")):
        proxy = Proxy(answer)
        contains(ask(Liar(good), "--proxy", f"127.0.0.1:{proxy.liar.port}", status=70).log, why)
        proxy.liar.stop()
    ask(Liar(good), "--proxy", "socks5://127.0.0.1:1", status=20)
    proxy = Proxy(b"HTTP/1.0 200 OK\r\n\r\n")
    said = run("activate", "--url", "ws://server.example.com/x", "--profile", "p",
               options=machine(), status=70, http_proxy=f"127.0.0.1:{proxy.liar.port}")
    contains(proxy.heads[0], "CONNECT server.example.com:80")
    proxy.liar.stop()


def interrupted(liar, number, asked):
    """An activation that gets that signal once `asked` holds something; what it says."""
    process = subprocess.Popen(
        [AMTSIM, "mei", *machine(), "--", activation.os.environ["RPC"], "activate", "--lmsport", "1",
         "--url", liar.url, "--profile", "p"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True)
    end = time.monotonic() + 30
    while not asked and time.monotonic() < end:
        time.sleep(0.02)
    child = int(pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
                .split()[0])
    activation.os.kill(child, number)
    try:
        said = process.communicate(timeout=30)[1]
    finally:
        process.kill()
    contains(said, "interrupted; the server has been told so")
    contains(said, "AMT says that it is now: not activated")
    same(process.returncode == 0, False)


def an_interrupted_run_says_where_amt_is():
    asked = []

    def serve(talk):
        talk.hears()
        talk.says("wsman", REQUEST)
        talk.hears()
        asked.append(True)
        try:
            talk.hears()
        finally:
            asked.append(talk.closed)

    liar = Liar(serve)
    for number in (signal.SIGINT, signal.SIGTERM):
        asked.clear()
        interrupted(liar, number, asked)
        end = time.monotonic() + 30
        while len(asked) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        same(asked[1], b"\x03\xe9interrupted")
    liar.stop()


def a_server_that_never_stops_asking_does_not_keep_it_from_ending():
    """Whether it reads the goodbye is its own affair: what it goes on to say resets the connection."""
    def flood(talk):
        with contextlib.suppress(OSError):
            while True:
                talk.says("wsman", REQUEST)

    for number in (signal.SIGINT, signal.SIGTERM):
        answers = []

        def serve(talk, answers=answers):
            talk.hears()
            threading.Thread(target=flood, args=(talk,), daemon=True).start()
            while True:
                answers.append(talk.hears())

        liar = Liar(serve)
        interrupted(liar, number, answers)
        liar.stop()


def amt_that_cannot_be_reached_is_told_to_the_server():
    answers = []

    def serve(talk):
        talk.hears()
        talk.says("tls_data", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
        answers.append(talk.hears())
        talk.ends("error", Status="AMT is gone")
        talk.hears()

    ask(Liar(serve), status=102, options=("--mei-fault", "lme-drop"))
    same(answers[0]["method"] in ("connection_reset", "tls_data"), True)
    run("activate", "--url", "ws://127.0.0.1:1/", "--profile", "p",
        options=machine("--mei-fault", "no-client@lme"), status=71)
    run("activate", "--url", "ws://127.0.0.1:1/", "--profile", "p",
        options=machine("--mei-fault", "no-driver"), status=2)


class WordyLms:
    """In LMS's place: answers each request with that many bytes."""

    def __init__(self, size):
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.socket.accept()[0]
                with contextlib.suppress(OSError), client:
                    client.settimeout(10)
                    if client.recv(65536):
                        client.sendall(self.answer)

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def an_answer_that_is_too_long_is_told_to_the_server():
    for size, method in ((70_000, "response"), (80_000, "connection_reset"),
                         (1_100_000, "connection_reset")):
        lms, answers = WordyLms(size), []

        def serve(talk, answers=answers):
            talk.hears()
            talk.says("wsman", REQUEST)
            answers.append(talk.hears())
            talk.ends("error", Status="enough")
            talk.hears()

        ended = ask(Liar(serve), "--lmsport", str(lms.port), status=102,
                    options=("--mei-fault", "busy@lme"))
        same([answer["method"] for answer in answers], [method])
        if method == "response":
            same(len(payload_of(answers[0])) > size, True)
        else:
            same(payload_of(answers[0]), b"lms_error")
        same(ended.log.count("AMT's answer is longer than 75000 bytes"), int(size > 75000))
        lms.stop()


def how_long_a_switch_takes_can_be_said():
    def switch(**more):
        steps = (lambda talk: talk.says("port_switch", '{"port":"16993","delay":300}'),
                 lambda talk: same(talk.hears()["method"], "port_switch_ack"), lambda talk: talk.ends())
        return ask(Liar(script(*steps)), **more).log

    contains(switch(**UP, RPC_PORT_SWITCH_MAX_DELAY="0"), "16993 in 0 s")
    contains(switch(**UP, RPC_PORT_SWITCH_MAX_DELAY="1s", RPC_PORT_SWITCH_EXTRA_DELAY="1"),
             "16993 in 2 s")
    for name, value, sentence in (
            ("MAX", "soon", "RPC_PORT_SWITCH_MAX_DELAY: --port-switch-max-delay is a time as 90s"),
            ("EXTRA", "-1", "RPC_PORT_SWITCH_EXTRA_DELAY: --port-switch-extra-delay is a time as"),
            ("EXTRA", "601", "or 2m30s, and at most 10m")):
        contains(switch(status=28, **{f"RPC_PORT_SWITCH_{name}_DELAY": value}), sentence)


if __name__ == "__main__":
    main([
        the_first_message_is_the_toolkits,
        what_amt_says_comes_back_as_it_is,
        the_ports_of_amt_are_switched_when_told,
        what_the_server_reports_decides,
        a_success_that_amt_denies_is_none,
        a_success_without_a_word_says_what_amt_is,
        garbage_ends_the_conversation,
        broken_frames_do_too,
        nothing_but_data_for_amt_is_borne,
        silence_has_an_end,
        a_server_that_only_talks_has_an_end_too,
        a_server_that_hangs_up_first_is_tried_again,
        but_not_after_it_has_begun,
        what_is_no_websocket_is_refused,
        nobody_there_is_said,
        certificates_are_checked,
        proxies_are_used,
        an_interrupted_run_says_where_amt_is,
        a_server_that_never_stops_asking_does_not_keep_it_from_ending,
        amt_that_cannot_be_reached_is_told_to_the_server,
        an_answer_that_is_too_long_is_told_to_the_server,
        how_long_a_switch_takes_can_be_said,
    ])
