// Assertions of the fuzz targets.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string_view>

namespace fuzz {

/// Aborts if `holds` is false, even in builds without assertions; libFuzzer then saves the input.
inline void check(bool holds, std::string_view rule,
                  std::source_location where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: does not hold: %.*s\n", where.file_name(),
               static_cast<unsigned>(where.line()), static_cast<int>(rule.size()), rule.data());
  std::abort();
}

}  // namespace fuzz
