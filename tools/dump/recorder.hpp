// Records a conversation as a script that replays it.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tools::dump {

/// Writes a script for chunk-send: each chunk of the client is sent and each of the server
/// expected, in the order in which they became whole. The times at which the client went on after a
/// pause are recorded.
///
/// A chunk that is too long to hold is replaced by a comment. Bytes that are not a chunk, and all
/// that follow them, are sent and expected as they are.
class recorder {
 public:
  /// Gives the present time.
  using clock = std::function<std::chrono::steady_clock::time_point()>;

  /// Chosen: the limit of all chunks that the tools hold whole.
  static constexpr std::size_t longest = 16 * 1024 * 1024;

  /// Creates or truncates the file at `path`. The protocol, which defines the containers, has to
  /// outlive the recorder.
  ///
  /// Throws: local_failure
  recorder(std::string path, const chunk::protocol& rules, std::size_t most = longest,
           clock time = std::chrono::steady_clock::now);
  ~recorder();
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;

  /// Begins the recording of a connection, a case of its own, with a comment that describes it.
  /// Times count from now on.
  ///
  /// Throws: local_failure, as all that writes
  void begin(std::uint64_t number, const std::string& about);

  /// Takes bytes of the client.
  void sent(std::span<const std::byte> bytes);

  /// Takes bytes of the server.
  void received(std::span<const std::byte> bytes);

  /// Ends the stream of the client, writing an incomplete chunk if there is one.
  void end_sent();

  /// Ends the stream of the server in the same way.
  void end_received();

  /// Closes the file. Nothing else may be called afterwards.
  ///
  /// Throws: local_failure, where only this tells that something could not be written
  void close();

  const std::string& path() const { return path_; }

  /// Chunks that were too long.
  std::uint64_t left_out() const { return left_out_; }

 private:
  /// One direction.
  struct side {
    chunk::framing framing;
    chunk::decoder decoder{chunk::no_limit, framing};
    chunk::fragment begun{};           // the beginning of the current chunk
    std::vector<std::byte> front{};    // its header, unless it has the chunk framing
    std::vector<std::byte> payload{};  // what has come of its payload
    bool under_way = false;            // the current chunk has not ended
    bool skips = false;                // whether the current chunk is too long
    bool broken = false;               // what comes is not a chunk, nor is what follows it
  };

  side new_side(chunk::stream_side whose) const { return {rules_.framing.of(whose)}; }
  void take(side& from, std::span<const std::byte> bytes, bool expected);
  void take_part(side& from, const chunk::fragment& given, bool expected);
  void write_chunk(const chunk::placed_chunk& given, bool expected);
  void write_expectation(const chunk::placed_chunk& given);
  void write_preamble(const side& from, std::span<const std::byte> bytes, bool expected);
  void write_raw(std::span<const std::byte> bytes, bool expected);
  void leave_out(const side& from, bool expected);
  void write_partial();
  void write_time();
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
  clock time_;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point last_;  // when something passed
};

}  // namespace tools::dump
