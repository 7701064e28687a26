// No text crashes the parser of scripts, the place of each mistake is in the text, and an accepted
// script means the same when it is read again and can be performed with any values.
#include "check.hpp"
#include "script/actions/action.hpp"
#include "script/language/parser.hpp"
#include "script/language/variables.hpp"

#include <chunk/framing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace chunk::literals;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Prevents files that a text names, and standard input, from being read.
bool names_files(std::string_view text) {
  return text.find('@') != text.npos;
}

void check_mistake(const tools::script::mistake& wrong) {
  fuzz::check(!wrong.what.detail.empty(), "a mistake is said in words");
  fuzz::check(is_plain(wrong.action), "an action is shown as plain ASCII");
  fuzz::check(wrong.mark + wrong.size <= wrong.action.size(), "a mark is below the action");
}

/// Compares a reply with an expectation, which must not crash, whatever the result.
void compare(const tools::script::step& from, std::span<const std::byte> payload,
             tools::script::variables& values) {
  tools::script::captured names;
  const auto& wanted = *std::get<tools::script::expected_reply>(from.argument);
  for (const auto& id : {chunk::id{}, "ECHO"_id}) {
    const auto wrong = wanted.compare({{id, payload}}, 0, names);
    if (wrong) fuzz::check(!wrong->reason.empty(), "a difference has a reason");
    if (wrong && wrong->bytes) wrong->bytes->rows();
  }
  for (const auto& [name, value] : names) values.set(name, value);
}

/// Takes the values that a step gives, and compares what it expects.
void take(const tools::script::step& from, std::span<const std::byte> bytes,
          tools::script::variables& values) {
  const auto* const given = std::get_if<tools::script::assignment>(&from.argument);
  if (given && from.varying.empty()) values.set(given->name, given->value);
  const auto* const wanted = std::get_if<tools::script::expected_reply>(&from.argument);
  if (!wanted) return;
  for (const auto& name : (*wanted)->names()) values.set(name, bytes);
  if (from.varying.empty()) compare(from, bytes, values);
}

void perform(const std::vector<tools::script::step>& steps, std::span<const std::byte> bytes) {
  tools::script::variables values(1);
  for (const auto name : {"client", "address"}) values.set(name, bytes);
  for (const auto& each : steps) {
    take(each, bytes, values);
    if (each.varying.empty()) continue;
    if (const auto now = with_values(each, values)) take(*now, bytes, values);
  }
}

void check_program(const tools::script::program& all, std::span<const std::byte> bytes) {
  for (const auto& each : all.units) {
    perform(each.setup, bytes);
    for (const auto& one : each.cases) {
      perform(one.steps, bytes);
      std::size_t depth = 0;
      for (const auto& next : one.steps) {
        fuzz::check(next.connection < all.connections.size(), "a connection is known");
        const auto shape = next.what->shape;
        if (shape == tools::script::structure::begins_block) ++depth;
        if (shape != tools::script::structure::ends_block) continue;
        fuzz::check(depth > 0, "a block that ends has begun");
        --depth;
      }
      fuzz::check(depth == 0, "a block that begins has an end");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (names_files(text)) return 0;
  for (const auto performer :
       {tools::script::role::client, tools::script::role::connected, tools::script::role::server}) {
    const auto all = tools::script::parse({{}, {{"t", text}}}, performer);
    if (all) {
      check_program(*all, std::as_bytes(std::span(data, size)));
    } else {
      check_mistake(all.error());
    }
  }
  const auto argument = tools::script::parse({{text}, {}}, tools::script::role::connected);
  if (!argument) check_mistake(argument.error());
  return 0;
}
