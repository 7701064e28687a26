#include "script/language/parser.hpp"

#include "script/language/argument.hpp"
#include "script/language/lines.hpp"
#include "script/language/names.hpp"
#include "script/language/unconnected.hpp"
#include "script/language/variables.hpp"
#include "script/language/vocabulary.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tools::script {
namespace {

/// Reads actions into one program.
class reader {
 public:
  reader(program& out, role performer) : out_(out), performer_(performer) {}

  void begin_unit(std::string name);
  void begin_case(std::string name, place where);
  void begin_only_case(std::string name, place where);

  /// Reads actions up to the first mistake.
  void read(const text& from);

  void end_text();

  std::optional<mistake>& wrong() { return wrong_; }

 private:
  bool read_action(std::string_view action, place where);
  bool read_step(step& next, std::string_view rest);
  bool read_name(step& next, std::string_view& argument, std::string_view action);
  bool read_argument(step& next, std::string_view argument);
  bool resolve_values(step& next, std::string_view argument, std::string& resolved);
  bool check_reference(const step& next, const reference& found, std::string_view argument);
  bool add(step next);
  bool define(step& next);
  bool note_names(const step& next);
  bool open_block(step& next);
  bool bounds_nothing() const;
  bool refuse_bound();

  template <class Reason>
  bool refuse(const step& at, std::string_view offending, Reason reason);

