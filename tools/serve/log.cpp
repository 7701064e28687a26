#include "serve/log.hpp"

#include "format/utc_time.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/endpoint.hpp>

#include <fmt/core.h>

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <new>
#include <span>
#include <utility>

namespace tools::serve {
namespace {

/// Escaped because they would end a quoted value. Percent signs are not escaped, since IDs,
/// addresses and reasons are already escaped.
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

/// The number of different lines in an interval before similar ones are combined. Chosen: nobody
/// reads more, and clients, who choose some of the text, could otherwise fill a disk.
constexpr std::size_t most_recent = 100;

/// Writes as much of a line as is possible without blocking. A writable pipe has room for PIPE_BUF
/// bytes.
///
/// Returns: the number of bytes written
std::size_t write_now(std::string_view line) {
  std::size_t done = 0;
  while (done < line.size()) {
    pollfd state{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&state, 1, 0) == 0) break;
    const auto rest = line.substr(done);
    const auto put = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) break;
    done += static_cast<std::size_t>(put);
  }
  return done;
}

/// Reserved for the counts at the end of a record; other values are truncated before. Chosen.
constexpr std::size_t kept_free = 256;
constexpr std::size_t longest_record = PIPE_BUF - kept_free;

/// The characters around a key and its value in JSON, which are more than in logfmt.
constexpr std::size_t around_field = std::string_view(R"(,"":"")").size();

/// The time in a line.
constexpr std::size_t time_field = std::string_view(R"({"time":"0000-00-00T00:00:00.000Z")").size();

/// Truncates `text` to `most` bytes, ending in "...".
void truncate(std::string& text, std::size_t most) {
  constexpr std::string_view mark = "...";
  if (text.size() <= most) return;
  text.resize(most > mark.size() ? most - mark.size() : 0);
  // Never within an escape.
  const auto last = text.find('%', text.size() < 2 ? 0 : text.size() - 2);
  if (last != text.npos) text.resize(last);
  text += mark;
}

}  // namespace

record::record(level severity, std::string_view event) : severity_(severity), size_(time_field) {
  add("level", name(severity)).add("event", event);
}

record& record::add(std::string_view key, std::string_view value) {
  auto shown = chunk::escaped(std::as_bytes(std::span(value)), value_escapes);
  truncate(shown, longest_record - std::min(longest_record, size_ + key.size() + around_field));
  identity_ += shown + '\n';
  const bool tells_kind = key == "level" || key == "event" || key == "reason";
  if (tells_kind) kind_ += shown + '\n';
  push({std::string(key), std::move(shown), false});
  return *this;
}

void record::push(field one) {
  size_ += one.key.size() + one.value.size() + around_field;
  fields_.push_back(std::move(one));
}

record& record::add(std::string_view key, std::uint64_t value) {
  identity_ += std::to_string(value) + '\n';
  return note(key, value);
}

record& record::note(std::string_view key, std::uint64_t value) {
  push({std::string(key), std::to_string(value), true});
  return *this;
}

record& record::add(const chunk::net::peer& who) {
  if (who.owner) {
    return add("peer", "unix")
        .note("pid", static_cast<std::uint64_t>(who.owner->pid))
        .add("uid", who.owner->uid)
        .add("gid", who.owner->gid);
  }
  // The port differs for each connection of a client.
  auto without_port = who.address;
  without_port.port = 0;
  identity_ += to_text(without_port) + '\n';
  push({"peer", to_text(who.address), false});
  if (who.balancer) push({"balancer", to_text(*who.balancer), false});
  if (!who.certificate_names.empty()) add("cert", who.certificate_names.front());
  return *this;
}

record& record::at_most_every(std::chrono::steady_clock::duration span) {
  span_ = span;
  return *this;
}

record& record::stands_out() {
  stands_out_ = true;
  return *this;
}

