#!/usr/bin/python3
"""Makes the samples of the built-in protocols beside this file, each by a program or a library that has
nothing to do with the toolkit, and a list of what stands in it by a parser that is written here.

    make.py [NAME]...

NAME.bin has the bytes, NAME.list a line for each chunk: level, offset, ID (a number, or bytes with escapes
as in chunk(5)), the length as it stands in the header, and the bytes of the payload. The name of the
protocol comes first in NAME, up to the first full stop; `client` or `server` behind it says who sends.

Debian packages: assimp-utils clangd curl djvulibre-bin docker.io erlang-base ffmpeg freeradius-utils gcc
git i3-wm libfcgi-bin libfcgi-dev mariadb-client mariadb-server midicsv mosquitto mosquitto-clients
openssh-client pngcheck postgresql python3-h2 python3-pika python3-pil python3-protobuf python3-twisted
rabbitmq-server sox util-linux wabt webext-browserpass webp xvfb zabbix-sender
"""
import glob
import io
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import zlib

warnings.simplefilter('ignore', DeprecationWarning)
HERE = os.path.dirname(os.path.abspath(__file__))
SCRATCH = tempfile.mkdtemp(prefix='framings')


def run(*command, **how):
    how.setdefault('timeout', 60)
    return subprocess.run(command, check=True, capture_output=True, **how).stdout


def path(name):
    return os.path.join(SCRATCH, name)


def read(name):
    with open(path(name), 'rb') as file:
        return file.read()


def write(name, data):
    with open(path(name), 'wb') as file:
        file.write(data)
    return path(name)


# --- captures: what real peers write ---


def capture(client, answer=b'', family=socket.AF_INET, kind=socket.SOCK_STREAM):
    """Listens, runs client(port), answers, and gives what the client has sent."""
    listener = socket.socket(family, kind)
    listener.bind(('127.0.0.1', 0))
    listener.settimeout(20)
    if kind == socket.SOCK_STREAM:
        listener.listen()
    worker = threading.Thread(target=client, args=(listener.getsockname()[1],))
    worker.start()
    if kind == socket.SOCK_DGRAM:
        out = listener.recv(65536)
        worker.join()
        return out
    peer, _ = listener.accept()
    peer.settimeout(2)
    out = b''
    try:
        while more := peer.recv(65536):
            out += more
            if answer:
                peer.sendall(answer)
                peer.shutdown(socket.SHUT_WR)
                answer = b''
    except (TimeoutError, ConnectionError):
        pass
    peer.close()
    worker.join()
    return out


def quiet(*command, **how):
    def work(*_):
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, **how)
    return work


def wait_until(holds):
    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    raise TimeoutError


def proxy(listen, connect, client):
    """Forwards one connection between two socket addresses; gives both directions."""
    listener = socket.socket(socket.AF_UNIX if isinstance(listen, str) else socket.AF_INET)
    listener.bind(listen)
    listener.listen()
    sent = [b'', b'']
    done = []

    def forward(source, target, which):
        try:
            while more := source.recv(65536):
                sent[which] += more
                target.sendall(more)
        except OSError:
            pass
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve():
        peer, _ = listener.accept()
        other = socket.socket(socket.AF_UNIX if isinstance(connect, str) else socket.AF_INET)
        other.connect(connect)
        threads = [threading.Thread(target=forward, args=each)
                   for each in ((peer, other, 0), (other, peer, 1))]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        done.append(True)

    worker = threading.Thread(target=serve)
    worker.start()
    client(listener.getsockname())
    worker.join(20)
    assert done
    return sent


# --- lists ---


def shown(id):
    if isinstance(id, int):
        return str(id)
    return ''.join(chr(b) if 0x21 <= b <= 0x7e and chr(b) not in '%:=,@#>{}' else '%%%02x' % b
                   for b in id) or '-'


def row(level, at, id, length, payload):
    return '%d %d %s %d %d' % (level, at, shown(id), length, payload)


def flat(data, at, header, trailing=0):
    """Chunks one behind the other. header(data, at) gives ID, header size, payload size and length."""
    out = []
    while at < len(data):
        id, size, payload, length = header(data, at)
        out.append(row(0, at, id, length, payload))
        at += size + payload + trailing
    assert at == len(data), (at, len(data))
    return out


