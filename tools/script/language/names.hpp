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

/// The properties of a name.
struct known_name {
  bool by_let = false;
  std::optional<byte_string> value;  ///< if it is the same for every use
};

/// Names of the setup are valid in each case, names of a case only in that case.
class name_table {
 public:
  using table = std::map<std::string, known_name, std::less<>>;

  void begin_unit();
  void begin_case();

  /// Begins the next case.
  void begin_section() { lets_.emplace_back(); }

  /// Counts how often each name is assigned by let in the setup and in each case: a name that is
  /// assigned several times may have a different value for each use.
  void count_lets(const text& from);

  /// Adds the names of earlier programs; each may have been given another value since.
  void continue_from(const table& earlier);

  /// The names at this place.
  const table& present() const { return present_; }

  /// Records the names that a step assigns. Gives a name that it must not assign, since it is
  /// assigned in another way: by let, from a reply, or by the tool itself. nullopt: there is none.
  std::string_view note(const step& from);

  const known_name* find(std::string_view name) const;

 private:
  table present_;
  table of_setup_;
  bool in_case_ = false;
  using counts = std::map<std::string, int, std::less<>>;
  std::deque<counts> lets_;  // of the present section, and of those to come
};

}  // namespace tools::script
