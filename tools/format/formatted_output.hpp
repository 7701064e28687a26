// Standard output on a terminal: what is sent there is shown as text.
#pragma once

#include "format/text/text_lines.hpp"
#include "io/output.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/protocol.hpp>

#include <string>
#include <vector>

namespace tools::format {

/// Takes a stream of chunks, broken or not, and prints it in the notation.
class text_transport final : public chunk::net::transport {
 public:
  explicit text_transport(chunk::protocol rules)
      : transport("standard output", {}),
        rules_(std::move(rules)),
        lines_(rules_, out_.text()),
        decoder_(chunk::max_length, rules_.framing) {}

  /// Prints what is left of a stream that was cut.
  void finish();

  asio::awaitable<bool> wait_readable() override { co_return false; }
  asio::awaitable<bool> wait_writable() override { co_return true; }
  void shutdown_write() noexcept override {}
  void cancel() noexcept override {}

 private:
  std::optional<std::size_t> read_now(std::span<std::byte>) override { return 0; }
  std::optional<std::size_t> write_now(std::span<const std::byte> bytes) override;

  void show(std::span<const std::byte> bytes);

  chunk::protocol rules_;
  io::output out_;
  format::text_lines lines_;
  chunk::decoder decoder_;
  std::vector<std::byte> held_;            // the beginning of a chunk that is not whole yet
  std::vector<std::byte> partial_header_;  // what the decoder took of a header
};

}  // namespace tools::format
