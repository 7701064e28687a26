// The output formats of all tools: one table, in which each says what it needs and what it can do.
#pragma once

#include "format/formatter.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tools::format {

/// What a formatter has to be given of a stream.
struct needs {
  bool payloads = true;       ///< all of them; otherwise the bytes of long ones may be skipped
  bool subchunks = true;      ///< containers in one fragment if they are short
  bool whole_chunks = false;  ///< chunks in one fragment as far as memory allows
  bool raw = false;           ///< details::raw
};

/// Which further options of the command line make sense with a format.
struct takes {
  bool layout = false;      ///< rows: --width, --no-squeeze, --max-bytes
  bool timestamps = false;  ///< --timestamps
  bool utf8 = false;        ///< --utf8
  bool json = false;        ///< --json beside it, which sets format_options::as_json
  bool delimiter = false;   ///< --delimiter
  bool nested = false;      ///< --nested
  bool tap = true;          ///< --tap
};

/// A line with a placeholder for one word.
struct line_around {
  std::string_view before;
  std::string_view after;

  /// Returns: the line with a line feed; nothing for a format that has no such line
  std::string operator()(std::string_view word) const;
};

/// A format in which a stream can be written.
struct output_format {
  std::string_view name;
  std::string_view help;  ///< what it is, in a few words
  std::unique_ptr<formatter> (*make)(const format_options& how, destination out);
  format::needs needs{};
  format::takes takes{};

  /// Writes payloads unchanged: the system may move them, and they may control a terminal.
  bool passes_payloads = false;

  /// Omits an incomplete chunk, unless it is so long that it is written while it arrives.
  bool omits_incomplete = false;

  /// Takes containers as chunks like others, however long they are, so that their subchunks cannot
  /// be chosen.
  bool flat = false;

  /// Shows a stream to people, and need not go on with one that does not look like chunks.
  bool is_for_people = false;

  /// Writes only findings: it is given every chunk, faults are not reported on standard error as
  /// well, and the exit status depends on the findings.
  bool judges = false;

  /// Writes one table at the end, and counts chunks when they have passed. All connections of a tap
  /// share the table.
  bool cumulative = false;

  /// Shows when a connection of a tap is opened and closed, in lines of titles::connection().
  bool shows_connections = false;

  /// The line above each of several files, around its name.
  line_around heading{};

  /// The line in place of records that a slow reader has missed, around their number.
  line_around gap{};
};

extern const output_format hex_format;
extern const output_format list_format;
extern const output_format text_format;
extern const output_format json_format;
extern const output_format summary_format;
extern const output_format check_format;
extern const output_format payload_format;
extern const output_format raw_format;
extern const output_format none_format;

/// The format that --template asks for. It has no use without a template, so that no name finds it.
extern const output_format template_format;

/// All formats that have a name, in the order in which they are listed.
std::span<const output_format* const> all_formats();

/// Returns: the format of that name; nullptr if there is none
const output_format* find_format(std::string_view name);

}  // namespace tools::format
