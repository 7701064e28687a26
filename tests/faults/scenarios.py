"""The scenarios of scenarios.txt, and what they need around them."""

import dataclasses
import os
import pathlib
import re
import shlex
import subprocess

SERVERS = ("answers", "secures", "merges", "spreads", "takes", "gives")

SCRIPT = "let:a=hi\nECHO:%{a}\nexpect:ECHO:hi\nNOOP\nexpect:NOOP\n"
ANSWER = "expect:ECHO:hi\nECHO:hi\n"


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    right: str
    helper: str
    command: str

    @property
    def is_server(self):
        return self.right in SERVERS

    @property
    def is_client(self):
        return self.helper != "none" and not self.is_server

    @property
    def tool(self):
        return self.command.split()[0]

    @property
    def runs_programs(self):
        """Whether processes other than the tool's own belong to it."""
        return self.right == "handler" or bool(re.search(r"--exec|--worker|run:|start:", self.command))

    @property
    def asks(self):
        """Whether a right result takes replies of the peer."""
        return bool(re.search(r"request:|--probe|-f script", self.command))

    @property
    def addresses(self):
        """How many addresses the server announces."""
        return len(re.findall(r" (?:\./\w|(?:tcp|tls):[0-9.]+:0)\b", self.command))

    @property
    def listens_everywhere(self):
        """Whether other machines reach the server."""
        return " tcp:0.0.0.0:0" in self.command

    def words(self, address, wait):
        """Returns the arguments, and the file of standard input or None."""
        text = self.command.format(
            address=address, wait=wait, port=address.rsplit(":", 1)[-1], index="{index}"
        ).replace("%" + address, "%{address}")
        words = shlex.split(text)
        source = None
        if words[-1].startswith("<"):
            source = words.pop()[1:]
        return words, source


def read_table(path):
    table = []
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            table.append(Scenario(*line.split(None, 3)))
    return table


class World:
    """A directory with the files that the scenarios read, and the helpers."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.helpers = []
        self.addresses = {"none": ""}

    def prepare(self):
        stream = subprocess.check_output(
            ["chunk-send", "NOOP", "ECHO:hi", "CMPU:OPER=+:OPND=3:OPND=4", "ECHO,fill=3000:xyz",
             "ANSR:STS%20=1:VALU=7"])
        self.write("stream", stream)
        self.write("requests", subprocess.check_output(["chunk-send", "NOOP", "ECHO:hi", "ECHO,fill=3000:xyz"]))
        self.write("large", subprocess.check_output(
            ["chunk-send", "NOOP", "ECHO,fill=200000:xyz", "ECHO:last"]))
        self.write("stream.json", subprocess.check_output(["chunk-dump", "-F", "json", "stream"], cwd=self.directory))
        self.write("script", SCRIPT.encode())
        self.write("plain", b"NOOP\nECHO:hi\n")
        self.write("answer", ANSWER.encode())
        self.write("give", b"ECHO:hi\n")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             "key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test", "-addext",
             "subjectAltName=IP:127.0.0.1"],
            cwd=self.directory, stderr=subprocess.DEVNULL, check=True)
        self.write("cert.pem", self.read("ca.pem") + self.read("key.pem"))
        self.inputs = [each.name for each in self.directory.iterdir()]

    def start_helpers(self):
        peer, tcp, tls = self.start(
            "chunk-serve", "-q", "--max-per-peer", "1000", "--tls-cert", "cert.pem", f"{self.directory}/peer",
            "tcp:127.0.0.1:0", "tls:127.0.0.1:0", count=3)
        self.addresses.update(peer=peer, tcp=tcp, tls=tls)
        self.addresses["giver"], = self.start("chunk-serve", "-q", "--script", "give", f"{self.directory}/giver")

    def start(self, *command, count=1):
        """Starts a helper. Returns the addresses that it announces."""
        reader, writer = os.pipe()
        helper = subprocess.Popen(
            [*command, "--ready-fd", str(writer)], cwd=self.directory, pass_fds=[writer],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writer)
        self.helpers.append(helper)
        with open(reader) as ready:
            return [ready.readline().rstrip("\n") for _ in range(count)]

    def end_helpers(self):
        for helper in self.helpers:
            helper.terminate()
        for helper in self.helpers:
            helper.wait()

    def write(self, name, contents):
        (self.directory / name).write_bytes(contents)

    def read(self, name):
        return (self.directory / name).read_bytes()
