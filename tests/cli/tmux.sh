# Helpers of tests that type into a terminal, which tmux is. They come after lib.sh.
# shellcheck shell=sh disable=SC2034,SC2154 # what lib.sh has

command -v tmux >/dev/null || skip 'no tmux'
ldconfig -p 2>/dev/null | grep -q 'libedit\.so\.[02] ' || [ -e /usr/lib/libedit.so.0 ] || skip 'no libedit'
HOME=$directory
XDG_STATE_HOME=$directory/state
ENV=
HISTFILE=
export HOME XDG_STATE_HOME ENV HISTFILE

in_tmux() {
  tmux -S "$directory/tmux" -f /dev/null "$@"
}

# Ends tmux, and waits until what runs in its terminal, which may still write files, has ended as well.
end_tmux() {
  [ -S "$directory/tmux" ] || return 0
  shell=$(shell_pid 2>/dev/null) || shell=
  in_tmux kill-server 2>/dev/null || :
  [ -z "$shell" ] || gone "$shell"
}
trap 'end_tmux; clean_up' EXIT

# open_terminal COLUMNS COMMAND: a terminal with 24 rows, in which a shell command runs. It takes the
# place of the one before.
terminal=0
open_terminal() {
  ran=$2
  terminal=$((terminal + 1))
  in_tmux new-session -d -s "t$terminal" -x "$1" -y 24 "$2; echo \"ended with \$?\"; exec sleep 1000" ||
    skip 'tmux cannot open a terminal'
  in_tmux kill-session -a -t "t$terminal"
}

# resize_terminal COLUMNS
resize_terminal() {
  in_tmux resize-window -t "t$terminal" -x "$1" -y 24
}

# shell_pid: prints the process ID of the shell in the terminal.
shell_pid() {
  in_tmux display-message -t "t$terminal" -p '#{pane_pid}'
}

# type_text TEXT: types it, without Enter.
type_text() {
  in_tmux send-keys -t "t$terminal" -l "$1"
}

# type_keys KEY...: as tmux names them; any other word is typed as it is.
type_keys() {
  in_tmux send-keys -t "t$terminal" "$@"
}

# screen: all that the terminal has shown, each line whole, without empty ones at the end.
screen() {
  in_tmux capture-pane -t "t$terminal" -p -J -S - | sed 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >shown
}

# The conditions of the functions below
shows_last() {
  screen
  [ "$(tail -n 1 shown)" = "$1" ]
}

shows_line() {
  screen
  grep -qxF -- "$1" shown
}

shows_match() {
  screen
  grep -qxE -- "$1" shown
}

shows_times() {
  screen
  [ "$(grep -cxE -- "$2" shown)" -eq "$1" ]
}

# await_last LINE, await_line LINE, await_match REGEX, await_times COUNT REGEX: waits until the terminal
# shows it.
await_last() {
  await shown shows_last "$1"
}
await_line() {
  await shown shows_line "$1"
}
await_match() {
  await shown shows_match "$1"
}
await_times() {
  await shown shows_times "$1" "$2"
}
