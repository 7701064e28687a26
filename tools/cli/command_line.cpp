#include "cli/command_line.hpp"

#include "cli/nearest.hpp"
#include "cli/run.hpp"
#include "cli/status.hpp"
#include "cli/values.hpp"

#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

#include <fcntl.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <iostream>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace tools::cli {

/// An option, or the arguments that are none: how the help shows it, what it takes and refuses, and
/// what was given. CLI11 is told only of those that may be among the arguments: it compares the
/// names of all that it knows for each one it is told of, which would take most of the start.
struct entry {
  std::string_view name;     ///< "-l,--long VALUE", or "FILE"
  std::string_view heading;  ///< empty: the help does not show it
  help_text help;
  std::size_t takes;  ///< how many values each time
  value_reader read;  ///< of each value, or of an empty text where it takes none
  std::function<std::string()> present{};  ///< the value of the variable
  std::string standard{};                  ///< the default that the help shows
  bool repeats = false;
  bool may_be_empty = false;
  std::vector<std::function<std::string(const std::string&)>> checks{};
  std::vector<std::string_view> excluded{};
  std::vector<std::string_view> needed{};

  CLI::Option* self = nullptr;  ///< nullptr: CLI11 is not told of it

  bool is_option() const { return name.starts_with('-'); }
  bool is_shown() const { return !heading.empty(); }
  bool is_given() const { return self && self->count() > 0; }

  /// The letter of an option, "-l". Empty: it has none.
  std::string_view letter() const { return name.substr(0, letter_size()); }

  /// The name that messages have.
  std::string_view long_name() const {
    const auto out = name.substr(letter_size() > 0 ? letter_size() + 1 : 0);
    return out.substr(0, out.find(' '));
  }

  /// All names, as CLI11 takes them.
  std::string all_names() const { return std::string(name.substr(0, name.find(' '))); }

  /// What the help calls its values, "VALUE".
  std::string_view value_names() const {
    const auto space = name.find(' ');
    return space == name.npos ? std::string_view() : name.substr(space + 1);
  }

  help_row row() const {
    const auto text = help.shown();
    return {std::string(name), standard.empty() ? text : text + " [" + standard + ']'};
  }

 private:
  std::size_t letter_size() const {
    constexpr std::size_t size = 2;
    return name.size() > size && name[size] == ',' ? size : 0;
  }
};

namespace {

/// Ends an argument that CLI11 would not take as it is written. No argument of main() has it.
constexpr char mark = '\0';

/// What begins a long name. Alone, it ends the options.
constexpr std::string_view dashes = "--";

/// Marks an argument that CLI11 would take for something else: one in brackets for a list, and ++
/// for the end of all arguments.
std::string marked(std::string_view argument) {
  std::string out(argument);
  if (argument == "++" || (argument.starts_with('[') && argument.ends_with(']'))) out += mark;
  return out;
}

/// Says whether an argument may give an option. It may as well be the value of another.
bool may_give(std::string_view argument, const entry& option) {
  if (!argument.starts_with('-')) return false;
  if (argument.starts_with(dashes)) {
    return argument.substr(0, argument.find('=')) == option.long_name();
  }
  return !option.letter().empty() && argument.find(option.letter()[1], 1) != argument.npos;
}

/// The words that the help explains in a section of their own.
struct explained {
  std::string_view word;
  std::function<std::vector<help_row>()> meanings;
};

/// The arguments as CLI11 takes them.
struct prepared_arguments {
  std::vector<std::string> reversed{};
  std::optional<std::string> mistake{};  ///< an option that takes no value and has one
};

}  // namespace

struct command_line::parts {
  parts(const char* tool_name, const char* what_for) : tool(tool_name), purpose(what_for) {}

  /// Finds an option, or the arguments that are none. Throws: std::logic_error if there are none
  entry& find(std::string_view long_name) {
    const auto found = std::ranges::find(entries, long_name, &entry::long_name);
    if (found == entries.end()) throw std::logic_error("no option " + std::string(long_name));
    return *found;
  }

  /// The same. Returns: nullptr if there are none
  const entry* named(std::string_view long_name) const {
    const auto found = std::ranges::find(entries, long_name, &entry::long_name);
    return found == entries.end() ? nullptr : &*found;
  }

