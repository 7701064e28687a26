#include "dump/show.hpp"

#include "cli/status.hpp"
#include "dump/first_look.hpp"
#include "dump/resync.hpp"
#include "format/broken.hpp"
#include "format/registry.hpp"

#include <chunk/byte_block.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tools::dump {
namespace {

/// Chosen: larger reads are hardly faster, and the rows of one read still fit the cache of the
/// processor.
constexpr std::size_t block = 64 * 1024;

/// Chosen, a page: reading shorter chunks is as fast as skipping them.
constexpr std::uint64_t longest_listed = 4096;

/// Chunks up to this length are held whole if their subchunks decide what is shown, or if the
/// format needs whole chunks. Source: chunk-dump(1), CAVEATS
constexpr std::uint64_t longest_opened = 16 * 1024 * 1024;

/// Shows the selected chunks of a stream.
class selector {
 public:
  selector(const show_options& opt, io::output& out)
      : opt_(opt), out_(out), formatter_(make_formatter(opt.how, out)) {}

  bool full() const { return result_.shown == opt_.count || over_; }

  /// Tells it that the stream has ended. An incomplete chunk is not passed on.
  void end() { drops_incomplete_ = opt_.how.format->omits_incomplete; }

  /// Adds a fragment of a chunk, or of anything else in the stream. Which subchunks of a selected
  /// chunk are shown is up to the formatter.
  void add(const chunk::fragment& given, const format::details& known) {
    const bool is_outer = given.level == 0 && given.kind == chunk::fragment_kind::chunk;
    if (drops_incomplete_ && !given.ends) return;
    // A format that reports findings selects by itself: faults outside selected chunks count too.
    if (is_outer && given.begins) taken_ = opt_.how.format->judges || chooses(given);
    if (!taken_ && given.kind != chunk::fragment_kind::preamble) return;
    formatter_->add(given, known);
    out_.flush_if_large();
    if (!is_outer || !given.ends) return;
    ++result_.shown;
    over_ = opt_.chosen + result_.chosen == opt_.range.last;
  }

  /// To be called where something in the stream is wrong, shown or not.
  void note_fault() { result_.whole = false; }

  void fault(const chunk::error& why, std::span<const std::byte> bytes, std::uint64_t offset) {
    // An omitted chunk is not shown as incomplete.
    if (taken_ || !bytes.empty()) formatter_->fault(why, bytes, offset);
    if (taken_ && bytes.empty()) ++result_.shown;
    out_.flush_if_large();
    note_fault();
  }

  show_result finish() {
    formatter_->finish();
    result_.findings = formatter_->findings();
    out_.flush();
    return result_;
  }

 private:
  /// Says whether a chunk that begins is one to show, and counts it.
  bool chooses(const chunk::fragment& given) {
    return is_chosen(opt_.how, given) && opt_.range.contains(opt_.chosen + ++result_.chosen);
  }

