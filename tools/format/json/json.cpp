// JSON: a line for each chunk and subchunk, or for each chunk with its subchunks.
#include "format/json/json_lines.hpp"
#include "format/registry.hpp"
#include "format/utc_time.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <iterator>
#include <string_view>

namespace tools::format {
namespace {

using std::chrono::microseconds;

void append_seconds(std::string& out, microseconds span) {
  const auto [whole, rest] = std::div(span.count(), microseconds::rep{1'000'000});
  const std::string_view sign = span < microseconds::zero() ? "-" : "";
  fmt::format_to(std::back_inserter(out), "{}{}.{:06}", sign, std::abs(whole), std::abs(rest));
}

/// The beginning of every line.
std::string make_label(const format_options& how) {
  if (how.connection == 0) return {};
  auto out = fmt::format(R"("connection":{},)", how.connection);
  switch (how.direction) {
    case direction::unknown: break;
    case direction::requests: out += R"("direction":">",)"; break;
    case direction::replies: out += R"("direction":"<",)"; break;
  }
  return out;
}

class json_formatter final : public formatter {
 public:
  json_formatter(const format_options& how, destination out)
      : how_(how),
        lines_(*how.rules, out.text(), make_label(how),
               how.nested ? json_form::nested : json_form::flat),
        choice_(how.chosen) {
    if (!how_.chosen) return;
    lines_.choose([chosen = how_.chosen](const chunk::id& container, const chunk::id& inner) {
      return chosen->takes(container, inner);
    });
  }

  void add(const chunk::fragment& given, const details& known) override {
    if (!choice_.takes(given)) return;
    if (given.begins) {
      if (given.level == 0) taken_ = !how_.chosen || how_.chosen->takes(given.head.id);
      if (taken_) describe(known);
    }
    if (!taken_) {
      under_way_ = !given.ends && !known.header_only;
      return;
    }
    if (given.kind == chunk::fragment_kind::stray) {
      const chunk::error no_chunk{chunk::errc::malformed, {}};
      return lines_.add_stray(given, known.stray ? *known.stray : no_chunk);
    }
    under_way_ = !given.ends && !given.enters && !known.header_only;
    if (given.begins && known.header_only) return lines_.add_header(given, members_);
    lines_.add(given, members_);
  }

  void fault(const chunk::error& why, std::span<const std::byte> bytes,
             std::uint64_t offset) override {
    const bool shown = under_way_ || lines_.in_container();
    if (under_way_) end_cut(why);
    if (!shown || !bytes.empty()) lines_.add_fault(why, bytes, offset);
    lines_.close_containers(why);
  }

  void finish() override {
    const chunk::error why{chunk::errc::truncated, {}};
    if (under_way_) end_cut(why);
    lines_.close_containers(why);
  }

 private:
  /// Ends the current chunk.
  void end_cut(const chunk::error& why) {
    under_way_ = false;
    if (taken_) lines_.truncate(why);
  }

  /// Adds the details of a chunk besides its bytes.
  void describe(const details& known) {
    members_.clear();
    switch (how_.timestamps) {
      case timestamps::none: break;
      case timestamps::absolute:
        members_ += R"("time":")";
        append_utc(members_, known.at);
        members_ += "\",";
        break;
      case timestamps::delta:
        members_ += R"("delta":)";
        append_seconds(members_, duration_cast<microseconds>(known.since_start -
                                                             before_.value_or(known.since_start)));
        members_ += ',';
        break;
    }
    before_ = known.since_start;
    if (!known.latency) return;
    members_ += R"("latency":)";
    append_seconds(members_, duration_cast<microseconds>(*known.latency));
    members_ += ',';
  }

  format_options how_;
  format::json_lines lines_;
  subchunk_choice choice_;
  std::string members_;     // for the line of the current chunk
  bool taken_ = false;      // whether the current chunk is shown
  bool under_way_ = false;  // whether the current chunk is incomplete
  std::optional<steady_clock::time_point> before_;
};

std::unique_ptr<formatter> make_json(const format_options& how, destination out) {
  return std::make_unique<json_formatter>(how, out);
}

}  // namespace

// Every line is an object in plain ASCII, and chunk-send reads the stream back from them.
// Source: chunk-dump(1), JSON
const output_format json_format{
    .name = "json",
    .help = "objects for jq, chunk-send --from",
    .make = make_json,
    .takes = {.timestamps = true, .nested = true},
    .gap = {"{\"dropped\":", "}"},
};

}  // namespace tools::format