  program& out_;
  role performer_;
  std::optional<mistake> wrong_;
  bool in_case_ = false;
  bool has_cases_ = false;
  std::vector<step>* steps_ = nullptr;
  std::vector<std::size_t> open_;  // indices of the repeats that have no end yet
  name_table names_;
  bool started_ = false;
  bool setup_started_ = false;
};

template <class Reason>
bool reader::refuse(const step& at, std::string_view offending, Reason reason) {
  wrong_.emplace(at, offending, std::move(reason));
  return false;
}

void reader::begin_unit(std::string name) {
  auto& added = out_.units.emplace_back();
  added.name = std::move(name);
  steps_ = &added.setup;
  names_.begin_unit();
  in_case_ = has_cases_ = started_ = false;
}

void reader::begin_case(std::string name, place where) {
  auto& cases = out_.units.back().cases;
  names_.begin_case();
  if (cases.empty()) setup_started_ = started_;
  started_ = setup_started_;
  cases.push_back({std::move(name), where, {}});
  steps_ = &cases.back().steps;
  in_case_ = true;
}

/// Begins the case of a text without any: what was read before is its setup.
void reader::begin_only_case(std::string name, place where) {
  names_.begin_section();
  begin_case(std::move(name), where);
}

void reader::read(const text& from) {
  names_.count_lets(from);
  has_cases_ = has_cases_ || has_cases(from);
  for_each_action(from, [&](std::string_view action, std::size_t line) {
    return read_action(action, {from.name, line});
  });
}

void reader::end_text() {
  if (wrong_) return;
  if (!open_.empty()) {
    const auto& first = (*steps_)[open_.front()];
    refuse(first, first.text, "has no end");
  } else if (bounds_nothing()) {
    refuse_bound();
  }
}

/// Says whether a within waits for the step that it bounds.
bool reader::bounds_nothing() const {
  return !steps_->empty() && steps_->back().type == kind::within;
}

bool reader::refuse_bound() {
  const auto& before = steps_->back();
  return refuse(before, before.text, "no step follows whose time it could bound");
}

bool reader::read_action(std::string_view action, place where) {
  step next;
  next.where = where;
  next.text = action;
  auto rest = action;
  const auto connection = take_connection(rest);
  if (!connection.empty()) {
    if (performer_ == role::server) {
      return refuse(next, connection, "a scripted server has no connections but its client's");
    }
    const auto found = std::ranges::find(out_.connections, connection);
    next.connection = static_cast<std::size_t>(found - out_.connections.begin());
    if (found == out_.connections.end()) out_.connections.emplace_back(connection);
    out_.is_test = true;
  }
  return read_step(next, rest);
}

bool reader::read_step(step& next, std::string_view rest) {
  std::string_view argument;
  if (!read_name(next, argument, rest)) return false;
  const auto& verb = verb_of(next.type);
  if (verb.tests) out_.is_test = true;
  if (next.type == kind::expect) out_.expects = true;
  if (performer_ == role::server && !verb.serves) {
    return refuse(next, rest.substr(0, verb.name.size()), "not for a scripted server");
  }
  if (next.connection != 0 && !verb.uses_connection) {
    return refuse(next, rest, "does nothing with a connection");
  }
  if (has_cases_ && !in_case_ && next.connection != 0) {
    return refuse(next, rest, "a connection with a name is opened in a case");
  }
  if (has_cases_ && !in_case_ && !verb.prepares && next.type != kind::test_case) {
    return refuse(next, rest,
                  "stands before the first test-case, where something can only be prepared");
  }
  return read_argument(next, argument) && add(std::move(next));
}

/// Finds out what kind of action it is, and gives what stands behind its name.
bool reader::read_name(step& next, std::string_view& argument, std::string_view action) {
  if (action.starts_with('@')) {
    next.type = kind::send_file;
    argument = action.substr(1);
    return !argument.empty() || refuse(next, action, "@ needs the name of a file");
  }
  const auto colon = action.find(':');
  const auto head = action.substr(0, colon);
  const auto comma = head.find(',');
  const auto name = head.substr(0, comma);
  const auto* const found = find_verb(name);
  if (!found) {
    argument = action;
    const bool odd = name.size() > 4 && name.find('%') == name.npos;
    if (!odd) return true;
    const auto near = similar_verb(name);
    const auto hint = near.empty() ? std::string() : fmt::format("; there is {}", near);
    return refuse(next, action, "neither an action nor an ID of four bytes" + hint);
  }
  next.type = found->type;
  if (comma != head.npos) {
    next.name = head.substr(comma + 1);
    if (next.type != kind::expect) return refuse(next, action, "has no modifiers");
    if (next.name != "exact") {
      return refuse(next, head.substr(comma + 1), "not a modifier of expect; there is exact");
    }
  }
  const bool has_argument = colon != action.npos;
  if (has_argument && found->argument == argument_rule::none) {
    return refuse(next, action, "takes no argument");
  }
  if (!has_argument && found->argument == argument_rule::needed) {
    return refuse(next, action, "needs an argument after a colon");
  }
  argument = has_argument ? action.substr(colon + 1) : action.substr(action.size());
  if (next.type != kind::let) return true;
  const auto equals = argument.find('=');
  if (equals == argument.npos || !is_name(argument.substr(0, equals))) {
    return refuse(next, argument,
                  "not NAME=text; a name has letters, digits, - and _, and begins with a letter");
  }
  next.name = argument.substr(0, equals);
  argument.remove_prefix(equals + 1);
  return true;
}

bool reader::check_reference(const step& next, const reference& found, std::string_view argument) {
  const auto whole = argument.substr(found.begin, found.size);
  if (!whole.ends_with('}')) return refuse(next, whole, "%{ has no }");
  if (found.name.starts_with(random_bytes)) {
    out_.uses_random = true;
    const auto digits = found.name.substr(random_bytes.size());
    const auto count = chunk::parse_count(digits, random_bytes, most_random);
    return count || refuse(next, whole, count.error());
  }
  if (found.name.starts_with(environment)) {
    const auto value = from_environment(found.name.substr(environment.size()));
    return value || refuse(next, whole, value.error());
  }
  if (found.name == "client") return true;
  if (found.name == "address") {
    const bool there = started_ || next.type == kind::start;
    return there || refuse(next, whole, "there is no start: before it");
  }
  if (!is_name(found.name)) {
    return refuse(next, whole, "not the name of a value; a literal % is written %25");
  }
  return names_.find(found.name) ||
         refuse(next, whole, "nothing before it gives this name a value");
}

/// Checks the names in an argument. In bytes, and where nothing else can stand, what is known for
/// certain is put in for them.
bool reader::resolve_values(step& next, std::string_view argument, std::string& resolved) {
  const auto style = verb_of(next.type).values;
  const auto how = style == value_style::none ? value_style::plain : style;
  for (std::size_t at = 0; const auto found = find_reference(argument, at, how);) {
    if (!check_reference(next, *found, argument)) return false;
    at = found->begin + found->size;
  }
  if (style == value_style::plain || style == value_style::command) {
    resolved = argument;
    next.dynamic = true;
    return true;
  }
  std::string_view varying;
  const auto values = [&](std::string_view name) -> chunk::result<std::optional<byte_string>> {
    if (name.starts_with(environment)) return from_environment(name.substr(environment.size()));
    const auto* const named = names_.find(name);
    if (named && named->value) return named->value;
    varying = name;
    return std::optional<byte_string>{};
  };
  auto text = expand(argument, how, values, false);
  if (!text) return refuse(next, argument, text.error());
  resolved = std::move(*text);
  next.dynamic = !varying.empty();
  if (!next.dynamic || style != value_style::none) return true;
  const auto begin = static_cast<std::size_t>(varying.data() - argument.data()) - 2;
  const auto whole = argument.substr(begin, varying.size() + 3);
  return refuse(next, whole, "is known only when the script runs, and cannot stand here");
}

bool reader::read_argument(step& next, std::string_view argument) {
  std::string resolved;
  if (!resolve_values(next, argument, resolved)) return false;
  const auto style = verb_of(next.type).values;
  const bool literal = style == value_style::plain || style == value_style::command;
  const bool has_id = next.type == kind::send || next.type == kind::request ||
                      next.type == kind::request_decoded || next.type == kind::expect;
  const auto first = find_reference(resolved, 0, style);
  if (has_id && first && first->begin < resolved.find(':')) {
    return refuse(next, argument.substr(0, argument.find(':', argument.find('}'))),
                  "a value that is known only when the script runs cannot be an ID or a modifier");
  }
  auto checked = resolved;
  // In place of values that are not known yet stand letters, as many as the text of the reference
  // has, so that a mistake has its place.
  for (std::size_t at = 0; const auto found = find_reference(checked, at, style);) {
    checked.replace(found->begin, found->size, found->size, 'x');
    at = found->begin + found->size;
  }
  std::string_view offending;
  const bool unknown_address = first && style == value_style::plain;
  chunk::result<void> done;
  if (!unknown_address) done = parse_argument(next, checked, offending);
  if (next.dynamic) next.argument = std::move(resolved);
  if (literal && next.argument.empty() && next.type == kind::connect) next.dynamic = false;
  if (done) return true;
  const auto at = offending.data() - checked.data();
  const bool same_place = checked.size() == argument.size() && at >= 0 &&
                          static_cast<std::size_t>(at) <= checked.size();
  if (!same_place) return refuse(next, argument, done.error());
  const auto part = argument.substr(static_cast<std::size_t>(at), offending.size());
  const bool names_value = find_reference(part, 0, style).has_value();
  if (names_value) {
    return refuse(next, part, "a value that is known only when the script runs cannot stand here");
  }
  return refuse(next, part, done.error());
}

/// Takes note of what a step gives names to.
bool reader::note_names(const step& next) {
  if (next.type == kind::start) started_ = true;
  const auto taken = names_.note(next);
  if (taken.empty()) return true;
  return refuse(next, next.text, fmt::format("the name '{}' has its value already", taken));
}

bool reader::open_block(step& next) {
  if (next.type == kind::repeat) {
    open_.push_back(steps_->size());
  } else if (next.type == kind::end) {
    if (open_.empty()) return refuse(next, next.text, "there is no repeat: before it");
    (*steps_)[open_.back()].length = steps_->size() - open_.back();
    open_.pop_back();
  }
  return true;
}

bool reader::add(step next) {
  const bool unbound =
      next.type == kind::repeat || next.type == kind::end || next.type == kind::within;
  if (unbound && bounds_nothing()) return refuse_bound();
  if (next.type == kind::test_case) {
    end_text();
    if (wrong_) return false;
    begin_case(next.name, next.where);
    return true;
  }
  if (!note_names(next) || !open_block(next)) return false;
  steps_->push_back(std::move(next));
  return true;
}

mistake missing_connection(const program& all, const step& at) {
  const auto& name = all.connections[at.connection];
  if (name.empty()) return {at, at.text, "needs a peer; use --connect or --listen"};
  return {at, at.text.substr(0, name.size()),
          fmt::format("is not connected; '{}> connect:ADDR' comes first", name)};
}

}  // namespace

