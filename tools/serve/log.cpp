#include "serve/log.hpp"

#include <chunk/endpoint.hpp>
#include <chunk/escape.hpp>

#include <fmt/format.h>

#include <time.h>
#include <unistd.h>

#include <iterator>
#include <span>

namespace serve {
namespace {

/// What would end a logfmt value in quotes. IDs, addresses and reasons come with their own escapes,
/// so that a percent sign stays as it is.
constexpr chunk::escape_set value_escapes{"\"\\"};

std::string_view name(level severity) {
  switch (severity) {
    case level::debug: return "debug";
    case level::info: return "info";
    case level::warning: return "warning";
    case level::error: return "error";
  }
  return "";
}

/// RFC 3339 in UTC with milliseconds.
void append_time(std::string& out) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                 parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                 parts.tm_sec, now.tv_nsec / 1'000'000);
}

}  // namespace

record::record(level severity, std::string_view event) : severity_(severity) {
  text_ = "time=";
  append_time(text_);
  add("level", name(severity)).add("event", event);
}

record& record::add(std::string_view key, std::string_view value) {
  const auto shown = chunk::escaped(std::as_bytes(std::span(value)), value_escapes);
  const bool one_word = !shown.empty() && shown.find_first_of(" =") == std::string::npos;
  const std::string_view quote = one_word ? "" : "\"";
  fmt::format_to(std::back_inserter(text_), " {}={}{}{}", key, quote, shown, quote);
  return *this;
}

record& record::add(std::string_view key, std::uint64_t value) {
  fmt::format_to(std::back_inserter(text_), " {}={}", key, value);
  return *this;
}

record& record::add(const chunk::peer& who) {
  if (!who.owner) return add("peer", to_text(who.address));
  return add("peer", "unix")
      .add("pid", static_cast<std::uint64_t>(who.owner->pid))
      .add("uid", who.owner->uid)
      .add("gid", who.owner->gid);
}

void log::write(const record& entry) const {
  if (entry.severity() < least_) return;
  const auto line = entry.text() + '\n';
  // A log that cannot be written must not stop the service.
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace serve
