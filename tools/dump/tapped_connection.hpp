// One connection through a tap: shows and records the chunks that pass.
#pragma once

#include "dump/assembler.hpp"
#include "dump/recorder.hpp"
#include "format/formatter.hpp"
#include "format/latencies.hpp"
#include "format/registry.hpp"
#include "format/titles.hpp"
#include "io/live_output.hpp"

#include <chunk/error.hpp>
#include <chunk/session/relay.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace tools::dump {

/// The formatters of the two directions, requests first.
using formatter_pair = std::array<std::shared_ptr<format::formatter>, 2>;

/// Makes the formatters of the two directions of one connection or, where `how` names none, of all
/// connections together.
formatter_pair make_formatters(const format::format_options& how, std::string& out);

/// Shows the chunks of one connection, with the same output in whatever pieces the bytes come.
class tapped_connection final : public chunk::session::relay_observer {
 public:
  struct settings {
    format::format_options how;  ///< with the number of the connection
    formatter_pair formatters;
    std::uint64_t max_chunk = chunk::no_limit;
    bool tells = false;                              ///< show when it is opened and closed
    std::function<void(const std::string&)> remark;  ///< reports faults
  };

  /// Both have to outlive the connection. Without a recorder nothing is recorded.
  tapped_connection(settings given, io::live_output& out, std::unique_ptr<recorder> record);
  ~tapped_connection() override;

  /// Shows that the connection of this client was opened.
  void open(const std::string& peer);

  void passed(chunk::session::way which, std::span<const std::byte> bytes) override;
  void ended(chunk::session::way which) override;

  /// Shows incomplete chunks of directions that have not ended as faults, and that the connection
  /// was closed, or failed.
  void close(bool failed);

  /// Ends the recording of a conversation that continues.
  void interrupt();

  /// Bytes that passed in that direction.
  std::uint64_t bytes(chunk::session::way which) const { return side_of(which).bytes; }

 private:
  struct side {
    format::direction which;
    assembler chunks;
    format::formatter& shown_by;
    bool chosen = true;  // whether the last chunk outside containers is shown
    std::uint64_t bytes = 0;
    std::uint64_t count = 0;  // of chunks outside containers
    bool ended = false;
  };

  const side& side_of(chunk::session::way which) const {
    return sides_[which == chunk::session::way::forth ? 0 : 1];
  }
  side& side_of(chunk::session::way which) {
    return sides_[which == chunk::session::way::forth ? 0 : 1];
  }
  /// Says whether connections share the formatters, so that chunks are counted when they have
  /// passed.
  bool counts() const { return settings_.how.format->cumulative; }
  void show_chunks(side& from, std::span<const std::byte> bytes, format::latencies::time_point now);
  void meet(side& from, const chunk::fragment& given, format::details& when,
            format::latencies::time_point now);
  void show(side& from, const chunk::fragment& given, format::details& when);
  std::string label_of(const side& from) const;
  void show_fault(side& from, const std::optional<assembler::fault>& fault);
  std::string sum_up() const;
  format::details now() const;
  void keep(const std::function<void(recorder&)>& step);
  void end_record();

  settings settings_;
  io::live_output& out_;
  std::unique_ptr<recorder> record_;
  format::titles events_;
  format::latencies latencies_;
  format::latencies::time_point opened_ = format::latencies::time_point::clock::now();
  std::array<side, 2> sides_;
};

}  // namespace tools::dump
