#include "dump/tapped_connection.hpp"

#include "format/broken.hpp"

#include <fmt/core.h>

#include <chrono>
#include <utility>

namespace tools::dump {

using chunk::session::way;

namespace {

assembler new_assembler(const tapped_connection::settings& how, chunk::stream_side whose) {
  // Connections that share a formatter come by turns, and a container would not stay together. No
  // more would a line around all of it.
  const bool apart = how.how.format->cumulative || how.how.nested;
  const auto* const rules = apart ? nullptr : how.how.rules;
  return assembler(how.max_chunk, assembler::standard_hold, how.how.rules->framing.of(whose),
                   rules);
}

}  // namespace

formatter_pair make_formatters(const format::format_options& how, std::string& out) {
  formatter_pair made;
  for (const auto which : {format::direction::requests, format::direction::replies}) {
    const bool asks = which == format::direction::requests;
    auto each = how;
    each.direction = which;
    each.side = asks ? chunk::stream_side::client : chunk::stream_side::server;
    if (how.connection > 0) {
      each.subject = fmt::format("connection {} {}", how.connection, asks ? '>' : '<');
    } else {
      each.subject = asks ? "requests" : "replies";
    }
    made[asks ? 0 : 1] = make_formatter(each, out);
  }
  return made;
}

tapped_connection::tapped_connection(settings given, io::live_output& out,
                                     std::unique_ptr<recorder> record)
    : settings_(std::move(given)),
      out_(out),
      record_(std::move(record)),
      events_(settings_.how, out_.text()),
      latencies_(*settings_.how.rules),
      sides_{{{format::direction::requests, new_assembler(settings_, chunk::stream_side::client),
               *settings_.formatters[0]},
              {format::direction::replies, new_assembler(settings_, chunk::stream_side::server),
               *settings_.formatters[1]}}} {}

tapped_connection::~tapped_connection() = default;

/// Records something. If that fails, recording stops, and the conversation continues.
void tapped_connection::keep(const std::function<void(recorder&)>& step) {
  if (!record_) return;
  try {
    step(*record_);
  } catch (const chunk::local_failure& reason) {
    settings_.remark(reason.what());
    record_.reset();
  }
}

format::details tapped_connection::now() const {
  format::details out;
  if (settings_.how.timestamps != format::timestamps::none) out.at = format::wall_clock::now();
  out.since_start = format::steady_clock::now();
  return out;
}

void tapped_connection::open(const std::string& peer) {
  if (!settings_.tells) return;
  events_.connection("opened", events_.colours().opened, "from " + peer, now());
  out_.commit();
  out_.flush();
}

/// What has passed: "after 1.203 s: 3 requests of 57 bytes, 3 replies of 40 bytes".
std::string tapped_connection::sum_up() const {
  const auto count = [](std::uint64_t number, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", number, number == 1 ? one : many);
  };
  const std::chrono::duration<double> passed =
      format::latencies::time_point::clock::now() - opened_;
  const auto& [client, server] = sides_;
  return fmt::format("after {:.3f} s: {} of {}, {} of {}", passed.count(),
                     count(client.count, "request", "requests"),
                     count(client.bytes, "byte", "bytes"), count(server.count, "reply", "replies"),
                     count(server.bytes, "byte", "bytes"));
}

void tapped_connection::passed(way which, std::span<const std::byte> bytes) {
  const auto now = format::latencies::time_point::clock::now();
  auto& from = side_of(which);
  from.bytes += bytes.size();
  if (record_) {
    keep([&](recorder& to) { which == way::forth ? to.sent(bytes) : to.received(bytes); });
  }
  show_chunks(from, bytes, now);
  out_.flush();
}

/// Shows the chunks that end in `bytes`, and those that end with the stream if it has ended.
void tapped_connection::show_chunks(side& from, std::span<const std::byte> bytes,
                                    format::latencies::time_point now) {
  auto when = this->now();
  chunk::fragment given;
  while (from.chunks.next(bytes, given)) meet(from, given, when, now);
  show_fault(from, from.chunks.take_fault());
}

void tapped_connection::meet(side& from, const chunk::fragment& given, format::details& when,
                             format::latencies::time_point now) {
  when.latency.reset();
  const bool is_chunk = given.kind == chunk::fragment_kind::chunk;
  when.stray = given.kind == chunk::fragment_kind::stray ? &from.chunks.stray_reason() : nullptr;
  const bool is_outer = is_chunk && given.level == 0;
  if (is_outer && given.ends) ++from.count;
  if (is_outer && from.which == format::direction::requests) {
    if (given.begins) latencies_.request_begins(given.head.id);
    if (given.ends) latencies_.request_ends(given.head.id, now);
  } else if (is_outer && given.ends) {
    when.latency = latencies_.reply_ends(given.head.id, now);
  }
  const bool counted = is_chunk && counts();
  if (counted && !given.ends) return;
  if (counted && !given.begins) {
    // A long chunk is counted when it ends.
    auto record = given;
    record.begins = true;
    show(from, record, when);
  } else {
    show(from, given, when);
  }
  if (const auto broken = format::find_broken(*settings_.how.rules, given, when.stray)) {
    settings_.remark(label_of(from) + to_text(*broken));
  }
}

/// Shows a fragment, or a record of a whole chunk, if it is chosen and not the end alone.
void tapped_connection::show(side& from, const chunk::fragment& given, format::details& when) {
  const bool is_chunk = given.kind == chunk::fragment_kind::chunk;
  const bool ends_only = is_chunk && !given.begins && !given.leaves;
  const bool begins_outer = is_chunk && given.level == 0 && given.begins;
  if (begins_outer) from.chosen = format::is_chosen(settings_.how, given);
  const bool shown = from.chosen || given.kind == chunk::fragment_kind::preamble;
  if (!shown || ends_only) return;
  when.header_only = is_chunk && !given.ends && !given.enters;
  from.shown_by.add(given, when);
  out_.commit();
}

/// What remarks about a direction begin with.
std::string tapped_connection::label_of(const side& from) const {
  const char arrow = from.which == format::direction::requests ? '>' : '<';
  return fmt::format("connection {} {}: ", settings_.how.connection, arrow);
}

void tapped_connection::show_fault(side& from, const std::optional<assembler::fault>& fault) {
  if (!fault) return;
  const auto& cut = fault->truncated;
  if (cut && cut->level == 0) from.chosen = format::is_chosen(settings_.how, *cut);
  const bool shown = from.chosen || (!cut && !fault->bytes.empty());
  const bool is_new = fault->truncated && (!fault->begun || counts());
  if (shown && is_new) {
    from.shown_by.add(*fault->truncated, {});
    from.shown_by.fault(fault->why, fault->tail, fault->end - fault->tail.size());
  } else if (shown) {
    from.shown_by.fault(fault->why, fault->bytes, fault->offset);
  }
  out_.commit();
  settings_.remark(label_of(from) + to_text(fault->why));
}

void tapped_connection::ended(way which) {
  auto& from = side_of(which);
  if (std::exchange(from.ended, true)) return;
  keep([&](recorder& to) { which == way::forth ? to.end_sent() : to.end_received(); });
  from.chunks.end();
  show_chunks(from, {}, format::latencies::time_point::clock::now());
  show_fault(from, from.chunks.finish());
  out_.flush();
}

void tapped_connection::end_record() {
  if (record_ && record_->left_out() > 0) {
    settings_.remark(fmt::format("{}: {} chunks left out, longer than {} bytes", record_->path(),
                                 record_->left_out(), recorder::longest));
  }
  keep([](recorder& to) { to.close(); });
  record_.reset();
}

void tapped_connection::close(bool failed) {
  ended(way::forth);
  ended(way::back);
  end_record();
  if (settings_.tells) {
    const auto& colours = events_.colours();
    events_.connection(failed ? "failed" : "closed", failed ? colours.fault : colours.closed,
                       sum_up(), now());
    out_.commit();
    out_.flush();
  }
  if (settings_.formatters[0].use_count() > 1) return;  // still used by other connections
  for (const auto& each : settings_.formatters) each->finish();
  out_.commit();
  out_.flush();
}

void tapped_connection::interrupt() {
  keep([](recorder& to) {
    to.end_sent();
    to.end_received();
  });
  end_record();
  if (settings_.formatters[0].use_count() > 1) return;
  for (const auto& each : settings_.formatters) each->finish();
  out_.commit();
}

}  // namespace tools::dump
