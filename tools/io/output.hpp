// Standard output of the tools: collects many small pieces into few writes, and checks each write.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct iovec;

namespace tools::io {

class prompt_stdout;

/// Collects spans of bytes, which are not copied, and text, and writes them in order.
///
/// Waits for a slow reader. If the reader has exited, SIGPIPE ends the process.
class output {
 public:
  output();

  /// With a context, write_out() waits asynchronously, and bytes are copied when they are added.
  /// flush() and flush_if_large() must not be called then.
  explicit output(asio::io_context& context);
  ~output();
  output(const output&) = delete;
  output& operator=(const output&) = delete;

  /// Adds bytes, which must stay valid until the next flush(). Text added before comes first.
  void add(std::span<const std::byte> bytes);

  /// Text to append to; it is added to the output at the next add() or flush().
  std::string& text() { return text_; }

  /// Says whether there is enough text for an efficient write.
  bool is_large() const { return text_.size() >= large_text; }

  /// Writes everything if is_large().
  void flush_if_large();

  /// Writes everything. What the reader does not take while a signal ends the process is dropped.
  ///
  /// Throws: local_failure; failure with std::errc::timed_out beyond set_limit()
  void flush();

  /// Writes everything: like flush(), or asynchronously with a context.
  ///
  /// Throws: as flush()
  asio::awaitable<void> write_out();

  /// Limits the time that flush() waits for a reader that takes nothing. Without a context only.
  void set_limit(std::chrono::milliseconds limit) { limit_ = limit; }

  /// Says whether standard output is a terminal.
  static bool is_terminal();

 private:
  /// Chosen: larger writes are not faster.
  static constexpr std::size_t large_text = 128 * 1024;

  void enlarge_pipe();
  void make_way();
  void write(std::span<const std::byte> bytes);
  void flush_with_care();
  void write_with_care(std::string_view bytes);

  std::vector<iovec> pieces_;
  std::string text_;
  bool enlarged_ = false;  // whether enlarge_pipe() was called
  std::optional<std::chrono::milliseconds> limit_;
  std::unique_ptr<prompt_stdout> prompt_;
};

/// Says whether the reader of standard output, if that is a pipe or a socket, is still there.
bool has_reader();

/// Throws the failure for which cli::run() calls end_by_broken_pipe().
[[noreturn]] void fail_by_broken_pipe();

/// Ends the process by SIGPIPE, without a message, after the reader of standard output has exited.
[[noreturn]] void end_by_broken_pipe();

/// Lets go of standard output, so that its reader sees the end. What is written to it later is
/// dropped.
void leave_standard_output();

/// Ends the process by SIGPIPE as soon as the reader of standard output exits, even while there is
/// nothing to write. Runs detached until the process ends.
void watch_for_reader(asio::io_context& context);

}  // namespace tools::io
