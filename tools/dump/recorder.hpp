// A conversation as a script that holds it again.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tools::dump {

/// Writes a script for chunk-send: each chunk of the client is sent and each of the server
/// expected, in the order in which they became whole.
///
/// A chunk that is too long to hold is left out, with a comment in its place.
class recorder {
 public:
  /// Chosen: as long as any chunk that the tools hold whole.
  static constexpr std::size_t longest = 16 * 1024 * 1024;

  /// Creates the file at `path`, or empties it. The protocol says what has subchunks, and outlives
  /// the recorder.
  ///
  /// Throws: local_failure
  recorder(std::string path, const chunk::protocol& rules, std::size_t most = longest);
  ~recorder();
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;

  /// Writes a line that says what the script is.
  ///
  /// Throws: local_failure, as all that writes
  void comment(const std::string& text);

  /// Takes bytes of the client.
  void sent(std::span<const std::byte> bytes);

  /// Takes bytes of the server.
  void received(std::span<const std::byte> bytes);

  /// Writes what is there of a chunk of the client that is not whole, and that nothing more comes.
  void end_sent();

  /// The same for the server.
  void end_received();

  const std::string& path() const { return path_; }

  /// Chunks that were too long.
  std::uint64_t left_out() const { return left_out_; }

 private:
  /// One direction.
  struct side {
    chunk::decoder decoder;
    chunk::header head{};              // of the chunk under way
    std::vector<std::byte> payload{};  // as far as it is there
    bool skips = false;                // the chunk under way is too long
  };

  side new_side() const { return {chunk::decoder(chunk::max_length, rules_.framing)}; }
  void take(side& from, std::span<const std::byte> bytes, bool expected);
  void write_chunk(const chunk::chunk_view& given, bool expected);
  void leave_out(const side& from, bool expected);
  void write_partial();
  void flush();

  std::string path_;
  const chunk::protocol& rules_;
  std::size_t most_;
  int file_;
  std::string text_;
  side client_;
  side server_;
  std::uint64_t left_out_ = 0;
  bool sent_all_ = false;
};

}  // namespace tools::dump
