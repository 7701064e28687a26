// A command line: its options, its help, and what is wrong with how it was used.
#pragma once

#include "cli/help.hpp"

#include <chunk/error.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class Option;
}

namespace tools::cli {

class command_line;

/// One option, to say more about it. A copy stands for the same option.
class option {
 public:
  /// Refuses any value that is not one of `words`.
  option choices(std::initializer_list<const char*> words) const;

  /// Refuses a number that is not from `least` to `most`.
  option range(std::uint64_t least, std::uint64_t most) const;
  option above_zero() const;

  /// Refuses a value of which `mistake` returns a message. It is given the text.
  option check(std::function<std::string(const std::string&)> mistake) const;

  /// Accepts an empty value, which any other option refuses.
  option may_be_empty() const;

  /// Refuses each of `others`, which are there already, beside this option.
  option excludes(std::initializer_list<const char*> others) const;

  /// Refuses this option without `other`, which is there already.
  option needs(const char* other) const;

  /// Refuses this option without one of two others, which need not be there yet. Takes the place of
  /// needs().
  option needs_one_of(const char* first, const char* second) const;

  /// Shows a default in the help: the present value of the variable, or `text`.
  option shows_default() const;
  option shows_default(const std::string& text) const;

 private:
  friend class command_line;
  friend class option_group;
  option(command_line& line, CLI::Option* self) : line_(&line), self_(self) {}

  command_line* line_;
  CLI::Option* self_;
};

/// Parses the value of an option. The detail of an error follows the name of the option in the
/// message.
using value_reader = std::function<chunk::result<void>(const std::string&)>;

/// Options under one heading of the help, in the order in which they are added, except for those
/// that help_page::common names. Each has a name as the help shows it: "-l,--long" or "--long" for
/// a flag, followed by the name of the value for any other, "--long VALUE". Variables keep what
/// they hold where an option is not given, and outlive the command line.
class option_group {
 public:
  option flag(const char* name, bool& out, const std::string& help) const;
  option flag(const char* name, std::function<void()> act, const std::string& help) const;

  option text(const char* name, std::string& out, const std::string& help) const;
  option text(const char* name, std::optional<std::string>& out, const std::string& help) const;

  /// An option that may be repeated, and has one value each time. Without a variable, the values
  /// are given by command_line::in_order() alone.
  option list(const char* name, std::vector<std::string>& out, const std::string& help) const;
  option list(const char* name, const std::string& help) const;

  /// An option with two values.
  option pair(const char* name, std::vector<std::string>& out, const std::string& help) const;

  /// The number of a descriptor.
  option descriptor(const char* name, int& out, const std::string& help) const;

  /// A number in decimal digits; those that are a double may have a fraction and an exponent.
  option number(const char* name, double& out, const std::string& help) const;
  option number(const char* name, std::size_t& out, const std::string& help) const;
  option number(const char* name, std::optional<double>& out, const std::string& help) const;
  option number(const char* name, std::optional<std::uint64_t>& out, const std::string& help) const;

  /// A decimal number above 0. The help shows the default unless that is no_count.
  option count(const char* name, std::uint64_t& out, const std::string& help) const;

  /// What parse_size() reads. The help shows the default.
  option size(const char* name, std::uint64_t& out, const std::string& help) const;

  /// A value that `read` parses.
  option parsed(const char* name, value_reader read, const std::string& help) const;

 private:
  friend class command_line;
  option_group(command_line& line, const char* heading) : line_(line), heading_(heading) {}

  template <class T>
  option bind(const char* name, T& out, const std::string& help) const;
  template <class T>
  option read_number(const char* name, T& out, const std::string& help) const;
  option added(const char* name, CLI::Option* self, const std::string& value_name) const;

  command_line& line_;
  const char* heading_;
};

/// All that a tool can be told. Stays where it is made, since options refer to it.
class command_line {
 public:
  command_line(const char* tool, const char* purpose);
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  /// Says what the help shows besides the options, and in which order.
  void set_help(const help_page& page);

  /// Adds a section to the help, below the common options, that says what a word in it means.
  void explain(std::string_view word, std::function<std::vector<help_row>()> meanings);

  /// The options under one heading of the help. Those that help_page::headings does not name come
  /// last.
  option_group group(const char* heading) { return {*this, heading}; }

  /// Arguments that are not options.
  option positional(const char* name, std::vector<std::string>& out, const std::string& help);

  /// An option that was added before, by one of its names.
  option at(const char* name);

  /// Adds --version and --help.
  void add_version_and_help(const char* heading);

  /// Adds an option that no help shows, for completions: the tool prints `text` and does nothing
  /// else.
  void add_list(const char* name, std::function<std::string()> text);

  /// Has the tool print `text` and do nothing else where `asked` says so, once all values are read.
  void add_answer(std::function<bool()> asked, std::function<std::string()> text);

  /// Adds a check that parse() makes after all values are read. `mistake` returns the message of an
  /// error, or an empty text.
  void check(std::function<std::string()> mistake);

  /// Reads the arguments of main().
  ///
  /// Returns: the exit status of a tool that has nothing more to do, since it has printed help, a
  ///          list or what is wrong. nullopt: the tool begins its work.
  /// Throws:  local_failure of standard output
  std::optional<int> parse(int argc, const char* const* argv);

  /// Says whether an option was given.
  bool has(const char* name) const;

  /// The values of these options in the order in which they were given, each with the name of its
  /// option.
  std::vector<std::pair<std::string, std::string>> in_order(
      std::initializer_list<const char*> names) const;

 private:
  friend class option;
  friend class option_group;
  struct parts;

  /// Has the values of an option taken as they are written; an empty one is refused or not.
  void read_as_written(CLI::Option* self, bool refuses_empty);

  std::unique_ptr<parts> parts_;
};

}  // namespace tools::cli
