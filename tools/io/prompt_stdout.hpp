// Standard output, written to without blocking.
#pragma once

#include <chunk/net/duration.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace tools::io {

/// Writes as much as is possible without blocking. Other processes that share standard output are
/// not affected: their writes block as before.
class prompt_stdout {
 public:
  explicit prompt_stdout(asio::io_context& context);
  ~prompt_stdout();
  prompt_stdout(const prompt_stdout&) = delete;
  prompt_stdout& operator=(const prompt_stdout&) = delete;

  /// Writes as much as is possible without blocking.
  ///
  /// Returns: the number of bytes written; 0 if none can be written now
  /// Throws:  local_failure, with std::errc::broken_pipe if there is no reader any more
  std::size_t write_some(std::string_view bytes);

  /// Waits until write_some() can write something.
  asio::awaitable<void> wait();

  /// Like wait(), but blocks the thread, for at most `limit`.
  void wait_for(chunk::net::duration limit) const;

 private:
  asio::io_context& context_;
  int descriptor_;
  bool owned_ = false;      // whether to close descriptor_
  bool is_socket_ = false;  // written to by send() with MSG_DONTWAIT
  bool may_block_ = false;  // a blocking descriptor, polled before each write
  std::unique_ptr<chunk::net::transport> watched_;
};

}  // namespace tools::io
