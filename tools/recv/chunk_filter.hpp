// Selects the chunks for a sink, and counts them.
#pragma once

#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "format/index_range.hpp"
#include "format/selection.hpp"
#include "recv/sink.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace tools::recv {

class chunk_filter {
 public:
  /// Is full after `most` chunks, and after the last one of the range, which counts those that the
  /// choice selects. `rules` and `counting` have to outlive it.
  ///
  /// Throws: failure with errc::bad_id
  chunk_filter(const cli::choice& which, const chunk::protocol& rules,
               const format::index_range& range, std::uint64_t most, std::unique_ptr<sink> into,
               cli::progress& counting)
      : selection_(which.only, which.skip, format::selection::names::chunks, rules),
        range_(range),
        takes_all_(selection_.takes_all() && range.is_everything()),
        most_(most),
        sink_(std::move(into)),
        counting_(counting) {}

  /// Says whether the ID is one of those that are selected.
  bool takes(const chunk::id& id) const { return takes_all_ || selection_.takes(id); }

  /// Passes a fragment to the sink if its chunk is selected, or the chunk in which it stands. `raw`
  /// is the fragment as it was received, with the header and what follows the payload.
  void add(const chunk::fragment& given, std::span<const std::byte> raw) {
    if (given.kind == chunk::fragment_kind::preamble) return sink_->add_preamble(given, raw);
    const bool outer = given.level == 0;
    if (!takes_all_) {
      if (given.begins && outer) taken_ = selection_.takes(given.head.id) && is_next_in_range();
      if (!taken_) return;
    }
    bytes_ += given.payload.size();
    sink_->add(given, raw);
    if (!given.ends || !outer) return;
    ++count_;
    over_ = selected_ == range_.last;
  }

  /// Passes bytes to the sink that stand in a container and are not a chunk.
  void add_stray(const chunk::fragment& given, const chunk::error& why) {
    if (takes_all_ || taken_) sink_->add_stray(given, why);
  }

  /// Says whether the rest of the current payload may be moved to standard output without add().
  bool takes_moved() const { return (takes_all_ || taken_) && sink_->takes_moved(); }

  /// Counts payload that was moved without add().
  void count_moved(std::uint64_t bytes) { bytes_ += bytes; }

  /// Adds to --progress: `bytes` of the stream, and the chunks selected since the last call.
  void show(std::uint64_t bytes) { counting_.add(bytes, count_ - std::exchange(shown_, count_)); }

  bool is_full() const { return count_ == most_ || over_; }
  sink& into() { return *sink_; }

  /// "2 chunks, 10 bytes of payload"
  std::string totals() const;

 private:
  bool is_next_in_range() { return range_.contains(++selected_); }

  format::selection selection_;
  format::index_range range_;
  bool takes_all_;
  std::uint64_t most_;
  std::unique_ptr<sink> sink_;
  bool taken_ = false;
  bool over_ = false;           // the last chunk of the range has passed
  std::uint64_t selected_ = 0;  // chunks, in the range or not; counted only with a choice
  std::uint64_t count_ = 0;
  std::uint64_t bytes_ = 0;
  cli::progress& counting_;
  std::uint64_t shown_ = 0;  // chunks
};

}  // namespace tools::recv
