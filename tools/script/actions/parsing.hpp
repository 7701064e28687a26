// How the arguments of several actions are read.
#pragma once

#include "script/actions/action.hpp"
#include "script/language/mistake.hpp"

#include <chunk/error.hpp>
#include <chunk/net/duration.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tools::script {

/// An error about a number, which says all: "5 is above 4".
tl::unexpected<chunk::error> out_of_range(std::string reason);

/// Refuses a text with a NUL, which would end it for the system. `what` names the text in the
/// message, and `offending` is set.
///
/// Returns: nullopt: there is none
std::optional<chunk::error> refuse_nul(argument_text& from, std::string_view what);

/// An action without an argument.
chunk::result<argument> parse_nothing(argument_text& from);

/// In seconds. Chosen: thirty years, which no clock overflows by.
inline constexpr double longest_time = 1e9;

/// SECONDS, with a fraction. `offending` is set to `text`.
chunk::result<chunk::net::duration> parse_seconds(std::string_view text,
                                                  std::string_view& offending);
chunk::result<argument> parse_duration(argument_text& from);

/// A whole number up to the longest length of a chunk; `what` names it in messages.
chunk::result<std::uint64_t> parse_number(std::string_view text, std::string_view what);

/// N[,SECONDS]: a number, and a time that is 0 if it is not there. `what` names the number in
/// messages, and `offending` is set.
chunk::result<std::pair<std::uint64_t, chunk::net::duration>> parse_number_and_seconds(
    std::string_view text, std::string_view what, std::string_view& offending);

/// Bytes with escapes.
chunk::result<byte_string> parse_bytes(std::string_view text);

/// An address, or nothing.
chunk::result<argument> parse_address(argument_text& from);

/// One of a few words; with `list`, an error names them.
template <class Value, std::size_t count>
chunk::result<argument> parse_word(
    std::string_view text, const std::array<std::pair<std::string_view, Value>, count>& words,
    std::string_view list) {
  for (const auto& [word, value] : words) {
    if (word == text) return argument(value);
  }
  return bad(text, list);
}

}  // namespace tools::script