def iff_like(data, order, prefixes, opens, at=0, end=None, level=0, align=2):
    """RIFF and its relatives: ID, length, payload, padding."""
    out = []
    end = len(data) if end is None else end
    while at < end:
        id, length = data[at:at + 4], struct.unpack_from(order + 'I', data, at + 4)[0]
        payload = end - at - 8 if (id, length) in opens else length
        out.append(row(level, at, id, length, payload))
        if id in prefixes and payload > prefixes[id]:
            out += iff_like(data, order, prefixes, opens, at + 8 + prefixes[id], at + 8 + payload,
                            level + 1, align)
        at += 8 + payload
        at += -at % align if align == 2 else -(8 + payload) % align
    return out


# --- samples ---

MESSAGES = [b'hello', b'', bytes(range(200)), b'%\n:=\xff']


def packed(form):
    def make():
        data = b''.join(struct.pack(form, len(each)) + each for each in MESSAGES)
        size = struct.calcsize(form)

        def header(data, at):
            length, = struct.unpack_from(form, data, at)
            return b'', size, length, length
        return data, flat(data, 0, header)
    return make


def varint():
    from google.protobuf.internal.encoder import _VarintBytes
    data = b''.join(_VarintBytes(len(each)) + each for each in MESSAGES)

    def header(data, at):
        length = shift = size = 0
        while True:
            byte = data[at + size]
            length |= (byte & 127) << shift
            shift, size = shift + 7, size + 1
            if byte < 128:
                return b'', size, length, length
    return data, flat(data, 0, header)


def digits(pattern, at, data):
    found = re.compile(pattern, re.S).match(data, at)
    return b'', found.end() - at, int(found[1]), int(found[1])


def netstring():
    from twisted.internet.testing import StringTransport
    from twisted.protocols.basic import NetstringReceiver
    sender, wire = NetstringReceiver(), StringTransport()
    sender.makeConnection(wire)
    for each in MESSAGES:
        sender.sendString(each)
    data = wire.value()
    return data, flat(data, 0, lambda d, at: digits(rb'(\d+):', at, d), 1)


def octets():
    def client(port):
        quiet('logger', '-T', '-n', '127.0.0.1', '-P', str(port), '--octet-count', '--rfc3164', '-t', 'x',
              '-f', write('lines', b'one\ntwo words\n'))()
    data = capture(client)
    assert data.count(b'two words') == 1
    return data, flat(data, 0, lambda d, at: digits(rb'(\d+) ', at, d))


def lsp():
    request = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
    last = b'{"jsonrpc":"2.0","id":2,"method":"shutdown"}', b'{"jsonrpc":"2.0","method":"exit"}'
    wire = b''.join(b'Content-Length: %d\r\n\r\n%s' % (len(each), each) for each in (request,) + last)
    data = subprocess.run(['clangd'], input=wire, capture_output=True, timeout=60).stdout
    return data, flat(data, 0, lambda d, at: digits(rb'Content-Length: (\d+)\r\n\r\n', at, d))


def postgres(which):
    def make():
        if 'postgres' not in CAPTURES:
            home = path('pg')
            tools = sorted(glob.glob('/usr/lib/postgresql/*/bin'))[-1]
            os.mkdir(home)
            os.chmod(SCRATCH, 0o755)
            shutil.chown(home, 'postgres')
            as_user = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups']
            run(*as_user, tools + '/initdb', '-A', 'trust', '-D', home + '/db', cwd=home)
            server = subprocess.Popen(as_user + [tools + '/postgres', '-D', home + '/db', '-k', home, '-c',
                                                 'listen_addresses='], cwd=home, stderr=subprocess.DEVNULL)
            real = home + '/.s.PGSQL.5432'
            for _ in range(100):
                if subprocess.run([tools + '/pg_isready', '-h', home], capture_output=True).returncode == 0:
                    break
                time.sleep(0.1)
            os.mkdir(path('pgproxy'))
            CAPTURES['postgres'] = proxy(
                path('pgproxy') + '/.s.PGSQL.5432', real,
                quiet('psql', '-h', path('pgproxy'), '-U', 'postgres', '-c',
                      "select 1 as a, 'x' as b; select nothing", env={**os.environ, 'PGSSLMODE': 'disable',
                                                                      'PGGSSENCMODE': 'disable'}))
            server.terminate()
            server.wait()
        data = CAPTURES['postgres'][which]
        out, at = [], 0
        if which == 0:
            at, = struct.unpack_from('>I', data)
            out.append(row(0, 0, b'', at, at - 4))

        def header(data, at):
            length, = struct.unpack_from('>I', data, at + 1)
            return data[at:at + 1], 5, length - 4, length
        return data, out + flat(data, at, header)
    return make


