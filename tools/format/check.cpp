// Violations of the protocol in a stream.
#include "format/json/json_text.hpp"
#include "format/registry.hpp"

#include <chunk/escape.hpp>
#include <chunk/id.hpp>
#include <chunk/validation.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools::format {
namespace {

/// The kind of a fault in the stream itself, spelled like those of findings.
std::string_view kind_of(const chunk::error& why) {
  if (why.code == chunk::errc::truncated) return "truncated";
  if (why.code == chunk::errc::too_large) return "too-large";
  return "malformed";
}

/// The ID of the header that `bytes` begin with. nullopt: the ID is not whole.
std::optional<chunk::id> id_in(const chunk::framing& how, std::span<const std::byte> bytes) {
  const auto front = how.read_header(bytes);
  if (!front.has_id()) return std::nullopt;
  return front.head.id;
}

/// The reason without the subject and the offset, if it begins with them.
std::string bare(std::string reason, std::string_view subject, std::uint64_t offset) {
  const auto front = std::string(subject) + ": ";
  if (reason.starts_with(front)) reason.erase(0, front.size());
  const auto place = fmt::format(" at byte {:#x}: ", offset);
  const auto found = reason.find(place);
  if (found != reason.npos) reason.replace(found, place.size(), ": ");
  return reason;
}

/// Appends a member of an object of JSON behind another one. The text is plain ASCII.
void append_member(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", name);
  append_json_string(out, text);
}

void append_member(std::string& out, std::string_view name, const std::optional<chunk::id>& id) {
  if (id) return append_member(out, name, to_text(*id));
  fmt::format_to(std::back_inserter(out), ",\"{}\":null", name);
}

/// Shows a line for each finding, `SUBJECT:0xOFFSET: TEXT` or an object of JSON. Of a chunk that
/// comes in fragments only the ID is checked, and of a container that does everything.
class check_formatter final : public formatter {
 public:
  check_formatter(const format_options& how, destination out)
      : rules_(how.rules ? *how.rules : chunk::chunk_protocol()),
        chosen_(how.chosen),
        subject_(chunk::quoted(how.subject)),
        as_json_(how.as_json),
        out_(out.text()),
        validator_(rules_) {}

  void add(const chunk::fragment& given, const details& known) override;
  void fault(const chunk::error& why, std::span<const std::byte> bytes,
             std::uint64_t offset) override;

  /// Returns: the number of lines so far, those of faults among them
  std::uint64_t findings() const override { return findings_; }

 private:
  /// A chunk that has begun and not ended.
  struct begun {
    chunk::id id;
    std::uint64_t offset = 0;
    bool open = false;  // of no known length
  };

  void follow(const chunk::fragment& given, bool header_only);
  const chunk::framing& present() const;
  bool takes(const chunk::finding& found) const;
  void show(const chunk::finding& found);
  void show(std::string_view kind, std::uint64_t offset, const std::optional<chunk::id>& id,
            const std::optional<chunk::id>& subchunk, std::string_view text);

  const chunk::protocol& rules_;
  const selection* chosen_;
  std::string subject_;  // plain ASCII
  bool as_json_;
  std::string& out_;
  chunk::fragment_validator validator_;
  chunk::id outermost_;                     // the last chunk outside containers
  std::vector<begun> containers_;           // those around the next chunk, if they come one by one
  std::optional<begun> under_way_;          // an incomplete chunk in them
  std::optional<std::uint64_t> fault_end_;  // of the last bytes that are not a chunk
  std::uint64_t findings_ = 0;
};

void check_formatter::add(const chunk::fragment& given, const details& known) {
  const auto found = validator_.add(given, known.stray);
  follow(given, known.header_only);
  if (chosen_ && !chosen_->takes(outermost_)) return;
  for (const auto& each : found) show(each);
}

/// Takes note of what has begun and what has ended.
void check_formatter::follow(const chunk::fragment& given, bool header_only) {
  under_way_.reset();
  if (given.kind != chunk::fragment_kind::chunk) return;
  if (given.level == 0) outermost_ = given.head.id;
  containers_.resize(std::min<std::size_t>(containers_.size(), given.level));
  const begun present{given.head.id, given.offset, given.open};
  if (given.enters) {
    containers_.push_back(present);
  } else if (!given.ends && !header_only) {
    under_way_ = present;
  }
}

/// The framing of the next chunk.
const chunk::framing& check_formatter::present() const {
  return rules_.framing_in(containers_.empty() ? nullptr : rules_.find(containers_.back().id));
}

void check_formatter::show(const chunk::finding& found) {
  if (takes(found)) {
    show(to_text(found.type), found.offset, found.id, found.subchunk, found.text);
  }
}

void check_formatter::fault(const chunk::error& why, std::span<const std::byte> bytes,
                            std::uint64_t offset) {
  // Bytes that are not a chunk may come in several pieces.
  const bool goes_on = !bytes.empty() && offset == fault_end_;
  if (!bytes.empty()) fault_end_ = offset + bytes.size();
  if (goes_on) return;
  // A truncated chunk is reported at its beginning: one that is incomplete itself, or the outermost
  // container that has a length.
  auto cut = under_way_;
  if (!cut && bytes.empty()) {
    const auto whole = std::ranges::find(containers_, false, &begun::open);
    if (whole != containers_.end()) cut = *whole;
    containers_.erase(whole, containers_.end());
  }
  auto id = cut ? std::optional(cut->id) : id_in(present(), bytes);
  if (cut) offset = cut->offset;
  std::optional<chunk::id> subchunk;
  if (!containers_.empty()) subchunk = std::exchange(id, outermost_);
  under_way_.reset();
  containers_.clear();
  show(kind_of(why), offset, id, subchunk, bare(chunk::quoted(to_text(why)), subject_, offset));
}

bool check_formatter::takes(const chunk::finding& found) const {
  return !chosen_ || !found.subchunk || chosen_->takes(found.id, *found.subchunk);
}

void check_formatter::show(std::string_view kind, std::uint64_t offset,
                           const std::optional<chunk::id>& id,
                           const std::optional<chunk::id>& subchunk, std::string_view text) {
  ++findings_;
  const auto message = chunk::quoted(text);
  if (!as_json_) {
    fmt::format_to(std::back_inserter(out_), "{}:{:#x}: {}\n", subject_, offset, message);
    return;
  }
  out_ += "{\"file\":";
  append_json_string(out_, subject_);
  fmt::format_to(std::back_inserter(out_), ",\"offset\":{}", offset);
  append_member(out_, "kind", kind);
  append_member(out_, "id", id);
  append_member(out_, "subchunk", subchunk);
  append_member(out_, "message", message);
  out_ += "}\n";
}

std::unique_ptr<formatter> make_check(const format_options& how, destination out) {
  return std::make_unique<check_formatter>(how, out);
}

}  // namespace

const output_format check_format{
    .name = "check",
    .help = "only what is wrong",
    .make = make_check,
    .needs = {.whole_chunks = true},
    .takes = {.json = true, .tap = false},
    .judges = true,
    .gap = {"# ", " records dropped"},
};

}  // namespace tools::format
