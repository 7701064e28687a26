// The names that have a value at one place of a script, while it is read.
#pragma once

#include "script/language/lines.hpp"
#include "script/language/step.hpp"
#include "script/language/variables.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tools::script {

/// What is known of a name.
struct known_name {
  bool by_let = false;
  std::optional<byte_string> value;  ///< where it is the same whenever it is used
};

/// Those of the setup hold in each case, those of a case only there.
class name_table {
 public:
  void begin_unit();
  void begin_case();

  /// What is counted from here on is of the next case.
  void begin_section() { lets_.emplace_back(); }

  /// Takes note how often each name is given a value by let in the setup and in each case: one that
  /// is given several may have another one each time it is used.
  void count_lets(const text& from);

  /// Takes note of the names that a step gives values to. Gives one that it must not, since it has
  /// its value the other way, by let or from a reply, or from the tool itself; or nothing.
  std::string_view note(const step& from);

  const known_name* find(std::string_view name) const;

 private:
  using table = std::map<std::string, known_name, std::less<>>;

  table present_;
  table of_setup_;
  bool in_case_ = false;
  using counts = std::map<std::string, int, std::less<>>;
  std::deque<counts> lets_;  // of the present section, and of those to come
};

}  // namespace tools::script
