// Standard output as a transport, which shows a stream of chunks in one of the formats.
#pragma once

#include "format/formatter.hpp"
#include "io/output.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tools::format {

/// Writes a stream of chunks, which may be faulty, by a formatter that does not need raw bytes.
class formatted_output final : public chunk::net::transport {
 public:
  explicit formatted_output(const output_format& format, chunk::protocol rules);

  /// Writes an incomplete chunk at the end of the stream, and the final output of the formatter.
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
  std::unique_ptr<formatter> formatter_;
  chunk::decoder decoder_;
  std::vector<std::byte> held_;  // the beginning of an incomplete chunk
};

}  // namespace tools::format
