// Standard output, written to without a wait for its reader.
#pragma once

#include <chunk/net/deadline.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace tools::io {

/// Writes as much as the reader takes at once. Others that share standard output do not notice:
/// their writes wait as before.
class prompt_stdout {
 public:
  explicit prompt_stdout(asio::io_context& context);
  ~prompt_stdout();
  prompt_stdout(const prompt_stdout&) = delete;
  prompt_stdout& operator=(const prompt_stdout&) = delete;

  /// Writes what is taken at once, and gives the number of bytes; 0: none now.
  ///
  /// Throws: local_failure; std::errc::broken_pipe when nobody reads any more
  std::size_t write_some(std::string_view bytes);

  /// Waits until write_some() is worth a call.
  asio::awaitable<void> wait();

  /// The same without the context, for so long at most.
  void wait_for(chunk::net::duration limit) const;

 private:
  asio::io_context& context_;
  int descriptor_;
  bool owned_ = false;      // descriptor_ is our own
  bool is_socket_ = false;  // send() is told not to wait
  bool may_block_ = false;  // it has to be asked for room before each write
  std::unique_ptr<chunk::net::transport> watched_;
};

}  // namespace tools::io
