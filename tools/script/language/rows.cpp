#include "script/language/rows.hpp"

#include "format/json/json_object.hpp"
#include "io/files.hpp"
#include "script/language/variables.hpp"
#include "script/language/words.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tools::script {
namespace {

tl::unexpected<chunk::error> bad_row(const std::string& file, std::size_t line,
                                     std::string_view reason) {
  return tl::unexpected(
      chunk::error{chunk::errc::bad_notation, fmt::format("{}:{}: {}", file, line, reason)});
}

/// Reads the records of CSV. Source: RFC 4180
class csv_reader {
 public:
  csv_reader(std::string_view text, const std::string& file) : rest_(text), file_(file) {}

  /// Gives the next record. Empty lines are none.
  ///
  /// Returns: nullopt: there are no more
  chunk::result<std::optional<row>> next();

 private:
  bool takes(std::string_view what);
  bool at_end_of_record() const;
  chunk::result<std::string> take_field();
  chunk::result<std::string> take_quoted();

  std::string_view rest_;
  const std::string& file_;
  std::size_t line_ = 1;
};

/// Takes these characters if they are the next ones.
bool csv_reader::takes(std::string_view what) {
  if (!rest_.starts_with(what)) return false;
  rest_.remove_prefix(what.size());
  line_ += static_cast<std::size_t>(std::ranges::count(what, '\n'));
  return true;
}

bool csv_reader::at_end_of_record() const {
  return rest_.empty() || rest_.starts_with('\n') || rest_.starts_with("\r\n");
}

chunk::result<std::string> csv_reader::take_quoted() {
  const auto first = line_;
  std::string out;
  for (;;) {
    const auto quote = std::min(rest_.find('"'), rest_.size());
    const auto piece = rest_.substr(0, quote);
    out += piece;
    line_ += static_cast<std::size_t>(std::ranges::count(piece, '\n'));
    rest_.remove_prefix(quote);
    if (rest_.empty()) return bad_row(file_, first, "a quotation mark without its other one");
    if (takes("\"\"")) {
      out += '"';
    } else {
      rest_.remove_prefix(1);
      return out;
    }
  }
}

chunk::result<std::string> csv_reader::take_field() {
  if (takes("\"")) {
    auto out = take_quoted();
    const bool ends = !out || rest_.starts_with(',') || at_end_of_record();
    if (!ends) return bad_row(file_, line_, "text behind the closing quotation mark of a value");
    return out;
  }
  std::string out;
  while (!at_end_of_record() && !rest_.starts_with(',')) {
    if (rest_.starts_with('"')) {
      return bad_row(file_, line_,
                     "a quotation mark in a value; put the value into quotation marks, and write "
                     "it twice");
    }
    out += rest_.front();
    rest_.remove_prefix(1);
  }
  return out;
}

chunk::result<std::optional<row>> csv_reader::next() {
  while (takes("\n") || takes("\r\n")) {
  }
  if (rest_.empty()) return std::nullopt;
  row out{line_, {}};
  do {
    auto field = take_field();
    if (!field) return tl::unexpected(field.error());
    out.values.push_back(std::move(*field));
  } while (takes(","));
  takes("\r\n") || takes("\n");
  return out;
}

chunk::result<row_file> read_csv(std::string_view text, std::string name) {
  row_file out{std::move(name), {}, {}};
  csv_reader reading(text, out.name);
  auto header = reading.next();
  if (!header) return tl::unexpected(header.error());
  if (!*header) return bad_row(out.name, 1, "there is no row with the names of the columns");
  out.columns = std::move((*header)->values);
  for (;;) {
    auto read = reading.next();
    if (!read) return tl::unexpected(read.error());
    if (!*read) return out;
    const auto count = (*read)->values.size();
    if (count != out.columns.size()) {
      return bad_row(
          out.name, (*read)->line,
          fmt::format("{}, and there are {} columns", counted(count, "value"), out.columns.size()));
    }
    out.rows.push_back(std::move(**read));
  }
}

/// Reads an object of JSON. Its names become the columns if it is the first one.
chunk::result<row> read_object(std::string_view text, std::size_t line, row_file& of) {
  const auto object = format::read_json_object(text);
  if (!object) return bad_row(of.name, line, "not an object of JSON");
  row out{line, {}};
  const bool is_first = of.rows.empty();
  if (is_first) {
    for (const auto& each : *object) of.columns.push_back(each.name);
  }
  for (const auto& column : of.columns) {
    const auto found = std::ranges::find(*object, column, &format::json_member::name);
    if (found == object->end()) {
      return bad_row(of.name, line, fmt::format("has no \"{}\"", chunk::quoted(column)));
    }
    if (!found->text) {
      return bad_row(of.name, line,
                     fmt::format("\"{}\" is an array or an object", chunk::quoted(column)));
    }
    out.values.push_back(*found->text);
  }
  for (const auto& each : *object) {
    if (std::ranges::find(of.columns, each.name) != of.columns.end()) continue;
    return bad_row(of.name, line,
                   fmt::format("the first object has no \"{}\"", chunk::quoted(each.name)));
  }
  return out;
}

chunk::result<row_file> read_json_rows(std::string_view text, std::string name) {
  row_file out{std::move(name), {}, {}};
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto stop = std::min(text.find('\n'), text.size());
    const auto each = text.substr(0, stop);
    text.remove_prefix(std::min(stop + 1, text.size()));
    if (each.find_first_not_of(" \t\r") == each.npos) continue;
    auto read = read_object(each, line, out);
    if (!read) return tl::unexpected(read.error());
    out.rows.push_back(std::move(*read));
  }
  return out;
}

}  // namespace

chunk::result<row_file> read_rows(std::string_view text, std::string name) {
  const auto mark = io::byte_order_mark(text);
  if (mark == "UTF-8") {
    text.remove_prefix(3);
  } else if (!mark.empty()) {
    return bad_row(name, 1, fmt::format("begins with a byte order mark of {}", mark));
  }
  const auto first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != text.npos && text[first] == '{';
  auto out = is_json ? read_json_rows(text, std::move(name)) : read_csv(text, std::move(name));
  if (!out) return out;
  for (auto column = out->columns.begin(); column != out->columns.end(); ++column) {
    if (!is_name(*column)) {
      return bad_row(out->name, 1,
                     fmt::format("'{}' is not a name of letters, digits, - and _ that begins with "
                                 "a letter",
                                 chunk::quoted(*column)));
    }
    if (std::find(out->columns.begin(), column, *column) == column) continue;
    return bad_row(out->name, 1, fmt::format("'{}' is there twice", *column));
  }
  if (out->rows.empty()) return bad_row(out->name, 1, "has no rows");
  return out;
}

std::string to_text(const row_file& of, std::size_t index) {
  return fmt::format("row {} of {}, {}:{}", index + 1, of.rows.size(), of.name,
                     of.rows[index].line);
}

}  // namespace tools::script
