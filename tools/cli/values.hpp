// What the values of options mean: counts, sizes, seconds, modes.
#pragma once

#include <chunk/error.hpp>
#include <chunk/net/duration.hpp>

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tools::cli {

/// The value of a count that was not given.
inline constexpr auto no_count = std::numeric_limits<std::uint64_t>::max();

/// Reads "512", "64k", "16M" or "1G".
///
/// Units:  k, M and G are powers of 1024
/// Errors: errc::bad_notation
chunk::result<std::uint64_t> parse_size(const std::string& text);

/// Shows a size as parse_size() reads it, in the largest unit that gives a whole number.
std::string show_size(std::uint64_t size);

/// Reads a decimal number: digits with a sign, a fraction and an exponent, or "inf" or "nan".
///
/// Errors: errc::bad_notation
chunk::result<double> parse_decimal(std::string_view text);

/// Converts the value of `option`, a number of seconds.
///
/// Throws: failure with status usage unless it is finite and not negative
chunk::net::duration to_duration(double seconds, const char* option);

/// Converts the value of `option`, a number of seconds above 0.
///
/// Throws: failure with status usage for any other
chunk::net::duration to_limit(double seconds, const char* option);

/// Parses the octal mode of a socket file.
///
/// Throws: failure with status usage
mode_t parse_mode(const std::string& text);

}  // namespace tools::cli
