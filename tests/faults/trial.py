"""One case: a scenario with a fault. How it is run, and the rule by which its outcome is judged.

The rule: the result is right, or the tool ends with a status that its page documents for the fault and one
line that says why, within the limit of time. A server serves its next client. Status 0 means that nothing is
missing. No socket file, temporary file or process is left.
"""

import ctypes
import dataclasses
import fcntl
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import typing

# Nothing here takes a second by itself; only a machine that is busy with other things lets it wait. The tools
# have a limit of PATIENCE, and a case that takes LIMIT hangs.
PATIENCE = 20
LIMIT = 50

# How long a process may take to end after the one that has started it.
GRACE = 10

# A failure that is told as a success explains nothing.
ONE_LINE = re.compile(rb"chunk-[a-z]+: (?!.*: success$).+", re.IGNORECASE)
TIMES = re.compile(rb'(time|timestamp)="[^"]*"')


@dataclasses.dataclass
class Trial:
    scenario: typing.Any
    fault: str
    label: str
    prefix: list = dataclasses.field(default_factory=list)
    environment: dict = dataclasses.field(default_factory=dict)
    limits: dict = dataclasses.field(default_factory=dict)
    # The statuses that the page documents for such a fault, and the signals that may end the tool
    statuses: frozenset = frozenset({3, 6})
    signals: frozenset = frozenset()
    # The fault lasts, so that a server cannot serve anybody.
    lasts: bool = False
    # Standard output has what the peer has sent, whatever that is.
    own_output: bool = False
    address: typing.Optional[str] = None
    wait: float = PATIENCE
    # Called with the trial and the process while it runs
    beside: typing.Optional[typing.Callable] = None
    # Where the process of the tool is among the processes below the one that was started
    depth: int = 0
    # By this, clients start where they reach the tool.
    beside_it: list = dataclasses.field(default_factory=list)
    # Nothing can be written to standard error.
    mute: bool = False
    # The fault is one of the calls by which a tool finds and removes its files.
    leaves: bool = False

    @property
    def id(self):
        return f"{self.scenario.name}/{self.fault}/{self.label}"


def adopt_orphans():
    """What a tool leaves running becomes a child of this process, which can then tell."""
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children():
    path = f"/proc/self/task/{os.getpid()}/children"
    return {int(each) for each in pathlib.Path(path).read_text().split()}


def children_left(before=frozenset()):
    """Waits for the children to end, besides those that were there before, and returns those that do not."""
    deadline = time.monotonic() + GRACE
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        except ChildProcessError:
            pass
        rest = children() - before
        if not rest or time.monotonic() > deadline:
            return rest
        time.sleep(0.005)


def request(payload):
    return b"ECHO" + struct.pack("<I", len(payload)) + payload


def open_socket(address, timeout):
    """Returns a connected socket for an address that a tool has announced."""
    scheme, rest = address.split(":", 1)
    if scheme == "unix":
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(timeout)
        link.connect(rest)
        return link
    host, port = rest.rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)


# Opens a socket where it runs, and gives it to the process that has started it.
LEND = """
import socket, sys
sys.path.append(sys.argv[1])
import trial
link = trial.open_socket(sys.argv[2], float(sys.argv[3]))
socket.send_fds(socket.socket(fileno=int(sys.argv[4])), [b"."], [link.fileno()])
"""


