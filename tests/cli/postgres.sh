# A PostgreSQL server of the test's own, after lib.sh.
# shellcheck shell=sh

# start_postgres: starts it on ./server/.s.PGSQL.5432, with the user tester, who needs no password; skips
# the test where there is none.
start_postgres() {
  for path in /usr/lib/postgresql/*/bin/; do programs=$path; done
  [ -x "$programs/postgres" ] || skip 'no PostgreSQL server'
  command -v psql >/dev/null || skip 'no psql'
  # The server does not run as root.
  unprivileged=
  if [ "$(id -u)" -eq 0 ]; then
    unprivileged='setpriv --reuid=65534 --regid=65534 --clear-groups'
    chmod 755 .
    chown 65534 .
  fi
  # shellcheck disable=SC2086 # words of a command
  {
    $unprivileged mkdir server
    $unprivileged "$programs/initdb" -D cluster -U tester -A trust --no-sync >initdb.log 2>&1 ||
      fail "initdb: $(cat initdb.log)"
    $unprivileged "$programs/postgres" -D cluster -k "$PWD/server" -h '' -F >postgres.log 2>&1 &
  }
  postgres=$!
  own "$postgres"
  # An immediate shutdown, since killing it would leave its other processes behind.
  trap 'kill -QUIT "$postgres" 2>/dev/null; wait "$postgres" 2>/dev/null; clean_up' EXIT
  await postgres.log postgres_answers
}

# query DIRECTORY STATEMENT, or query DIRECTORY -f FILE: psql on the socket in that directory, which
# prints nothing but rows.
query() {
  socket=$PWD/$1
  shift
  case $1 in -f) ;; *) set -- -c "$@" ;; esac
  psql -h "$socket" -U tester -d postgres -Atq "$@"
}

postgres_answers() {
  query server 'select 1' >/dev/null 2>&1
}
