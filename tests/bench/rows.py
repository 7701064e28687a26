"""What is measured: one row for each work, with the programs that do it, and the curves.

The first subject of a row is ours; the others are what it is compared with, and may be missing. Sizes are pairs:
for the whole run, and for the quick one.
"""

import dataclasses
import functools
import itertools
import os
import re
import shlex
import shutil
import struct
import typing

from lab import Codec, Command, Connections, Generator, Load, free_port

MIB = 1024 * 1024


@dataclasses.dataclass
class Subject:
    name: str
    way: typing.Any  # has measure(), or makes what has; see lab.py
    # ours, form (another one of ours), before (that of another build), peer, floor, start (what is taken off a curve)
    role: str = "peer"
    needs: str = ""  # a program that has to be there

    def is_there(self):
        return not self.needs or shutil.which(self.needs) is not None


@dataclasses.dataclass
class Target:
    """Ours costs at most so many times what the subject costs or, without one, at most so much."""

    most: float
    of: str | None = None


@dataclasses.dataclass
class Row:
    name: str
    unit: str
    figure: str  # which counts: wall, cpu or memory
    subjects: typing.Callable  # (lab) -> list of Subject
    targets: list = dataclasses.field(default_factory=list)
    rounds: tuple = (5, 1)


@dataclasses.dataclass
class Curve:
    name: str
    unit: str
    figure: str
    subjects: typing.Callable  # (lab, x) -> list of Subject
    points: tuple
    quick_points: tuple
    rounds: tuple = (3, 1)


def ours(name, way):
    return Subject(name, way, "ours")


def form(name, way):
    return Subject(name, way, "form")


def peer(name, way, needs=None):
    return Subject(name, way, "peer", name.split()[0] if needs is None else needs)


def floor(name, way, needs=""):
    return Subject(name, way, "floor", needs)


def words(*paths):
    """Paths as words for a shell."""
    return [shlex.quote(str(each)) for each in paths]


# --- streams ---


def chunk(name, payload):
    return struct.pack("<4sI", name, len(payload)) + payload


