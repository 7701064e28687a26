// The names that have a value at one place of a script, while it is read.
#pragma once

#include "script/language/lines.hpp"
#include "script/language/step.hpp"
#include "script/language/variables.hpp"

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

  /// A part of a text that assigns names of its own: the place of a test-case, which for-each may
  /// make several cases of, or nullptr for what stands before the first one.
  using section = const char*;

  void begin_unit();
  void begin_case(section of);

  /// Has what is counted from here on belong to the only case of a text.
  void begin_only_section() { counted_ = only; }
  static constexpr section only = "";

  /// Counts how often each name is assigned by let in the setup and in each case: a name that is
  /// assigned several times may have a different value for each use.
  void count_lets(const text& from);

  /// Adds the names of earlier programs; each may have been given another value since.
  void continue_from(const table& earlier);

  /// The names at this place.
  const table& present() const { return present_; }

  /// Gives the columns of a file the values of a row, which hold until drop_row().
  ///
  /// Returns: a column whose name has a value already; empty: there is none
  std::string_view add_row(const row_choice& from);
  void drop_row(const row_file& of);

  /// Records the names that a step assigns. Gives a name that it must not assign, since it is
  /// assigned in another way: by let, from a reply, or by the tool itself. nullopt: there is none.
  std::string_view note(const step& from);

  const known_name* find(std::string_view name) const;

 private:
  table present_;
  table of_setup_;
  bool in_case_ = false;
  using counts = std::map<std::string, int, std::less<>>;
  std::map<section, counts> lets_;
  section counted_ = nullptr;  // the last section whose lets are counted
  section present_section_ = nullptr;
  table columns_;  // of the rows of for-each
};

}  // namespace tools::script