  /// Finds an option by its letter. Returns: nullptr if there is none
  const entry* lettered(char letter) const {
    const auto has_letter = [=](const entry& each) {
      return !each.letter().empty() && each.letter()[1] == letter;
    };
    const auto found = std::ranges::find_if(entries, has_letter);
    return found == entries.end() ? nullptr : &*found;
  }

  /// Counts the values behind an argument with the letters of options, such as -vc.
  std::size_t values_behind(std::string_view letters) const {
    for (std::size_t at = 1; at < letters.size(); ++at) {
      const auto* const known = lettered(letters[at]);
      if (!known) return 0;
      if (known->takes == 0) continue;
      return at + 1 < letters.size() ? known->takes - 1 : known->takes;
    }
    return 0;
  }

  /// Where the letter of an option that takes no value is, and has one, in an argument such as
  /// -vq=1. Returns: 0: nowhere
  std::size_t find_flag_with_value(std::string_view letters) const {
    for (std::size_t at = 1; at + 1 < letters.size(); ++at) {
      const auto* const known = lettered(letters[at]);
      if (!known || known->takes > 0) return 0;
      if (letters[at + 1] == '=') return at;
    }
    return 0;
  }

  bool is_common(const entry& which) const {
    return std::ranges::find(page.common, which.long_name()) != page.common.end();
  }

  /// The options under one heading, except for the common ones.
  help_section section(std::string_view heading) const {
    help_section out{heading, {}};
    for (const auto& each : entries) {
      if (!each.is_option() || each.heading != heading || is_common(each)) continue;
      out.rows.push_back(each.row());
    }
    return out;
  }

  /// All headings, in the order of the help.
  std::vector<std::string_view> headings() const {
    std::vector<std::string_view> out(page.headings.begin(), page.headings.end());
    for (const auto& each : entries) {
      const bool known = std::ranges::find(out, each.heading) != out.end();
      if (each.is_option() && each.is_shown() && !known) out.push_back(each.heading);
    }
    return out;
  }

  /// Throws: std::logic_error if an option of the source is added twice, or names one that is not
  /// there. CLI11 sees only those that it is told of.
  void verify() {
    std::set<std::string_view> known;
    for (const auto& each : entries) {
      for (const auto name : {each.letter(), each.long_name()}) {
        if (name.empty() || known.insert(name).second) continue;
        throw std::logic_error("two options " + std::string(name));
      }
      for (const auto name : each.excluded) find(name);
      for (const auto name : each.needed) find(name);
    }
  }

  std::string help() {
    verify();
    auto out = fmt::format("{}\nUsage: {} [OPTIONS]", purpose, tool);
    help_section arguments{"Arguments", {}};
    for (const auto& each : entries) {
      if (each.is_option()) continue;
      out += fmt::format(" [{}...]", each.name);
      arguments.rows.push_back(each.row());
    }
    out += '\n' + lay_out(page.examples) + lay_out(arguments);
    help_section common{"Common options", {}};
    for (const auto name : page.common) common.rows.push_back(find(name).row());
    out += lay_out(common);
    for (const auto& each : words) out += lay_out(help_section{each.word, each.meanings()});
    for (const auto heading : headings()) out += lay_out(section(heading));
    if (!page.manual.empty()) out += fmt::format("\nManual: {}\n", page.manual);
    return out;
  }

  /// What is wrong with the arguments that CLI11 has left over.
  std::string describe_unexpected() const {
    auto left = app->remaining();
    for (auto& each : left) std::erase(each, mark);
    const auto end_of_options = std::ranges::find(left, dashes);
    const auto is_option = [](std::string_view text) {
      return text.size() > 1 && text.starts_with('-');
    };
    const auto found = std::find_if(left.begin(), end_of_options, is_option);
    if (found == end_of_options) {
      std::erase(left, dashes);
      const auto word = chunk::quoted(left.empty() ? dashes : std::string_view(left.front()));
      return fmt::format("'{}': {}", word, page.instead_of_argument);
    }
    if (!found->starts_with(dashes)) return chunk::quoted(*found) + ": no such option";
    const auto name = std::string_view(*found).substr(0, found->find('='));
    const auto out = chunk::quoted(name) + ": no such option";
    std::vector<std::string_view> known;
    for (const auto& each : entries) {
      const bool shown = each.is_option() && each.is_shown();
      if (shown) known.push_back(each.long_name().substr(dashes.size()));
    }
    return out + did_you_mean(name.substr(dashes.size()), known, dashes);
  }

