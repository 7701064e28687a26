// The interface of all outputs for received chunks.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace tools::recv {

/// Takes chunks one after the other, each in one fragment or in several.
class sink {
 public:
  virtual ~sink() = default;

  /// Tells who sends the chunks that follow.
  virtual void set_sender(const chunk::net::transport& /*from*/) {}

  /// Takes a fragment of a chunk, and the same as it was received, with its header and with what
  /// follows the payload. Both are valid until flush() is done.
  virtual void add(const chunk::fragment& given, std::span<const std::byte> raw) = 0;

  /// Takes what stands before the first chunk.
  virtual void add_preamble(const chunk::fragment& /*given*/, std::span<const std::byte> /*raw*/) {}

  /// Takes bytes of a container that are not a chunk.
  virtual void add_stray(const chunk::fragment& /*given*/, const chunk::error& /*why*/) {}

  /// Says whether payloads go to standard output unchanged. If so, after flush() the rest of a
  /// payload may be moved there without add().
  virtual bool takes_moved() const { return false; }

  /// Says whether to call flush() before the next add().
  bool is_due() const { return due_; }

  /// Writes what was taken, and waits until more can be taken.
  ///
  /// Throws: local_failure
  virtual asio::awaitable<void> flush() = 0;

  /// Ends the current chunk, if there is one, with `rest` at `offset`, which is no chunk.
  virtual void truncate(const chunk::error& /*why*/, std::span<const std::byte> /*rest*/,
                        std::uint64_t /*offset*/) {}

  /// Waits until everything taken is written.
  ///
  /// Returns: the exit status
  /// Throws:  as flush()
  virtual asio::awaitable<int> finish() = 0;

  /// Abandons work in progress, since the process is about to end.
  virtual void abandon() noexcept {}

 protected:
  void set_due(bool due) { due_ = due; }

 private:
  bool due_ = false;
};

}  // namespace tools::recv
