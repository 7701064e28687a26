// A command line: its options, its help, and what is wrong with how it was used.
#pragma once

#include "cli/help.hpp"

#include <chunk/error.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools::cli {

class command_line;
struct entry;

/// What the help says of an option: a text that is there, or one that is made when it is shown.
class help_text {
 public:
  help_text(const char* text) : make_([text] { return std::string(text); }) {}
  template <std::invocable Make>
  help_text(Make make) : make_(std::move(make)) {}

  std::string shown() const { return make_(); }

 private:
  std::function<std::string()> make_;
};

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

  /// Refuses each of `others` beside this option.
  option excludes(std::initializer_list<const char*> others) const;

  /// Refuses this option without `other`.
  option needs(const char* other) const;

  /// Refuses this option without one of two others. Takes the place of needs().
  option needs_one_of(const char* first, const char* second) const;

  /// Shows a default in the help: the present value of the variable, or `text`.
  option shows_default() const;
  option shows_default(std::string text) const;

 private:
  friend class command_line;
  friend class option_group;
  option(command_line& line, entry& self) : line_(&line), self_(&self) {}

  command_line* line_;
  entry* self_;
};

/// Parses the value of an option. The detail of an error follows the name of the option in the
/// message.
using value_reader = std::function<chunk::result<void>(const std::string&)>;

/// Options under one heading of the help, in the order in which they are added, except for those
/// that help_page::common names. Each has a name as the help shows it: "-l,--long" or "--long" for
/// a flag, followed by the name of the value for any other, "--long VALUE". Variables keep what
/// they hold where an option is not given, and outlive the command line, as all names do.
class option_group {
 public:
  option flag(const char* name, bool& out, help_text help) const;
  option flag(const char* name, std::function<void()> act, help_text help) const;

  option text(const char* name, std::string& out, help_text help) const;
  option text(const char* name, std::optional<std::string>& out, help_text help) const;

  /// An option that may be repeated, and has one value each time. Without a variable, the values
  /// are given by command_line::in_order() alone.
  option list(const char* name, std::vector<std::string>& out, help_text help) const;
  option list(const char* name, help_text help) const;

  /// An option with two values.
  option pair(const char* name, std::vector<std::string>& out, help_text help) const;

  /// The number of a descriptor.
  option descriptor(const char* name, int& out, help_text help) const;

  /// A number in decimal digits; those that are a double may have a fraction and an exponent.
  option number(const char* name, double& out, help_text help) const;
  option number(const char* name, std::size_t& out, help_text help) const;
  option number(const char* name, std::optional<double>& out, help_text help) const;
  option number(const char* name, std::optional<std::uint64_t>& out, help_text help) const;

  /// A decimal number above 0. The help shows the default unless that is no_count.
  option count(const char* name, std::uint64_t& out, help_text help) const;

  /// What parse_size() reads. The help shows the default.
  option size(const char* name, std::uint64_t& out, help_text help) const;

  /// A value that `read` parses.
  option parsed(const char* name, value_reader read, help_text help) const;

 private:
  friend class command_line;
  option_group(command_line& line, const char* heading) : line_(line), heading_(heading) {}

  template <class T>
  option read_number(const char* name, T& out, help_text help) const;

  /// Adds an option that takes so many values each time.
  option add(const char* name, std::size_t values, value_reader read, help_text help) const;

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
  option positional(const char* name, std::vector<std::string>& out, help_text help);

  /// An option that was added before, by its long name.
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

  std::unique_ptr<parts> parts_;
};

}  // namespace tools::cli