CAPTURES = {}


def mqtt(which):
    def make():
        if 'mqtt' not in CAPTURES:
            port = free_port()
            config = write('mosquitto.conf', b'listener %d 127.0.0.1\nallow_anonymous true\n' % port)
            server = subprocess.Popen(['mosquitto', '-c', config], stderr=subprocess.DEVNULL)
            time.sleep(1)

            def client(address):
                quiet('mosquitto_pub', '-p', str(address[1]), '-i', 'me', '-q', '2', '-t', 'a/b', '-s',
                      input=b'm' * 300)()
            CAPTURES['mqtt'] = proxy(('127.0.0.1', 0), ('127.0.0.1', port), client)
            server.terminate()
            server.wait()
        data = CAPTURES['mqtt'][which]

        def header(data, at):
            length = shift = 0
            size = 1
            while True:
                byte = data[at + size]
                length |= (byte & 127) << shift
                shift, size = shift + 7, size + 1
                if byte < 128:
                    return data[at], size, length, length
        return data, flat(data, 0, header)
    return make


def free_port():
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]


def connects(port):
    try:
        socket.create_connection(('127.0.0.1', port)).close()
        return True
    except OSError:
        return False


def amqp(which):
    def make():
        if 'amqp' not in CAPTURES:
            import pika
            port, names = free_port(), str(free_port())
            home = path('rabbitmq')
            mine = {'HOME': home, 'ERL_EPMD_PORT': names, 'RABBITMQ_CONFIG_FILE': home + '/none',
                    'RABBITMQ_DIST_PORT': str(free_port()), 'RABBITMQ_LOG_BASE': home,
                    'RABBITMQ_ENABLED_PLUGINS_FILE': home + '/none', 'RABBITMQ_MNESIA_BASE': home,
                    'RABBITMQ_NODENAME': 'sample@localhost', 'RABBITMQ_NODE_IP_ADDRESS': '127.0.0.1',
                    'RABBITMQ_NODE_PORT': str(port), 'RABBITMQ_PID_FILE': home + '/pid'}
            os.mkdir(home)
            server = subprocess.Popen(['/usr/lib/rabbitmq/bin/rabbitmq-server'], env={**os.environ, **mine},
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

            def client(address):
                talk = pika.BlockingConnection(pika.ConnectionParameters(*address))
                channel = talk.channel()
                channel.queue_declare('q')
                channel.basic_publish('', 'q', b'some content')
                assert channel.basic_get('q', auto_ack=True)[2] == b'some content'
                talk.close()
            try:
                wait_until(lambda: connects(port))
                CAPTURES['amqp'] = proxy(('127.0.0.1', 0), ('127.0.0.1', port), client)
            finally:
                server.terminate()
                server.wait()
                run('epmd', '-port', names, '-kill')
        data = CAPTURES['amqp'][which]

        def header(data, at):
            id, _, length = struct.unpack_from('>BHI', data, at)
            assert data[at + 7 + length] == 0xce
            return id, 7, length, length
        return data, flat(data, 0 if which else 8, header, 1)
    return make


def http2(which):
    def make():
        from h2.config import H2Configuration
        from h2.connection import H2Connection
        client = H2Connection(H2Configuration(client_side=True))
        server = H2Connection(H2Configuration(client_side=False))
        sent = [b'', b'']

        def swap():
            for at, (source, target) in enumerate(((client, server), (server, client))):
                data = source.data_to_send()
                sent[at] += data
                target.receive_data(data)
        client.initiate_connection()
        server.initiate_connection()
        swap()
        client.send_headers(1, [(':method', 'POST'), (':path', '/'), (':scheme', 'http'),
                                (':authority', 'x')])
        client.send_data(1, b'question', end_stream=True)
        client.ping(b'12345678')
        swap()
        server.send_headers(1, [(':status', '200')])
        server.send_data(1, b'answer', end_stream=True, pad_length=3)
        swap()
        client.close_connection()
        swap()
        data = sent[which]

        def header(data, at):
            length = int.from_bytes(data[at:at + 3], 'big')
            return data[at + 3], 9, length, length
        return data, flat(data, 24 if which == 0 else 0, header)
    return make


def ssh_agent(which):
    def make():
        if 'ssh' not in CAPTURES:
            real = path('agent')
            agent = subprocess.Popen(['ssh-agent', '-D', '-a', real], stdout=subprocess.DEVNULL)
            run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'sample', '-f', path('key'))
            while not os.path.exists(real):
                time.sleep(0.05)
            both = [b'', b'']
            for number, command in enumerate((['ssh-add', path('key')], ['ssh-add', '-l'],
                                              ['ssh-add', '-D'])):
                fake = path('fake%d' % number)
                part = proxy(fake, real, quiet(*command, env={**os.environ, 'SSH_AUTH_SOCK': fake}))
                both = [a + b for a, b in zip(both, part)]
            agent.terminate()
            agent.wait()
            CAPTURES['ssh'] = both
        data = CAPTURES['ssh'][which]

        def header(data, at):
            length, id = struct.unpack_from('>IB', data, at)
            return id, 5, length - 1, length
        return data, flat(data, 0, header)
    return make


