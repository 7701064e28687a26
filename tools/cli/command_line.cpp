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
#include <map>
#include <set>
#include <string_view>
#include <type_traits>

namespace tools::cli {

namespace {

/// Ends an argument that CLI11 would not take as it is written. No argument of main() has it.
constexpr char mark = '\0';

/// The name of an option as the help shows it, "-l,--long VALUE", in the two parts that CLI11
/// needs.
struct names {
  explicit names(std::string_view text)
      : option(text.substr(0, text.find(' '))),
        value(text.substr(std::min(option.size() + 1, text.size()))) {}

  std::string option;
  std::string value;
};

/// An option or an argument, as the help shows it.
struct entry {
  std::string name;  ///< "-l,--long VALUE"
  std::string_view heading;
  CLI::Option* self;

  /// Says whether `wanted` is one of its names.
  bool is(std::string_view wanted) const {
    for (auto rest = std::string_view(name).substr(0, name.find(' ')); !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (rest.substr(0, comma) == wanted) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return false;
  }

  help_row row() const {
    const auto& standard = self->get_default_str();
    return {name, self->get_description() + (standard.empty() ? "" : " [" + standard + ']')};
  }
};

/// The words that the help explains in a section of their own.
struct explained {
  std::string_view word;
  std::function<std::vector<help_row>()> meanings;
};

}  // namespace

struct command_line::parts {
  parts(const char* tool, const char* purpose) : app(purpose, tool) {}

  /// CLI11's own search compares copies of all names, which takes a noticeable part of the start.
  CLI::Option* find(std::string_view name) {
    for (const auto& each : options) {
      if (each.is(name)) return each.self;
    }
    return app.get_option(std::string(name));
  }

  bool is_common(const entry& which) const {
    return std::ranges::any_of(page.common, [&](auto name) { return which.is(name); });
  }

  /// The options under one heading, except for the common ones.
  help_section section(std::string_view heading) const {
    help_section out{heading, {}};
    for (const auto& each : options) {
      if (each.heading == heading && !is_common(each)) out.rows.push_back(each.row());
    }
    return out;
  }

  /// All headings, in the order of the help.
  std::vector<std::string_view> headings() const {
    std::vector<std::string_view> out(page.headings.begin(), page.headings.end());
    for (const auto& each : options) {
      if (std::ranges::find(out, each.heading) == out.end()) out.push_back(each.heading);
    }
    return out;
  }

  std::string help() const {
    auto out = fmt::format("{}\nUsage: {} [OPTIONS]", app.get_description(), app.get_name());
    for (const auto& each : arguments) out += fmt::format(" [{}...]", each.name);
    out += '\n' + lay_out(page.examples);
    help_section section_of_arguments{"Arguments", {}};
    for (const auto& each : arguments) section_of_arguments.rows.push_back(each.row());
    out += lay_out(section_of_arguments);
    help_section common{"Common options", {}};
    for (const auto name : page.common) {
      const auto found =
          std::ranges::find_if(options, [&](const entry& each) { return each.is(name); });
      if (found != options.end()) common.rows.push_back(found->row());
    }
    out += lay_out(common);
    for (const auto& each : words) out += lay_out(help_section{each.word, each.meanings()});
    for (const auto heading : headings()) out += lay_out(section(heading));
    if (!page.manual.empty()) out += fmt::format("\nManual: {}\n", page.manual);
    return out;
  }

  /// What is wrong with the arguments that CLI11 has left over.
  std::string describe_unexpected() const {
    constexpr std::string_view dashes = "--";
    auto left = app.remaining();
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
    const auto name = std::string_view(*found).substr(0, found->find('='));
    auto out = chunk::quoted(name) + ": no such option";
    if (!name.starts_with(dashes)) return out;
    std::vector<std::string_view> known;
    for (const auto& each : options) {
      const auto long_name = std::string_view(each.name).substr(each.name.find(dashes));
      known.push_back(long_name.substr(0, long_name.find(' ')).substr(dashes.size()));
    }
    return out + did_you_mean(name.substr(dashes.size()), known, dashes);
  }

  /// What is wrong with the number of values of an option, of which CLI11's message has the name.
  std::string describe_mismatch(const std::string& message) const {
    const auto name = message.substr(0, message.find(':'));
    const auto found =
        std::ranges::find_if(options, [&](const entry& each) { return each.is(name); });
    if (found == options.end()) return message;
    const auto needed = found->self->get_items_expected_max();
    if (found->self->results().size() > static_cast<std::size_t>(needed)) {
      return name + ": given more than once";
    }
    const auto value = names(found->name).value;
    const auto space = value.find(' ');
    if (space == value.npos) return fmt::format("{}: needs a value, {}", name, value);
    return fmt::format("{}: needs two values, {} and {}", name, value.substr(0, space),
                       value.substr(space + 1));
  }