  /// What is wrong with the number of values of an option, of which CLI11's message has the name.
  std::string describe_mismatch(const std::string& message) const {
    const auto name = std::string_view(message).substr(0, message.find(':'));
    const auto* const found = named(name);
    if (!found) return message;
    const auto given = found->self->results().size();
    if (!found->repeats && given > found->takes &&
        given % std::max<std::size_t>(found->takes, 1) == 0) {
      return fmt::format("{}: given more than once", name);
    }
    const auto value = found->value_names();
    const auto space = value.find(' ');
    if (space == value.npos) return fmt::format("{}: needs a value, {}", name, value);
    return fmt::format("{}: needs two values, {} and {}", name, value.substr(0, space),
                       value.substr(space + 1));
  }

  /// Gives the arguments in the reverse order, which CLI11 asks for, and so that it takes each
  /// value as it is written. An empty value, as in --connect=, becomes an argument of its own, so
  /// that the next one is not taken for it. An option that takes no value, and has one, is left
  /// out.
  prepared_arguments prepare(std::span<const char* const> arguments) const {
    prepared_arguments prepared;
    auto& out = prepared.reversed;
    const auto has_surplus_value = [&](std::string_view name) {
      if (!prepared.mistake) prepared.mistake = fmt::format("{}: takes no value", name);
    };
    bool options = true;
    std::size_t values = 0;  // that come next, whatever they look like
    for (const std::string_view each : arguments.subspan(1)) {
      if (values > 0 || !options || !each.starts_with('-')) {
        if (values > 0) --values;
        out.push_back(marked(each));
        continue;
      }
      options = each != dashes;
      const auto name = each.substr(0, each.find('='));
      const auto* const known = options ? named(name) : nullptr;
      if (!known) {
        if (const auto flag = find_flag_with_value(each)) {
          has_surplus_value(fmt::format("-{}", each[flag]));
          if (flag > 1) out.emplace_back(each.substr(0, flag));
          continue;
        }
        values = values_behind(each);
        out.emplace_back(each);
        continue;
      }
      const bool has_value = name.size() < each.size();
      if (has_value && known->takes == 0) {
        has_surplus_value(name);
        continue;
      }
      values = known->takes - (has_value ? 1U : 0U);
      const bool is_empty = name.size() + 1 == each.size();
      out.emplace_back(is_empty ? name : each);
      if (is_empty) out.emplace_back();
    }
    std::ranges::reverse(out);
    return prepared;
  }

  /// Has a value read, or none. Throws: CLI::ValidationError
  static void take(const entry& of, const std::string& value) {
    const auto taken = of.read(value);
    if (!taken) throw CLI::ValidationError(std::string(of.long_name()), taken.error().detail);
  }

  /// Tells CLI11 of an option, or of the arguments that are none.
  void tell(entry& which) {
    if (which.takes == 0) {
      which.self = app->add_flag_callback(which.all_names(), [&which] { take(which, {}); });
      return;
    }
    const auto read = [&which](const std::vector<std::string>& values) {
      for (const auto& each : values) take(which, each);
      return true;
    };
    which.self = app->add_option(which.all_names(), CLI::callback_t(read), std::string());
    which.self->expected(which.is_option() ? static_cast<int>(which.takes)
                                           : CLI::detail::expected_max_vector_size);
    // Words behind the values of a pair count as more of them, so that they are refused.
    which.self->allow_extra_args(which.takes > 1 || !which.is_option());
    if (which.repeats) which.self->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    const auto check = [&which](std::string& text) -> std::string {
      if (text.ends_with(mark)) text.pop_back();
      if (text.empty() && !which.may_be_empty) return "the value is empty";
      for (const auto& find_mistake : which.checks) {
        auto mistake = find_mistake(text);
        if (!mistake.empty()) return mistake;
      }
      return {};
    };
    which.self->transform(CLI::Validator(check, {}, {}));
  }

