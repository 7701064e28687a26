// The rows of a file: CSV with a header, or an object of JSON in each line.
#pragma once

#include <chunk/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

/// One row, and where it begins in its file.
struct row {
  std::size_t line = 0;             ///< from 1
  std::vector<std::string> values;  ///< any bytes, one for each column
};

struct row_file {
  std::string name;
  std::vector<std::string> columns;  ///< each is the name of a value, and is there once
  std::vector<row> rows;             ///< at least one
};

/// Reads the text of a file. One that begins with a brace has objects of JSON, and any other one
/// is CSV.
///
/// Errors: errc::bad_notation; the detail begins with "FILE:LINE: "
/// Source: chunk-script(5), BLOCKS AND CASES; RFC 4180
chunk::result<row_file> read_rows(std::string_view text, std::string name);

/// "row 3 of 10, users.csv:4"
std::string to_text(const row_file& of, std::size_t index);

}  // namespace tools::script
