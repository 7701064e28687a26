// What a script consists of once it is read: cases, and in them steps.
#pragma once

#include "script/language/pattern.hpp"
#include "script/language/vocabulary.hpp"

#include <chunk/net/deadline.hpp>
#include <chunk/notation.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

/// How a peer ends a connection.
enum class closing { any, eof, reset };

/// Which half of a connection ends.
enum class half { write, read };

/// Where a step stands.
struct place {
  const std::string* source = nullptr;  ///< the file's name; nothing: an argument
  std::size_t line = 0;                 ///< from 1; of arguments, which one
};

/// "tests.script:12", "argument 3"
std::string to_text(const place& where);

/// One step. Its texts borrow from the program.
struct step {
  kind type = kind::send;
  place where;
  std::string_view text;       ///< as it was written
  std::size_t connection = 0;  ///< which of the program's; 0 is the one without a name
  bool dynamic = false;        ///< `argument` has values that are known only when it is performed
  std::string argument;        ///< what follows the name; for those that are dynamic, and commands
  std::string name;            ///< of let and test-case; of expect, "exact"
  chunk::image bytes;          ///< to send
  std::vector<std::byte> text_bytes;      ///< of let and expect-raw
  std::shared_ptr<const pattern> wanted;  ///< of expect
  std::uint64_t count = 0;                ///< of raw-receive, repeat, and slice (bytes)
  std::size_t length = 0;                 ///< of repeat: steps up to its end
  chunk::net::duration least{};           ///< of within
  chunk::net::duration most{};            ///< of all that take SECONDS
  closing ending = closing::any;          ///< of expect-close
  half direction = half::write;           ///< of shutdown
};

struct test_case {
  std::string name;
  place where;
  std::vector<step> steps;
};

/// A script file, or what arguments and files make together.
struct unit {
  std::string name;
  std::vector<step> setup;  ///< performed once, before its cases
  std::vector<test_case> cases;
};

/// Everything that is to be performed.
struct program {
  std::vector<std::unique_ptr<const std::string>> texts;  ///< which steps and places borrow from
  std::vector<std::string> connections{""};               ///< their names; the first has none
  std::vector<unit> units;
  bool is_test = false;      ///< has a verdict; otherwise it only sends and asks
  bool expects = false;      ///< a reply, somewhere
  bool uses_random = false;  ///< random:N is somewhere in it

  std::size_t case_count() const;
};

}  // namespace tools::script
