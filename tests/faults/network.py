"""Faults of the network, between two network namespaces that a pair of virtual interfaces connects.

The tool is in one of them, at 10.9.0.1, and its peer in the other, at 10.9.0.2.
"""

import os
import pathlib
import signal
import subprocess
import time

from faults import Fault, succeeds
from trial import Trial

NEAR, FAR = "10.9.0.1", "10.9.0.2"

# Holds the far namespace, and keeps both until standard input ends.
HOLD = f"""
set -e
ip link set lo up
exec 3<&0
unshare -n sh -c 'echo; exec cat' <&3 >far &
until [ -s far ]; do sleep 0.01; done
ip link add chunk0 type veth peer name chunk1 netns $!
ip address add {NEAR}/24 dev chunk0
ip link set chunk0 up
nsenter -t $! -n sh -c 'ip link set lo up; ip address add {FAR}/24 dev chunk1; ip link set chunk1 up'
echo $!
wait
"""


class Networks:
    """The two namespaces."""

    def __init__(self, directory):
        self.holder = subprocess.Popen(
            ["unshare", "-rn", "sh", "-c", HOLD], cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.far_process = self.holder.stdout.readline().strip()
        self.works = bool(self.far_process)
        os.unlink(pathlib.Path(directory) / "far")

    def near(self):
        return ["nsenter", "-t", str(self.holder.pid), "-U", "-n", "--preserve-credentials", "--"]

    def far(self):
        return ["nsenter", "-t", self.far_process, "-U", "-n", "--preserve-credentials", "--"]

    def run_near(self, *command):
        subprocess.run([*self.near(), *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=10)

    def run_far(self, *command):
        subprocess.run([*self.far(), *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=10)

    def close(self):
        self.holder.stdin.close()
        self.holder.stdout.close()
        self.holder.wait()


def link_down(networks, attempt):
    networks.run_near("ip", "link", "set", "chunk0", "down")


def link_down_shortly(networks, attempt):
    link_down(networks, attempt)
    time.sleep(0.1)
    networks.run_near("ip", "link", "set", "chunk0", "up")


def kill_near(networks, attempt):
    networks.run_near("ss", "-K", "dst", FAR)


def kill_far(networks, attempt):
    networks.run_far("ss", "-K", "dst", NEAR)


def small_packets(networks, attempt):
    networks.run_near("ip", "link", "set", "chunk0", "mtu", "100")
    networks.run_far("ip", "link", "set", "chunk1", "mtu", "100")


def freeze(networks, attempt):
    attempt.peer.send_signal(signal.SIGSTOP)


def reject(networks, attempt):
    """The near side is told that there is no way to the far one."""
    networks.run_near("ip", "route", "add", "prohibit", FAR)


# What happens, the statuses that a client may end with, and whether the peer is gone then
HAPPENINGS = {
    "link-down": (link_down, {1, 3, 4}, True),
    "link-down-shortly": (link_down_shortly, {3}, False),  # it may be connecting just then
    "killed-here": (kill_near, {1, 3}, False),
    "killed-there": (kill_far, {1, 3}, False),
    "mtu-100": (small_packets, {}, False),
    "frozen-peer": (freeze, {1, 3, 4}, True),
    "prohibited": (reject, {1, 3, 4}, True),
}


class Network(Fault):
    """Something happens to a TCP connection."""

    # At the start, and somewhere in the middle
    MOMENTS = 3

    def missing(self):
        if not succeeds("unshare", "-rn", "sh", "-c", "ip link add chunk0 type veth peer name chunk1 && ss -K"):
            return "no network can be made"
        return None

    def applies(self, scenario):
        return scenario.listens_everywhere or scenario.helper == "tcp" and "localhost" not in scenario.command

    def labels(self, room, rng):
        moments = [0, *(rng.random() * room.duration for _ in range(self.MOMENTS - 1))]
        return [f"{name}@{moment:.4f}" for name in HAPPENINGS for moment in moments]

    def trial(self, room, label):
        name, moment = label.split("@")
        happens, statuses, is_gone = HAPPENINGS[name]
        networks = Networks(room.temporary)
        if not networks.works:
            raise RuntimeError("no network")
        scenario = room.scenario
        peer, address = self.start_peer(networks) if scenario.helper == "tcp" else (None, None)

        def beside(attempt):
            talking = []
            try:
                attempt.peer = peer
                if scenario.is_server:
                    if not attempt.announced:
                        return
                    # A conversation that has begun when it happens
                    talking.append(self.talk(networks, scenario, attempt.announced))
                    attempt.peer = peer or talking[0]
                time.sleep(float(moment))
                happens(networks, attempt)
                if scenario.is_server:
                    attempt.ask_some()
                    attempt.send_signal(signal.SIGTERM)
                attempt.finish()
            finally:
                for each in [*talking, *([peer] if peer else [])]:
                    each.kill()
                    each.wait()
                networks.close()

        return Trial(scenario, self.name, label, prefix=networks.near(), beside=beside, wait=1, address=address,
                     lasts=is_gone and scenario.is_server and peer is not None, beside_it=networks.near(),
                     statuses=frozenset(statuses))

    def start_peer(self, networks):
        """Starts the server that the tool connects to. Returns it and its address."""
        reader, writer = os.pipe()
        peer = subprocess.Popen(
            [*networks.far(), "chunk-serve", "-q", f"tcp:{FAR}:0", "--ready-fd", str(writer)],
            pass_fds=[writer], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writer)
        with open(reader) as ready:
            return peer, ready.readline().strip()

    def talk(self, networks, scenario, announced):
        """Starts a client of the tool, on the far side if that is where clients come from."""
        place, address = networks.near(), announced[0]
        if scenario.listens_everywhere:
            port = next(each for each in announced if each.startswith("tcp:")).rsplit(":", 1)[1]
            place, address = networks.far(), f"tcp:{NEAR}:{port}"
        command = ["chunk-send", "-w", "1", "-c", address, "repeat:200", "ECHO,fill=20000:x", "end"]
        if scenario.right == "spreads":
            command = ["chunk-recv", "-w", "1", "-c", address]
        return subprocess.Popen([*place, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
