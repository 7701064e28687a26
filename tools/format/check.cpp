// Violations of the protocol in a stream.
#include "format/registry.hpp"

#include <chunk/escape.hpp>
#include <chunk/id.hpp>
#include <chunk/validation.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

nlohmann::ordered_json json_of(const std::optional<chunk::id>& id) {
  if (!id) return nullptr;
  return to_text(*id);
}

/// Shows a line for each finding, `SUBJECT:0xOFFSET: TEXT` or an object of JSON. Of a chunk that
/// comes in fragments only the ID is checked.
class check_formatter final : public formatter {
 public:
  check_formatter(const format_options& how, destination out)
      : rules_(how.rules),
        chosen_(how.chosen),
        subject_(chunk::quoted(how.subject)),
        as_json_(how.as_json),
        out_(out.text()) {}

  void add(const chunk::fragment& given, const details& known) override;
  void fault(const chunk::error& why, std::span<const std::byte> bytes,
             std::uint64_t offset) override;

  /// Returns: the number of lines so far, those of faults among them
  std::uint64_t findings() const override { return findings_; }

 private:
  void add_stray(const chunk::fragment& given, const details& known);
  void add_subchunk(const chunk::fragment& given);
  void add_tail(const chunk::fragment& given);
  bool takes(const chunk::finding& found) const;
  void show(const chunk::finding& found);
  void show(std::string_view kind, std::uint64_t offset, const std::optional<chunk::id>& id,
            const std::optional<chunk::id>& subchunk, std::string_view text);

  const chunk::protocol* rules_;
  const selection* chosen_;
  std::string subject_;  // plain ASCII
  bool as_json_;
  std::string& out_;
  bool inside_ = false;                     // inside an incomplete chunk
  chunk::id id_;                            // its ID
  std::uint64_t begin_ = 0;                 // where it begins
  std::optional<std::uint64_t> fault_end_;  // of the last bytes that are not a chunk
  std::uint64_t findings_ = 0;
  std::vector<chunk::id> entered_;  // the containers around a chunk, if they come one by one
};

void check_formatter::add(const chunk::fragment& given, const details& known) {
  switch (given.kind) {
    case chunk::fragment_kind::preamble: return;
    case chunk::fragment_kind::stray: return add_stray(given, known);
    case chunk::fragment_kind::chunk: break;
  }
  inside_ = !given.ends && !given.enters && !known.header_only;
  id_ = given.head.id;
  begin_ = given.offset;
  const bool skipped = chosen_ && !chosen_->takes(given.head.id);
  if (given.enters) {
    entered_.resize(given.level);
    entered_.push_back(given.head.id);
  }
  if (!rules_) return;
  if (given.level > 0) return add_subchunk(given);
  if (skipped) return;
  if (!given.begins) return add_tail(given);
  const auto findings = given.ends ? chunk::validate(*rules_, given.placed())
                                   : chunk::validate(*rules_, given.head, given.offset);
  for (const auto& each : findings) show(each);
}

/// Adds bytes of a container that are not a chunk.
void check_formatter::add_stray(const chunk::fragment& given, const details& known) {
  inside_ = false;
  if (!given.begins || !known.stray || entered_.empty()) return;
  if (chosen_ && !chosen_->takes(entered_.front())) return;
  const auto reason = bare(chunk::quoted(to_text(*known.stray)), subject_, given.offset);
  show("malformed", given.offset, entered_.front(), std::nullopt, reason);
}

/// Adds a subchunk of a container whose subchunks come one by one.
void check_formatter::add_subchunk(const chunk::fragment& given) {
  if (entered_.empty() || given.level > entered_.size()) return;
  if (chosen_ && !chosen_->takes(entered_.front())) return;
  if (!given.ends || given.leaves || !given.begins) return add_tail(given);
  const auto* container = rules_->find(entered_[given.level - 1]);
  for (const auto& each : chunk::validate_subchunk(*rules_, entered_.front(), container,
                                                   given.placed(), given.level)) {
    show(each);
  }
}

/// Adds what is wrong behind the payload of a chunk that ends.
void check_formatter::add_tail(const chunk::fragment& given) {
  if (!given.ends || !rules_->framing.definition) return;
  const auto* container = given.level > 0 ? rules_->find(entered_[given.level - 1]) : nullptr;
  for (const auto& each : check_tail(given, rules_->framing_in(container))) {
    chunk::finding found{each.type, given.offset, given.head.id, std::nullopt, {}};
    found.text = to_text(given.head.id) + ": " + each.text;
    if (given.level > 0) {
      found.id = entered_.front();
      found.subchunk = given.head.id;
      found.text = to_text(found.id) + ": " + found.text;
    }
    show(found);
  }
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
  // A truncated chunk is reported at its beginning.
  const auto id =
      inside_ ? std::optional(id_) : id_in(rules_ ? rules_->framing : chunk::framing{}, bytes);
  if (inside_) offset = begin_;
  inside_ = false;
  show(kind_of(why), offset, id, std::nullopt, bare(chunk::quoted(to_text(why)), subject_, offset));
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
  // All texts are plain ASCII, so that dump() finds nothing in them to refuse.
  const nlohmann::ordered_json line{{"file", subject_},
                                    {"offset", offset},
                                    {"kind", kind},
                                    {"id", json_of(id)},
                                    {"subchunk", json_of(subchunk)},
                                    {"message", message}};
  out_ += line.dump(-1, ' ', true);
  out_ += '\n';
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
    .takes = {.json = true},
    .judges = true,
    .gap = {"# ", " records dropped"},
};

}  // namespace tools::format
