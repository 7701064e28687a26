// Shows what a script sends and examines: one line per chunk on standard error.
#pragma once

#include "format/palette.hpp"

#include <chunk/framing.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace tools::script {

/// Others can be made of it, which do something else with the same events.
class trace {
 public:
  /// The arguments outlive the trace.
  explicit trace(const chunk::protocol& rules = chunk::chunk_protocol(),
                 const format::palette& colours = format::no_colours)
      : rules_(rules), colours_(colours) {}
  virtual ~trace();

  /// Times count from now on.
  void begin() { begin_ = std::chrono::steady_clock::now(); }

  /// Shows a chunk, or raw bytes, that is sent to the peer of a connection.
  virtual void sent(std::string_view connection, const chunk::image& bytes, bool is_chunk);

  /// A chunk on its way to the peer of a connection, of which `beginning` is the first fragment.
  virtual void sent(std::string_view connection, const chunk::fragment& beginning);

  /// Shows a chunk, or raw bytes, that a step has examined.
  virtual void received(std::string_view connection, const chunk::placed_chunk& reply);
  virtual void received(std::string_view connection, std::span<const std::byte> bytes);

  /// Shows another event: "connected to unix:server", "ended".
  virtual void event(std::string_view connection, std::string_view text);

 private:
  /// `payload` is the beginning of `size` bytes.
  void sent(std::string_view connection, const chunk::header& head,
            std::span<const std::byte> payload, std::uint64_t size);
  void write(std::string_view connection, char direction, std::string_view text);

  const chunk::protocol& rules_;
  const format::palette& colours_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Shows a chunk in the notation, or the beginning of a long one.
std::string show_shortened(const chunk::placed_chunk& from, const chunk::protocol& rules);

/// Shows bytes with escapes, or the first of many.
std::string show_shortened(std::span<const std::byte> bytes);

}  // namespace tools::script
