// The server's log: one logfmt line an event on standard error.
#pragma once

#include <chunk/transport.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace serve {

enum class level { debug, info, warning, error };

/// Builds one line: key=value pairs, values %-escaped to plain ASCII, in quotes where they have
/// several words.
class record {
 public:
  record(level severity, std::string_view event);

  record& add(std::string_view key, std::string_view value);
  record& add(std::string_view key, std::uint64_t value);

  /// Adds address, and for a Unix socket pid, uid and gid.
  record& add(const chunk::peer& who);

  level severity() const { return severity_; }
  const std::string& text() const { return text_; }

 private:
  level severity_;
  std::string text_;
};

/// Writes records of at least one level, each by one write.
class log {
 public:
  explicit log(level least) : least_(least) {}

  void write(const record& entry) const;

 private:
  level least_;
};

}  // namespace serve