  const show_options& opt_;
  io::output& out_;
  std::unique_ptr<format::formatter> formatter_;
  bool taken_ = false;
  bool over_ = false;  // the last chunk of the range has passed
  bool drops_incomplete_ = false;
  show_result result_;
};

format::details now(const format::format_options& how) {
  format::details out;
  if (how.timestamps == format::timestamps::none) return out;
  out.at = format::wall_clock::now();
  out.since_start = format::steady_clock::now();
  return out;
}

/// Reports a fault on standard error, unless the format reports it as a finding.
void complain(const show_options& opt, const std::string& text) {
  if (!opt.how.format->judges) cli::remark(text);
}

/// Shows a fragment, and reports bytes in containers that are not a chunk.
void show_fragment(const chunk::fragment& given, const format::details& known,
                   const chunk::net::transport& from, const show_options& opt, selector& into,
                   io::output& out) {
  into.add(given, known);
  if (!opt.how.rules->framing.definition) return;
  auto broken = format::find_broken(*opt.how.rules, given, known.stray);
  if (!broken) return;
  into.note_fault();
  out.flush();
  complain(opt, to_text(chunk::about(from.name(), std::move(*broken))));
}

/// The look at a stream that is shown to people, and in the chunk framing only as nobody has said
/// otherwise.
std::optional<first_look> wanted_look(const show_options& opt) {
  if (!opt.how.rules->guesses || !opt.how.format->is_for_people) return std::nullopt;
  return first_look();
}

/// Tells what the look finds in the last fragment.
///
/// Returns: whether to go on
bool passes_look(first_look& look, const chunk::fragment& given,
                 const chunk::session::chunk_reader& stream, const chunk::net::transport& from,
                 const show_options& opt, selector& into, io::output& out) {
  // What has come behind the fragment stands behind it in memory as well.
  const auto raw = stream.raw();
  const auto found = look.add(given, {raw.data(), raw.size() + stream.held()});
  if (!found) return true;
  const auto text = from.name() + ": " + found->text;
  if (!found->stops) {
    if (!opt.quiet) cli::remark(text);
    return true;
  }
  into.fault({chunk::errc::bad_notation, {}}, raw.first(given.header_size), given.offset);
  out.flush();
  cli::remark(text);
  return false;
}

/// Shows the fragments that have arrived.
///
/// Returns: whether to go on
bool show_fragments(chunk::session::chunk_reader& stream, const chunk::net::transport& from,
                    const show_options& opt, std::optional<first_look>& look, selector& into,
                    io::output& out) {
  auto known = now(opt.how);
  chunk::fragment given;
  while (!into.full() && stream.next(given)) {
    const bool tells = look && !look->ignores(given);
    if (tells && !passes_look(*look, given, stream, from, opt, into, out)) return false;
    const bool stray = given.kind == chunk::fragment_kind::stray;
    known.stray = stray ? &stream.stray_reason() : nullptr;
    known.raw = stream.raw();
    show_fragment(given, known, from, opt, into, out);
  }
  return !into.full();
}

/// Shows what follows bytes that are no header: nothing tells where another one begins.
asio::awaitable<void> show_rest(chunk::net::transport& from, const chunk::error& why,
                                std::uint64_t offset, selector& into, io::output& out) {
  chunk::byte_block buffer(block);
  for (std::size_t got = 1; got > 0;) {
    got = co_await from.read_some(buffer);
    if (got == 0) break;
    into.fault(why, std::span(buffer).first(got), offset);
    offset += got;
    out.flush();
  }
}

asio::awaitable<void> show_until_fault(chunk::net::transport& from, const show_options& opt,
                                       selector& into, io::output& out) {
  chunk::session::reader_options limits;
  limits.max_payload = opt.max_chunk;
  limits.block = block;
  limits.start = opt.offset;
  limits.framing = opt.how.rules->framing.of(opt.how.side);
  if (!opt.how.format->flat) limits.rules = opt.how.rules;
  const auto& needs = opt.how.format->needs;
  if (needs.whole_chunks || opt.how.chosen->names_subchunks()) limits.hold = longest_opened;
  // Payloads that are not needed are skipped if the input allows it.
  limits.payloads = needs.payloads;
  // Short ones are held for their subchunks only if these decide what to show.
  if (!needs.payloads && !needs.subchunks && opt.how.chosen->takes_all()) {
    limits.hold = longest_listed;
  }
  chunk::session::chunk_reader stream(from, limits);
  auto look = wanted_look(opt);
  for (bool more = true; more;) {
    const bool on = show_fragments(stream, from, opt, look, into, out);
    out.flush();
    if (!on) co_return;
    more = co_await stream.fill();
  }
  // An incomplete chunk is shown before the message about it. Bytes that were used but are in no
  // fragment are the header of a chunk that is too large.
  const bool too_large = !stream.raw().empty();
  into.end();
  if (!too_large && !show_fragments(stream, from, opt, look, into, out)) co_return;
  const auto refused = stream.raw();
  std::vector<std::byte> rest(refused.begin(), refused.end());
  const auto offset = stream.offset() - rest.size();
  const auto unread = stream.unread();
  const auto whole = stream.finish();
  if (whole) co_return;
  auto why = whole.error();
  why.detail.erase(0, from.name().size() + 2);  // the stream is known where this is shown
  const bool is_chunk = why.code != chunk::errc::violation;
  if (!is_chunk) rest.insert(rest.end(), unread.begin(), unread.end());
  into.fault(why, rest, offset);
  out.flush();
  complain(opt, to_text(whole.error()));
  if (!is_chunk) co_await show_rest(from, why, offset + rest.size(), into, out);
}

/// Shows the results of next(), and reports skipped bytes.
void show_events(resync& stream, const chunk::net::transport& from, const show_options& opt,
                 selector& into, io::output& out, std::uint64_t& skipped) {
  auto known = now(opt.how);
  while (!into.full()) {
    const auto met = stream.next();
    if (!met) break;
    if (!met->fault) {
      known.raw = met->raw;
      show_fragment(met->whole, known, from, opt, into, out);
      continue;
    }
    into.fault(*met->fault, met->bytes, met->offset);
    skipped += met->bytes.size();
    if (!met->last) continue;
    const auto end = met->offset + met->bytes.size();
    out.flush();
    complain(opt, to_text(chunk::about(from.name(), *met->fault)));
    complain(opt, fmt::format("{}: skipped {} bytes from {:#x} to {:#x}", from.name(), skipped,
                              end - skipped, end));
    skipped = 0;
  }
}

asio::awaitable<void> show_behind_faults(chunk::net::transport& from, const show_options& opt,
                                         selector& into, io::output& out) {
  resync stream(*opt.how.rules, opt.max_chunk, opt.offset, opt.how.side);
  chunk::byte_block buffer(block);
  std::uint64_t skipped = 0;
  for (std::size_t got = 1; got > 0 && !into.full();) {
    got = co_await from.read_some(buffer);
    if (got == 0) stream.end();
    stream.add(std::span(buffer).first(got));
    show_events(stream, from, opt, into, out, skipped);
    out.flush();
  }
}

}  // namespace

asio::awaitable<show_result> show(chunk::net::transport& from, const show_options& opt,
                                  io::output& out) {
  selector into(opt, out);
  if (opt.offset > 0) co_await chunk::session::start_at(from, opt.offset);
  if (opt.resync) {
    co_await show_behind_faults(from, opt, into, out);
  } else {
    co_await show_until_fault(from, opt, into, out);
  }
  co_return into.finish();
}

}  // namespace tools::dump
