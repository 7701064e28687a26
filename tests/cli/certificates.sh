# Certificates for tests of TLS, made anew by each: make_ca NAME, make_certificate NAME NAMES [CA].
# shellcheck shell=sh

command -v openssl >/dev/null || skip 'there is no openssl'

curve='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'

# make_ca NAME: NAME.pem and NAME.key
make_ca() {
  # shellcheck disable=SC2086 # several words
  openssl req -x509 $curve -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=$1" 2>openssl.err ||
    fail "$(cat openssl.err)"
}

# make_certificate NAME NAMES [CA [DAYS]]: NAME.pem with its key, for the subjectAltName NAMES, by
# the CA of that name, or `ca`. It ends after so many days.
make_certificate() {
  {
    # shellcheck disable=SC2086 # several words
    openssl req $curve -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
    echo "subjectAltName=$2" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "${3:-ca}.pem" -CAkey "${3:-ca}.key" -CAcreateserial \
      -out "$1.pem" -days "${4:-2}" -extfile "$1.ext"
  } 2>openssl.err || fail "$(cat openssl.err)"
  cat "$1.key" >>"$1.pem"
}

# listening_port PID: the TCP port that a process was given, when it asked for port 0.
listening_port() {
  inodes=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n')
  for inode in $inodes; do
    awk -v inode="$inode" '$4 == "0A" && $10 == inode { split($2, at, ":"); print at[2] }' \
      /proc/net/tcp
  done | { read -r hex && printf '%d\n' "0x$hex"; }
}

# is_answered: a NOOP has come to OpenSSL's client.
is_answered() {
  grep -q NOOP client.out
}

# s_client_asks OPTION...: has OpenSSL's client, connected so, send a NOOP and wait for the answer.
# What comes goes to client.out.
s_client_asks() {
  : >client.out
  {
    printf 'NOOP\0\0\0\0'
    tries=0
    until is_answered || [ "$tries" -gt 500 ]; do
      tries=$((tries + 1))
      sleep 0.02
    done
  } | timeout 20 openssl s_client -CAfile ca.pem -verify_return_error -quiet -no_ign_eof "$@" \
    >client.out 2>client.err || fail "$(cat client.err)"
}