def git(which):
    def make():
        if 'git' not in CAPTURES:
            repository = path('repository')
            mine = {**os.environ, 'GIT_CONFIG_GLOBAL': '/dev/null', 'GIT_AUTHOR_DATE': '@0 +0000',
                    'GIT_COMMITTER_DATE': '@0 +0000'}
            for name in ('AUTHOR', 'COMMITTER'):
                mine.update({'GIT_%s_NAME' % name: 'x', 'GIT_%s_EMAIL' % name: 'x@y'})
            run('git', 'init', '-q', '-b', 'main', repository, env=mine)
            run('git', '-C', repository, 'commit', '-q', '--allow-empty', '-m', 'x', env=mine)
            wrapper = write('wrapper', ('#!/bin/sh\ntee %s | git upload-pack "$@" | tee %s\n' %
                                        (path('git0'), path('git1'))).encode())
            os.chmod(wrapper, 0o755)
            run('git', '-c', 'protocol.version=2', 'ls-remote', '--upload-pack=' + wrapper, repository,
                env=mine)
            CAPTURES['git'] = [read('git0'), read('git1')]
        data = CAPTURES['git'][which]

        def header(data, at):
            length = int(data[at:at + 4], 16)
            return b'', 4, max(length - 4, 0), length
        return data, flat(data, 0, header)
    return make


def docker():
    """What dockerd has kept of a container's output. Needs root."""
    write('hi.c', b'''#include <stdio.h>
        int main() {
          puts("to standard output");
          fflush(stdout);
          fputs("to standard error\\n", stderr);
          return 0;
        }''')
    os.mkdir(path('image'))
    run('cc', '-static', '-o', path('image/hi'), path('hi.c'))
    where = 'unix://' + path('docker.sock')
    server = subprocess.Popen(
        ['dockerd', '-H', where, '--data-root', path('docker'), '--exec-root', path('docker-run'),
         '-p', path('docker.pid'), '--iptables=false', '--bridge=none', '--storage-driver=vfs'],
        stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: os.path.exists(path('docker.sock')))
        packed_image = run('tar', '-C', path('image'), '-c', '.')
        run('docker', '-H', where, 'import', '-', 'hi', input=packed_image)
        run('docker', '-H', where, 'run', '--network=none', '--name', 'hi', 'hi', '/hi')
        data = run('curl', '-s', '--unix-socket', path('docker.sock'),
                   'http://docker/containers/hi/logs?stdout=1&stderr=1')
    finally:
        server.terminate()
        server.wait()

    def header(data, at):
        id, length = struct.unpack_from('>BxxxI', data, at)
        return id, 8, length, length
    return data, flat(data, 0, header)


