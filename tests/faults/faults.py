"""The faults. Each says for a scenario which cases there are, by their labels, and makes the trial of one."""

import os
import pathlib
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import threading
import time

import hostile
from trial import Trial


class Fault:
    """One line of the table of faults at the end."""

    # Why it cannot be tried here, or None
    def missing(self):
        return None

    def applies(self, scenario):
        return True

    def labels(self, room, rng):
        raise NotImplementedError

    def trial(self, room, label):
        raise NotImplementedError


def succeeds(*command):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


# --- system calls ---

# What each call can fail with. It is not tried that close() fails, since an injected failure leaves the
# descriptor open, nor EAGAIN when something is received: an event of epoll has come by then, and does not
# come again, which no system does.
ERRORS = {
    "accept4": "EINTR ECONNABORTED EMFILE ENOBUFS ENOMEM",
    "bind": "EADDRINUSE EACCES ENOMEM",
    "clone": "EAGAIN ENOMEM",
    "clone3": "EAGAIN ENOMEM",
    "connect": "ECONNREFUSED EAGAIN ENOMEM ECONNRESET",
    "dup": "EMFILE",
    "dup2": "EBUSY EMFILE",
    "dup3": "EBUSY EMFILE",
    "epoll_create1": "EMFILE ENOMEM",
    "epoll_ctl": "ENOSPC ENOMEM",
    "epoll_wait": "EINTR",
    "eventfd2": "EMFILE ENOMEM",
    "execve": "EACCES ENOMEM",
    "fcntl": "ENOMEM",
    "flock": "EINTR EAGAIN ENOLCK",
    "fsync": "EIO ENOSPC",
    "ftruncate": "EIO",
    "getsockname": "ENOBUFS",
    "getsockopt": "ENOBUFS ENOMEM",
    "linkat": "EEXIST EIO ENOSPC",
    "listen": "EADDRINUSE",
    "lseek": "EIO",
    "mkdir": "ENOSPC",
    "mmap": "ENOMEM",
    "newfstatat": "EIO ENOMEM",
    "openat": "EINTR EMFILE ENOMEM EIO EACCES",
    "pidfd_open": "EMFILE",
    "pipe2": "EMFILE",
    "poll": "EINTR ENOMEM",
    "ppoll": "EINTR ENOMEM",
    "prctl": "EPERM",
    "pread64": "EIO",
    "read": "EINTR EIO",
    "recvfrom": "EINTR ECONNRESET ENOMEM ENOBUFS",
    "recvmsg": "EINTR ECONNRESET ENOMEM ENOBUFS",
    "rename": "EIO ENOSPC",
    "renameat": "EIO ENOSPC",
    "renameat2": "EIO ENOSPC",
    "rt_sigaction": "EINVAL",
    "rt_sigprocmask": "EINVAL",
    "sendfile": "EIO ENOMEM",
    "sendmsg": "EINTR EAGAIN ECONNRESET EPIPE ENOBUFS ENOMEM",
    "sendto": "EINTR EAGAIN ECONNRESET EPIPE ENOBUFS ENOMEM",
    "setsid": "EPERM",
    "setsockopt": "ENOMEM",
    "signalfd4": "EMFILE",
    "socket": "EMFILE ENOBUFS ENOMEM",
    "splice": "ENOMEM EINTR",
    "timerfd_create": "EMFILE",
    "unlink": "EIO",
    "unlinkat": "EIO",
    "wait4": "EINTR",
    "waitid": "EINTR",
    "write": "EINTR EAGAIN ENOSPC EIO",
    "writev": "EINTR EAGAIN ENOSPC EIO",
}


# A descriptor that epoll watches already can always be watched otherwise.
CANNOT_FAIL = re.compile(r"epoll_ctl \d+, EPOLL_CTL_(MOD|DEL)")

# Errors that do not last
PASSING = ("EINTR", "EAGAIN", "EEXIST")

# By these a tool finds its files and removes them. Where they fail, it cannot.
REMOVING = ("newfstatat", "unlink", "unlinkat")