  /// The name in an argument such as "--quiet=1", which gives a value to an option that has none.
  /// Empty: there is no such name.
  std::string flag_with_value(std::string_view argument) {
    const auto equals = argument.find('=');
    if (!argument.starts_with("--") || equals == argument.npos) return {};
    auto name = std::string(argument.substr(0, equals));
    const auto* const known = app.get_option_no_throw(name);
    return known && known->get_items_expected_max() == 0 ? name : std::string();
  }

  CLI::App app;
  help_page page{};
  std::vector<explained> words{};
  std::vector<entry> options{};
  std::vector<entry> arguments{};
  std::vector<std::pair<std::function<bool()>, std::function<std::string()>>> answers{};
  std::vector<std::function<std::string()>> checks{};
  std::vector<std::pair<int, std::string>>
      descriptors{};  ///< given by the user, with their options
  std::set<const CLI::Option*> may_be_empty{};
};

namespace {

/// Gives the arguments in the reverse order, which CLI11 asks for, and marked where it would take
/// them for something else: one in brackets for a list, and ++ for the end of all arguments. An
/// empty value, as in --connect=, becomes an argument of its own, so that the next one is not taken
/// for it.
std::vector<std::string> protect(int argc, const char* const* argv) {
  std::vector<std::string> out;
  bool options = true;
  for (int at = 1; at < argc; ++at) {
    std::string each = argv[at];
    options = options && each != "--";
    const bool list = each.starts_with('[') && each.ends_with(']');
    if (list || each == "++") each += mark;
    const bool no_value = options && each.starts_with("--") && each.find('=') + 1 == each.size();
    if (no_value) each.pop_back();
    out.push_back(std::move(each));
    if (no_value) out.emplace_back();
  }
  std::ranges::reverse(out);
  return out;
}

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
  self_->check(CLI::Validator(
      [mistake = std::move(mistake)](std::string& text) { return mistake(text); }, {}, {}));
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
  line_->parts_->may_be_empty.insert(self_);
  return *this;
}

option option::excludes(std::initializer_list<const char*> others) const {
  for (const auto* other : others) self_->excludes(line_->at(other).self_);
  return *this;
}

option option::needs(const char* other) const {
  self_->needs(line_->at(other).self_);
  return *this;
}

option option::needs_one_of(const char* first, const char* second) const {
  for (auto* other : std::set(self_->get_needs())) self_->remove_needs(other);
  line_->check([line = line_, self = self_, first, second] {
    if (self->count() == 0 || line->has(first) || line->has(second)) return std::string();
    return fmt::format("{} requires {} or {}", self->get_name(), first, second);
  });
  return *this;
}

option option::shows_default() const {
  self_->capture_default_str();
  return *this;
}

option option::shows_default(const std::string& text) const {
  self_->default_str(text);
  return *this;
}

option option_group::added(const char* name, CLI::Option* self,
                           const std::string& value_name) const {
  line_.parts_->options.push_back({name, heading_, self});
  if (!value_name.empty()) {
    self->type_name(value_name);
    line_.read_as_written(self, true);
  }
  return {line_, self};
}

template <class T>
option option_group::bind(const char* name, T& out, const std::string& help) const {
  const names parts(name);
  return added(name, line_.parts_->app.add_option(parts.option, out, help), parts.value);
}

option option_group::flag(const char* name, bool& out, const std::string& help) const {
  return added(name, line_.parts_->app.add_flag(name, out, help), {});
}

option option_group::flag(const char* name, std::function<void()> act,
                          const std::string& help) const {
  return added(name, line_.parts_->app.add_flag_callback(name, std::move(act), help), {});
}

option option_group::text(const char* name, std::string& out, const std::string& help) const {
  return bind(name, out, help);
}

option option_group::text(const char* name, std::optional<std::string>& out,
                          const std::string& help) const {
  return bind(name, out, help);
}

option option_group::list(const char* name, std::vector<std::string>& out,
                          const std::string& help) const {
  const auto out_option = bind(name, out, help);
  out_option.self_->allow_extra_args(false);
  return out_option;
}

option option_group::list(const char* name, const std::string& help) const {
  const names parts(name);
  auto* self = line_.parts_->app.add_option(parts.option)->description(help);
  self->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
  return added(name, self, parts.value);
}

option option_group::pair(const char* name, std::vector<std::string>& out,
                          const std::string& help) const {
  const auto both = bind(name, out, help);
  both.self_->expected(2);
  return both;
}

/// Binds a variable, which may be an optional one, to an option that takes a number.
template <class T>
option option_group::read_number(const char* name, T& out, const std::string& help) const {
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
  return parsed(name, read, help);
}

option option_group::descriptor(const char* name, int& out, const std::string& help) const {
  const auto read = [&out, &line = line_, long_name = names(name).option](
                        const std::string& text) -> chunk::result<void> {
    constexpr auto most = std::numeric_limits<int>::max();
    const auto value = chunk::parse_count(text, "the number", most);
    if (!value) return tl::unexpected(value.error());
    out = static_cast<int>(*value);
    line.parts_->descriptors.emplace_back(out, fmt::format("{} {}", long_name, out));
    return {};
  };
  return parsed(name, read, help);
}

option option_group::number(const char* name, double& out, const std::string& help) const {
  const auto self = read_number(name, out, help);
  self.self_->default_function([&out] { return fmt::format("{}", out); });
  return self;
}

option option_group::number(const char* name, std::size_t& out, const std::string& help) const {
  return read_number(name, out, help);
}

option option_group::number(const char* name, std::optional<double>& out,
                            const std::string& help) const {
  return read_number(name, out, help);
}

option option_group::number(const char* name, std::optional<std::uint64_t>& out,
                            const std::string& help) const {
  return read_number(name, out, help);
}

option option_group::parsed(const char* name, value_reader read, const std::string& help) const {
  const names parts(name);
  auto long_name = parts.option.substr(parts.option.find("--"));
  const auto take = [read = std::move(read), long_name](const std::string& text) {
    const auto taken = read(text);
    if (!taken) throw CLI::ValidationError(long_name, taken.error().detail);
  };
  auto* self = line_.parts_->app.add_option_function<std::string>(parts.option, take, help);
  return added(name, self, parts.value);
}

option option_group::count(const char* name, std::uint64_t& out, const std::string& help) const {
  const auto read = [&out](const std::string& text) -> chunk::result<void> {
    const auto count = chunk::parse_count(text, "the number");
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) {
      return tl::unexpected(chunk::error{chunk::errc::bad_notation, "the number 0 is not above 0"});
    }
    out = *count;
    return {};
  };
  const auto self = parsed(name, read, help);
  return out == no_count ? self : self.shows_default(std::to_string(out));
}

option option_group::size(const char* name, std::uint64_t& out, const std::string& help) const {
  const auto read = [&out](const std::string& text) -> chunk::result<void> {
    const auto size = parse_size(text);
    if (!size) return tl::unexpected(size.error());
    out = *size;
    return {};
  };
  return parsed(name, read, help).shows_default(show_size(out));
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

option command_line::positional(const char* name, std::vector<std::string>& out,
                                const std::string& help) {
  auto* self = parts_->app.add_option(name, out, help);
  parts_->arguments.push_back({name, {}, self});
  read_as_written(self, false);
  return {*this, self};
}

void command_line::read_as_written(CLI::Option* self, bool refuses_empty) {
  const auto read = [this, self, refuses_empty](std::string& text) -> std::string {
    if (text.ends_with(mark)) text.pop_back();
    const bool missing = refuses_empty && text.empty() && !parts_->may_be_empty.contains(self);
    return missing ? "the value is empty" : "";
  };
  self->transform(CLI::Validator(read, {}, {}));
}

option command_line::at(const char* name) {
  return {*this, parts_->find(name)};
}

void command_line::add_version_and_help(const char* heading) {
  auto& app = parts_->app;
  auto* const asks_version =
      app.set_version_flag("--version", app.get_name() + ' ' + version(), "Show the version");
  parts_->options.push_back({"--version", heading, asks_version});
  auto* const asks_help = app.set_help_flag("-h,--help", "Show this help");
  parts_->options.push_back({"-h,--help", heading, asks_help});
}

void command_line::add_list(const char* name, std::function<std::string()> text) {
  const auto* asked = parts_->app.add_flag(name);
  add_answer([asked] { return asked->count() > 0; }, std::move(text));
}

void command_line::add_answer(std::function<bool()> asked, std::function<std::string()> text) {
  parts_->answers.emplace_back(std::move(asked), std::move(text));
}

void command_line::check(std::function<std::string()> mistake) {
  parts_->checks.push_back(std::move(mistake));
}

std::optional<int> command_line::parse(int argc, const char* const* argv) {
  for (int at = 1; at < argc && std::string_view(argv[at]) != "--"; ++at) {
    const auto flag = parts_->flag_with_value(argv[at]);
    if (!flag.empty()) return refuse(flag + ": takes no value");
  }
  try {
    parts_->app.parse(protect(argc, argv));
  } catch (const CLI::CallForHelp&) {
    return print(parts_->help());
  } catch (const CLI::CallForVersion& asked) {
    return print(asked.what() + std::string("\n"));
  } catch (const CLI::ExtrasError&) {
    return refuse(parts_->describe_unexpected());
  } catch (const CLI::ArgumentMismatch& wrong) {
    return refuse(parts_->describe_mismatch(wrong.what()));
  } catch (const CLI::ParseError& wrong) {
    return refuse(wrong.what());
  }
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
  return parts_->app.count(name) > 0;
}

std::vector<std::pair<std::string, std::string>> command_line::in_order(
    std::initializer_list<const char*> names) const {
  std::map<const CLI::Option*, std::pair<std::string, std::size_t>>
      wanted;  // and how many are seen
  for (const auto* name : names) wanted[parts_->find(name)].first = name;
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto* const each : parts_->app.parse_order()) {
    const auto found = wanted.find(each);
    if (found == wanted.end()) continue;
    auto& [name, seen] = found->second;
    out.emplace_back(name, each->results().at(seen++));
  }
  return out;
}

}  // namespace tools::cli
