#include "script/actions/list.hpp"

#include "script/actions/table.hpp"

#include <fmt/core.h>

namespace tools::script {

std::string list_of_actions() {
  std::string out;
  for (const auto group : all_actions()) {
    for (const auto& each : group) {
      out += fmt::format("{}\t{}\t{}\n", each.name, each.argument, each.help);
    }
  }
  return out;
}

}  // namespace tools::script