def fastcgi(which):
    def make():
        if 'fastcgi' not in CAPTURES:
            write('fcgi.c', b'''#include <fcgi_stdio.h>
                int main() {
                  while (FCGI_Accept() >= 0) {
                    printf("Content-Type: text/plain\\r\\n\\r\\nhi");
                    fprintf(stderr, "a warning");
                  }
                }''')
            run('cc', '-o', path('fcgi'), path('fcgi.c'), '-lfcgi')
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path('fcgi.real'))
            listener.listen()
            server = subprocess.Popen([path('fcgi')], stdin=listener)
            try:
                CAPTURES['fastcgi'] = proxy(
                    path('fcgi.fake'), path('fcgi.real'),
                    lambda fake: quiet('cgi-fcgi', '-bind', '-connect', fake, stdin=subprocess.DEVNULL,
                                       env={'REQUEST_METHOD': 'GET', 'SCRIPT_NAME': '/x',
                                            'PATH': os.environ['PATH']})())
            finally:
                server.terminate()
                server.wait()
        data = CAPTURES['fastcgi'][which]
        out, at = [], 0
        while at < len(data):
            _, id, _, length, pad = struct.unpack_from('>BBHHB', data, at)
            out.append(row(0, at, id, length, length))
            at += 8 + length + pad
        return data, out
    return make


def mysql(which):
    def make():
        if 'mysql' not in CAPTURES:
            run('mariadb-install-db', '--no-defaults', '--datadir=' + path('mysql'), '--user=root',
                '--auth-root-authentication-method=normal', '--skip-test-db')
            server = subprocess.Popen(
                ['mariadbd', '--no-defaults', '--user=root', '--skip-networking',
                 '--datadir=' + path('mysql'), '--socket=' + path('mysql.sock'),
                 '--pid-file=' + path('mysql.pid')], stderr=subprocess.DEVNULL)
            try:
                wait_until(lambda: os.path.exists(path('mysql.sock')))
                CAPTURES['mysql'] = proxy(
                    path('mysql.proxy'), path('mysql.sock'),
                    quiet('mariadb', '--no-defaults', '-S', path('mysql.proxy'), '-u', 'root', '-f', '-e',
                          "select 1 as a, 'x' as b; select nothing"))
            finally:
                server.terminate()
                server.wait()
        data = CAPTURES['mysql'][which]

        def header(data, at):
            length = int.from_bytes(data[at:at + 3], 'little')
            return b'', 4, length, length
        return data, flat(data, 0, header)
    return make


def zabbix():
    data = capture(quiet_port('zabbix_sender', '-z', '127.0.0.1', '-p', None, '-s', 'host', '-k', 'key',
                              '-o', '43'))

    def header(data, at):
        magic, flags, length, reserved = struct.unpack_from('<4sBII', data, at)
        assert (magic, flags, reserved) == (b'ZBXD', 1, 0)
        return b'', 13, length, length
    return data, flat(data, 0, header)


def quiet_port(*command):
    def work(port):
        quiet(*(str(port) if each is None else each for each in command))()
    return work


def i3(which):
    def make():
        if 'i3' not in CAPTURES:
            real = path('i3.sock')
            config = write('i3.conf', ('# i3 config file (v4)\nipc-socket %s\nmode "resize" {\n'
                                       'bindsym Escape mode "default"\n}\n' % real).encode())
            # Xvfb tells its display by a descriptor, and i3 follows when there is one.
            reading, writing = os.pipe()
            screen = subprocess.Popen(['Xvfb', '-displayfd', str(writing), '-nolisten', 'tcp'],
                                      stderr=subprocess.DEVNULL, pass_fds=[writing])
            os.close(writing)
            with open(reading) as told:
                display = ':' + told.readline().strip()
            manager = subprocess.Popen(['i3', '-c', config], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL,
                                       env={**os.environ, 'DISPLAY': display, 'HOME': SCRATCH})

            def subscribe(fake):
                # Who subscribes ends with the first event.
                waiting = subprocess.Popen(['i3-msg', '-s', fake, '-t', 'subscribe', '["mode"]'],
                                           stdout=subprocess.DEVNULL)
                wait_until(lambda: quiet('i3-msg', '-s', real, 'mode', 'resize')() or
                           waiting.poll() is not None)

            def ask(*words):
                return lambda fake: quiet('i3-msg', '-s', fake, *words)()
            try:
                wait_until(lambda: os.path.exists(real))
                both = [b'', b'']
                for number, client in enumerate((ask('-t', 'get_version'), ask('workspace', '3'),
                                                 ask('-t', 'get_workspaces'), subscribe)):
                    part = proxy(path('i3.fake%d' % number), real, client)
                    both = [a + b for a, b in zip(both, part)]
            finally:
                for each in manager, screen:
                    each.terminate()
                    each.wait()
            CAPTURES['i3'] = both
        data = CAPTURES['i3'][which]

        def header(data, at):
            assert data[at:at + 6] == b'i3-ipc'
            length, id = struct.unpack_from('=II', data, at + 6)
            return id, 14, length, length
        return data, flat(data, 0, header)
    return make


