#!/bin/sh
# kcat, a client of Kafka, writes messages behind their lengths; librdkafka has a broker for tests.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v kcat >/dev/null || skip 'no kcat'
python=$(command -v python3) || skip 'no Python'

cat >broker.py <<'PYTHON'
import ctypes, signal

kafka = ctypes.CDLL("librdkafka.so.1")
for each in kafka.rd_kafka_conf_new, kafka.rd_kafka_new, kafka.rd_kafka_mock_cluster_new:
    each.restype = ctypes.c_void_p
kafka.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
text = ctypes.create_string_buffer(500)
conf = ctypes.c_void_p(kafka.rd_kafka_conf_new())
handle = ctypes.c_void_p(kafka.rd_kafka_new(0, conf, text, ctypes.c_size_t(len(text))))
cluster = ctypes.c_void_p(kafka.rd_kafka_mock_cluster_new(handle, 1))
print(kafka.rd_kafka_mock_cluster_bootstraps(cluster).decode(), flush=True)
signal.pause()
PYTHON
mkfifo broker.ready
"$python" broker.py >broker.ready 2>broker.log &
own $!
read -r broker <broker.ready || fail "$(cat broker.log)"

# Messages of any length, one of which is long.
{ printf 'one\ntwo: words\n' && head -c 200000 /dev/zero | tr '\0' x && echo; } >messages
kcat -q -P -b "$broker" -t topic -p 0 -l messages 2>produce.log || fail "$(cat produce.log)"
kcat -q -C -e -b "$broker" -t topic -p 0 -f '%R%s' >stream 2>consume.log || fail "$(cat consume.log)"
run chunk-recv -p u32be -F payload --delimiter %0a <stream
expect_status 0
expect_same messages out
run chunk-recv -p u32be -n 2 --exec 'tr a-z A-Z; echo' <stream
expect_status 0
expect_out ONE 'TWO: WORDS'

# A message without a value has the length -1, which stands for itself.
printf 'header = "length:u32be"\nalone = [0xffffffff]\n' >kafka.toml
printf 'a:one\nb:\nc:three\n' >messages
kcat -q -P -Z -K : -b "$broker" -t values -p 0 -l messages 2>produce.log || fail "$(cat produce.log)"
kcat -q -C -e -b "$broker" -t values -p 0 -f '%R%s' >stream 2>consume.log || fail "$(cat consume.log)"
run chunk-recv -p ./kafka.toml -F text <stream
expect_status 0
expect_out :one ,len=4294967295 :three
