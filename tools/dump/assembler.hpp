// One direction of a conversation, from pieces of any size to what is to be shown of its chunks.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tools::dump {

/// Puts chunks together, and gives the same parts for every way to cut the stream:
///
/// - a chunk that is held, in one part, when it is whole;
/// - a longer one in a part without payload that begins it, as soon as its header is there, and one
///   without payload that ends it.
class assembler {
 public:
  /// Chosen: above the largest chunk that a server takes by default.
  static constexpr std::uint32_t standard_hold = 64 * 1024;

  /// Refuses payloads above `max_payload` bytes, and holds those of up to `hold`.
  explicit assembler(std::uint32_t max_payload, std::uint32_t hold = standard_hold,
                     const chunk::framing& how = {})
      : decoder_(max_payload, how), framing_(how), hold_(hold) {}

  /// What is wrong with a stream.
  struct fault {
    chunk::error why;
    std::optional<chunk::fragment>
        cut;                           ///< the chunk under way: what is there of it if it was held
    bool begun = false;                ///< it is a long one, whose beginning was given
    std::span<const std::byte> bytes;  ///< of a header that is cut or refused, or of that chunk
    std::uint64_t offset = 0;          ///< where these bytes begin
    std::uint64_t end = 0;             ///< where the stream is cut
  };

  /// Takes the next part from the front of `input` into `out`. False: all of `input` was taken.
  /// Behind a fault nothing is shown, only taken.
  ///
  /// Shape: the payload is valid until the next call, as long as `input` is
  bool next(std::span<const std::byte>& input, chunk::fragment& out);

  /// Gives the fault that next() came upon, once.
  std::optional<fault> take_fault();

  /// Gives the fault that the end of the stream is here, if it is one. Everything was taken before.
  std::optional<fault> finish();

 private:
  bool hold_back(chunk::fragment& out);
  fault make_fault(const chunk::error& why) const;

  chunk::decoder decoder_;
  chunk::framing framing_;
  std::uint32_t hold_;
  std::vector<std::byte> held_;  // payload of a chunk that is to be given whole
  chunk::fragment present_;      // the beginning of the chunk that came last
  bool given_ = false;           // held_ was given, and can go
  bool end_due_ = false;         // of a long chunk, whose beginning was given
  std::uint64_t header_at_ = 0;  // where a header that is not whole begins
  std::vector<std::byte> long_header_;
  std::optional<fault> fault_;
  bool broken_ = false;
};

}  // namespace tools::dump
