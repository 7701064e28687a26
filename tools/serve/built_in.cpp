#include "serve/built_in.hpp"

#include "cli/status.hpp"
#include "serve/example.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace tools::serve {
namespace {

template <class Handler>
std::unique_ptr<handler> make(built_in_settings how) {
  return std::make_unique<Handler>(std::move(how));
}

constexpr std::array table{
    // With a second of grace, the longest DLAY ends before --handler-timeout.
    built_in{"example", make<example>, std::chrono::seconds(1)},
};

}  // namespace

std::span<const built_in> all_built_in() {
  return table;
}

const built_in& find_built_in(std::string_view protocol) {
  const auto found = std::ranges::find(table, protocol, &built_in::protocol);
  if (found != table.end()) return *found;
  std::string names;
  for (const auto& each : table) names.append(names.empty() ? "" : ", ").append(each.protocol);
  throw cli::wrong_usage("no handlers for the protocol '" + std::string(protocol) + "'; there " +
                         (table.size() == 1 ? "is " : "are ") + names +
                         ", and yours by --exec, --worker or --script");
}

}  // namespace tools::serve