tl::expected<program, mistake> parse(const sources& from, role performer, bool as_test) {
  program out;
  out.is_test = as_test;
  const auto hold = [&](const std::string& what) -> const std::string* {
    return out.texts.emplace_back(std::make_unique<const std::string>(what)).get();
  };
  text arguments{nullptr, {}, {}};
  for (const auto& each : from.arguments) arguments.arguments.push_back(*hold(each));
  std::vector<text> files;
  for (const auto& each : from.files) files.push_back({hold(each.name), {}, *hold(each.text)});

  reader reading(out, performer);
  const auto first_name = files.empty() ? std::string("arguments") : *files.front().name;
  const bool cases = std::ranges::any_of(files, has_cases) || has_cases(arguments);
  const bool prepares = prepares_only(arguments);
  if (!cases) {
    reading.begin_unit(first_name);
    reading.begin_case(first_name, {files.empty() ? nullptr : files.front().name, 1});
    files.insert(files.begin(), arguments);
    for (const auto& each : files) {
      if (!reading.wrong()) reading.read(each);
      reading.end_text();
    }
  } else {
    if (!prepares || files.empty()) files.insert(files.begin(), arguments);
    for (const auto& each : files) {
      if (reading.wrong()) break;
      const auto name = each.name ? *each.name : std::string("arguments");
      reading.begin_unit(name);
      const bool alone = !has_cases(each);
      if (prepares && each.name) reading.read(arguments);
      if (alone) reading.begin_only_case(name, {each.name, 1});
      if (!reading.wrong()) reading.read(each);
      if (!reading.wrong()) reading.end_text();
    }
  }
  if (reading.wrong()) return tl::unexpected(std::move(*reading.wrong()));
  if (const auto* const lost = find_unconnected(out, performer != role::client)) {
    return tl::unexpected(missing_connection(out, *lost));
  }
  return out;
}

}  // namespace tools::script