def radius():
    data = capture(quiet_port('sh', '-c', 'echo "User-Name = bob, User-Password = hello, NAS-Port = 7, '
                              'Message-Authenticator = 0x00" | radclient -r 1 -t 1 127.0.0.1:$0 auth '
                              'secret', None), kind=socket.SOCK_DGRAM)
    id, _, length = struct.unpack_from('>BBH', data)
    assert length == len(data)
    out = [row(0, 0, id, length, length - 20)]
    at = 20
    while at < len(data):
        id, size = data[at], data[at + 1]
        out.append(row(1, at, id, size, size - 2))
        at += size
    return data, out


RIFF_PREFIXES = {b'RIFF': 4, b'RIFX': 4, b'LIST': 4, b'ANMF': 16}
RIFF_OPENS = {(b'RIFF', 0xffffffff), (b'RIFF', 0x7ffff024), (b'LIST', 0xffffffff), (b'data', 0xffffffff),
              (b'data', 0x7ffff000)}
IFF_PREFIXES = {b'FORM': 4, b'LIST': 4, b'CAT ': 4, b'PROP': 4}
IFF_OPENS = {(b'FORM', 0), (b'FORM', 0x7f000050), (b'SSND', 0), (b'SSND', 0x7f000008)}


def riff(make):
    def work():
        data = make()
        return data, iff_like(data, '>' if data[:4] == b'RIFX' else '<', RIFF_PREFIXES, RIFF_OPENS)
    return work


def iff(make):
    def work():
        data = make()
        return data, iff_like(data, '>', IFF_PREFIXES, IFF_OPENS)
    return work


def python_wave():
    import wave
    with wave.open(path('a.wav'), 'wb') as out:
        out.setparams((1, 1, 8000, 0, 'NONE', ''))
        out.writeframes(b'\x80' * 31)
    return read('a.wav')


def python_aiff():
    import aifc
    with aifc.open(path('a.aifc'), 'wb') as out:
        out.setparams((1, 1, 8000, 0, b'NONE', b'not compressed'))
        out.setmark(1, 3, b'here')
        out.writeframes(b'\x80' * 31)
    return read('a.aifc')


TONE = ['-n', '-r', '8000', '-c', '1', '-b', '8']
SHORT = ['synth', '0.01', 'sine', '440']


def sox(name, *options):
    def work():
        run('sox', *TONE, *options, path(name), *SHORT)
        return read(name)
    return work


def sox_pipe(kind):
    return lambda: run('sh', '-c', 'sox -n -r 8000 -c 1 -b 8 -t %s - synth 0.01 sine 440 | cat' % kind)


PICTURE = ['-f', 'lavfi', '-i', 'testsrc=size=16x16:rate=2', '-t', '1']
SOUND = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=8000', '-t', '0.05']
EXACT = ['-fflags', '+bitexact', '-flags', '+bitexact']


def ffmpeg(name, *options):
    def work():
        run('ffmpeg', '-v', 'error', '-y', *options, *EXACT, path(name))
        return read(name)
    return work


def ffmpeg_pipe(*options):
    return lambda: run('sh', '-c', '"$@" | cat', 'sh', 'ffmpeg', '-v', 'error', *options, *EXACT, '-')


def webp():
    from PIL import Image
    frames = [Image.new('RGB', (4, 4), color) for color in ('red', 'green')]
    frames[0].save(path('a.webp'), save_all=True, append_images=frames[1:], lossless=True)
    run('webpinfo', path('a.webp'))
    return read('a.webp')


def png_list(data):
    at, out = 8, []
    while at < len(data):
        length, id = struct.unpack_from('>I4s', data, at)
        crc, = struct.unpack_from('>I', data, at + 8 + length)
        assert crc == zlib.crc32(data[at + 4:at + 8 + length])
        out.append(row(0, at, id, length, length))
        at += 12 + length
    return out


def png():
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo
    info = PngInfo()
    info.add_text('Title', 'x')
    Image.new('P', (3, 3)).save(path('a.png'), pnginfo=info, transparency=0)
    run('pngcheck', path('a.png'))
    data = read('a.png')
    return data, png_list(data)


def apng():
    data = ffmpeg('a.apng', *PICTURE, '-plays', '0')()
    return data, png_list(data)


