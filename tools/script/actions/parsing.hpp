// How the arguments of several actions are read.
#pragma once

#include "script/actions/action.hpp"

#include <chunk/error.hpp>
#include <chunk/net/deadline.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tools::script {

/// An error that quotes the text to which it belongs.
tl::unexpected<chunk::error> bad(std::string_view text, std::string_view reason);

/// An action without an argument.
chunk::result<argument> parse_nothing(argument_text& from);

/// SECONDS, with a fraction. `offending` is set to `text`.
chunk::result<chunk::net::duration> parse_seconds(std::string_view text,
                                                  std::string_view& offending);
chunk::result<argument> parse_duration(argument_text& from);

/// A whole number up to the longest length of a chunk; `what` names it in messages.
chunk::result<std::uint64_t> parse_number(std::string_view text, std::string_view what);

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
