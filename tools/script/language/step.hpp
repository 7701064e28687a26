// A parsed script: cases, which consist of steps.
#pragma once

#include "script/language/argument.hpp"
#include "script/language/variables.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

struct action;

/// The place of a step.
struct place {
  const std::string* source = nullptr;  ///< the file's name; nullptr: an argument
  std::size_t line = 0;                 ///< from 1; for arguments, the number of the argument
};

/// "tests.script:12", "argument 3"
std::string to_text(const place& where);

/// One step. Its texts borrow from the program.
struct step {
  const action* what = nullptr;
  place where;
  std::string_view text;       ///< as it was written
  std::size_t connection = 0;  ///< index in the program; 0 is the unnamed connection
  std::string varying;         ///< the text of the argument, if values are inserted at run time
  script::argument argument;   ///< the parsed argument; with letters in place of such values
  std::size_t length = 0;      ///< of a block that it begins: the steps up to the one that ends it
};

/// Gives a step with its values inserted, in a program of the protocol `rules`. `most` is the most
/// bytes of a value.
///
/// Errors: those of the action's parse(), and those of the values
chunk::result<step> with_values(const step& from, variables& values,
                                const chunk::protocol& rules = chunk::chunk_protocol(),
                                std::uint64_t most = longest_value);

/// Refuses an assignment of a value with more than `most` bytes.
///
/// Errors: errc::too_large
chunk::result<void> check_value(const argument& of, std::uint64_t most);

struct test_case {
  std::string name;
  place where;
  std::vector<step> steps;
};

/// A script file, or arguments and files that form one script.
struct unit {
  std::string name;
  std::vector<step> setup;  ///< performed once, before its cases
  std::vector<test_case> cases;
};

/// A protocol that is held by several.
using shared_protocol = std::shared_ptr<const chunk::protocol>;

/// The chunk framing without rules.
inline shared_protocol no_rules() {
  return {std::shared_ptr<void>(), &chunk::chunk_protocol()};
}

/// Everything to perform.
struct program {
  std::vector<std::shared_ptr<const void>> texts;  ///< the owners of what steps and places borrow
  std::vector<std::string> connections{""};        ///< their names; the first has none
  std::vector<unit> units;

  /// The protocol of all its connections. The side of its framing is the one that sends.
  shared_protocol rules = no_rules();

  bool is_test = false;      ///< passes or fails; otherwise it is a plain conversation
  bool expects = false;      ///< has an expectation
  bool uses_random = false;  ///< uses random:N
  std::uint64_t most_value = longest_value;  ///< bytes
  std::vector<std::string> remarks;          ///< on what may not be meant as it is written

  std::size_t case_count() const;

  /// The framing of what a peer sends.
  chunk::framing incoming() const;
};

}  // namespace tools::script
