"""Faults of the network, between two network namespaces that a pair of virtual interfaces connects.

The tool is in one of them, at 10.9.0.1, and its peer in the other, at 10.9.0.2.
"""

import os
import pathlib
import signal
import subprocess
import time

from faults import Fault, succeeds
from trial import Trial, receive_all, request

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


# What happens, and the statuses that a client may end with
HAPPENINGS = {
    "link-down": (link_down, {1, 3, 4}),
    "link-down-shortly": (link_down_shortly, {3}),  # it may be connecting just then
    "killed-here": (kill_near, {1, 3}),
    "killed-there": (kill_far, {1, 3}),
    "mtu-100": (small_packets, {}),
    "frozen-peer": (freeze, {1, 3, 4}),
    "prohibited": (reject, {1, 3, 4}),
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
        return scenario.helper == "tcp" and "localhost" not in scenario.command or " tcp:0.0.0.0:0" in (
            scenario.command)

    def labels(self, room, rng):
        moments = [0, *(rng.random() * room.duration for _ in range(self.MOMENTS - 1))]
        return [f"{name}@{moment:.4f}" for name in HAPPENINGS for moment in moments]

    def trial(self, room, label):
        name, moment = label.split("@")
        happens, statuses = HAPPENINGS[name]
        networks = Networks(room.temporary)
        if not networks.works:
            raise RuntimeError("no network")
        scenario = room.scenario
        peer, address = None, None
        if scenario.is_client:
            reader, writer = os.pipe()
            peer = subprocess.Popen(
                [*networks.far(), "chunk-serve", "-q", f"tcp:{FAR}:0", "--ready-fd", str(writer)],
                pass_fds=[writer], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            os.close(writer)
            with open(reader) as ready:
                address = ready.readline().strip()

        def beside(attempt):
            try:
                attempt.peer = peer
                if peer is None and not attempt.announced:
                    return
                client = None
                if peer is None:
                    port = attempt.announced[1].rsplit(":", 1)[1]
                    # A conversation that has begun when it happens
                    attempt.peer = client = subprocess.Popen(
                        [*networks.far(), "chunk-send", "-w", "1", "-c", f"tcp:{NEAR}:{port}", "repeat:200",
                         "ECHO,fill=20000:x", "end"],
                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(float(moment))
                happens(networks, attempt)
                if client:
                    attempt.ask_some()
                    attempt.send_signal(signal.SIGTERM)
                attempt.finish()
            finally:
                if attempt.peer:
                    attempt.peer.send_signal(signal.SIGCONT)
                    attempt.peer.kill()
                    attempt.peer.wait()
                networks.close()

        return Trial(scenario, self.name, label, prefix=networks.near(), beside=beside, wait=1, address=address,
                     statuses=frozenset(statuses))
