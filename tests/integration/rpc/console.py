"""A console that answers as it is told to, and remembers what it was asked. For the tests beside
this file."""

import contextlib
import http.server
import json
import ssl
import threading


class Console:
    """`answers` is called with method, path and body, and gives status and body."""

    def __init__(self, answers, context=None):
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Notes each request."""

            protocol_version = "HTTP/1.1"

            def answer(self):
                size = int(self.headers.get("Content-Length") or 0)
                text = self.rfile.read(size).decode()
                body = json.loads(text) if text else None
                outer.asked.append((self.command, self.path, self.headers, body))
                status, answer = answers(self.command, self.path, body)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                with contextlib.suppress(OSError):  # the agent may have read enough
                    self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def calls(self):
        return [(method, path) for method, path, _, _ in self.asked]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def tls_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