std::string record::to_line(log_format how) const {
  const auto now = format::utc_milliseconds(format::wall_clock::now());
  auto out = how == log_format::json ? "{\"time\":\"" + now + '"' : "time=" + now;
  for (const auto& each : fields_) {
    if (how == log_format::json) {
      const std::string_view quote = each.number ? "" : "\"";
      fmt::format_to(std::back_inserter(out), ",\"{}\":{}{}{}", each.key, quote, each.value, quote);
    } else {
      const auto& text = each.value;
      const bool one_word = !text.empty() && text.find_first_of(" =") == std::string::npos;
      const std::string_view quote = one_word ? "" : "\"";
      fmt::format_to(std::back_inserter(out), " {}={}{}{}", each.key, quote, text, quote);
    }
  }
  return out + (how == log_format::json ? "}\n" : "\n");
}

record accept_failure(const chunk::error& reason) {
  constexpr auto span = std::chrono::seconds(10);  // chosen: noticeable, but cannot fill a disk
  return record(level::error, "accept-failed")
      .add("reason", to_text(reason))
      .at_most_every(span)
      .stands_out();
}

log::log(asio::io_context& context, level least, log_format how)
    : least_(least), how_(how), timer_(context) {}

log::~log() {
  flush();
  write_now(rest_);
}

void log::flush() {
  for (auto& [identity, each] : recent_) put_repeated(each);
}

void log::write(const record& entry) {
  try {
    write_or_count(entry);
  } catch (const std::bad_alloc&) {
    ++lost_;
  }
}

void log::write_or_count(const record& entry) {
  if (!shows(entry.severity())) return;
  if (entry.severity() == level::debug) return put(entry);
  const bool crowded = recent_.size() >= most_recent && !recent_.contains(entry.identity());
  const auto [found, fresh] = recent_.try_emplace(crowded ? entry.kind() : entry.identity(),
                                                  recent{clock::now() + entry.span()});
  if (fresh) {
    put(entry);
    wait();
  } else {
    ++found->second.repeated;
    found->second.last = entry;
  }
}

void log::put(const record& entry) {
  if (lost_ > 0) {
    const bool told = put_line(record(level::warning, "log-lost").note("lines", lost_));
    if (told) lost_ = 0;
  }
  const bool written = lost_ == 0 && put_line(entry);
  if (!written) ++lost_;
}

/// Writes a line after the rest of the one before. Of a line that is written in part, the rest is
/// kept.
///
/// Returns: false if nothing of it was written
bool log::put_line(const record& entry) {
  rest_.erase(0, write_now(rest_));
  if (!rest_.empty()) return false;
  auto line = entry.to_line(how_);
  const auto done = write_now(line);
  if (done > 0) rest_ = line.substr(done);
  return done > 0;
}

void log::put_repeated(recent& of) {
  if (of.repeated == 0) return;
  put(of.last->note("repeated", std::exchange(of.repeated, 0)));
  of.last.reset();
}

/// Waits for the end of the interval that ends first.
void log::wait() {
  if (recent_.empty()) return;
  const auto earliest =
      std::ranges::min_element(recent_, {}, [](const auto& each) { return each.second.until; });
  const auto due = earliest->second.until;
  if (waiting_ && timer_.expiry() <= due) return;
  waiting_ = true;
  timer_.expires_at(due);
  timer_.async_wait([this](std::error_code aborted) {
    if (aborted) return;
    try {
      expire();
    } catch (const std::bad_alloc&) {
      lost_ += recent_.size();
      recent_.clear();
    }
  });
}

void log::expire() {
  waiting_ = false;
  const auto now = clock::now();
  for (auto at = recent_.begin(); at != recent_.end();) {
    auto& each = at->second;
    if (each.until > now) {
      ++at;
    } else if (each.repeated == 0) {
      at = recent_.erase(at);
    } else {
      each.until = now + each.last->span();
      put_repeated(each);
      ++at;
    }
  }
  wait();
}

}  // namespace tools::serve
