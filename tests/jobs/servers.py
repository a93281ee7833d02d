"""Servers on loopback that take what leaves: letters, and what is sent to a webhook; both can be told to refuse."""

from __future__ import annotations

import http.server
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class Taken:
    """What a server took, and where it listens; `refuses` is what it answers with instead."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    refuses: int = 0


@contextmanager
def running(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def post_office() -> Iterator[Taken]:
    """A server of mail (RFC 5321, as much of it as a client needs)."""
    taken = Taken()

    class Office(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                match line.split(" ")[0].upper():
                    case "EHLO":
                        self.say("250 here")
                    case "RCPT" if taken.refuses:
                        self.say(f"{taken.refuses} secret words of the server")
                    case "DATA":
                        self.say("354 go on")
                        self.take()
                        self.say("250 taken")
                    case "QUIT":
                        self.say("221 bye")
                        return
                    case _:
                        self.say("250 well")

        def take(self) -> None:
            data = b""
            while (line := self.rfile.readline()) != b".\r\n":
                data += line.removeprefix(b".")
            found = message_from_bytes(data, policy=policy.default)
            assert isinstance(found, EmailMessage)
            taken.letters.append(found)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Office)
    taken.port = int(server.server_address[1])
    with running(server):
        yield taken


@contextmanager
def webhook() -> Iterator[Taken]:
    """A web server that takes what is posted to it."""
    taken = Taken()

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not taken.refuses:
                taken.bodies.append(body)
            self.send_response(taken.refuses or 204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    taken.port = int(server.server_address[1])
    with running(server):
        yield taken
