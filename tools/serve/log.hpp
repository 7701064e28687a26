// The server's log: one line an event on standard error, in logfmt or as JSON.
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

/// Builds one line: keys and values, the values %-escaped to plain ASCII, and cut where the line
/// would be longer than what a pipe takes at once.
class record {
 public:
  record(level severity, std::string_view event);

  record& add(std::string_view key, std::string_view value);
  record& add(std::string_view key, std::uint64_t value);

  /// Adds what differs between two records that say the same.
  record& note(std::string_view key, std::uint64_t value);

  /// Adds address, and for a Unix socket pid, uid and gid; the certificate's first name, if there
  /// is one, and the balancer in between.
  record& add(const chunk::net::peer& who);

  /// Bounds how often a record that says the same is written; otherwise once a second.
  record& at_most_every(std::chrono::steady_clock::duration span);

  /// Keeps it from being counted with others when there are many.
  record& stands_out();

  level severity() const { return severity_; }
  std::chrono::steady_clock::duration span() const { return span_; }

  /// What is the same in records that say the same.
  const std::string& identity() const { return identity_; }

  /// What it is counted as when there are many: all of the same level, event and reason.
  const std::string& kind() const { return stands_out_ ? identity_ : kind_; }

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
  std::size_t size_ = 0;  // of the fields, at most
  std::string identity_;
  std::string kind_;
  bool stands_out_ = false;
};

/// That a connection could not be accepted, which ten seconds may be full of.
record accept_failure(const chunk::error& reason);

/// Writes records of at least one level, each by one write. Above debug, records that say the same
/// are counted while their span lasts, and written as one with that count behind it. So are those
/// of the same kind once there are a hundred different ones in a second. What standard error does
/// not take at once is lost, and counted: a reader that has stopped must not stop the service.
class log {
 public:
  log(asio::io_context& context, level least, log_format how = log_format::logfmt);

  ~log();
  log(const log&) = delete;
  log& operator=(const log&) = delete;

  void write(const record& entry);

  /// Says whether records of this level are written at all.
  bool shows(level severity) const { return severity >= least_; }

  /// Writes the counts so far.
  void flush();

 private:
  using clock = std::chrono::steady_clock;

  struct recent {
    clock::time_point until;
    std::uint64_t repeated = 0;
    std::optional<record> last{};
  };

  void put(const record& entry);
  void put_repeated(recent& of);
  void wait();
  void expire();

  level least_;
  log_format how_;
  std::map<std::string, recent> recent_;  // by identity
  asio::steady_timer timer_;
  bool waiting_ = false;
  std::uint64_t lost_ = 0;  // records since the last one that was written
};

}  // namespace tools::serve