def open_socket_by(prefix, address, timeout):
    """Like open_socket(), by a process that this prefix starts in another network."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        subprocess.run(
            [*prefix, sys.executable, "-B", "-c", LEND, os.path.dirname(__file__), address, str(timeout),
             str(theirs.fileno())],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
            timeout=LIMIT)
        _, (descriptor,), _, _ = socket.recv_fds(ours, 1, 1)
    link = socket.socket(fileno=descriptor)
    link.settimeout(timeout)
    return link


def receive_all(link, size):
    out = b""
    while len(out) < size:
        piece = link.recv(size - len(out))
        if not piece:
            break
        out += piece
    return out


class Room:
    """The directory in which a scenario is tried, and what a right result is there."""

    def __init__(self, world, scenario):
        self.world = world
        self.scenario = scenario
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="room.", dir=world.directory))
        self.out = self.directory.with_suffix(self.directory.suffix + ".out")
        self.temporary = self.directory.with_suffix(self.directory.suffix + ".tmp")
        self.temporary.mkdir()
        for name in world.inputs:
            (self.directory / name).symlink_to(world.directory / name)
        self.right_out = b""
        self.right_files = {}

    def clear(self):
        for path in self.directory.iterdir():
            if path.name not in self.world.inputs:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for path in self.temporary.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def remove(self):
        for path in (self.directory, self.temporary):
            shutil.rmtree(path)
        self.out.unlink(missing_ok=True)

    def files(self):
        out = {path.name: path.read_bytes() if path.is_file() else b""
               for path in self.directory.iterdir() if path.name not in self.world.inputs}
        # What a report tells of times differs from run to run.
        return {name: TIMES.sub(b"", contents) for name, contents in out.items()}

    def learn(self):
        """Tries the scenario without a fault. Returns what is wrong even so."""
        begin = time.monotonic()
        attempt = self.learn_with([])
        self.duration = time.monotonic() - begin
        self.right_out = attempt.out
        self.right_files = attempt.files
        return attempt.found

    def learn_with(self, prefix, environment=None):
        """Tries the scenario without a fault, with something that only watches it."""
        attempt = Attempt(self, Trial(self.scenario, "none", "none", prefix=prefix, environment=environment or {},
                                      statuses=frozenset()))
        attempt.learns = True
        attempt.judge()
        return attempt


class Attempt:
    """One run of a trial."""

    def __init__(self, room, trial):
        self.room = room
        self.trial = trial
        self.scenario = trial.scenario
        self.found = []
        self.learns = False
        self.served = 0
        self.asked = 0
        self.announced = []
        self.given = b""
        self.hangs = False
        self.status = None

    def judge(self):
        """Returns what was found, as a list of sentences; it is empty for a right outcome."""
        self.room.clear()
        before = children()
        self.begin()
        try:
            if self.scenario.is_server:
                self.use_server()
            if self.trial.beside:
                self.trial.beside(self)
            self.finish()
        finally:
            self.release()
        self.out = self.room.out.read_bytes()
        with open(self.messages, "rb") as messages:
            self.err = messages.read() or b""
        self.files = self.room.files()
        self.judge_outcome()
        self.judge_rest(before)
        return self.found

    # --- running ---

    def begin(self):
        trial = self.trial
        address = trial.address or self.room.world.addresses[self.scenario.helper]
        words, source = self.scenario.words(address, trial.wait)
        environment = dict(os.environ, TMPDIR=str(self.room.temporary), **trial.environment)
        keep = []
        reader = None
        self.feeder = None
        if self.scenario.is_server:
            reader, writer = os.pipe()
            words += ["--ready-fd", str(writer)]
            keep = [writer]
        stdin = open(self.room.directory / source, "rb") if source else open(os.devnull, "rb")
        if self.scenario.right == "spreads":
            self.feeder = subprocess.Popen(
                ["chunk-send", "repeat:1000000000", "ECHO:hi", "end"], stdout=subprocess.PIPE,
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stdin.close()
            stdin = self.feeder.stdout
        # Not a file, which would have the limits of one. All that a tool has to say fits.
        self.messages, err = os.pipe()
        fcntl.fcntl(err, fcntl.F_SETPIPE_SZ, 1 << 20)
        os.set_blocking(self.messages, False)
        with stdin, open(self.room.out, "wb") as out, open(err, "wb") as err:
            self.process = subprocess.Popen(
                [*trial.prefix, *words], cwd=self.room.directory, env=environment, stdin=stdin, stdout=out,
                stderr=err, pass_fds=keep, preexec_fn=self.set_limits if trial.limits else None)
        self.ready = None
        if reader is not None:
            os.close(writer)
            self.ready = os.fdopen(reader)

    def set_limits(self):
        import resource
        for kind, value in self.trial.limits.items():
            resource.setrlimit(kind, (value, value))

    def target(self):
        """The process ID of the tool."""
        process = self.process.pid
        for _ in range(self.trial.depth):
            deadline = time.monotonic() + LIMIT
            while time.monotonic() < deadline:
                try:
                    below = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
                except OSError:
                    return None
                if below:
                    process = int(below[0])
                    break
                time.sleep(0.005)
        return process

    def send_signal(self, number):
        target = self.target()
        if target:
            try:
                os.kill(target, number)
            except ProcessLookupError:
                pass

    def finish(self):
        if self.status is not None:
            return
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.hangs = True
            self.send_signal(signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        self.status = self.process.returncode
        if self.trial.depth and self.status > 128:
            self.status = 128 - self.status

    def release(self):
        if self.ready:
            self.ready.close()
        if self.feeder:
            self.feeder.kill()
            self.feeder.wait()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # --- a server and its clients ---

    def read_addresses(self):
        out = []
        os.set_blocking(self.ready.fileno(), False)
        deadline = time.monotonic() + LIMIT
        text = ""
        while text.count("\n") < self.scenario.addresses:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.ready], [], [], left)[0]:
                self.found.append("neither listens nor ends")
                break
            piece = os.read(self.ready.fileno(), 4096).decode()
            if not piece:
                break
            text += piece
        out = text.splitlines()
        return out if len(out) == self.scenario.addresses else []

    def use_server(self):
        self.announced = self.read_addresses()
        if not self.announced:
            return
        if self.scenario.right in ("takes", "gives"):
            self.ask("")
            return
        if self.trial.beside:
            return  # which asks and ends it
        self.ask_some()
        self.send_signal(signal.SIGTERM)

    def ask_some(self):
        for client in "123":
            self.asked += 1
            if self.ask(client):
                self.served += 1
            elif self.trial.lasts and not self.learns:
                break

    def ask(self, name):
        """A client of the server. Returns whether it is served."""
        try:
            return getattr(self, "ask_that_" + self.scenario.right)(name)
        except (OSError, subprocess.SubprocessError):
            return False

    def patience(self):
        """How long a client waits: not long for a server that need not serve anybody."""
        return 1 if self.trial.lasts else PATIENCE

    def connect(self):
        if self.trial.beside_it:
            return open_socket_by(self.trial.beside_it, self.announced[0], self.patience())
        return open_socket(self.announced[0], self.patience())

    def ask_that_answers(self, name):
        with self.connect() as link:
            link.sendall(request(b"hi"))
            link.shutdown(socket.SHUT_WR)
            return receive_all(link, 100) == request(b"hi")

    def ask_that_secures(self, name):
        done = subprocess.run(
            ["chunk-send", "-q", "-w", str(self.patience()), "-c", self.announced[1], "--tls-ca", "ca.pem", "request:ECHO:hi"],
            cwd=self.room.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=LIMIT)
        return done.stdout == b"ECHO:hi\n"

    def ask_that_merges(self, name):
        with self.connect() as link:
            link.sendall(request(name.encode()))
            link.shutdown(socket.SHUT_WR)
            receive_all(link, 100)
        wanted = b"ECHO:" + name.encode()
        deadline = time.monotonic() + self.patience()
        while time.monotonic() < deadline:
            if wanted in self.room.out.read_bytes().splitlines():
                return True
            time.sleep(0.005)
        return False

    def ask_that_spreads(self, name):
        with self.connect() as link:
            return receive_all(link, 10) == request(b"hi")

    def ask_that_takes(self, name):
        with self.connect() as link:
            link.sendall(request(b"hi") * 3)
            link.shutdown(socket.SHUT_WR)
            receive_all(link, 100)
        return True

    def ask_that_gives(self, name):
        with self.connect() as link:
            self.given = receive_all(link, 100)
            link.shutdown(socket.SHUT_WR)
        return True

    # --- judging ---

    def tell(self, what):
        end = b" | ".join(self.err.splitlines()[-3:]).decode(errors="replace")
        self.found.append(what + (f": {end}" if end else ""))

    def judge_outcome(self):
        if self.hangs:
            self.tell(f"still runs after {LIMIT} s")
        elif self.scenario.right in ("takes", "gives"):
            self.judge_one_shot()
        elif self.scenario.is_server:
            self.judge_server()
        else:
            self.judge_tool()

    def judge_tool(self):
        if self.status == 0:
            if self.learns or self.trial.own_output:
                return
            if self.scenario.right != "load" and self.out != self.room.right_out:
                self.tell("status 0 with another output")
            if self.files != self.room.right_files:
                self.tell("status 0 with other files")
            return
        self.judge_failure()
        if self.status > 0 and self.scenario.right != "load" and not self.trial.own_output:
            if not self.room.right_out.startswith(self.out) and self.scenario.right != "test":
                self.tell("the output is not the beginning of the right one")
        for name, contents in self.files.items():
            if self.room.right_files.get(name) != contents and name != "out-junit":
                self.tell(f"the file {name} is there, and not right")

    def judge_failure(self):
        """A status above 0, or a signal."""
        if self.status < 0:
            if -self.status not in self.trial.signals:
                self.tell(f"ended by signal {-self.status}")
            return
        if self.status == 127 and b"error while loading shared libraries" in self.err:
            return  # the fault has hit the loader
        fails = self.status in self.trial.statuses
        fails = fails or self.status == 1 and self.scenario.right in ("test", "load", "handler")
        if not fails:
            self.tell(f"status {self.status}")
        elif not self.is_explained():
            self.tell(f"status {self.status} without one line that says why")

    def is_explained(self):
        if self.trial.mute:
            return True
        lines = self.err.splitlines()
        if self.scenario.tool == "chunk-serve":
            return any(ONE_LINE.fullmatch(line) or b"level=error" in line or b"level=warning" in line
                       for line in lines)
        ours = [line for line in lines if ONE_LINE.match(line)]
        if self.scenario.is_server or self.scenario.right in ("test", "load", "handler"):
            return bool(ours) or b"not ok" in self.out
        # Lines that begin with a blank show the place in an action.
        return len(ours) == 1 and lines[0] == ours[0] and all(line.startswith(b" ") for line in lines[1:])

    def judge_one_shot(self):
        if self.status != 0:
            self.judge_failure()
        elif not self.learns and not self.trial.own_output:
            if self.scenario.right == "takes" and self.out != self.room.right_out:
                self.tell("status 0 with another output")
            if self.scenario.right == "gives" and self.given != request(b"hi"):
                self.tell("status 0, but its client got something else")

    def judge_server(self):
        if self.status > 0 and not (self.status in (1, 4, 5) or self.is_server_end()):
            self.tell(f"status {self.status}")
        elif self.status > 0 and not self.is_explained():
            self.tell(f"status {self.status} without one line that says why")
        elif self.status < 0 and -self.status not in {signal.SIGTERM} | self.trial.signals:
            self.tell(f"ended by signal {-self.status}")
        # Where the output fails that the clients' data goes to, a tool ends.
        if self.status != 0 and b"standard output: " in self.err:
            return
        # The one that is served when it happens may be lost.
        if self.announced and not self.trial.lasts and self.served < self.asked - (0 if self.learns else 1):
            self.tell(f"only {self.served} of {self.asked} clients were served")

    def is_server_end(self):
        return self.status in self.trial.statuses or (
            self.status == 127 and b"error while loading shared libraries" in self.err)

    def judge_rest(self, before):
        if not self.trial.leaves:
            left = {name for name in self.files if not name.startswith("out-")}
            if left:
                self.tell(f"status {self.status}, left behind: {' '.join(sorted(left))}")
            temporary = [path.name for path in self.room.temporary.iterdir()]
            if temporary:
                self.tell(f"left behind in TMPDIR: {' '.join(temporary)}")
        for process in children_left(before):
            try:
                command = pathlib.Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                self.tell(f"a process is left: {command}")
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            except (OSError, ChildProcessError):
                pass
