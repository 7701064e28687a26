#include "script/language/unconnected.hpp"

#include "script/actions/action.hpp"

#include <set>
#include <variant>

namespace tools::script {
namespace {

/// Says whether a step names an address to connect to, known or not.
bool has_address(const step& next) {
  const auto* const known = std::get_if<address>(&next.argument);
  return !next.varying.empty() || (known && !known->text.empty());
}

/// Takes note of the connections that can be used from here on. To open the one without a name
/// again is nothing new: without an address, it goes where it went before.
void note(const step& next, std::set<std::size_t>& there) {
  if (next.what->starts_server) there.insert(0);
  const bool opens = next.connection != 0 || has_address(next);
  if (next.what->opens_connection && opens) there.insert(next.connection);
}

const step* find_unconnected_step(const program& all, bool has_peer, bool sending_too) {
  for (const auto& each : all.units) {
    std::set<std::size_t> there;
    if (has_peer) there.insert(0);
    for (const auto& next : each.setup) note(next, there);
    for (const auto& one : each.cases) {
      auto in_case = there;
      for (const auto& next : one.steps) {
        // Without an address, it uses the address of the unnamed connection.
        const bool bare = next.what->opens_connection && !has_address(next);
        if (bare && !in_case.contains(0) && !in_case.contains(next.connection)) return &next;
        note(next, in_case);
        const bool can_do_without = !sending_too && next.connection == 0 && next.what->only_sends;
        const bool needed = next.what->may_be_named() && !can_do_without;
        if (needed && !in_case.contains(next.connection)) return &next;
      }
    }
  }
  return nullptr;
}

}  // namespace

const step* find_unconnected(const program& all, bool has_peer) {
  // A step that waits for a peer is named before one that only sends, wherever they stand.
  const auto* const waits = find_unconnected_step(all, has_peer, false);
  return waits || !all.is_test ? waits : find_unconnected_step(all, has_peer, true);
}

}  // namespace tools::script
