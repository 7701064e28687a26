// How a fuzz target says that something does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string_view>

namespace fuzz {

/// Ends the process when `holds` is false, also where assertions are off; libFuzzer then keeps the
/// input.
inline void check(bool holds, std::string_view rule,
                  std::source_location where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: does not hold: %.*s\n", where.file_name(),
               static_cast<unsigned>(where.line()), static_cast<int>(rule.size()), rule.data());
  std::abort();
}

}  // namespace fuzz
