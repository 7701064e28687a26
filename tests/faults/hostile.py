"""Peers that do what they should not. Each behaviour can be that of a server and that of a client."""

import dataclasses
import os
import random
import socket
import struct
import threading
import time
import typing

import trial


def chunk(name, payload, length=None):
    return name + struct.pack("<I", len(payload) if length is None else length) + payload


@dataclasses.dataclass(frozen=True)
class Behaviour:
    act: typing.Callable
    # What a client of such a server may end with
    statuses: frozenset
    # Its stream is a whole one, if not that which was asked for.
    ends_whole: bool = False
    # It does what it should, in an unusual way.
    is_right: bool = False


def close_at_once(link, peer):
    pass


def reset(link, peer):
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_later(link, peer):
    take(link)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def send_half_header(link, peer):
    link.sendall(b"ECHO\2")
    link.shutdown(socket.SHUT_WR)
    drain(link, peer)


def send_half_header_and_wait(link, peer):
    link.sendall(b"ECHO\2")
    peer.wait()


def send_garbage(link, peer):
    link.sendall(random.Random(1).randbytes(4096))
    link.shutdown(socket.SHUT_WR)
    drain(link, peer)


def send_text(link, peer):
    link.sendall(b"GET / HTTP/1.1\r\nHost: example\r\n\r\n")
    link.shutdown(socket.SHUT_WR)
    drain(link, peer)


def send_long_line(link, peer):
    """A header that does not end, for whoever looks for the end of one."""
    while not peer.is_over():
        link.sendall(b"GET /metrics?" + b"a" * 1000)


def lie_about_length(link, peer):
    link.sendall(chunk(b"ECHO", b"short", 50000))
    link.shutdown(socket.SHUT_WR)
    drain(link, peer)


def declare_most(link, peer):
    link.sendall(chunk(b"ECHO", b"x" * 1000, 0xFFFFFFFF))
    peer.wait()


def read_nothing(link, peer):
    link.setblocking(False)
    # More than all buffers hold, if it is not answered
    left = 4 << 20
    while not peer.is_over():
        try:
            left -= link.send(chunk(b"ECHO", b"x" * 5000)) if left > 0 else 0
            if left <= 0:
                peer.wait()
        except BlockingIOError:
            time.sleep(0.01)


def stay_silent(link, peer):
    peer.wait()


def send_unasked(link, peer):
    for _ in range(1000):
        link.sendall(chunk(b"ANSR", b"unasked"))
    link.shutdown(socket.SHUT_WR)
    drain(link, peer)


def never_close(link, peer):
    for _ in range(3):
        link.sendall(chunk(b"ECHO", b"hi"))
    peer.wait()


def dribble(link, peer):
    """Passes everything on to a peer that is right, and back, byte by byte."""
    real = peer.connect_real()
    if real is None:
        for each in chunk(b"ECHO", b"hi") * 3:
            link.sendall(bytes([each]))
        link.shutdown(socket.SHUT_WR)
        drain(link, peer)
        return
    with real:
        back = threading.Thread(target=pass_on, args=(real, link))
        back.start()
        pass_on(link, real)
        back.join()


def pass_on(source, sink):
    sink.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    try:
        while piece := source.recv(4096):
            # The rest of a long stream is not worth the time.
            for begin in range(min(len(piece), 300)):
                sink.sendall(piece[begin:begin + 1])
            if len(piece) > 300:
                sink.sendall(piece[300:])
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def take(link):
    """Reads what comes within a moment."""
    link.settimeout(0.05)
    try:
        while link.recv(65536):
            pass
    except OSError:
        pass


def drain(link, peer):
    link.settimeout(0.1)
    while not peer.is_over():
        try:
            if not link.recv(65536):
                return
        except TimeoutError:
            pass


BROKEN = frozenset({1, 3, 5})
BEHAVIOURS = {
    "closes": Behaviour(close_at_once, frozenset({1, 3, 5}), ends_whole=True),
    "resets": Behaviour(reset, frozenset({1, 3, 5}), ends_whole=True),
    "resets-later": Behaviour(reset_later, frozenset({1, 3, 5}), ends_whole=True),
    "half-header": Behaviour(send_half_header, BROKEN),
    "half-header-waits": Behaviour(send_half_header_and_wait, frozenset({1, 3, 4, 5})),
    "garbage": Behaviour(send_garbage, BROKEN),
    "text": Behaviour(send_text, BROKEN),
    "endless-header": Behaviour(send_long_line, frozenset({1, 3, 4, 5})),
    "short": Behaviour(lie_about_length, BROKEN),
    "most": Behaviour(declare_most, frozenset({1, 3, 4, 5})),
    "reads-nothing": Behaviour(read_nothing, frozenset({0, 1, 3, 4, 5})),
    "silent": Behaviour(stay_silent, frozenset({1, 3, 4})),
    "unasked": Behaviour(send_unasked, frozenset({0, 1, 3, 5}), ends_whole=True),
    "never-closes": Behaviour(never_close, frozenset({0, 1, 3, 4})),
    "dribbles": Behaviour(dribble, frozenset({1, 3, 4}), is_right=True),
}


class Peer:
    """Acts in threads until it is closed."""

    # A case is not longer than its limits; this ends the threads of one that is.
    LONGEST = 40

    def __init__(self, behaviour, real=None):
        self.behaviour = behaviour
        self.real = real
        self.over = threading.Event()
        self.deadline = time.monotonic() + self.LONGEST
        self.threads = []

    def is_over(self):
        return self.over.is_set() or time.monotonic() > self.deadline

    def wait(self):
        self.over.wait(max(0, self.deadline - time.monotonic()))

    def connect_real(self):
        return trial.open_socket(self.real, self.LONGEST) if self.real else None

    def act(self, link):
        with link:
            try:
                link.settimeout(self.LONGEST)
                self.behaviour.act(link, self)
            except OSError:
                pass

    def start(self, link):
        thread = threading.Thread(target=self.act, args=(link,), daemon=True)
        thread.start()
        self.threads.append((thread, link))

    def close(self):
        self.over.set()
        for thread, link in self.threads:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            thread.join(2)


class Server(Peer):
    def __init__(self, behaviour, real, path):
        super().__init__(behaviour, real)
        if path:
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.address = "unix:" + path
        else:
            self.listener = socket.socket()
            self.listener.bind(("127.0.0.1", 0))
            self.address = f"tcp:127.0.0.1:{self.listener.getsockname()[1]}"
        self.path = path
        self.listener.listen(16)
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def accept(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            self.start(link)

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.accepting.join(2)
        super().close()
        if self.path:
            os.unlink(self.path)


class Client(Peer):
    def __init__(self, behaviour, address):
        super().__init__(behaviour)
        self.is_connected = False
        try:
            self.start(trial.open_socket(address, self.LONGEST))
            self.is_connected = True
        except OSError:
            pass
