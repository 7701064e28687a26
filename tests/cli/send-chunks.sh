#!/bin/sh
# chunk-send writes the bytes that its actions describe, with every modifier.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# sends HEX ACTION...
sends() {
  wanted=$1
  shift
  run chunk-send "$@"
  expect_status 0
  expect_no_err
  expect_hex out "$wanted"
}

sends '4543484f02000000 6869
  434d50551b000000 4f504552 01000000 2b 4f504e44 01000000 33 4f504e44 01000000 34' \
  ECHO:hi CMPU:OPER=+:OPND=3:OPND=4
sends 4e4f4f5000000000 NOOP
sends 4e4f4f5000000000 NOOP:
sends '5354532000000000 5354532000000000' STS%20 'STS '
sends '000102ff01000000 80' %00%01%02%FF:%80
sends '4543484f05000000 2061202062' 'ECHO: a  b'
sends '4543484f04000000 253a3d40' ECHO:%25%3a%3D%40
sends '4543484f03000000 c3a921' ECHO:é!
sends '434d505511000000 4f50455200000000 4f504e4401000000 00' CMPU:OPER=:OPND=%00

sends '4543484f09000100 73686f7274' ECHO,len=65545:short
sends 4543484fffffffff ECHO,len=4294967295
sends '4543484f00000000 616263' ECHO,len=0:abc
sends 4543484f0300 ECHO,cut=6:abc
sends '4543484f03000000 616263' ECHO,cut=99:abc
sends '' ECHO,cut=0:abc
sends '4543484f07000000 61626361626361' ECHO,fill=7:abc
sends '4543484f02000000 6162' ECHO,fill=2:abc
sends 4543484f00000000 ECHO,fill=0
sends '4543484f14000000 5858585801000000 62 5858585801000000 62 5858' ECHO,fill=20:XXXX=b
sends '4543484f09000000 78797878' ECHO,len=9,cut=12,fill=20:xyx
sends '4543484f09000000 78797878' ECHO,fill=20,cut=12,len=9:xyx

sends '4e4f003afe' raw-send:%4eO%00:%fe
sends '' raw-send:
sends '4e4f4f5000000000 454348 4e4f4f5000000000' NOOP raw-send:ECH delay:0 NOOP:
sends 4e4f4f5000000000 delay:0 NOOP
