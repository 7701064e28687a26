// The names of the actions, and what holds for each.
#pragma once

#include <string_view>

namespace tools::script {

/// What a step does. Source: chunk-script(5)
enum class kind {
  send,             ///< ID:contents: send a chunk
  request,          ///< request:ID:contents: send it, read one reply, print it
  request_decoded,  ///< requestd: the same, the reply's subchunks decoded
  expect,           ///< expect:ID[:contents]: the next reply must be like this
  expect_raw,       ///< expect-raw:bytes: the next bytes must be these
  expect_close,     ///< expect-close[:eof|reset]: the peer ends the connection now
  expect_nothing,   ///< expect-nothing:SECONDS: the peer is silent for that time
  raw_send,         ///< raw-send:bytes: send bytes as they are
  raw_receive,      ///< raw-receive:N: read N bytes as they are, print them
  within,           ///< within:MIN-MAX: the time that the next step takes
  delay,            ///< delay:SECONDS
  timeout,          ///< timeout:SECONDS: of each step from here on
  slice,            ///< slice:BYTES,SECONDS: write in pieces from here on, with pauses
  shutdown,         ///< shutdown[:write|read]: end one half of the connection
  close,            ///< close the connection
  reset,            ///< close it so that the peer sees a reset
  connect,          ///< connect[:ADDR]: open a connection
  let,              ///< let:NAME=text
  repeat,           ///< repeat:N: the steps up to `end`
  end,
  test_case,  ///< test-case:NAME
  skip_if,    ///< skip-if:COMMAND: skip the case if it succeeds
  wait_for,   ///< wait-for:ADDR: until somebody accepts there
  run,        ///< run:COMMAND: it must succeed
  start,      ///< start:COMMAND: a server for the rest of the case, or of the script
  send_file,  ///< @FILE: send the chunks in a file
};

/// Whether a colon and an argument follow a name.
enum class argument_rule { none, optional, needed };

/// Where the values of variables come to stand.
enum class value_style {
  none,      ///< nowhere: whatever varies has to be known before the script runs
  contents,  ///< in bytes that may have escapes
  chunk,     ///< in those of a chunk, or in the name of a file
  pattern,   ///< the same, or in a regular expression, literally
  plain,     ///< in a text without escapes
  command,   ///< as one word for the shell
};

/// What holds for one kind of action.
struct verb {
  std::string_view name;
  kind type = kind::send;
  argument_rule argument = argument_rule::needed;
  value_style values = value_style::none;
  bool uses_connection = false;  ///< which may be named
  bool waits = false;            ///< for something from the peer
  bool prepares = false;         ///< may stand before the first case
  bool tests = false;            ///< makes a script a test, with a verdict
  bool serves = false;           ///< is for a scripted server as well
};

/// Gives the action of that name, or nothing.
const verb* find_verb(std::string_view name);

const verb& verb_of(kind type);

/// Gives the name of an action that differs from `name` by at most two letters, or nothing.
std::string_view similar_verb(std::string_view name);

}  // namespace tools::script
