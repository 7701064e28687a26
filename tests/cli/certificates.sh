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
