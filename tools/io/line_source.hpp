// Lines that somebody types, or that are piped into a tool.
#pragma once

#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tools::io {

class line_source {
 public:
  virtual ~line_source();

  /// Waits for the next line. `prompt` stands before it on a terminal.
  ///
  /// Returns: the line without its line feed; nullopt at the end
  /// Throws:  local_failure; failure with errc::too_large for an endless line
  virtual asio::awaitable<std::optional<std::string>> next(const std::string& prompt) = 0;

  /// Calls `write`, which writes whole lines to the terminal. If a line is being typed, it makes
  /// way for them, and then stands below them as it was.
  virtual void above(const std::function<void()>& write) = 0;
};

/// Reads plain lines from standard input. On a terminal they are edited by the system, which does
/// not know what else is written meanwhile.
class plain_lines final : public line_source {
 public:
  /// `prompts`: standard input and output are a terminal.
  plain_lines(asio::io_context& context, bool prompts);

  asio::awaitable<std::optional<std::string>> next(const std::string& prompt) override;
  void above(const std::function<void()>& write) override { write(); }

 private:
  std::unique_ptr<chunk::net::transport> from_;
  bool prompts_;
  std::string held_;       // received, and not given yet
  std::size_t begin_ = 0;  // of the first line in it
  bool ended_ = false;
};

}  // namespace tools::io
