#include "send/session_record.hpp"

#include "script/language/expectation.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <map>
#include <span>
#include <utility>

namespace tools::send {

void session_record::begin_line(bool sends) {
  line_ = entries_.size();
  if (!sends) return;
  for (auto& each : entries_) each.open = false;
}

void session_record::received(std::string_view connection, const chunk::placed_chunk& reply) {
  meet(reply.id);
  auto text = script::to_expectation(reply, rules_, incoming_);
  if (!text) {
    text = "expect-raw:";
    for (const auto part : {reply.front, reply.payload, reply.tail}) {
      for (const auto value : part) chunk::append_escape(*text, value);
    }
  }
  if (!connection.empty()) text->insert(0, std::string(connection) + "> ");
  entries_.push_back({std::move(*text), std::string(connection), true});
}

void session_record::received_long(const chunk::id& id) {
  meet(id);
  add("# a reply that is too long to be compared: " + to_text(id));
}

void session_record::reopened() {
  entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(line_++), {"connect"});
}

void session_record::begin_client() {
  for (auto& each : entries_) each.open = false;
  add(fmt::format("test-case:client {}", ++clients_));
}

void session_record::end_line(const std::vector<std::string>& actions, bool done,
                              const count_of& unexamined) {
  // Replies are examined in their order, so that the last ones are still there.
  std::map<std::string, std::size_t> left;
  std::vector<bool> examined(entries_.size());
  for (auto at = entries_.size(); at-- > 0;) {
    auto& each = entries_[at];
    if (!each.open) continue;
    auto& count = left.try_emplace(each.connection, unexamined(each.connection)).first->second;
    if (count > 0) {
      --count;
    } else {
      examined[at] = true;
      each.open = false;
    }
  }
  // Replies that came before the line and were not examined stand behind it if it has examined
  // others: these are older.
  bool examines = false;
  std::vector<entry> before, moved, after;
  for (std::size_t at = 0; at < entries_.size(); ++at) {
    auto& each = entries_[at];
    if (done && examined[at]) {
      examines = true;
    } else if (at >= line_) {
      after.push_back(std::move(each));
    } else if (each.open && examines) {
      moved.push_back(std::move(each));
    } else {
      before.push_back(std::move(each));
    }
  }
  entries_ = std::move(before);
  for (const auto& each : actions) add(done ? each : "# failed: " + chunk::quoted(each));
  for (auto* const part : {&moved, &after}) {
    for (auto& each : *part) entries_.push_back(std::move(each));
  }
  line_ = entries_.size();
}

std::string session_record::script() const {
  std::string out;
  for (const auto& each : entries_) out += each.text + '\n';
  return out;
}

}  // namespace tools::send