class Calls(Fault):
    """Each call of the system fails, once or from then on."""

    def missing(self):
        if not succeeds("strace", "-D", "-o", "/dev/null", "true"):
            return "nothing can be traced"
        return None

    def trace(self, room):
        """Returns for each call the numbers of its occurrences that count."""
        path = str(room.out) + ".trace"
        names = ",".join("?" + name for name in ERRORS)
        room.learn_with(["strace", "-D", "-f", "-o", path, "-e", f"trace={names},munmap"])
        counts, wanted, main, loads = {}, {}, None, True
        for line in pathlib.Path(path).read_text(errors="replace").splitlines():
            found = re.match(r"(\d+) +(\w+)\((.*)", line)
            if not found:
                continue
            process, name, rest = found.groups()
            main = main or process
            if process != main:
                continue
            counts[name] = counts.get(name, 0) + 1
            if loads:
                # This is the last thing that the loader does.
                loads = name != "munmap"
            elif name in ERRORS and not CANNOT_FAIL.match(f"{name} {rest}"):
                wanted.setdefault(name, []).append(counts[name])
        os.unlink(path)
        return wanted

    def labels(self, room, rng):
        out = []
        for name, numbers in sorted(self.trace(room).items()):
            # The thread that looks a name up wakes the event loop by a write that cannot fail.
            if name == "write" and "localhost" in room.scenario.command:
                continue
            errors = ERRORS[name].split()
            lasting = [each for each in errors if each not in PASSING and name != "epoll_ctl"]
            # Signals are read as well, which cannot fail; a server would not see that it is to end.
            if name == "read" and room.scenario.is_server:
                lasting = []
            for index, number in enumerate(numbers):
                out.append(f"{name}:{errors[index % len(errors)]}:{number}")
                if lasting:
                    out.append(f"{name}:{lasting[index % len(lasting)]}:{number}+")
        return out

    def trial(self, room, label):
        name, error, when = label.split(":")
        # A peer that is gone does not answer, but here it is there.
        gone = error in ("ECONNRESET", "EPIPE")
        return Trial(
            room.scenario, self.name, label,
            prefix=["strace", "-D", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={name}",
                    "-e", f"inject={name}:error={error}:when={when}"],
            statuses=frozenset({3, 4, 6} if gone else {3, 6}), leaves=name in REMOVING,
            # It comes again in each program that a server runs.
            lasts=when.endswith("+") or room.scenario.runs_programs,
            mute=name.startswith("write") and when.endswith("+"))


# --- memory ---