  /// Tells CLI11 of what these arguments may give, and of what that needs and excludes.
  void tell_of(std::span<const char* const> arguments) {
    app = std::make_unique<CLI::App>(purpose, tool);
    app->set_help_flag();  // it is one of the entries
    std::set<const entry*> wanted;
    for (auto& each : entries) {
      each.self = nullptr;
      const bool given =
          !each.is_option() || std::ranges::any_of(arguments, [&](std::string_view argument) {
            return may_give(argument, each);
          });
      if (!given) continue;
      wanted.insert(&each);
      for (const auto name : each.needed) wanted.insert(&find(name));
    }
    // In the order in which they were added, which decides on what is read and refused first.
    for (auto& each : entries) {
      if (wanted.contains(&each)) tell(each);
    }
    for (const auto& each : entries) {
      if (!each.self) continue;
      for (const auto name : each.needed) {
        if (auto* const other = find(name).self) each.self->needs(other);
      }
      for (const auto name : each.excluded) {
        if (auto* const other = find(name).self) each.self->excludes(other);
      }
    }
  }

  /// Has CLI11 read the arguments. Returns: what is wrong with them; nullopt: nothing
  std::optional<std::string> read(std::vector<std::string> arguments) {
    try {
      app->parse(std::move(arguments));
    } catch (const CLI::ExtrasError&) {
      return describe_unexpected();
    } catch (const CLI::ArgumentMismatch& wrong) {
      return describe_mismatch(wrong.what());
    } catch (const CLI::ParseError& wrong) {
      return wrong.what();
    }
    return std::nullopt;
  }

  const char* tool;
  const char* purpose;
  help_page page{};
  std::vector<explained> words{};
  std::list<entry> entries{};       ///< which stay where they are
  std::unique_ptr<CLI::App> app{};  ///< nullptr: nothing was parsed so far
  std::vector<std::pair<std::function<bool()>, std::function<std::string()>>> answers{};
  std::vector<std::function<std::string()>> checks{};
  std::vector<std::pair<int, std::string>>
      descriptors{};  ///< given by the user, with their options
};

namespace {

/// A usage error in one line, and where to read on.
int refuse(std::string text) {
  std::erase(text, mark);
  std::ranges::replace(text, '\n', ' ');
  // CLI11 begins sentences, "The following argument ..."; names in capitals stay.
  const bool sentence = text.size() > 1 && std::isupper(static_cast<unsigned char>(text[0])) &&
                        std::islower(static_cast<unsigned char>(text[1]));
  if (sentence) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  remark(text);
  print_line(fmt::format("Try '{} --help'.", program_invocation_short_name));
  return usage;
}

/// Flushes standard output.
///
/// Returns: the exit status
/// Throws:  local_failure
int printed() {
  std::cout.flush();
  if (std::cout) return success;
  throw chunk::local_failure(chunk::last_system_error("standard output"));
}

/// Prints a text on standard output.
int print(const std::string& text) {
  std::cout << text;
  return printed();
}

}  // namespace

option option::choices(std::initializer_list<const char*> words) const {
  return check([known = std::vector<std::string_view>(words.begin(), words.end())](
                   const std::string& text) -> std::string {
    return std::ranges::find(known, text) == known.end() ? not_one_of(text, known) : "";
  });
}

option option::check(std::function<std::string(const std::string&)> mistake) const {
  self_->checks.push_back(std::move(mistake));
  return *this;
}

option option::range(std::uint64_t least, std::uint64_t most) const {
  return check([=](const std::string& text) -> std::string {
    const auto given = chunk::parse_count(text, "the number");
    if (!given) return given.error().detail;
    if (*given >= least && *given <= most) return {};
    return fmt::format("the number {} is not from {} to {}", text, least, most);
  });
}

option option::above_zero() const {
  return check([](const std::string& text) -> std::string {
    const auto given = parse_decimal(text);
    if (!given) return given.error().detail;
    return *given > 0 ? std::string() : fmt::format("the number {} is not above 0", text);
  });
}

option option::may_be_empty() const {
  self_->may_be_empty = true;
  return *this;
}

option option::excludes(std::initializer_list<const char*> others) const {
  self_->excluded.insert(self_->excluded.end(), others.begin(), others.end());
  return *this;
}

option option::needs(const char* other) const {
  self_->needed.emplace_back(other);
  return *this;
}

