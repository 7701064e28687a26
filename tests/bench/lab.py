"""How figures are read: commands, servers under load, the memory of connections, and the codec.

A way of measuring is an object whose measure() does the work once and returns its figures, each for one unit of
the work: `wall` and `cpu` in seconds, `memory` in bytes, `instructions`.
"""

import copy
import dataclasses
import itertools
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent

# Seconds after which a command, or the start of a server, counts as hanging
PATIENCE = 300


class Failure(Exception):
    """Something could not be measured."""


def wait_until(holds, what, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Failure(f"not in time: {what}")
        time.sleep(0.005)


def printed_by(argv):
    """What a command prints on standard output."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Failure(f"{argv[0]}: not done after {PATIENCE} s") from None
    if done.returncode != 0:
        raise Failure(f"{argv[0]}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def free_port():
    """A TCP port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclasses.dataclass
class Server:
    path: str
    port: int = 0
    protocol: str = "chunk"
    pids: list = dataclasses.field(default_factory=list)

    def address(self, transport):
        return str(self.port) if transport == "TCP" else self.path


class Lab:
    """The build, a directory for files, and the servers that run. Its end ends and removes them."""

    def __init__(self, build, quick):
        self.build = pathlib.Path(build).resolve()
        self.programs = self.build / "tests" / "bench"
        self.quick = quick
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="chunk-bench."))
        self.servers = {}
        self.running = []
        self.rooms = itertools.count()
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end_servers()
        shutil.rmtree(self.scratch)

    def of(self, build):
        """The same with the tools of another build."""
        out = copy.copy(self)
        out.build = pathlib.Path(build).resolve()
        return out

    def choose(self, full, quick):
        return quick if self.quick else full

    def tool(self, name):
        return str(self.build / "tools" / name)

    def codec(self):
        return str(self.build / "tests" / "bench" / "codec")

    def program(self, name):
        """A program that measures, or that is compared with; it does not depend on the tools."""
        return str(self.programs / name)

    # --- files ---

    def file(self, name, pieces):
        """A file of the scratch directory with these bytes; made when it is asked for the first time."""
        path = self.scratch / name
        if not path.exists():
            with open(path, "wb") as out:
                for piece in pieces:
                    out.write(piece)
                # What is written to the disk later would disturb what is measured.
                out.flush()
                os.fsync(out.fileno())
        return str(path)

    # --- servers ---

    def start(self, argv, **options):
        """Starts a process that runs until end_servers()."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
        process = subprocess.Popen(argv, **options)
        self.running.append(process)
        return process

    def end_servers(self):
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()
        self.servers.clear()

    def server(self, name, *options):
        """The server of that name, which is started unless it runs."""
        key = (self.build, name, *options)
        if key not in self.servers:
            self.servers[key] = getattr(self, f"start_{name}")(*options)
        return self.servers[key]

    def room(self):
        """A path for a socket that nobody uses."""
        return str(self.scratch / f"socket{next(self.rooms)}")

    def start_chunk(self, *options):
        """chunk-serve at a Unix socket and a port."""
        path = self.room()
        source, sink = os.pipe()
        process = self.start(
            [self.tool("chunk-serve"), "-q", "--max-per-peer", "20000", "--max-connections", "20000", *options,
             "--ready-fd", str(sink), f"unix:{path}", "tcp:127.0.0.1:0"], pass_fds=[sink])
        os.close(sink)
        with open(source, encoding="utf-8") as ready:
            lines = [ready.readline(), ready.readline()]
        if not lines[1]:
            raise Failure("chunk-serve does not start")
        return Server(path, int(lines[1].rsplit(":", 1)[1]), pids=[process.pid])

    def start_floor(self):
        path = self.room()
        process = self.start([self.program("echo_floor"), path], stdout=subprocess.PIPE, text=True)
        return Server(path, int(process.stdout.readline()), pids=[process.pid])

    def start_redis(self):
        path, port = self.room(), free_port()
        process = self.start(["redis-server", "--save", "", "--appendonly", "no", "--dir", str(self.scratch), "--bind",
                              "127.0.0.1", "--port", str(port), "--unixsocket", path, "--maxclients", "11000"])
        # It opens the Unix socket last.
        self.wait_for(process, "redis-server", path)
        return Server(path, port, "redis", [process.pid])

    def start_memcached(self, transport):
        """memcached, which listens either at a Unix socket or at a port."""
        path, port = self.room(), free_port()
        where = ["-s", path] if transport == "Unix" else ["-l", "127.0.0.1", "-p", str(port)]
        # It looks for the user only where root starts it.
        process = self.start(["memcached", "-u", "root", "-t", "1", "-c", "11000", *where])
        self.wait_for(process, "memcached", path if transport == "Unix" else port)
        return Server(path, port, "memcached", [process.pid])

    def start_worker(self):
        """chunk-serve in front of one worker in Python."""
        server = self.start_chunk("--worker", f"exec python3 -B {shlex.quote(str(HERE / 'echo_worker.py'))}")
        children = pathlib.Path(f"/proc/{server.pids[0]}/task/{server.pids[0]}/children")
        wait_until(children.read_text, "the worker")
        server.pids += [int(each) for each in children.read_text().split()]
        return server

    def start_asyncio(self):
        path = self.room()
        process = self.start([sys.executable, "-B", str(HERE / "echo_asyncio.py"), path])
        self.wait_for(process, "echo_asyncio.py", path)
        return Server(path, pids=[process.pid])

    @staticmethod
    def wait_for(process, name, where):
        """Waits until a server accepts connections at a path or a port."""
        def answers():
            if process.poll() is not None:
                raise Failure(f"{name} does not start")
            with socket.socket(socket.AF_UNIX if isinstance(where, str) else socket.AF_INET) as probe:
                return probe.connect_ex(where if isinstance(where, str) else ("127.0.0.1", where)) == 0
        wait_until(answers, name)


# --- commands ---


class Command:
    """A command from its start to its end, with the processes that it waits for.

    `what` is a list of words, or a line for Bash, which fails if any command of a pipeline does. It does `units`
    units of the work, without what `start`, a Command too, takes for nothing.
    """

    def __init__(self, lab, what, units=1, stdin="/dev/null", start=None):
        self.lab = lab
        self.argv = ["bash", "-o", "pipefail", "-c", what] if isinstance(what, str) else [str(word) for word in what]
        self.units = units
        self.stdin = stdin
        self.start = start

    def measure(self):
        wall, cpu = self.run()
        if self.start:
            begun = self.start.run()
            wall, cpu = max(wall - begun[0], 0), max(cpu - begun[1], 0)
        return {"wall": wall / self.units, "cpu": cpu / self.units}

    def run(self):
        errors = self.lab.scratch / "errors"
        streams = [(os.POSIX_SPAWN_OPEN, 0, self.stdin, os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 2, str(errors), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
        signal.alarm(PATIENCE)
        begin = time.perf_counter()
        # A group of its own, so that all that it has started can be ended.
        child = os.posix_spawnp(self.argv[0], self.argv, os.environ, file_actions=streams, setpgroup=0)
        try:
            _, status, used = os.wait4(child, 0)
            lasted = time.perf_counter() - begin
        finally:
            signal.alarm(0)
            # What a line that has failed leaves in the background would be there while others are measured.
            try:
                os.killpg(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if status != 0:
            told = errors.read_text(encoding="utf-8", errors="replace").strip()
            raise Failure(f"{' '.join(self.argv)}: status {os.waitstatus_to_exitcode(status)}: {told}")
        return lasted, used.ru_utime + used.ru_stime


def give_up(*_):
    raise Failure(f"not done after {PATIENCE} s")


signal.signal(signal.SIGALRM, give_up)


class Generator:
    """A command that makes requests, and the processor time that each of them costs it."""

    def __init__(self, argv, passes):
        self.argv = argv
        self.passes = passes  # how many there were, or what finds it in the output

    def measure(self):
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        printed = printed_by(self.argv)
        lasted, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
        passes = self.passes
        if isinstance(passes, str):
            found = re.search(passes, printed)
            if not found:
                raise Failure(f"{self.argv[0]}: no number of passes in what it printed")
            passes = int(found[1])
        cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        return {"wall": lasted / passes, "cpu": cpu / passes}


# --- servers ---


class Load:
    """Requests to a server, and the processor time that each of them costs the server."""

    def __init__(self, lab, server, transport="Unix", clients=50, in_flight=1, payload=64):
        self.lab = lab
        self.server = server
        self.options = ["-c", str(clients), "-k", str(in_flight), "-b", str(payload),
                        "-s", str(lab.choose(1, 0.1))]
        self.transport = transport

    def measure(self):
        pids = [word for pid in self.server.pids for word in ("-p", str(pid))]
        printed = printed_by([self.lab.program("echo_load"), self.server.protocol,
                              self.server.address(self.transport), *self.options, *pids])
        told = dict(pair.split("=") for pair in printed.split())
        return {"wall": 1 / float(told["per_second"]), "cpu": float(told["server_us"]) * 1e-6}


class Connections:
    """The memory that a server takes for each of many connections, on each of which some bytes have come."""

    # Connections whose memory is not counted: what the first ones need, the others do not need again
    FIRST = 50

    def __init__(self, start, sent, count):
        self.start = start  # starts the server
        self.sent = sent
        self.count = count

    def measure(self):
        server = self.start()
        links = []
        try:
            self.open(server, links, self.FIRST)
            before = self.settled(server)
            self.open(server, links, self.FIRST + self.count)
            return {"memory": (self.settled(server) - before) / self.count}
        finally:
            for link in links:
                link.close()

    def open(self, server, links, count):
        while len(links) < count:
            link = socket.socket(socket.AF_UNIX)
            links.append(link)
            link.connect(server.path)
            link.sendall(self.sent)
        # The server has a few other files open, so the last ones may be accepted later; settled() waits for them.
        wait_until(lambda: len(os.listdir(f"/proc/{server.pids[0]}/fd")) >= count, "accepting")

    @staticmethod
    def settled(server):
        """The resident memory, in bytes, once it does not change any more."""
        def resident():
            text = pathlib.Path(f"/proc/{server.pids[0]}/smaps_rollup").read_text(encoding="ascii")
            return int(re.search(r"^Rss: *(\d+) kB$", text, re.MULTILINE)[1]) * 1024
        before, now = None, resident()
        while before != now:
            time.sleep(0.1)
            before, now = now, resident()
        return now


# --- decoder and encoder ---


class Codec:
    """The cases of the program `codec` whose names a regular expression finds: DIRECTION/FRAMING/PAYLOAD."""

    FUNCTION = "measured_once"

    def __init__(self, lab, pattern):
        self.lab = lab
        self.pattern = pattern

    def measure(self):
        """The processor time for a chunk in the only case."""
        (_, seconds), = self.times(1)
        return {"cpu": seconds}

    def times(self, rounds):
        """Pairs of the name of a case, once for each round, and seconds for a chunk."""
        printed = printed_by([
            self.lab.codec(), "--benchmark_format=json", f"--benchmark_filter={self.pattern}",
            f"--benchmark_min_time={self.lab.choose(0.02, 0.002)}", f"--benchmark_repetitions={rounds}",
            "--benchmark_enable_random_interleaving=true"])
        return [(each["run_name"], 1 / each["items_per_second"]) for each in json.loads(printed)["benchmarks"]
                if each["run_type"] == "iteration"]

    def instructions(self):
        """Pairs of the name of a case and instructions for a chunk."""
        out = self.lab.scratch / "callgrind"
        printed = printed_by([
            "valgrind", "--tool=callgrind", f"--toggle-collect={self.FUNCTION}", f"--dump-after={self.FUNCTION}",
            f"--callgrind-out-file={out}", self.lab.codec(), "--count", self.pattern])
        found = []
        for number, line in enumerate(printed.splitlines(), 1):
            name, chunks = line.split()
            dump = pathlib.Path(f"{out}.{number}")
            total = re.search(r"^totals: (\d+)$", dump.read_text(encoding="utf-8"), re.MULTILINE)
            found.append((name, int(total[1]) / int(chunks)))
            dump.unlink()
        return found
