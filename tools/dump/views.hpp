// The ways in which chunk-dump shows a stream.
#pragma once

#include <chunk/codec.hpp>
#include <chunk/protocol.hpp>

#include <memory>
#include <span>
#include <string>

namespace dump {

/// Turns the parts of one stream into lines of plain ASCII.
class view {
 public:
  virtual ~view();

  virtual void add(const chunk::part& given) = 0;

  /// Shows what a cut stream leaves: the end of a chunk under way, and the bytes of a header, which
  /// stand at `offset`.
  virtual void finish(std::span<const std::byte> partial_header, std::uint64_t offset) = 0;
};

enum class style {
  hex,   ///< a line for each chunk and subchunk, rows of bytes below
  list,  ///< a line for each chunk
  text,  ///< a line of the notation for each chunk
};

/// Makes a view that appends to `out`. Both outlive it.
std::unique_ptr<view> make_view(style how, const chunk::protocol& rules, std::string& out);

}  // namespace dump
