// Writing text to the standard streams and to other descriptors whose state other processes share.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace tools::io {

/// The result of waiting for the reader of a descriptor.
enum class room {
  some,      ///< something can be written
  stopping,  ///< the reader takes nothing, and a signal asks the process to end
  late,      ///< the reader has taken nothing for too long
};

/// Waits until something can be written to a descriptor, for at most `limit` if there is one.
///
/// It also ends when a signal that ends the process is pending: one that a signal_watch receives
/// could otherwise not be handled before the reader continues.
room wait_for_room(int descriptor, std::optional<std::chrono::milliseconds> limit = {});

/// Says whether the signals that end the process are blocked, as by a signal_watch that receives
/// them: whoever starts the process cannot block them. A write that blocks is then not interrupted
/// by them.
bool ends_are_watched();

/// From now on wait_for_room() waits for at most a second in total, since the process is ending.
void hurry() noexcept;

/// Writes all of `text`, however often a signal or a full pipe interrupts that.
///
/// Returns: false, with errno set, on failure
bool write_whole(int descriptor, std::string_view text) noexcept;

/// Sets how long write_error() waits for a reader that takes nothing, instead of a second; nullopt:
/// without a limit. For a tool whose result is what it writes there.
void set_error_limit(std::optional<std::chrono::milliseconds> limit) noexcept;

/// Writes to standard error, where a failure cannot be reported. What its reader does not take in
/// time, or has not taken when the process is to end, is dropped, so that nothing else stops.
void write_error(std::string_view text) noexcept;

}  // namespace tools::io
