// Assembles the chunks of one direction of a conversation, to be shown, from pieces of any size.
#pragma once

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tools::dump {

/// Assembles chunks, and gives the same fragments in whatever pieces the stream comes:
///
/// - a chunk within the hold in one fragment, when it is whole;
/// - a longer one in two fragments without payload: one that begins it, as soon as its header has
///   come, and one that ends it;
/// - a container of the rules that is longer in one that begins it with what stands before its
///   subchunks, these, each like any other chunk, and one that ends it. Bytes in it that are not a
///   chunk come in fragments of their own, which hold as much as a chunk that is given whole.
class assembler {
 public:
  /// Chosen: above the largest chunk that a server takes by default.
  static constexpr std::uint64_t standard_hold = 64 * 1024;

  /// Refuses payloads above `max_payload` bytes, and holds those of up to `hold`. The rules outlive
  /// the assembler; in the chunk framing, and without any, containers are chunks like others.
  explicit assembler(std::uint64_t max_payload, std::uint64_t hold = standard_hold,
                     const chunk::framing& how = {}, const chunk::protocol* rules = nullptr)
      : decoder_(max_payload, how),
        framing_(how),
        rules_(rules && uses_braces(*rules) ? rules : nullptr),
        hold_(hold) {}

  /// A fault of a stream.
  struct fault {
    chunk::error why;
    std::optional<chunk::fragment>
        truncated;                     ///< the incomplete chunk, with its payload if it was held
    bool begun = false;                ///< it is a long chunk, whose beginning was given
    std::span<const std::byte> bytes;  ///< of a truncated or refused header, or of that chunk
    std::span<const std::byte> tail;   ///< what has come behind the payload of the incomplete chunk
    std::uint64_t offset = 0;          ///< stream offset of these bytes
    std::uint64_t end = 0;             ///< stream offset at which the stream is truncated
  };

  /// Takes the next fragment from the front of `input` into `out`. After a fault, takes bytes
  /// without giving fragments.
  ///
  /// Shape:   the payload is valid until the next call, and while `input` is
  /// Returns: false if all of `input` was taken
  bool next(std::span<const std::byte>& input, chunk::fragment& out);

  /// Tells it that no bytes follow. next() then gives, without input, the chunks that end with the
  /// stream.
  void end();

  /// Says why the last fragment is stray.
  const chunk::error& stray_reason() const { return decoder_.stray_reason(); }

  /// Gives the fault found by next(), once.
  std::optional<fault> take_fault();

  /// Gives the fault if the stream ends here inside a chunk. All input has to be taken before.
  std::optional<fault> finish();

 private:
  /// What is known of the next bytes between two chunks.
  struct outlook {
    std::size_t most = 0;                    // to be decoded at once
    const chunk::rule* container = nullptr;  // the chunk is one, and to be walked
  };

  void forget_given();
  std::optional<outlook> look_ahead(std::span<const std::byte>& input);
  const chunk::rule* container_of(const chunk::header_reading& front) const;
  bool is_long(const chunk::fragment& given) const {
    return given.open || given.head.length > hold_;
  }
  bool give(chunk::fragment& out);
  bool take_whole(std::span<const std::byte>& input, chunk::fragment& out);
  bool hold_back(chunk::fragment& out);
  bool gather_stray(const chunk::fragment& given);
  bool give_stray(chunk::fragment& out);
  fault make_fault(const chunk::error& why) const;

  chunk::decoder decoder_;
  chunk::framing framing_;
  const chunk::protocol* rules_;  // nullptr: no container is walked
  std::uint64_t hold_;
  std::vector<std::byte> front_;  // the beginning of a chunk that has come in pieces
  std::size_t decoded_ = 0;       // as many of these bytes were decoded
  chunk::fragment stray_;         // the place of the stray bytes in held_
  bool stray_over_ = false;       // no more of them follow
  std::vector<std::byte> held_;   // payload of a chunk that is given whole, or stray bytes
  chunk::fragment present_;       // the beginning of the last chunk
  bool given_ = false;            // held_ was given, and can be freed
  bool end_due_ = false;          // the end of a long chunk is to be given
  std::uint64_t header_at_ = 0;   // stream offset of an incomplete header
  std::vector<std::byte> long_header_;
  std::optional<fault> fault_;
  bool under_way_ = false;  // a chunk has begun and not ended
  bool broken_ = false;
  bool ended_ = false;
};

}  // namespace tools::dump