option option::needs_one_of(const char* first, const char* second) const {
  self_->needed.clear();
  line_->check([line = line_, self = self_, first, second] {
    if (!self->is_given() || line->has(first) || line->has(second)) return std::string();
    return fmt::format("{} requires {} or {}", self->long_name(), first, second);
  });
  return *this;
}

option option::shows_default() const {
  return shows_default(self_->present());
}

option option::shows_default(std::string text) const {
  self_->standard = std::move(text);
  return *this;
}

namespace {

/// Sets a variable to the value as it is written.
template <class T>
value_reader assign_to(T& out) {
  return [&out](const std::string& text) -> chunk::result<void> {
    out = text;
    return {};
  };
}

/// Adds each value to a vector.
value_reader append_to(std::vector<std::string>& out) {
  return [&out](const std::string& text) -> chunk::result<void> {
    out.push_back(text);
    return {};
  };
}

}  // namespace

option option_group::add(const char* name, std::size_t values, value_reader read,
                         help_text help) const {
  auto& all = line_.parts_->entries;
  return {line_, all.emplace_back(entry{name, heading_, std::move(help), values, std::move(read)})};
}

option option_group::flag(const char* name, bool& out, help_text help) const {
  return flag(
      name, [&out] { out = true; }, std::move(help));
}

option option_group::flag(const char* name, std::function<void()> act, help_text help) const {
  const auto read = [act = std::move(act)](const std::string&) -> chunk::result<void> {
    act();
    return {};
  };
  return add(name, 0, read, std::move(help));
}

option option_group::text(const char* name, std::string& out, help_text help) const {
  const auto self = add(name, 1, assign_to(out), std::move(help));
  self.self_->present = [&out] { return out; };
  return self;
}

option option_group::text(const char* name, std::optional<std::string>& out, help_text help) const {
  return add(name, 1, assign_to(out), std::move(help));
}

option option_group::list(const char* name, std::vector<std::string>& out, help_text help) const {
  const auto self = add(name, 1, append_to(out), std::move(help));
  self.self_->repeats = true;
  return self;
}

option option_group::list(const char* name, help_text help) const {
  const auto read = [](const std::string&) -> chunk::result<void> { return {}; };
  const auto self = add(name, 1, read, std::move(help));
  self.self_->repeats = true;
  return self;
}

option option_group::pair(const char* name, std::vector<std::string>& out, help_text help) const {
  return add(name, 2, append_to(out), std::move(help));
}

/// Reads a number into a variable, which may be an optional one.
template <class T>
option option_group::read_number(const char* name, T& out, help_text help) const {
  const auto read = [&out](const std::string& text) -> chunk::result<void> {
    if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::optional<double>>) {
      const auto value = parse_decimal(text);
      if (!value) return tl::unexpected(value.error());
      out = *value;
    } else {
      const auto value = chunk::parse_count(text, "the number");
      if (!value) return tl::unexpected(value.error());
      out = *value;
    }
    return {};
  };
  return parsed(name, read, std::move(help));
}

option option_group::descriptor(const char* name, int& out, help_text help) const {
  const auto self = add(name, 1, {}, std::move(help));
  self.self_->read = [&out, &all = line_.parts_->descriptors,
                      own = self.self_](const std::string& text) -> chunk::result<void> {
    constexpr auto most = std::numeric_limits<int>::max();
    const auto value = chunk::parse_count(text, "the number", most);
    if (!value) return tl::unexpected(value.error());
    out = static_cast<int>(*value);
    all.emplace_back(out, fmt::format("{} {}", own->long_name(), out));
    return {};
  };
  return self;
}

option option_group::number(const char* name, double& out, help_text help) const {
  const auto self = read_number(name, out, std::move(help));
  self.self_->present = [&out] { return fmt::format("{}", out); };
  return self;
}

option option_group::number(const char* name, std::size_t& out, help_text help) const {
  return read_number(name, out, std::move(help));
}

option option_group::number(const char* name, std::optional<double>& out, help_text help) const {
  return read_number(name, out, std::move(help));
}

option option_group::number(const char* name, std::optional<std::uint64_t>& out,
                            help_text help) const {
  return read_number(name, out, std::move(help));
}

option option_group::parsed(const char* name, value_reader read, help_text help) const {
  return add(name, 1, std::move(read), std::move(help));
}

