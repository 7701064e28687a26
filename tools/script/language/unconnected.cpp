#include "script/language/unconnected.hpp"

#include <set>

namespace tools::script {
namespace {

void note(const step& next, std::set<std::size_t>& there) {
  if (next.type == kind::start) there.insert(0);
  // Without an address, it is opened again to where it was opened before.
  const bool has_address = next.connection != 0 || !next.argument.empty();
  if (next.type == kind::connect && has_address) there.insert(next.connection);
}

bool only_sends(const step& next) {
  return next.type == kind::send || next.type == kind::raw_send || next.type == kind::send_file;
}

const step* find_unconnected(const program& all, bool has_peer, bool sending_too) {
  for (const auto& each : all.units) {
    std::set<std::size_t> there;
    if (has_peer) there.insert(0);
    for (const auto& next : each.setup) note(next, there);
    for (const auto& one : each.cases) {
      auto in_case = there;
      for (const auto& next : one.steps) {
        // Without an address of its own, it goes where the first connection goes.
        const bool bare = next.type == kind::connect && next.argument.empty();
        if (bare && !in_case.contains(0) && !in_case.contains(next.connection)) return &next;
        note(next, in_case);
        const bool can_do_without = !sending_too && next.connection == 0 && only_sends(next);
        const bool needed = verb_of(next.type).uses_connection && !can_do_without;
        if (needed && !in_case.contains(next.connection)) return &next;
      }
    }
  }
  return nullptr;
}

}  // namespace

const step* find_unconnected(const program& all, bool has_peer) {
  // Where something waits in vain, that is what needs a peer first of all.
  const auto* const waits = find_unconnected(all, has_peer, false);
  return waits || !all.is_test ? waits : find_unconnected(all, has_peer, true);
}

}  // namespace tools::script
