// What a script consists of once it is read: cases, and in them steps.
#pragma once

#include "script/language/argument.hpp"
#include "script/language/variables.hpp"

#include <chunk/error.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

struct action;

/// Where a step stands.
struct place {
  const std::string* source = nullptr;  ///< the file's name; nullptr: an argument
  std::size_t line = 0;                 ///< from 1; of arguments, which one
};

/// "tests.script:12", "argument 3"
std::string to_text(const place& where);

/// One step. Its texts borrow from the program.
struct step {
  const action* what = nullptr;
  place where;
  std::string_view text;       ///< as it was written
  std::size_t connection = 0;  ///< which of the program's; 0 is the one without a name
  std::string varying;         ///< the argument's text, if values are put in when it is performed
  script::argument argument;   ///< read from it; with letters in place of such values
};

/// Gives a step that varies as it is with the present values.
///
/// Errors: those of the action's parse(), and those of the values
chunk::result<step> with_values(const step& from, variables& values);

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