def midi():
    text = ('0, 0, Header, 1, 1, 480\n1, 0, Start_track\n1, 0, Tempo, 500000\n1, 0, Note_on_c, 0, 60, 81\n'
            '1, 480, Note_off_c, 0, 60, 0\n1, 480, End_track\n0, 0, End_of_file\n')
    run('csvmidi', write('a.csv', text.encode()), path('a.mid'))
    data = read('a.mid')
    return data, iff_like(data, '>', {}, set(), align=1)


BOXES = dict.fromkeys(b'moov trak mdia minf dinf stbl edts udta mvex moof traf mfra tref ilst '
                      b'\xa9nam \xa9too covr trkn'.split(), 0) | {b'meta': 4, b'dref': 8, b'stsd': 8}


def boxes(data, at=0, end=None, level=0):
    out = []
    end = len(data) if end is None else end
    while at + 8 <= end:
        length, id = struct.unpack_from('>I4s', data, at)
        head, size = 8, length
        if length == 1:
            head, size = 16, struct.unpack_from('>Q', data, at + 8)[0]
        if length == 0:
            size = end - at
        out.append(row(level, at, id, length, size - head))
        if id in BOXES and size - head > BOXES[id]:
            out += boxes(data, at + head + BOXES[id], at + size, level + 1)
        at += size
    return out


def mp4(make):
    def work():
        data = make()
        return data, boxes(data)
    return work


def large_box():
    free = struct.pack('>I4sQ', 1, b'free', 20) + b'room'
    return struct.pack('>I4s', 12, b'ftyp') + b'isom' + free + struct.pack('>I4s', 0, b'mdat') + b'media'


def caf(make):
    def work():
        data = make()
        at, out = 8, []
        while at < len(data):
            id, length = struct.unpack_from('>4sq', data, at)
            payload = len(data) - at - 12 if length == -1 else length
            out.append(row(0, at, id, length % 2**64, payload))
            at += 12 + payload
        return data, out
    return work


def w64(make):
    def work():
        data = make()

        def walk(at, end, level):
            out = []
            while at < end:
                id, length = data[at:at + 16], struct.unpack_from('<Q', data, at + 16)[0]
                size = end - at if length in (2**64 - 1, 2**63 - 1) else length
                out.append(row(level, at, id, length, size - 24))
                if id[:4] == b'riff':
                    out += walk(at + 40, at + size, level + 1)
                at += size + -size % 8
            return out
        return data, walk(0, len(data), 0)
    return work


def glb():
    write('a.obj', b'v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n')
    run('assimp', 'export', path('a.obj'), path('a.glb'), '-fglb2')
    data = read('a.glb')
    assert struct.unpack_from('<4sII', data) == (b'glTF', 2, len(data))

    def header(data, at):
        length, id = struct.unpack_from('<I4s', data, at)
        return id, 8, length, length
    return data, flat(data, 12, header)


def wasm():
    text = '(module (import "a" "b" (func)) (memory 1) (func (export "f") (result i32) i32.const 7)' \
           ' (data (i32.const 0) "%s"))' % ('x' * 200)
    run('wat2wasm', write('a.wat', text.encode()), '-o', path('a.wasm'))
    run('wasm-validate', path('a.wasm'))
    data = read('a.wasm')

    def header(data, at):
        length = shift = 0
        size = 1
        while True:
            byte = data[at + size]
            length |= (byte & 127) << shift
            shift, size = shift + 7, size + 1
            if byte < 128:
                return data[at], size, length, length
    return data, flat(data, 8, header)


def djvu():
    run('c44', write('a.ppm', b'P6 8 8 255\n' + bytes(range(192))), path('a.djvu'))
    run('djvm', '-c', path('b.djvu'), path('a.djvu'), path('a.djvu'))
    data = read('b.djvu')
    return data, iff_like(data, '>', {b'FORM': 4}, set(), 4)


def beam():
    write('a.erl', b'-module(a).\n-export([f/1]).\nf(X) -> {X, <<"text">>, fun() -> X end}.\n')
    run('erlc', '+deterministic', '-o', SCRATCH, path('a.erl'))
    data = read('a.beam')
    return data, iff_like(data, '>', {b'FOR1': 4}, set(), align=4)


