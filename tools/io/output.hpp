// Standard output of the tools: many small pieces, few writes, no failure unnoticed.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct iovec;

namespace tools::io {

class prompt_stdout;

/// Collects pieces of bytes that stay where they are, and text of its own, and writes them in
/// order.
///
/// Waits for a slow reader. A reader that has gone away ends the process, by SIGPIPE.
class output {
 public:
  output();

  /// Lets other work of the context go on while write_out() waits, and copies the pieces. The
  /// others are not to be called.
  explicit output(asio::io_context& context);
  ~output();
  output(const output&) = delete;
  output& operator=(const output&) = delete;

  /// Adds bytes that stay valid until the next flush(). Text added before comes first.
  void add(std::span<const std::byte> bytes);

  /// Text to append to; becomes part of the output at the next add() or flush().
  std::string& text() { return text_; }

  /// Says whether text has become long enough to be worth a write.
  bool is_large() const { return text_.size() >= large_text; }

  /// Writes out text that has become long enough to be worth it.
  void flush_if_large();

  /// Writes everything.
  ///
  /// Throws: local_failure
  void flush();

  /// Writes everything, as flush() or, with a context, beside other work.
  ///
  /// Throws: as flush()
  asio::awaitable<void> write_out();

  /// Says whether standard output is a terminal.
  static bool is_terminal();

 private:
  /// Chosen: beyond it, larger writes gain nothing.
  static constexpr std::size_t large_text = 128 * 1024;

  void widen();
  void make_way();
  void write(std::span<const std::byte> bytes);

  std::vector<iovec> pieces_;
  std::string text_;
  bool widened_ = false;  // the pipe, if it is one
  std::unique_ptr<prompt_stdout> prompt_;
};

/// Ends the process as the reader of its output expects when it goes away: quietly, by SIGPIPE.
[[noreturn]] void end_by_broken_pipe();

/// Ends the process by SIGPIPE as soon as the reader of standard output has gone, also while there
/// is nothing to write. Runs for ever, detached.
void watch_for_reader(asio::io_context& context);

}  // namespace tools::io
