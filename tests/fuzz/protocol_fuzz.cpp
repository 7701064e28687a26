// Any text is either read as a protocol file or refused in one line, and any chunk can be checked
// against the protocol. The input is the text, a NUL, and the payload of the chunk.
#include "check.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>
#include <chunk/validation.hpp>
#include <chunk/value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace {

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

void check_rule(const chunk::protocol& rules, const chunk::rule& rule) {
  fuzz::check(rules.find(rule.id) == &rule, "a rule is found by its ID");
  fuzz::check(is_plain(rule.summary), "a summary is plain ASCII");
  fuzz::check(rule.request == !rule.replies.empty(), "what has replies is a request");
  fuzz::check(!rule.container || !rule.type, "a container has no type");
  for (const auto& each : rule.members) {
    const auto* inner = rules.find(each.id);
    fuzz::check(inner && inner->inner, "a member stands in a container");
    fuzz::check(!inner->container || rules.framing.depth() > 1, "a member is no container");
  }
  for (const auto& id : rule.replies) {
    const auto* reply = rules.find(id);
    fuzz::check(reply && reply->reply, "a reply has a rule");
  }
}

void check_chunk(const chunk::protocol& rules, const chunk::chunk_view& given) {
  constexpr std::uint64_t start = 1000;
  const auto opened = unnest(rules, given);
  const auto findings = chunk::validate(rules, given, start);
  const auto end = start + encoded_size(given, rules.framing);
  std::uint64_t last = start;
  for (const auto& each : findings) {
    fuzz::check(each.offset >= last && each.offset <= end, "findings are in order");
    fuzz::check(is_plain(each.text), "a finding is plain ASCII");
    last = each.offset;
  }
  const auto* rule = rules.find(given.id);
  fuzz::check(rule || rules.rules.empty() || findings.size() == 1, "an unknown ID is a finding");
  const bool malformed = std::ranges::find(findings, chunk::finding::kind::malformed,
                                           &chunk::finding::type) != findings.end();
  const bool broken = opened.how == chunk::nesting::broken;
  fuzz::check(!broken || !rule->outer || malformed, "what is broken is malformed");
  fuzz::check(!malformed || broken || rules.framing.depth() > 1, "what is malformed is broken");
  if (!rule || !rule->type) return;
  const auto shown = show(*rule->type, given.payload);
  fuzz::check(shown.has_value() == check(*rule->type, given.payload).has_value(),
              "what has the form of its type is shown");
  fuzz::check(is_plain(shown ? *shown : shown.error().detail), "a value is plain ASCII");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto stop = std::min(text.find('\0'), size);
  const auto rules = chunk::parse_protocol(text.substr(0, stop), "f.toml");
  if (!rules) {
    fuzz::check(rules.error().code == chunk::errc::bad_protocol, "the error is bad_protocol");
    fuzz::check(is_plain(rules.error().detail), "the reason is plain ASCII");
    fuzz::check(rules.error().detail.starts_with("f.toml:"), "the reason begins with the place");
    return 0;
  }
  fuzz::check(std::ranges::is_sorted(rules->rules, {}, &chunk::rule::id), "rules are ordered");
  const auto payload = input.subspan(std::min(stop + 1, size));
  for (const auto& each : rules->rules) {
    check_rule(*rules, each);
    check_chunk(*rules, {each.id, payload});
  }
  check_chunk(*rules, {chunk::id{}, payload});
  return 0;
}