def native():
    """Two answers of a program that Debian has for an extension of browsers."""
    os.mkdir(path('store'))
    data = b''
    for request in (b'{"settings":{"stores":{}},"action":"configure"}', b'{"action":"unknown"}'):
        data += subprocess.run(['/usr/lib/browserpass/browserpass-native'], capture_output=True, timeout=30,
                               input=struct.pack('=I', len(request)) + request,
                               env={**os.environ, 'PASSWORD_STORE_DIR': path('store')}).stdout
    data = data.replace(SCRATCH.encode(), b'/' * len(SCRATCH))

    def header(data, at):
        length, = struct.unpack_from('=I', data, at)
        return b'', 4, length, length
    return data, flat(data, 0, header)


SAMPLES = {
    'amqp.client': amqp(0),
    'amqp.server': amqp(1),
    'beam': beam,
    'caf.sox': caf(sox('a.caf')),
    'caf.ffmpeg-pipe': caf(ffmpeg_pipe(*SOUND, '-c:a', 'pcm_s16be', '-f', 'caf')),
    'djvu': djvu,
    'docker': docker,
    'fastcgi.client': fastcgi(0),
    'fastcgi.server': fastcgi(1),
    'git.client': git(0),
    'git.server': git(1),
    'glb': glb,
    'http2.client': http2(0),
    'http2.server': http2(1),
    'i3.client': i3(0),
    'i3.server': i3(1),
    'iff.8svx': iff(sox('a.8svx')),
    'iff.aifc': iff(python_aiff),
    'iff.aiff': iff(sox('a.aiff', '--comment', 'odd')),
    'iff.ffmpeg-pipe': iff(ffmpeg_pipe(*SOUND, '-f', 'aiff')),
    'iff.sox-pipe': iff(sox_pipe('aiff')),
    'lsp.server': lsp,
    'midi': midi,
    'mp4.fragments': mp4(ffmpeg('b.mp4', *SOUND, '-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov')),
    'mp4.large': mp4(large_box),
    'mp4.m4a': mp4(ffmpeg('a.m4a', *SOUND, '-metadata', 'title=x')),
    'mqtt.client': mqtt(0),
    'mqtt.server': mqtt(1),
    'mysql.client': mysql(0),
    'mysql.server': mysql(1),
    'native-messaging.server': native,
    'netstring': netstring,
    'octets.client': octets,
    'png': png,
    'png.apng': apng,
    'postgres.client': postgres(0),
    'postgres.server': postgres(1),
    'radius.client': radius,
    'riff.avi': riff(ffmpeg('a.avi', *PICTURE, '-c:v', 'mjpeg')),
    'riff.avi-pipe': riff(ffmpeg_pipe(*PICTURE, '-c:v', 'mjpeg', '-f', 'avi')),
    'riff.ffmpeg-pipe': riff(ffmpeg_pipe(*SOUND, '-f', 'wav')),
    'riff.sox-pipe': riff(sox_pipe('wav')),
    'riff.wav': riff(python_wave),
    'riff.wav-info': riff(ffmpeg('b.wav', *SOUND, '-metadata', 'title=odd')),
    'riff.webp': riff(webp),
    'rifx': riff(sox('a.wav', '-B')),
    'ssh-agent.client': ssh_agent(0),
    'ssh-agent.server': ssh_agent(1),
    'u16be': packed('>H'),
    'u16le': packed('<H'),
    'u32be': packed('>I'),
    'u32le': packed('<I'),
    'u8': packed('B'),
    'varint': varint,
    'w64.ffmpeg': w64(ffmpeg('a.w64', *SOUND)),
    'w64.ffmpeg-pipe': w64(ffmpeg_pipe(*SOUND, '-f', 'w64')),
    'w64.sox': w64(sox('b.w64')),
    'wasm': wasm,
    'zabbix.client': zabbix,
}


def main():
    failed = False
    for name in sys.argv[1:] or SAMPLES:
        try:
            data, rows = SAMPLES[name]()
        except Exception as problem:  # the others are made nevertheless
            print('%s: %r' % (name, problem), file=sys.stderr)
            failed = True
            continue
        with open(os.path.join(HERE, name + '.bin'), 'wb') as out:
            out.write(data)
        with open(os.path.join(HERE, name + '.list'), 'w') as out:
            out.write(''.join(each + '\n' for each in rows))
        print('%s: %d bytes, %d chunks' % (name, len(data), len(rows)))
    shutil.rmtree(SCRATCH)
    sys.exit(failed)


main()
