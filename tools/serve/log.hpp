// The log of the server: one line per event on standard error, in logfmt or as JSON.
#pragma once

#include <chunk/net/transport.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools::serve {

enum class level { debug, info, warning, error };
enum class log_format { logfmt, json };

/// Builds one line of keys and values. Values are %-escaped to plain ASCII, and truncated if the
/// line would be longer than an atomic write to a pipe.
class record {
 public:
  record(level severity, std::string_view event);

  record& add(std::string_view key, std::string_view value);
  record& add(std::string_view key, std::uint64_t value);

  /// Adds a field that does not count when records are compared for repetition.
  record& note(std::string_view key, std::uint64_t value);

  /// Adds the address, for a Unix socket pid, uid and gid, and, if they are known, the load
  /// balancer and the first name in the certificate.
  record& add(const chunk::net::peer& who);

  /// Sets the interval at which repetitions of this record are written; the default is a second.
  record& at_most_every(std::chrono::steady_clock::duration span);

  /// Excludes it from being combined with other records of its kind when there are many.
  record& stands_out();

  level severity() const { return severity_; }
  std::chrono::steady_clock::duration span() const { return span_; }

  /// Equal for records that count as repetitions of each other.
  const std::string& identity() const { return identity_; }

  /// The identity that is used when there are many records: only level, event and reason count.
  const std::string& kind() const { return stands_out_ ? identity_ : kind_; }

  /// The line begins with the time of the call, which is when it is written.
  std::string to_line(log_format how) const;

 private:
  struct field {
    std::string key;
    std::string value;
    bool number;
  };

  void push(field one);

  level severity_;
  std::chrono::steady_clock::duration span_ = std::chrono::seconds(1);
  std::vector<field> fields_;
  std::size_t size_;  // upper bound of the length of the line so far
  std::string identity_;
  std::string kind_;
  bool stands_out_ = false;
};

/// A failed accept(); rate-limited.
record accept_failure(const chunk::error& reason);

/// Writes records of at least one level, each by a single write. Repetitions of a record above
/// debug level are counted during its interval, and then written as one record with that count.
/// After a hundred different records within their intervals, records of the same kind count as
/// repetitions. Records that standard error does not accept at once are lost and counted, so that a
/// reader that has stopped does not stop the service.
class log {
 public:
  log(asio::io_context& context, level least, log_format how = log_format::logfmt);

  ~log();
  log(const log&) = delete;
  log& operator=(const log&) = delete;

  void write(const record& entry);

  /// Says whether records of this level are written.
  bool shows(level severity) const { return severity >= least_; }

  /// Writes the repetitions counted so far.
  void flush();

 private:
  using clock = std::chrono::steady_clock;

  struct recent {
    clock::time_point until;
    std::uint64_t repeated = 0;
    std::optional<record> last{};
  };

  void write_or_count(const record& entry);
  void put(const record& entry);
  bool put_line(const record& entry);
  void put_repeated(recent& of);
  void wait();
  void expire();

  level least_;
  log_format how_;
  std::map<std::string, recent> recent_;  // by identity
  asio::steady_timer timer_;
  bool waiting_ = false;
  std::string rest_;        // of a line that was written in part
  std::uint64_t lost_ = 0;  // records lost since the last one that was written
};

}  // namespace tools::serve
