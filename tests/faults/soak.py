"""Keeps a server busy: see tests/soak.sh."""

import argparse
import collections
import itertools
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

import hostile
import scenarios
import trial

# How much more memory is none: what the allocator keeps of a busier moment.
SPARE = 2 << 20

# The limits of the server are short, so that a client that never ends does not last. By the protocol, nothing
# comes to the workers that would end them, and with them the requests of others.
COMMAND = [
    "chunk-serve", "./s", "tcp:127.0.0.1:0", "tls:127.0.0.1:0", "--tls-cert", "cert.pem", "--metrics", "./m",
    "-p", "example", "--exec", "ECHO=cat", "--worker", "chunk-serve -q -", "--workers", "2", "--max-per-peer", "400",
    "--handshake-timeout", "1", "--request-timeout", "1", "--idle-timeout", "2", "--write-timeout", "2",
]

# What a client of the load asks and has to get, each on one connection
LOADS = [
    ["ECHO:hi", "expect:ECHO:hi", "NOOP", "expect:NOOP"],
    ["ECHO,fill=50000:xyz", "expect:ECHO,fill=50000:xyz"],
    ["repeat:20", "CMPU:OPER=+:OPND=3:OPND=4", "end", "repeat:20", "expect:ANSR:STS%20=1:VALU=7.0", "end"],
]