class Memory(Fault):
    """Each allocation fails, or all from one on."""

    def missing(self):
        return None if os.environ.get("CHUNK_MEMORY_FAULTS") else "CHUNK_MEMORY_FAULTS is not set"

    def environment(self, room, at, lasts):
        out = {"LD_PRELOAD": os.environ["CHUNK_MEMORY_FAULTS"], "CHUNK_FAULT_AT": str(at),
               "CHUNK_FAULT_COUNT": str(room.out) + ".count"}
        if lasts:
            out["CHUNK_FAULT_LASTING"] = "1"
        return out

    def count(self, room):
        path = pathlib.Path(str(room.out) + ".count")
        return struct.unpack("<Q", path.read_bytes()[:8])[0]

    def labels(self, room, rng):
        subprocess.run([room.scenario.tool, "--version"], env=dict(os.environ, **self.environment(room, 0, False)),
                       stdout=subprocess.DEVNULL, check=True)
        start = self.count(room)
        room.learn_with([], self.environment(room, 0, False))
        total = self.count(room)
        # The start is the same for all scenarios of a tool.
        step = max(1, start // 40)
        numbers = [*range(1, start, step), *range(start, total + 1)]
        return [f"{number}{lasts}" for number in numbers for lasts in ("", "+")]

    def trial(self, room, label):
        lasts = label.endswith("+")
        return Trial(room.scenario, self.name, label, lasts=lasts,
                     environment=self.environment(room, label.rstrip("+"), lasts))


# --- reading, writing and closing ---


class Preloaded(Fault):
    def __init__(self, what, statuses):
        self.what = what
        self.statuses = frozenset(statuses)

    def missing(self):
        return None if os.environ.get("CHUNK_FAULTS_MODULE") else "CHUNK_FAULTS_MODULE is not set"

    def labels(self, room, rng):
        return ["each"]

    def trial(self, room, label):
        return Trial(room.scenario, self.name, label, statuses=self.statuses, lasts=bool(self.statuses),
                     environment={"LD_PRELOAD": os.environ["CHUNK_FAULTS_MODULE"], "CHUNK_FAULTS": self.what})


# Makes a file system of so many pages, moves there and runs the rest. What is there afterwards is put where
# the tool would have put it without that.
SMALL_DISK = r"""
size=$1 room=$2
shift 2
mkdir "$TMPDIR/disk" && mount -t tmpfs -o size="$((size * 4))k,nr_inodes=1000" none "$TMPDIR/disk" || exit 99
real=$TMPDIR
cd "$TMPDIR/disk"
for each in "$room"/*; do [ ! -L "$each" ] || ln -s "$(readlink "$each")" .; done
TMPDIR=$PWD
export TMPDIR
"$@" >out
status=$?
cat out
rm -f out
find . -maxdepth 1 -type f -exec cp {} "$room" \;
find . -maxdepth 1 -type s -exec touch "$room"/{} \;
cd "$real"
umount "$real/disk" && rmdir "$real/disk"
exit $status
"""


class FullDisk(Fault):
    """Files are on a file system of some pages of memory."""

    def missing(self):
        return None if succeeds("unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt") else "no mount is allowed"

    def applies(self, scenario):
        return not scenario.is_server

    def labels(self, room, rng):
        pages = sum(len(each) for each in (room.right_out, *room.right_files.values())) // 4096
        pages += len(room.right_files)
        return [str(each) for each in sorted({1, 2, 3, 4, 6, 10, pages, pages + 1, pages + 2})]

    def trial(self, room, label):
        return Trial(room.scenario, self.name, label, statuses=frozenset({6}),
                     prefix=["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", label, str(room.directory)])


class Limit(Fault):
    """A limit of the process."""

    def __init__(self, kind, values):
        self.kind = kind
        self.values = values

    def labels(self, room, rng):
        sizes = set(self.values)
        if self.kind == resource.RLIMIT_FSIZE:
            sizes |= {len(each) - 1 for each in (room.right_out, *room.right_files.values()) if each}
        return [str(each) for each in sorted(sizes)]

    def trial(self, room, label):
        return Trial(room.scenario, self.name, label, limits={self.kind: int(label)}, lasts=True)


# --- signals ---

ENDING = ("TERM", "INT", "HUP", "QUIT")


class Signals(Fault):
    """Signals at any moment. Of two the second comes while the tool ends."""

    COUNT = 24

    def labels(self, room, rng):
        kinds = ["TERM", "INT", "HUP", "QUIT", "TERM,TERM", "STOP,CONT", "KILL", "CHLD", "WINCH"]
        out = []
        for number in range(self.COUNT):
            kind = kinds[number % len(kinds)]
            out.append(f"{kind}@{rng.random() * 1.2 * room.duration:.5f}")
        return out

    def trial(self, room, label):
        names, moment = label.split("@")
        names = names.split(",")
        signals = {getattr(signal, "SIG" + name) for name in names}
        ends = any(name in ENDING + ("KILL",) for name in names)
        if room.scenario.tool == "chunk-serve" and names == ["HUP"]:
            ends = False

        def beside(attempt):
            scenario = room.scenario
            if scenario.is_server and attempt.announced and scenario.right not in ("takes", "gives"):
                asking = threading.Thread(target=attempt.ask_some)
                asking.start()
            else:
                asking = None
            time.sleep(float(moment))
            for name in names:
                attempt.send_signal(getattr(signal, "SIG" + name))
            if asking:
                asking.join()
                if not ends:
                    attempt.send_signal(signal.SIGTERM)

        # At once, as chunk-serve(1) says, and so without cleaning up
        at_once = "KILL" in names or (
            room.scenario.tool == "chunk-serve" and (names == ["QUIT"] or len(names) == 2 and ends))
        return Trial(room.scenario, self.name, label, beside=beside, lasts=ends, leaves=at_once,
                     statuses=frozenset({3, 6} if "KILL" in names else {}),
                     signals=frozenset(signals - {signal.SIGCHLD, signal.SIGWINCH, signal.SIGCONT, signal.SIGSTOP}))


# --- process 1 ---


class First(Fault):
    """The tool is process 1 of a container."""

    PREFIX = ["unshare", "-rpf", "--mount-proc", "--kill-child"]

    def missing(self):
        return None if succeeds(*self.PREFIX, "true") else "no process namespace can be made"

    def labels(self, room, rng):
        if room.scenario.is_server:
            return ["TERM", "INT", "HUP"] if room.scenario.tool != "chunk-serve" else ["TERM", "INT"]
        return ["run"]

    def trial(self, room, label):
        beside = None
        if label != "run" and room.scenario.right not in ("takes", "gives"):
            def beside(attempt):
                if attempt.announced:
                    attempt.ask_some()
                    attempt.send_signal(getattr(signal, "SIG" + label))
        number = {"run": 0}.get(label) or getattr(signal, "SIG" + label, 0)
        return Trial(room.scenario, self.name, label, prefix=self.PREFIX, depth=1, statuses=frozenset(),
                     beside=beside, signals=frozenset({number}))


# --- hostile peers ---


class HostileServer(Fault):
    """What a client connects to is not what it expects."""

    def applies(self, scenario):
        return scenario.is_client

    def labels(self, room, rng):
        return list(hostile.BEHAVIOURS)

    def trial(self, room, label):
        behaviour = hostile.BEHAVIOURS[label]
        scenario = room.scenario
        real = room.world.addresses[scenario.helper]
        is_tcp = not real.startswith("unix:")
        server = hostile.Server(behaviour, real, None if is_tcp else str(room.temporary) + ".hostile")
        statuses = set(behaviour.statuses)
        if behaviour.ends_whole and not scenario.asks:
            statuses.add(0)
        if scenario.right == "output" and "tls:" in real and not behaviour.is_right:
            statuses |= {3, 4}
            statuses.discard(0)

        def beside(attempt):
            attempt.finish()
            server.close()
            if attempt.status == 0 and 0 not in statuses and not behaviour.is_right:
                attempt.found.append("status 0 with a peer that has not served it")

        return Trial(scenario, self.name, label, statuses=frozenset(statuses - {0}), beside=beside, wait=1,
                     address=server.address.replace("tcp:", "tls:") if real.startswith("tls:") else server.address,
                     own_output=not behaviour.is_right)


class HostileClient(Fault):
    """A client does what it should not, and others are served meanwhile."""

    def applies(self, scenario):
        return scenario.is_server

    def labels(self, room, rng):
        count = 1 if room.scenario.right in ("takes", "gives") else room.scenario.addresses
        return [f"{name}@{number}" for number in range(count) for name in hostile.BEHAVIOURS]

    def trial(self, room, label):
        name, number = label.split("@")
        behaviour = hostile.BEHAVIOURS[name]
        one_shot = room.scenario.right in ("takes", "gives")

        def beside(attempt):
            if not attempt.announced:
                return
            clients = [hostile.Client(behaviour, attempt.announced[int(number)]) for _ in range(1 if one_shot else 3)]
            if not one_shot:
                attempt.ask_some()
                attempt.send_signal(signal.SIGTERM)
            attempt.finish()
            for client in clients:
                client.close()

        return Trial(room.scenario, self.name, label, beside=beside, statuses=frozenset({1, 3, 4, 5}),
                     own_output=True)


def table():
    """The faults by their names, in the order in which they are shown."""
    import network  # which has a class of those above

    out = {
        "calls": Calls(),
        "memory": Memory(),
        "bytes": Preloaded("bytes", ()),
        "close": Preloaded("close", (6,)),
        "disk": FullDisk(),
        "filesize": Limit(resource.RLIMIT_FSIZE, (0, 1, 9, 100)),
        "files": Limit(resource.RLIMIT_NOFILE, range(3, 24)),
        "signals": Signals(),
        "first": First(),
        "network": network.Network(),
        "server": HostileServer(),
        "client": HostileClient(),
    }
    for name, fault in out.items():
        fault.name = name
    return out