def blocks(piece, count):
    """A piece of bytes, `count` times, in blocks of about a mebibyte."""
    at_once = max(1, MIB // len(piece))
    for _ in range(count // at_once):
        yield piece * at_once
    yield piece * (count % at_once)


def chunks(lab, count, payload=b"0123456789abcdef", name=b"ECHO"):
    """A file of that many equal chunks."""
    return lab.file(f"{name.decode()}-{len(payload)}-{count}", blocks(chunk(name, payload), count))


def one_chunk(lab, kind, mebibytes):
    """A file of one chunk of random bytes or of text."""
    text = b"The quick brown fox jumps over the lazy dog. "
    whole = int(mebibytes * MIB)
    contents = blocks(text, whole // len(text)) if kind == "text" else (
        os.urandom(min(MIB, whole)) for _ in range(0, whole, MIB))
    size = whole // len(text) * len(text) if kind == "text" else whole
    return lab.file(f"{kind}-{whole}", itertools.chain([struct.pack("<4sI", b"ECHO", size)], contents))


def kind_name(number):
    return f"{number:04x}".encode()


def container_file(lab, kinds, total):
    """A protocol in which BOXX contains that many kinds of subchunks, and a stream of such, of `total` chunks."""
    members = ", ".join(f'"{kind_name(each).decode()}"' for each in range(kinds))
    protocol = lab.file(f"container-{kinds}.toml", [f"[BOXX]\ncontains = [{members}]\n".encode()])
    inside = b"".join(chunk(kind_name(each), b"12345678") for each in range(kinds))
    count = max(1, total // (kinds + 1))
    stream = lab.file(f"container-{kinds}-{total}", blocks(chunk(b"BOXX", inside), count))
    return protocol, stream, count * (kinds + 1)


# --- the start of a process ---


def start_request(lab):
    server = lab.server("chunk")
    request = lab.file("request", [chunk(b"NOOP", b"")])
    return [
        ours("chunk-send", Command(lab, [lab.tool("chunk-send"), "-c", f"unix:{server.path}", "request:NOOP"])),
        peer("nc", Command(lab, ["nc", "-N", "-U", server.path], stdin=request)),
        peer("ncat", Command(lab, ["ncat", "-U", server.path], stdin=request)),
        peer("socat", Command(lab, ["socat", "-", f"UNIX-CONNECT:{server.path}"], stdin=request)),
        floor("true", Command(lab, ["true"]), "true"),
    ]


def start_version(lab, tool):
    return [
        ours(tool, Command(lab, [lab.tool(tool), "--version"])),
        peer("nc", Command(lab, ["nc", "-h"])),
        floor("true", Command(lab, ["true"]), "true"),
    ]


# --- servers ---


def echo(lab, transport, clients=50, in_flight=1):
    def load(*server):
        return Load(lab, lab.server(*server), transport, clients, in_flight)
    return [
        ours("chunk-serve", functools.partial(load, "chunk")),
        peer("redis", functools.partial(load, "redis"), "redis-server"),
        # It has no request that is answered by what was sent, so it answers what was stored.
        peer("memcached get", functools.partial(load, "memcached", transport)),
        floor("bare loop", functools.partial(load, "floor")),
    ]


def worker(lab, in_flight):
    def load(server):
        return Load(lab, lab.server(server), in_flight=in_flight)
    return [
        ours("chunk-serve and its worker", functools.partial(load, "worker")),
        peer("asyncio in one process", functools.partial(load, "asyncio"), ""),
        form("chunk-serve itself", functools.partial(load, "chunk")),
    ]


def memory(lab, count, sent=None):
    """`sent`: what to send on each connection, for each server; None: nothing."""
    def connections(protocol, *server):
        def fresh():
            lab.end_servers()
            return lab.server(*server)
        return Connections(fresh, sent[protocol] if sent else b"", lab.choose(count, 300))
    return [
        ours("chunk-serve", functools.partial(connections, "chunk", "chunk")),
        peer("redis", functools.partial(connections, "redis", "redis"), "redis-server"),
        peer("memcached", functools.partial(connections, "memcached", "memcached", "Unix")),
    ]


HALF = {"chunk": b"ECHO", "redis": b"*2\r\n$4\r", "memcached": b"get a"}


def generator(lab):
    payload = "0123456789abcdef" * 4

    def send():
        return Generator([lab.tool("chunk-send"), "-c", f"tcp:127.0.0.1:{lab.server('chunk').port}", "--clients", "50",
                          "--duration", str(lab.choose(2, 0.1)), f"ECHO:{payload}", "expect:ECHO"], r"passes +(\d+)")

    def redis():
        requests = lab.choose(200_000, 10_000)
        return Generator(["redis-benchmark", "-q", "-p", str(lab.server("redis").port), "-c", "50", "-n",
                          str(requests), "ECHO", payload], requests)
    return [ours("chunk-send", send), peer("redis-benchmark", redis)]


# --- dumps ---


def dump_random(lab, sink, slow=False):
    """`slow`: beside programs that take so long that they show only a part, which is timed without their start."""
    whole = lab.choose(256, 2)

    def show(command, part):
        file, = words(one_chunk(lab, "random", whole / part))
        start = Command(lab, f"{command} /dev/null {sink}") if part > 1 else None
        return Command(lab, f"{command} {file} {sink}", units=whole / part, start=start)
    loop = lab.program("dump_floor")
    dump, bare = words(lab.tool("chunk-dump"), loop)
    out = [ours("chunk-dump", show(dump, 1)), peer("xxd", show("xxd", 1))]
    if slow:
        out += [peer("hexdump -C", show("hexdump -C", 16)), peer("hexyl", show("hexyl", 16)),
                peer("fq", show("fq -d bytes hd", 1024))]
    return [*out, floor("SSSE3 loop", show(bare, 1), loop)]


def dump_text(lab):
    whole = lab.choose(256, 2)
    file = one_chunk(lab, "text", whole)
    return [ours("chunk-dump", Command(lab, [lab.tool("chunk-dump"), file], units=whole)),
            peer("xxd, which shows it in hex", Command(lab, ["xxd", file], units=whole), "xxd")]


def dump_formats(lab):
    count = lab.choose(4_000_000, 20_000)
    file = chunks(lab, count, b"0123456789abcdef" * 3 + b"01234567")
    made = [Command(lab, [lab.tool("chunk-dump"), *option.split(), file], units=count)
            for option in ("", "--list", "--text", "--json", "--summary", "--check")]
    names = ["chunk-dump", "--list", "--text", "--json", "--summary", "--check"]
    return [ours(names[0], made[0]), *(form(*each) for each in zip(names[1:], made[1:]))]


def dump_sparse(lab):
    path = lab.scratch / "sparse"
    if not path.exists():
        size = 1024 * MIB
        with open(path, "wb") as out:
            for number in range(3):
                out.seek(number * size)
                out.write(struct.pack("<4sI", b"BIG%d" % number, size - 8))
            out.truncate(3 * size)
    return [ours("chunk-dump --list", Command(lab, [lab.tool("chunk-dump"), "--list", path])),
            form("its start", Command(lab, [lab.tool("chunk-dump"), "--list", "/dev/null"]))]


def check_kinds(lab):
    def check(kinds):
        protocol, stream, count = container_file(lab, kinds, lab.choose(200_000, 10_000))
        argv = [lab.tool("chunk-dump"), "-p", protocol, "--check"]
        return Command(lab, [*argv, stream], units=count, start=Command(lab, [*argv, "/dev/null"]))
    return [ours("8,000 kinds", check(8000)), form("2,000 kinds", check(2000))]


# --- streams ---


def recv(lab, options):
    count = lab.choose(2**24, 2**16)
    file = chunks(lab, count)
    command = Command(lab, [lab.tool("chunk-recv"), *options.split()], units=count, stdin=file)
    return [ours("chunk-recv", command), floor("cat", Command(lab, ["cat"], units=count, stdin=file), "cat")]


def recv_framings(lab):
    count = lab.choose(2**24, 2**16)
    payload = b"0123456789abcdef"
    argv = [lab.tool("chunk-recv"), "-F", "none"]
    streams = {
        "u32be": struct.pack(">I", len(payload)) + payload,
        "postgres": struct.pack(">cI", b"D", 4 + len(payload)) + payload,
    }
    return [
        ours("the chunk framing", Command(lab, argv, units=count, stdin=chunks(lab, count))),
        *(form(name, Command(lab, [*argv, "-p", name], units=count, stdin=lab.file(f"{name}-{count}",
                                                                                   blocks(piece, count))))
          for name, piece in streams.items()),
    ]


def send_small(lab):
    count = lab.choose(2**24, 2**16)
    file, send, receive = words(chunks(lab, count), lab.tool("chunk-send"), lab.tool("chunk-recv"))
    return [
        ours("chunk-send | chunk-recv", Command(lab, f"{send} <{file} | {receive} -F none", units=count)),
        peer("cat | cat", Command(lab, f"cat {file} | cat >/dev/null", units=count)),
    ]


def large(lab):
    mebibytes = lab.choose(1024, 8)
    return chunks(lab, mebibytes, b"0123456789abcdef" * (MIB // 16)), mebibytes


def pipe(lab):
    path, mebibytes = large(lab)
    file, send, receive = words(path, lab.tool("chunk-send"), lab.tool("chunk-recv"))
    return [
        ours("chunk-send | chunk-recv", Command(lab, f"{send} <{file} | {receive} -F none", units=mebibytes)),
        peer("cat | cat", Command(lab, f"cat <{file} | cat >/dev/null", units=mebibytes)),
        peer("pv", Command(lab, f"pv -q <{file} | cat >/dev/null", units=mebibytes)),
    ]


def pipe_to_file(lab):
    path, mebibytes = large(lab)
    # The file exists already, so that all do the same.
    out = lab.file("out", blocks(b"\0" * MIB, mebibytes))
    file, out, send, receive = words(path, out, lab.tool("chunk-send"), lab.tool("chunk-recv"))
    socat = f"socat -b 1048576 -u OPEN:{file} STDOUT | socat -b 1048576 -u STDIN CREATE:{out}"
    return [
        ours("chunk-send | chunk-recv", Command(lab, f"{send} <{file} | {receive} >{out}", units=mebibytes)),
        peer("cat | cat", Command(lab, f"cat <{file} | cat >{out}", units=mebibytes)),
        peer("socat", Command(lab, socat, units=mebibytes)),
    ]


class Place:
    """Where something listens, in the words of each program, and how a shell waits until it does."""

    def __init__(self, lab, transport, name):
        self.path, = words(lab.scratch / name)
        # A regular expression for the path
        self.pattern = re.sub(r"[][\\.*^$]", r"\\\g<0>", str(lab.scratch / name))
        self.port = free_port() if transport == "TCP" else 0
        self.is_tcp = transport == "TCP"

    def ours(self):
        return f"tcp:127.0.0.1:{self.port}" if self.is_tcp else f"unix:{self.path}"

    def nc(self):
        return f"127.0.0.1 {self.port}" if self.is_tcp else f"-U {self.path}"

    def socat_to(self):
        return f"TCP:127.0.0.1:{self.port}" if self.is_tcp else f"UNIX-CONNECT:{self.path}"

    def socat_at(self):
        return f"TCP-LISTEN:{self.port},bind=127.0.0.1,reuseaddr" if self.is_tcp else f"UNIX-LISTEN:{self.path}"

    def listening(self, command):
        """Starts a command that listens there, and waits until it does; fails if it ends before."""
        if self.is_tcp:
            row, table = f": 0100007F:{self.port:04X} 00000000:0000 0A", "/proc/net/tcp"
        else:
            row, table = f" 00010000 .* {self.pattern}$", "/proc/net/unix"
        return (f"rm -f {self.path}; {command} & "
                f"until grep -q {shlex.quote(row)} {table}; do kill -0 $! || exit 1; done")


def over_socket(lab, transport):
    path, mebibytes = large(lab)
    out = lab.file("out", blocks(b"\0" * MIB, mebibytes))
    at = Place(lab, transport, "place")
    file, out, send, receive = words(path, out, lab.tool("chunk-send"), lab.tool("chunk-recv"))

    def transfer(receiver, sender):
        return Command(lab, f"{at.listening(receiver)}; {sender} && wait $!", units=mebibytes)
    return [
        ours("chunk-send, chunk-recv", transfer(f"{receive} -l {at.ours()} >{out}", f"{send} -c {at.ours()} <{file}")),
        peer("nc", transfer(f"nc -d -l {at.nc()} >{out}", f"nc -N {at.nc()} <{file}")),
        peer("socat", transfer(f"socat -b 1048576 -u {at.socat_at()} CREATE:{out}",
                               f"socat -b 1048576 -u OPEN:{file} {at.socat_to()}")),
    ]


def tap(lab, transport, payload):
    if payload == MIB:
        path, units = large(lab)
    else:
        units = lab.choose(2**21, 2**14)
        path = chunks(lab, units, b"01234567" * (payload // 8))
    end, middle = Place(lab, transport, "end"), Place(lab, transport, "middle")
    file, send, receive, dump = words(path, *map(lab.tool, ("chunk-send", "chunk-recv", "chunk-dump")))
    receiving = end.listening(f"{receive} -F none -l {end.ours()}")

    def through(relay):
        return Command(
            lab, f"{receiving}; receiver=$!; {middle.listening(relay)}; relay=$!; "
            f"{send} -c {middle.ours()} <{file} && wait $receiver && {{ kill $relay; wait $relay; true; }} 2>/dev/null",
            units=units)
    dump = f"{dump} --tap {middle.ours()} {end.ours()}"
    direct = Command(lab, f"{receiving}; {send} -c {end.ours()} <{file} && wait $!", units=units)
    return [
        ours("chunk-dump --tap", through(f"{dump} --summary >/dev/null")),
        floor("direct", direct),
        form("with --list", through(f"{dump} --list >/dev/null")),
        peer("socat", through(f"socat -b 131072 {middle.socat_at()} {end.socat_to()}")),
    ]


# --- decoder ---

# Which cases of the codec are measured: all of them, or some framings
CODEC = ("", "/(chunk|u32be|postgres)/")


def decoder(lab):
    def subject(name, framing, role):
        return Subject(name, Codec(lab, f"^decode/{framing}/64$"), role, lab.codec())
    return [subject("the chunk framing", "chunk", "ours"), subject("u32be", "u32be", "form"),
            subject("postgres", "postgres", "form")]


# --- curves ---


def connections_curve(lab, x):
    return [each for each in echo(lab, "Unix", x) if each.name != "memcached get"]


def payload_curve(lab, x):
    def load(*server):
        return Load(lab, lab.server(*server), clients=10, payload=x)
    return [
        ours("chunk-serve", functools.partial(load, "chunk", "--max-chunk", "2M")),
        peer("redis", functools.partial(load, "redis"), "redis-server"),
        floor("bare loop", functools.partial(load, "floor")),
    ]


def beyond_start(lab, units, start, whole):
    """A command without its start, and that start, each with the arguments of Command."""
    begun = Command(lab, units=units, **start)
    return [ours("chunk", Command(lab, units=units, start=begun, **whole)), Subject("its start", begun, "start")]


def stream_curve(lab, x):
    receive = [lab.tool("chunk-recv"), "-F", "none"]
    return beyond_start(lab, x, {"what": receive}, {"what": receive, "stdin": chunks(lab, x, b"", b"NOOP")})


def checked(lab, protocol, stream, units):
    check = [lab.tool("chunk-dump"), "-p", protocol, "--check"]
    return beyond_start(lab, units, {"what": [*check, "/dev/null"]}, {"what": [*check, stream]})


def total(lab):
    """Chunks in a stream whose shape is what a curve is about."""
    return lab.choose(2_000_000, 20_000)


def subchunk_curve(lab, x):
    protocol = lab.file("any.toml", [b'[BOXX]\ncontains = ["ITEM*"]\n'])
    box = chunk(b"BOXX", chunk(b"ITEM", b"12345678") * x)
    count = max(1, total(lab) // (x + 1))
    return checked(lab, protocol, lab.file(f"subchunks-{x}", blocks(box, count)), count * (x + 1))


def kinds_curve(lab, x):
    rules = b"".join(b'["%s"]\n' % kind_name(each) for each in range(x))
    some = b"".join(chunk(kind_name(each), b"12345678") for each in range(x))
    count = max(1, total(lab) // x)
    return checked(lab, lab.file(f"kinds-{x}.toml", [rules]), lab.file(f"kinds-{x}", blocks(some, count)), count * x)


def subchunk_kinds_curve(lab, x):
    return checked(lab, *container_file(lab, x, total(lab) // 4))


def loading_curve(lab, x):
    rules = b"".join(b'["%s"]\nsummary = "one of them"\n' % kind_name(each) for each in range(x))
    load = [lab.tool("chunk-dump"), "--check", "/dev/null", "-p"]
    return beyond_start(lab, x, {"what": [*load, "none"]},
                        {"what": [*load, lab.file(f"loaded-{x}.toml", [rules])]})


def depth_curve(lab, x):
    protocol = lab.file("deep.toml", [b'depth = 32\n[BOXX]\nouter = true\ncontains = ["BOXX*", "ITEM*"]\n'])
    box = chunk(b"ITEM", b"12345678")
    for _ in range(x):
        box = chunk(b"BOXX", box)
    count = total(lab) // (x + 1)
    return checked(lab, protocol, lab.file(f"depth-{x}", blocks(box, count)), count * (x + 1))


# --- the table ---

STARTS = (200, 5)
TOOLS = ("chunk-send", "chunk-recv", "chunk-dump", "chunk-serve")

ROWS = [
    Row("start, one request over a Unix socket", "start", "wall", start_request, [Target(1.05, "nc")], STARTS),
    *(Row(f"{tool} --version", "start", "wall", functools.partial(start_version, tool=tool), [Target(1.05, "nc")],
          STARTS) for tool in TOOLS),
    Row("64-byte ECHO, TCP", "request", "cpu", functools.partial(echo, transport="TCP"),
        [Target(1.05, "bare loop"), Target(0.8, "redis")]),
    Row("64-byte ECHO, Unix", "request", "cpu", functools.partial(echo, transport="Unix"),
        [Target(1.1, "bare loop"), Target(0.8, "redis")]),
    Row("64-byte ECHO, TCP, 16 in flight", "request", "cpu", functools.partial(echo, transport="TCP", in_flight=16),
        [Target(1.15, "bare loop")]),
    Row("64-byte ECHO, Unix, 16 in flight", "request", "cpu", functools.partial(echo, transport="Unix", in_flight=16),
        [Target(1.15, "bare loop")]),
    Row("64-byte ECHO, Unix, 1000 connections", "request", "cpu",
        functools.partial(echo, transport="Unix", clients=1000), [Target(1.15, "bare loop")]),
    Row("a worker in Python", "request", "wall", functools.partial(worker, in_flight=1),
        [Target(1 / 3, "asyncio in one process")]),
    Row("a worker in Python, 16 in flight", "request", "wall", functools.partial(worker, in_flight=16)),
    Row("half a header on each of 5,000 connections", "connection", "memory",
        functools.partial(memory, count=5000, sent=HALF), [Target(4000)], (3, 1)),
    Row("an idle connection", "connection", "memory", functools.partial(memory, count=5000), [Target(1536)], (3, 1)),
    Row("requests of a load test", "request", "cpu", generator),
    Row("the decoder, 64-byte chunks", "chunk", "cpu", decoder, [Target(5e-9)]),
    Row("chunk-dump, one chunk of random bytes", "MiB", "wall",
        functools.partial(dump_random, sink=">/dev/null", slow=True),
        [Target(1 / 15, "xxd"), Target(1.3, "SSSE3 loop")]),
    Row("chunk-dump, random bytes, into a pipe", "MiB", "wall",
        functools.partial(dump_random, sink="| cat >/dev/null")),
    Row("chunk-dump, one chunk of text", "MiB", "wall", dump_text),
    Row("chunk-dump, chunks of 56 bytes", "chunk", "wall", dump_formats),
    Row("chunk-dump --list, 3 GiB sparse", "start", "wall", dump_sparse, [], STARTS),
    Row("chunk-dump --check, kinds of subchunks", "subchunk", "wall", check_kinds, [Target(1.3, "2,000 kinds")],
        (3, 1)),
    Row("chunk-recv -F text, 16-byte chunks", "chunk", "wall", functools.partial(recv, options="-F text"),
        [Target(1 / 35e6)]),
    Row("chunk-recv, 16-byte chunks", "chunk", "wall", functools.partial(recv, options="")),
    Row("chunk-recv -F payload, 16-byte chunks", "chunk", "wall", functools.partial(recv, options="-F payload")),
    Row("chunk-recv -F none, 16-byte chunks", "chunk", "wall", functools.partial(recv, options="-F none")),
    Row("chunk-recv --skip NOOP, 16-byte chunks", "chunk", "wall", functools.partial(recv, options="--skip NOOP")),
    Row("chunk-recv -F none, other framings", "chunk", "wall", recv_framings),
    Row("16-byte chunks through a pipe", "chunk", "wall", send_small),
    Row("1 MiB chunks through a pipe", "MiB", "wall", pipe),
    Row("1 MiB chunks from file to file", "MiB", "wall", pipe_to_file),
    Row("1 MiB chunks over a Unix socket", "MiB", "wall", functools.partial(over_socket, transport="Unix")),
    Row("1 MiB chunks over TCP", "MiB", "wall", functools.partial(over_socket, transport="TCP")),
    Row("1 MiB chunks through a tap, TCP", "MiB", "wall", functools.partial(tap, transport="TCP", payload=MIB),
        [Target(1 / 0.9, "direct")]),
    Row("1 MiB chunks through a tap, Unix", "MiB", "wall", functools.partial(tap, transport="Unix", payload=MIB)),
    Row("56-byte chunks through a tap, Unix", "chunk", "wall", functools.partial(tap, transport="Unix", payload=56)),
]

CURVES = [
    Curve("connections", "request", "cpu", connections_curve, (1, 10, 100, 1000, 10_000), (1, 100)),
    Curve("bytes of payload", "request", "cpu", payload_curve,
          (0, 1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, MIB), (0, 1024, MIB)),
    Curve("chunks of a stream", "chunk", "wall", stream_curve, (10**3, 10**4, 10**5, 10**6, 10**7, 10**8),
          (10**3, 10**6)),
    Curve("subchunks of a container", "chunk", "wall", subchunk_curve, (1, 10, 100, 1000, 10_000, 100_000),
          (1, 10_000)),
    Curve("kinds of chunks", "chunk", "wall", kinds_curve, (10, 100, 1000, 10_000), (10, 1000)),
    Curve("kinds of subchunks", "chunk", "wall", subchunk_kinds_curve, (10, 100, 1000, 10_000), (10, 1000)),
    Curve("kinds of a protocol, loaded", "kind", "wall", loading_curve, (10, 100, 1000, 10_000), (10, 1000)),
    Curve("levels of containers", "chunk", "wall", depth_curve, (1, 2, 4, 8, 16, 32), (1, 32)),
]
