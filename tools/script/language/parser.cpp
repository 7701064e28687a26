#include "script/language/parser.hpp"

#include "cli/nearest.hpp"
#include "cli/protocols.hpp"
#include "script/actions/table.hpp"
#include "script/language/lines.hpp"
#include "script/language/names.hpp"
#include "script/language/unconnected.hpp"
#include "script/language/variables.hpp"

#include <chunk/escape.hpp>
#include <chunk/id.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace tools::script {
namespace {

/// The longest text that is quoted although it is no text. Chosen: a line.
constexpr std::size_t longest_binary = 80;

/// Says whether bytes are too many to be quoted, and have control characters that no text has.
bool is_long_binary(std::string_view bytes) {
  const auto is_control = [](char c) {
    const auto value = static_cast<unsigned char>(c);
    return (value < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
  };
  return std::ranges::any_of(bytes, is_control) && chunk::quoted(bytes).size() > longest_binary;
}

/// Says whether an action stands in a file that can be written to.
bool is_in_script(const place& where) {
  return where.source && *where.source != "-";
}

/// An argument with those values put in that are known for certain. It may be long, and is copied
/// only if it has any.
struct resolved_text {
  std::string_view text;
  std::optional<std::string> own;  ///< the text, unless it is the argument
  bool varies = false;             ///< others are put in when the step is performed

  void hold(std::string made) { text = own.emplace(std::move(made)); }
};

/// What stands behind NAME= where an action begins with that, or all of its argument.
std::string_view behind_name(const step& of, std::string_view argument) {
  return of.what->names_value ? argument.substr(argument.find('=') + 1) : argument;
}

/// A for-each, and the actions up to its end.
struct gathered_block {
  step first;
  std::vector<std::pair<std::string_view, place>> actions;
  std::size_t depth = 0;  // blocks in it that have no end yet
  bool has_cases = false;
};

/// Reads actions into one program.
class reader {
 public:
  reader(program& out, role performer, bool may_be_blank)
      : out_(out), performer_(performer), may_be_blank_(may_be_blank) {}

  void begin_unit(std::string name);

  /// Begins a unit with what a session has, and leaves it what the last one adds.
  void continue_from(const continuation& session);
  void leave_to(continuation& session) const;
  void begin_case(std::string name, place where, name_table::section of = nullptr);
  void begin_only_case(std::string name, place where);

  /// Reads actions up to the first mistake.
  void read(const text& from);

  void end_text();

  std::optional<mistake>& wrong() { return wrong_; }

 private:
  bool read_action(std::string_view action, place where);
  bool read_step(step& next, std::string_view rest);
  bool read_name(step& next, std::string_view& argument, std::string_view action);
  bool may_be_id(std::string_view name) const;
  bool refuse_unknown(const step& next, std::string_view name, std::string_view action);
  void remark_unknown_id(const step& next, std::string_view name);
  bool refuse_modifier(const step& next, const action& base, std::string_view head);
  bool read_argument(step& next, std::string_view argument);
  bool resolve_values(const step& next, std::string_view argument, resolved_text& out);
  bool check_reference(const step& next, const reference& found, std::string_view argument);
  bool add(step next);
  bool note_names(const step& next);
  bool open_block(const step& next);
  bool refuse_open(const step& first);
  bool begin_rows(step next, std::string_view argument);
  bool gather(std::string_view action, place where);
  bool use_rows(const gathered_block& block, const step& last);
  void use_row(const gathered_block& block, step marker, const step& last);
  bool bounds_nothing() const;
  bool refuse_bound();

  template <class Reason>
  bool refuse(const step& at, std::string_view offending, Reason reason);

  program& out_;
  role performer_;
  bool may_be_blank_;
  std::optional<mistake> wrong_;
  bool in_case_ = false;
  bool has_cases_ = false;
  std::vector<step>* steps_ = nullptr;
  std::vector<std::size_t> open_;  // indices of the steps whose blocks have no end yet
  std::optional<gathered_block> gathered_;
  std::vector<step> rows_;      // of the for-each around the cases
  bool between_cases_ = false;  // in a for-each, or behind one, that has cases
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
  in_case_ = has_cases_ = started_ = between_cases_ = false;
}

void reader::continue_from(const continuation& session) {
  out_.connections = session.connections;
  names_.continue_from(session.names);
  started_ = session.started;
}

void reader::leave_to(continuation& session) const {
  session.connections = out_.connections;
  session.names = names_.present();
  session.started = started_;
}

void reader::begin_case(std::string name, place where, name_table::section of) {
  auto& cases = out_.units.back().cases;
  names_.begin_case(of);
  if (cases.empty()) setup_started_ = started_;
  started_ = setup_started_;
  cases.push_back({std::move(name), where, {}});
  steps_ = &cases.back().steps;
  in_case_ = true;
  between_cases_ = false;
  // Their blocks last to the end of the case.
  for (const auto& each : rows_) steps_->push_back(each);
}

/// Begins the case of a text without any: what was read before is its setup.
void reader::begin_only_case(std::string name, place where) {
  names_.begin_only_section();
  begin_case(std::move(name), where, name_table::only);
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
  if (gathered_) {
    refuse_open(gathered_->first);
  } else if (!open_.empty()) {
    refuse_open((*steps_)[open_.front()]);
  } else if (bounds_nothing()) {
    refuse_bound();
  }
}

/// Refuses a block by its first step.
bool reader::refuse_open(const step& first) {
  const auto why = chunk::quoted(first.text) + " has no end";
  return refuse(first, first.text, chunk::error{chunk::errc::bad_notation, why});
}

/// Says whether the last step bounds the next one, which has not come yet.
bool reader::bounds_nothing() const {
  return !steps_->empty() && steps_->back().what->shape == structure::bounds_next;
}

bool reader::refuse_bound() {
  const auto& before = steps_->back();
  return refuse(before, before.text, "no step follows whose time it could bound");
}

bool reader::read_action(std::string_view action, place where) {
  if (gathered_) return gather(action, where);
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
  const auto& what = *next.what;
  if (what.tests) out_.is_test = true;
  if (what.expects) out_.expects = true;
  if (performer_ == role::server && !what.serves) {
    return refuse(next, rest.substr(0, what.name.size()), "not for a scripted server");
  }
  if (next.connection != 0 && what.shape == structure::begins_block) {
    return refuse(next, rest, "begins a block, which is not of one connection");
  }
  if (next.connection != 0 && !what.may_be_named()) {
    return refuse(next, rest, "does nothing with a connection");
  }
  if (what.shape == structure::begins_rows) return begin_rows(std::move(next), argument);
  if (between_cases_ && what.shape != structure::begins_case) {
    return refuse(next, rest, "stands between two cases, and belongs to none");
  }
  if (has_cases_ && !in_case_ && next.connection != 0) {
    return refuse(next, rest, "a connection with a name is opened in a case");
  }
  if (has_cases_ && !in_case_ && !what.prepares && what.shape != structure::begins_case) {
    return refuse(next, rest,
                  "stands before the first test-case, where something can only be prepared");
  }
  return read_argument(next, argument) && add(std::move(next));
}

/// Finds the action, and gives what stands behind its name.
bool reader::read_name(step& next, std::string_view& argument, std::string_view action) {
  if (action.starts_with('@')) {
    next.what = find_action("@");
    argument = action.substr(1);
    return !argument.empty() || refuse(next, action, "@ needs the name of a file");
  }
  if (begins_block(trimmed(action.substr(0, action.find('\n'))), *out_.rules)) {
    next.what = &chunk_action();
    argument = action;
    return true;
  }
  const auto colon = action.find(':');
  const auto head = action.substr(0, colon);
  const auto name = head.substr(0, head.find(','));
  next.what = find_action(head);
  if (!next.what) {
    if (const auto* const base = find_action(name)) return refuse_modifier(next, *base, head);
    next.what = &chunk_action();
    argument = action;
    if (!may_be_id(name)) return refuse_unknown(next, name, action);
    remark_unknown_id(next, name);
    return true;
  }
  const bool has_argument = colon != action.npos;
  if (has_argument && next.what->argument.empty()) {
    return refuse(next, action, "takes no argument");
  }
  const bool may_be_missing = may_be_blank_ && next.what->may_be_blank;
  if (!has_argument && next.what->needs_argument() && !may_be_missing) {
    const bool may_be_filled_in =
        next.what->may_be_blank && performer_ != role::server && is_in_script(next.where);
    const auto* const hint = may_be_filled_in ? "; --update fills it in" : "";
    return refuse(next, action, std::string("needs an argument after a colon") + hint);
  }
  argument = has_argument ? action.substr(colon + 1) : action.substr(action.size());
  if (!next.what->names_value) return true;
  const auto equals = argument.find('=');
  const bool named = equals != argument.npos && is_name(argument.substr(0, equals));
  return named || refuse(next, argument,
                         "not NAME=text; a name has letters, digits, - and _, and begins with a "
                         "letter");
}

/// Says whether the ID that a chunk begins with is worth parsing. Anything else is no chunk.
bool reader::may_be_id(std::string_view name) const {
  if (name.find('%') != name.npos) return true;
  const auto& how = out_.rules->framing;
  if (!how.definition) return name.size() <= 4;
  return name.empty() || chunk::parse_id(name, how.ids()).has_value();
}

bool reader::refuse_unknown(const step& next, std::string_view name, std::string_view action) {
  const auto& rules = *out_.rules;
  auto hint = cli::did_you_mean(name, names_of_actions());
  if (hint.empty()) hint = cli::did_you_mean_id(name, rules);
  if (hint.empty() && is_long_binary(action)) {
    return refuse(next, action,
                  chunk::error{chunk::errc::bad_notation,
                               "binary data, and no action; -f names a script, and @ a file of "
                               "chunks"});
  }
  const bool of_file = rules.framing.definition;
  return refuse(next, action,
                std::string("neither an action nor an ID of ") +
                    (of_file ? rules.name : std::string("four bytes")) + hint);
}

/// Remarks on a chunk whose ID the protocol does not have, and which may be meant as an action.
void reader::remark_unknown_id(const step& next, std::string_view name) {
  const auto& rules = *out_.rules;
  if (rules.rules.empty()) return;
  const auto id = chunk::parse_id(name, rules.framing.ids());
  if (!id || rules.find(*id)) return;
  const auto hint = cli::did_you_mean(name, names_of_actions());
  if (hint.empty()) return;
  auto text = fmt::format("'{}' is sent as a chunk, of which {} says nothing{}",
                          chunk::quoted(name), rules.name, hint);
  if (next.where.source) text = to_text(next.where) + ": " + text;
  auto& remarks = out_.remarks;  // a for-each reads its steps once for each row
  if (std::ranges::find(remarks, text) == remarks.end()) remarks.push_back(std::move(text));
}

/// Refuses an unknown modifier. The valid one, `expect,exact`, is a separate action.
bool reader::refuse_modifier(const step& next, const action& base, std::string_view head) {
  const auto modifier = head.substr(base.name.size() + 1);
  for (const auto group : all_actions()) {
    for (const auto& each : group) {
      if (!each.name.starts_with(std::string(base.name) + ',')) continue;
      return refuse(next, modifier,
                    fmt::format("not a modifier of {}; there is {}", base.name,
                                each.name.substr(base.name.size() + 1)));
    }
  }
  return refuse(next, next.text.substr(static_cast<std::size_t>(head.data() - next.text.data())),
                "has no modifiers");
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
    const bool there = started_ || next.what->starts_server;
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
bool reader::resolve_values(const step& next, std::string_view argument, resolved_text& out) {
  const auto style = next.what->values;
  const auto how = style == value_style::none ? value_style::plain : style;
  out.text = argument;
  std::size_t behind = 0;  // the last reference
  while (const auto found = find_reference(argument, behind, how)) {
    if (!check_reference(next, *found, argument)) return false;
    behind = found->begin + found->size;
  }
  if (style == value_style::plain || style == value_style::command) {
    out.hold(std::string(argument));
    out.varies = true;
    return true;
  }
  if (behind == 0) return true;
  std::string_view varying;
  const auto values = [&](std::string_view name) -> chunk::result<std::optional<byte_string>> {
    if (name.starts_with(environment)) return from_environment(name.substr(environment.size()));
    const auto* const named = names_.find(name);
    if (named && named->value) return named->value;
    varying = name;
    return std::optional<byte_string>{};
  };
  auto text = expand(argument, how, values, false, out_.most_value);
  if (!text) return refuse(next, behind_name(next, argument), text.error());
  out.hold(std::move(*text));
  out.varies = !varying.empty();
  if (!out.varies || style != value_style::none) return true;
  const auto begin = static_cast<std::size_t>(varying.data() - argument.data()) - 2;
  const auto whole = argument.substr(begin, varying.size() + 3);
  return refuse(next, whole, "is known only when the script runs, and cannot stand here");
}

bool reader::read_argument(step& next, std::string_view argument) {
  resolved_text known;
  if (!resolve_values(next, argument, known)) return false;
  const auto style = next.what->values;
  const auto first = find_reference(known.text, 0, style);
  if (next.what->has_id() && first && first->begin < known.text.find(':')) {
    return refuse(next, argument.substr(0, argument.find(':', argument.find('}'))),
                  "a value that is known only when the script runs cannot be an ID or a modifier");
  }
  auto checked = known.text;
  std::string replaced;
  // In place of values that are not known yet stand letters, as many as the text of the reference
  // has, so that a mistake has its place.
  for (std::size_t at = 0; const auto found = find_reference(checked, at, style);) {
    if (replaced.empty()) replaced = checked;
    replaced.replace(found->begin, found->size, found->size, 'x');
    checked = replaced;
    at = found->begin + found->size;
  }
  if (known.varies) next.varying = known.text;
  const bool unknown_address = first && style == value_style::plain;
  if (unknown_address) return true;
  using chunk::completeness;
  const auto how = known.varies ? completeness::provisional : completeness::complete;
  argument_text reading{checked, next.text, checked, *out_.rules, how};
  auto done = next.what->parse(reading);
  const bool is_known = done && !known.varies;
  const auto fits = is_known ? check_value(*done, out_.most_value) : chunk::result<void>();
  if (!fits) return refuse(next, behind_name(next, argument), fits.error());
  if (done) {
    next.argument = std::move(*done);
    return true;
  }
  if (may_be_blank_ && next.what->may_be_blank && argument.empty()) {
    next.argument = expected_reply();
    return true;
  }
  const auto offending = reading.offending;
  const auto at = offending.data() - checked.data();
  const bool same_place = checked.size() == argument.size() && at >= 0 &&
                          static_cast<std::size_t>(at) <= checked.size();
  if (!same_place) return refuse(next, behind_name(next, argument), done.error());
  const auto part = argument.substr(static_cast<std::size_t>(at), offending.size());
  const bool names_value = find_reference(part, 0, style).has_value();
  if (names_value) {
    return refuse(next, part, "a value that is known only when the script runs cannot stand here");
  }
  auto reason = done.error();
  if (reason.code == chunk::errc::bad_id) reason.detail += cli::did_you_mean_id(part, *out_.rules);
  return refuse(next, part, std::move(reason));
}

/// Takes note of what a step gives names to.
bool reader::note_names(const step& next) {
  if (next.what->starts_server) started_ = true;
  const auto taken = names_.note(next);
  if (taken.empty()) return true;
  return refuse(next, next.text, fmt::format("the name '{}' has its value already", taken));
}

bool reader::open_block(const step& next) {
  const auto shape = next.what->shape;
  if (shape == structure::begins_block || shape == structure::begins_rows) {
    open_.push_back(steps_->size());
  } else if (shape == structure::ends_block) {
    if (open_.empty()) return refuse(next, next.text, "there is no block that it could end");
    (*steps_)[open_.back()].length = steps_->size() - open_.back();
    open_.pop_back();
  }
  return true;
}

/// Reads the file of a for-each, whose actions are then gathered up to the matching end.
bool reader::begin_rows(step next, std::string_view argument) {
  if (bounds_nothing()) return refuse_bound();
  if (!read_argument(next, argument)) return false;
  gathered_.emplace();
  gathered_->first = std::move(next);
  return true;
}

bool reader::gather(std::string_view action, place where) {
  auto& block = *gathered_;
  auto bare = action;
  take_connection(bare);
  const auto* const found = action_of(bare);
  const auto shape = found ? found->shape : structure::none;
  if (shape == structure::begins_case) block.has_cases = true;
  if (shape == structure::begins_block || shape == structure::begins_rows) ++block.depth;
  if (shape == structure::ends_block && block.depth-- == 0) {
    const auto whole = *std::exchange(gathered_, std::nullopt);
    step last;
    last.where = where;
    last.text = action;
    return use_rows(whole, last);
  }
  block.actions.emplace_back(action, where);
  return true;
}

/// Reads the gathered actions once for each row: as cases, or as a block of steps.
bool reader::use_rows(const gathered_block& block, const step& last) {
  const auto& first = block.first;
  const auto from = std::get<row_choice>(first.argument).from;
  if (block.has_cases) {
    end_text();
  } else if (between_cases_ || (has_cases_ && !in_case_)) {
    return refuse(first, first.text, "has no test-case, and stands in none");
  }
  for (std::size_t index = 0; index < from->rows.size() && !wrong_; ++index) {
    auto marker = first;
    marker.argument = row_choice{from, index};
    const auto taken = names_.add_row({from, index});
    if (!taken.empty()) {
      return refuse(first, first.text, fmt::format("the name '{}' has its value already", taken));
    }
    use_row(block, std::move(marker), last);
    names_.drop_row(*from);
    if (wrong_) {
      wrong_->what.detail += fmt::format(" ({})", to_text(*from, index));
    }
  }
  if (block.has_cases) between_cases_ = true;
  return !wrong_;
}

void reader::use_row(const gathered_block& block, step marker, const step& last) {
  const auto read_all = [&] {
    for (const auto& [action, where] : block.actions) {
      if (!read_action(action, where)) return;
    }
  };
  if (block.has_cases) {
    rows_.push_back(std::move(marker));
    between_cases_ = true;
    read_all();
    end_text();
    rows_.pop_back();
    return;
  }
  add(std::move(marker));
  read_all();
  if (!wrong_) read_action(last.text, last.where);
}

bool reader::add(step next) {
  const auto shape = next.what->shape;
  if (shape == structure::begins_case) {
    end_text();
    if (wrong_) return false;
    begin_case(std::get<case_name>(next.argument).text, next.where, next.text.data());
    return true;
  }
  if (shape != structure::none && bounds_nothing()) return refuse_bound();
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
  out.most_value = from.most_value;
  out.rules = from.rules;
  const auto hold = [&](const std::string& what) -> const std::string* {
    auto held = std::make_shared<const std::string>(what);
    out.texts.push_back(held);
    return held.get();
  };
  text arguments{nullptr, {}, {}, out.rules.get()};
  for (const auto& each : from.arguments) arguments.arguments.push_back(*hold(each));
  std::vector<text> files;
  for (const auto& each : from.files) {
    out.texts.push_back(each.text.owner());
    files.push_back({hold(each.name), {}, each.text.view(), out.rules.get()});
  }

  reader reading(out, performer, from.may_be_blank);
  const auto first_name = files.empty() ? std::string("arguments") : *files.front().name;
  const bool cases = std::ranges::any_of(files, has_cases) || has_cases(arguments);
  const bool prepares = prepares_only(arguments);
  if (!cases) {
    reading.begin_unit(first_name);
    if (from.session) reading.continue_from(*from.session);
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
      if (from.session) reading.continue_from(*from.session);
      const bool alone = !has_cases(each);
      if (prepares && each.name) reading.read(arguments);
      if (alone) reading.begin_only_case(name, {each.name, 1});
      if (!reading.wrong()) reading.read(each);
      if (!reading.wrong()) reading.end_text();
    }
  }
  if (reading.wrong()) return tl::unexpected(std::move(*reading.wrong()));
  if (from.session) {
    reading.leave_to(*from.session);
    return out;
  }
  if (const auto* const lost = find_unconnected(out, performer != role::client)) {
    return tl::unexpected(missing_connection(out, *lost));
  }
  return out;
}

}  // namespace tools::script