option option_group::count(const char* name, std::uint64_t& out, help_text help) const {
  const auto read = [&out](const std::string& text) -> chunk::result<void> {
    const auto count = chunk::parse_count(text, "the number");
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) {
      return tl::unexpected(chunk::error{chunk::errc::bad_notation, "the number 0 is not above 0"});
    }
    out = *count;
    return {};
  };
  const auto self = parsed(name, read, std::move(help));
  return out == no_count ? self : self.shows_default(std::to_string(out));
}

option option_group::size(const char* name, std::uint64_t& out, help_text help) const {
  const auto read = [&out](const std::string& text) -> chunk::result<void> {
    const auto size = parse_size(text);
    if (!size) return tl::unexpected(size.error());
    out = *size;
    return {};
  };
  return parsed(name, read, std::move(help)).shows_default(show_size(out));
}

command_line::command_line(const char* tool, const char* purpose)
    : parts_(std::make_unique<parts>(tool, purpose)) {}

command_line::~command_line() = default;

void command_line::set_help(const help_page& page) {
  parts_->page = page;
}

void command_line::explain(std::string_view word, std::function<std::vector<help_row>()> meanings) {
  parts_->words.push_back({word, std::move(meanings)});
}

option command_line::positional(const char* name, std::vector<std::string>& out, help_text help) {
  return group("Arguments").add(name, 1, append_to(out), std::move(help)).may_be_empty();
}

option command_line::at(const char* name) {
  return {*this, parts_->find(name)};
}

void command_line::add_version_and_help(const char* heading) {
  const auto flags = group(heading);
  const auto no_action = [] {};  // parse() sees that they are given
  flags.flag("--version", no_action, "Show the version");
  flags.flag("-h,--help", no_action, "Show this help");
}

void command_line::add_list(const char* name, std::function<std::string()> text) {
  const auto self = group("").flag(
      name, [] {}, "");
  add_answer([asked = self.self_] { return asked->is_given(); }, std::move(text));
}

void command_line::add_answer(std::function<bool()> asked, std::function<std::string()> text) {
  parts_->answers.emplace_back(std::move(asked), std::move(text));
}

void command_line::check(std::function<std::string()> mistake) {
  parts_->checks.push_back(std::move(mistake));
}

std::optional<int> command_line::parse(int argc, const char* const* argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  auto [reversed, wrong] = parts_->prepare(arguments);
  parts_->tell_of(arguments);
  auto wrong_otherwise = parts_->read(std::move(reversed));
  if (!wrong) wrong = std::move(wrong_otherwise);
  // Whoever asks for these gets them, whatever is wrong with the rest.
  const auto asks_for = [this](std::string_view name) {
    const auto* const found = parts_->named(name);
    return found && found->is_given();
  };
  if (asks_for("--version")) return print(fmt::format("{} {}\n", parts_->tool, version()));
  if (asks_for("--help")) return print(parts_->help());
  if (wrong) return refuse(std::move(*wrong));
  for (const auto& [asked, text] : parts_->answers) {
    if (asked()) return print(text());
  }
  for (const auto& mistake : parts_->checks) {
    if (auto text = mistake(); !text.empty()) return refuse(std::move(text));
  }
  // The tool has opened none itself so far.
  for (const auto& [descriptor, subject] : parts_->descriptors) {
    if (::fcntl(descriptor, F_GETFD) < 0) {
      throw chunk::local_failure(chunk::last_system_error(subject));
    }
  }
  return std::nullopt;
}

bool command_line::has(const char* name) const {
  return parts_->find(name).is_given();
}

std::vector<std::pair<std::string, std::string>> command_line::in_order(
    std::initializer_list<const char*> names) const {
  std::map<const CLI::Option*, std::pair<std::string, std::size_t>>
      wanted;  // and how many are seen
  for (const auto* name : names) {
    if (const auto* const self = parts_->find(name).self) wanted[self].first = name;
  }
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto* const each : parts_->app->parse_order()) {
    const auto found = wanted.find(each);
    if (found == wanted.end()) continue;
    auto& [name, seen] = found->second;
    out.emplace_back(name, each->results().at(seen++));
  }
  return out;
}

}  // namespace tools::cli
