// What becomes of received chunks: the interface of all outputs.
#pragma once

#include "io/output.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/protocol.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tools::recv {

/// Takes chunks one after the other, each in one part or in several.
class sink {
 public:
  virtual ~sink() = default;

  /// Tells who sends the chunks that follow.
  virtual void set_sender(const chunk::net::transport& /*from*/) {}

  /// Takes a part of a chunk, and the bytes that it came as, its header among them. Both are
  /// valid until flush() is done.
  virtual void add(const chunk::fragment& given, std::span<const std::byte> raw) = 0;

  /// Says whether payloads go to standard output as they are, so that after flush() more of one may
  /// be moved there without add().
  virtual bool takes_moved() const { return false; }

  /// Says whether flush() is to come before the next add().
  bool is_due() const { return due_; }

  /// Puts out what was taken, and waits until more can be.
  ///
  /// Throws: local_failure
  virtual asio::awaitable<void> flush() = 0;

  /// Ends a chunk of which no more comes.
  virtual void cut() {}

  /// Waits until all that was taken is done, and gives the status of the tool.
  ///
  /// Throws: as flush()
  virtual asio::awaitable<int> finish() = 0;

  /// Cleans up what is under way, since the process is about to end.
  virtual void abandon() noexcept {}

 protected:
  void set_due(bool due) { due_ = due; }

 private:
  bool due_ = false;
};

enum class output_format { raw, payload, text, json, none };

/// Makes a sink that writes to standard output, by `out`, which outlives it as `rules` does. Each
/// payload is followed by the delimiter; only of output_format::payload.
std::unique_ptr<sink> make_stream_sink(output_format format, const chunk::protocol& rules,
                                       std::vector<std::byte> delimiter, io::output& out);

}  // namespace tools::recv