class Soak:
    def __init__(self, directory):
        self.world = scenarios.World(directory)
        self.world.prepare()
        self.directory = self.world.directory
        os.chdir(self.directory)  # where the sockets are
        self.server = None
        self.over = threading.Event()
        self.found = []
        self.counts = collections.Counter()
        self.rng = random.Random(1)

    # --- the server ---

    def start(self):
        reader, writer = os.pipe()
        with open(self.directory / "log", "wb") as log:
            self.server = subprocess.Popen([*COMMAND, "--ready-fd", str(writer)], cwd=self.directory,
                                           pass_fds=[writer], stderr=log)
        os.close(writer)
        with open(reader) as ready:
            self.addresses = ready.read().splitlines()
        if len(self.addresses) != 4:
            sys.exit((self.directory / "log").read_text())
        self.page = self.addresses.pop()

    def end(self):
        if not self.server:
            return
        self.server.terminate()
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            self.found.append("the server does not end")
            self.server.kill()
            self.server.wait()

    def metrics(self):
        """Returns the numbers of the metrics page by their names."""
        with trial.open_socket(self.page, 10) as link:
            link.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
            text = b""
            while piece := link.recv(65536):
                text += piece
        if not text.startswith(b"HTTP/1.1 200 "):
            raise OSError(f"the page says {text[:40]}")
        lines = text.decode().partition("\r\n\r\n")[2].splitlines()
        return {name: float(value) for name, _, value in
                (line.rpartition(" ") for line in lines if not line.startswith("#"))}

    def state(self):
        """What is to stay the same, once nobody is connected and the last commands have ended."""
        deadline = time.monotonic() + 20
        while self.metrics()["chunk_connections_active"] > 0:
            if time.monotonic() > deadline:
                self.found.append("connections stay open without clients")
                break
            time.sleep(0.05)
        last, now = None, self.counts_now()
        while now != last and time.monotonic() < deadline:
            time.sleep(0.2)
            last, now = now, self.counts_now()
        return now

    def counts_now(self):
        process = pathlib.Path(f"/proc/{self.server.pid}")
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
        children = [each.read_text().split() for each in process.glob("task/*/children")]
        return {
            "memory": int(status["VmRSS"].split()[0]) << 10,
            "descriptors": len(list((process / "fd").iterdir())),
            "threads": int(status["Threads"]),
            "children": len(list(itertools.chain(*children))),
        }

    # --- the clients, each a loop in a thread ---

    def load(self, number):
        """Clients that are right, of which each reply has to be right as well."""
        address = self.addresses[number % len(self.addresses)]
        trust = ["--tls-ca", "ca.pem"] if address.startswith("tls:") else []
        for actions in itertools.cycle(LOADS):
            if self.over.is_set():
                return
            self.counts["loads"] += 1
            try:
                done = subprocess.run(
                    ["chunk-send", "-w", "20", "-c", address, *trust, "--clients", "5", "--duration", "1", *actions],
                    cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    timeout=trial.LIMIT)
            except subprocess.TimeoutExpired:
                self.found.append(f"a load still runs after {trial.LIMIT} s")
                continue
            if done.returncode != 0:
                self.found.append(f"a load ends with {done.returncode}: {done.stdout.decode(errors='replace')}")

    def attack(self, number):
        """Clients that do what they should not."""
        for name, behaviour in itertools.cycle(hostile.BEHAVIOURS.items()):
            if self.over.is_set():
                return
            address = self.addresses[self.rng.randrange(len(self.addresses))]
            client = hostile.Client(behaviour, address.replace("tls:", "tcp:"))
            self.over.wait(self.rng.random())
            client.close()
            self.counts["attacks"] += client.is_connected

    def dribble(self, number):
        """A client that is slow and right."""
        while not self.over.is_set():
            payload = b"x" * self.rng.randrange(200)
            try:
                with trial.open_socket(self.addresses[0], 10) as link:
                    for each in trial.request(payload):
                        link.sendall(bytes([each]))
                        self.over.wait(0.002)
                    if trial.receive_all(link, 8 + len(payload)) != trial.request(payload):
                        self.found.append("a slow client gets another reply")
            except OSError as problem:
                self.found.append(f"a slow client is not served: {problem}")
            self.counts["slow requests"] += 1

    def scrape(self, number):
        while not self.over.wait(0.1):
            try:
                self.metrics()
            except (OSError, ValueError) as problem:
                self.found.append(f"no metrics: {problem}")
            self.counts["scrapes"] += 1

    def reload(self, number):
        while not self.over.wait(0.5):
            self.server.send_signal(signal.SIGHUP)
            self.counts["reloads"] += 1

    def keep_busy(self, seconds):
        """Lets all clients be there for a time, and then none."""
        kinds = [self.load] * 3 + [self.attack] * 4 + [self.dribble, self.scrape, self.reload]
        threads = [threading.Thread(target=kind, args=(number,)) for number, kind in enumerate(kinds)]
        self.over.clear()
        for each in threads:
            each.start()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.server.poll() is None and not self.found:
            time.sleep(0.1)
        self.over.set()
        for each in threads:
            each.join()

    # --- the whole ---

    def perform(self, seconds, first):
        try:
            self.start()
            self.watch(seconds, first)
        finally:
            self.over.set()
            self.end()
        if self.server.returncode != 0:
            self.found.append(f"the server ends with {self.server.returncode}")
        for name in ("s", "m"):
            if (self.directory / name).exists():
                self.found.append(f"the server leaves {name}")
        log = (self.directory / "log").read_text().splitlines()
        self.found += [line for line in log if "level=error" in line][:20]
        if rest := trial.children_left():
            self.found.append(f"{len(rest)} processes are left")

    def watch(self, seconds, first):
        try:
            self.keep_busy(first)
            before = self.state()
            self.keep_busy(seconds - first)
            self.compare(before, self.state())
        except (OSError, ValueError, LookupError) as problem:
            self.found.append(f"the server tells nothing: {problem}")

    def compare(self, before, after):
        for name, value in after.items():
            print(f"{name:12} {before[name]:10} after the first minute, {value:10} at the end")
            if value > before[name] + SPARE if name == "memory" else value != before[name]:
                self.found.append(f"{name}: not the same at the end")


def parse():
    """Returns how long all takes in seconds, and its first part."""
    parser = argparse.ArgumentParser(prog="soak.sh", description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, metavar="SECONDS", help="600 unless it is given")
    parser.add_argument("--quick", action="store_true", help="20 s, of which the first five are the first minute")
    options = parser.parse_args()
    seconds, first = (20, 5) if options.quick else (600, 60)
    if options.seconds is not None:
        seconds = options.seconds
    if not seconds > first:
        parser.error(f"SECONDS has to be above {first}")
    return seconds, first


def main():
    for each in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, lambda number, _: sys.exit(128 + number))
    seconds, first = parse()
    trial.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="chunk-soak.") as directory:
        soak = Soak(directory)
        soak.perform(seconds, first)
    print(", ".join(f"{count} {name}" for name, count in sorted(soak.counts.items())))
    for each in soak.found:
        print(f"found: {each}", file=sys.stderr)
    sys.exit(bool(soak.found))


main()
