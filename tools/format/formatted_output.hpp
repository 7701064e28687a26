// Standard output as a transport, which shows a stream of chunks in one of the formats.
#pragma once

#include "format/formatter.hpp"
#include "io/output.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/protocol.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace tools::format {

/// Writes a stream of chunks, which may be faulty, by a formatter that does not need raw bytes. It
/// shows the same as chunk-dump shows of that stream.
class formatted_output final : public chunk::net::transport {
 public:
  formatted_output(const output_format& format, chunk::protocol rules,
                   chunk::stream_side side = chunk::stream_side::unknown);

  /// Writes an incomplete chunk at the end of the stream, and the final output of the formatter.
  void finish();

  asio::awaitable<bool> wait_readable() override { co_return false; }
  asio::awaitable<bool> wait_writable() override { co_return true; }
  void shutdown_write() noexcept override {}
  void cancel() noexcept override {}

 private:
  /// The bytes that were written, to be read again.
  class written final : public chunk::net::transport {
   public:
    explicit written(const std::string& name) : transport(name, {}) {}

    void give(std::span<const std::byte> bytes) { rest_ = bytes; }
    void end() { ended_ = true; }

    asio::awaitable<bool> wait_readable() override { co_return false; }
    asio::awaitable<bool> wait_writable() override { co_return false; }
    void shutdown_write() noexcept override {}
    void cancel() noexcept override {}

   private:
    std::optional<std::size_t> read_now(std::span<std::byte> room) override;
    std::optional<std::size_t> write_now(std::span<const std::byte>) override { return 0; }

    std::span<const std::byte> rest_;
    bool ended_ = false;
  };

  std::optional<std::size_t> read_now(std::span<std::byte>) override { return 0; }
  std::optional<std::size_t> write_now(std::span<const std::byte> bytes) override;

  void show_fragments();
  void show();

  chunk::protocol rules_;
  io::output out_;
  std::unique_ptr<formatter> formatter_;
  written written_;
  chunk::session::chunk_reader chunks_;
};

}  // namespace tools::format
