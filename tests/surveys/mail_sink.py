"""A mail server on this machine, outside the database: it keeps what it takes."""

import socket
import threading
from contextlib import suppress
from typing import BinaryIO


class MailSink:
    """Takes every mail; after so many it holds its tongue instead of saying that it took one."""

    def __init__(self, *, silent_at: int = 0) -> None:
        self.taken: list[str] = []
        self.is_silent = threading.Event()
        self._silent_at, self._may_speak = silent_at, threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._may_speak.set()
        self._server.close()

    def go_on(self) -> None:
        self._may_speak.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._server.accept()
                threading.Thread(target=self._talk, args=[client], daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        recipient = ""
        with suppress(OSError), client, client.makefile("rwb") as lines:
            _say(lines, "220 sink")
            while line := lines.readline():
                word = line[:4].upper()
                if word == b"RCPT":
                    recipient = line.split(b"<")[1].split(b">")[0].decode()
                if word == b"DATA":
                    _say(lines, "354 go on")
                    while lines.readline() != b".\r\n":
                        pass
                    self._take(recipient)
                _say(lines, "221 bye" if word == b"QUIT" else "250 ok")

    def _take(self, recipient: str) -> None:
        self.taken.append(recipient)
        if len(self.taken) == self._silent_at:
            self.is_silent.set()
            self._may_speak.wait()


def _say(lines: BinaryIO, text: str) -> None:
    lines.write(f"{text}\r\n".encode())
    lines.flush()
