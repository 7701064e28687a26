// The parsed arguments of actions.
#pragma once

#include "script/language/pattern.hpp"
#include "script/language/rows.hpp"
#include "script/language/variables.hpp"

#include <chunk/net/duration.hpp>
#include <chunk/notation.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace tools::script {

/// How a peer is expected to end a connection.
enum class expected_end { any, eof, reset };

/// Which half of a connection ends.
enum class half { write, read };

/// A file of chunks to send; "-" is standard input.
struct chunk_file {
  std::string path;
};

/// How later writes are split.
struct write_size {
  std::uint64_t bytes = 0;  ///< maximum size of a write; 0: no limit
  chunk::net::duration pause{};
};

struct byte_count {
  std::uint64_t value = 0;
};

/// The time that a step has to take.
struct time_range {
  chunk::net::duration least{};
  chunk::net::duration most{};
};

/// The address to connect to. Empty: the previous address of the connection.
struct address {
  std::string text;
};

/// A name and the value assigned to it.
struct assignment {
  std::string name;
  byte_string value;
};

/// How often the steps of a block are performed.
struct repetition {
  std::uint64_t rounds = 0;
};

/// How often a block is tried, and how long to wait between two attempts.
struct attempts {
  std::uint64_t most = 0;
  chunk::net::duration pause{};
};

/// The rows of a file, or one of them.
struct row_choice {
  std::shared_ptr<const row_file> from;
  std::size_t index = 0;
};

struct case_name {
  std::string text;
};

/// A command for sh -c.
struct command {
  std::string text;
};

/// nullptr: nothing is written yet, and an update fills it in.
using expected_reply = std::shared_ptr<const pattern>;

/// One of these for each action. monostate: the action has none, or its argument is known only when
/// the step is performed.
using argument =
    std::variant<std::monostate, chunk::image, chunk_file, write_size, expected_reply, byte_string,
                 byte_count, expected_end, chunk::net::duration, time_range, half, address,
                 assignment, repetition, attempts, row_choice, case_name, command>;

}  // namespace tools::script
