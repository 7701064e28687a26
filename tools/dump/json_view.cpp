#include "dump/json_view.hpp"

#include "base64.hpp"
#include "json_text.hpp"

#include <chunk/escape.hpp>
#include <chunk/value.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <iterator>
#include <string_view>

namespace dump {
namespace {

using std::chrono::microseconds;

/// Bytes of payload above which a text is base64, too. A chunk that is longer usually comes in
/// parts, of which nobody knows whether the next one is text; so it is the same however it comes.
constexpr std::size_t longest_text = 64 * 1024;

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];  // the most of 64 bits
  const auto [end, problem] = std::to_chars(digits, std::end(digits), number);
  out.append(digits, end);
}

void append_seconds(std::string& out, microseconds span) {
  const auto [whole, rest] = std::div(span.count(), microseconds::rep{1'000'000});
  const std::string_view sign = span < microseconds::zero() ? "-" : "";
  fmt::format_to(std::back_inserter(out), "{}{}.{:06}", sign, std::abs(whole), std::abs(rest));
}

/// "2026-11-24T09:30:00.123456Z"
void append_time(std::string& out, wall_clock::time_point at) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(floor<microseconds>(at - day));
  fmt::format_to(std::back_inserter(out), R"("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z")",
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                 static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                 time.seconds().count(), time.subseconds().count());
}

/// What every line begins with.
std::string make_label(const view_options& how) {
  if (how.connection == 0) return "{";
  auto out = fmt::format(R"({{"connection":{},)", how.connection);
  switch (how.direction) {
    case direction::unknown: break;
    case direction::requests: out += R"("direction":">",)"; break;
    case direction::replies: out += R"("direction":"<",)"; break;
  }
  return out;
}

class json_view final : public view {
 public:
  json_view(const view_options& how, std::string& out)
      : how_(how), out_(out), label_(make_label(how)), base64_(out) {}

  void add(const chunk::part& given, const occasion& when) override {
    if (given.begins) taken_ = !how_.chosen || how_.chosen->takes(given.head.id);
    under_way_ = !given.ends && !when.header_only;
    if (!taken_) return;
    if (given.begins && given.ends) return add_whole(given, when);
    if (given.begins) {
      begin_chunk(given, when);
      if (when.header_only) return end_header();
      out_ += R"(,"base64":")";
    }
    base64_.add(given.payload);
    if (given.ends) end_base64();
  }

  void fault(const chunk::error& why, std::span<const std::byte> bytes,
             std::uint64_t offset) override {
    const bool shown = under_way_;
    if (under_way_) end_cut(why);
    if (shown && bytes.empty()) return;
    begin_line();
    append_place(0, offset);
    append_length(bytes.size());
    out_ += R"(,"base64":")";
    base64_.add(bytes);
    base64_.end();
    out_ += '"';
    append_error(why);
    end_line();
  }

  void finish() override {
    if (under_way_) end_cut(chunk::error{chunk::errc::truncated, {}});
  }

 private:
  void add_whole(const chunk::part& given, const occasion& when) {
    const auto container = next_index_;
    const auto payload = given.offset + chunk::header_size;
    const auto inner = open(*how_.rules, {given.head.id, given.payload}, payload);
    begin_chunk(given, when);
    switch (inner.how) {
      case chunk::nesting::plain:
        append_value(given.head.id, given.payload);
        append_payload(given.payload);
        break;
      case chunk::nesting::broken:
        append_payload(given.payload);
        append_error(inner.fault);
        break;
      case chunk::nesting::declared:
      case chunk::nesting::guessed: break;
    }
    end_line();
    for (const auto& each : inner.subchunks) {
      const bool taken = !how_.chosen || how_.chosen->takes(given.head.id, each.id);
      if (taken) add_subchunk(given, container, each);
    }
  }

  void add_subchunk(const chunk::part& container, std::uint64_t parent, const chunk::view& inner) {
    // The views of split() lie in the container's payload, each right after its header.
    const auto position =
        static_cast<std::uint64_t>(inner.payload.data() - container.payload.data());
    begin_line();
    out_ += R"("parent":)";
    append_number(out_, parent);
    out_ += ',';
    append_place(1, container.offset + position);
    append_id(inner.id);
    append_length(inner.payload.size());
    append_value(inner.id, inner.payload);
    append_payload(inner.payload);
    end_line();
  }

  void begin_chunk(const chunk::part& given, const occasion& when) {
    out_ += label_;
    append_occasion(when);
    append_index();
    append_place(0, given.offset);
    append_id(given.head.id);
    append_length(given.head.length);
  }

  void begin_line() {
    out_ += label_;
    append_index();
  }

  void end_line() { out_ += "}\n"; }

  /// Ends the line of a chunk of which nothing more is given; it is not to look like a container.
  void end_header() {
    append_error({chunk::errc::truncated, "payload not shown"});
    end_line();
  }

  void end_base64() {
    base64_.end();
    out_ += '"';
    end_line();
  }

  /// Ends the chunk under way.
  void end_cut(const chunk::error& why) {
    under_way_ = false;
    if (!taken_) return;
    base64_.end();
    out_ += '"';
    append_error(why);
    end_line();
  }

  void append_index() {
    out_ += R"("index":)";
    append_number(out_, next_index_++);
    out_ += ',';
  }

  void append_place(std::size_t depth, std::uint64_t offset) {
    out_ += depth == 0 ? R"("depth":0,"offset":)" : R"("depth":1,"offset":)";
    append_number(out_, offset);
  }

  void append_id(const chunk::id& id) {
    // Most chunks have the ID of the one before.
    if (id_text_.empty() || id != id_) {
      id_ = id;
      id_text_ = R"(,"id":)";
      cli::append_json_string(id_text_, to_text(id));
    }
    out_ += id_text_;
  }

  void append_length(std::uint64_t length) {
    out_ += R"(,"length":)";
    append_number(out_, length);
  }

  void append_occasion(const occasion& when) {
    switch (how_.timestamps) {
      case timestamps::none: break;
      case timestamps::absolute:
        out_ += R"("time":)";
        append_time(out_, when.at);
        out_ += ',';
        break;
      case timestamps::delta:
        out_ += R"("delta":)";
        append_seconds(out_, duration_cast<microseconds>(when.at - before_.value_or(when.at)));
        out_ += ',';
        break;
    }
    before_ = when.at;
    if (!when.latency) return;
    out_ += R"("latency":)";
    append_seconds(out_, duration_cast<microseconds>(*when.latency));
    out_ += ',';
  }

  void append_value(const chunk::id& id, std::span<const std::byte> payload) {
    const auto* rule = how_.rules->find(id);
    if (!rule || !rule->type) return;
    const auto type = *rule->type;
    if (type == chunk::value_type::bytes || type == chunk::value_type::text) return;
    const auto shown = chunk::show(type, payload);
    if (!shown) return;
    out_ += R"(,"value":)";
    if (chunk::is_plain_number(*shown)) {
      out_ += *shown;
    } else {
      cli::append_json_string(out_, *shown);
    }
  }

  void append_payload(std::span<const std::byte> payload) {
    const auto held = out_.size();
    out_ += R"(,"text":)";
    if (payload.size() <= longest_text && cli::append_json_text(out_, payload)) return;
    out_.resize(held);
    out_ += R"(,"base64":")";
    base64_.add(payload);
    base64_.end();
    out_ += '"';
  }

  void append_error(const chunk::error& why) {
    out_ += R"(,"error":)";
    cli::append_json_string(out_, chunk::quoted(to_text(why)));
  }

  view_options how_;
  std::string& out_;
  std::string label_;
  cli::base64_writer base64_;
  bool taken_ = false;      // the present chunk is shown
  bool under_way_ = false;  // its end has not come
  std::uint64_t next_index_ = 0;
  chunk::id id_;  // of the line before, and how it is shown
  std::string id_text_;
  std::optional<wall_clock::time_point> before_;
};

}  // namespace

std::unique_ptr<view> make_json_view(const view_options& how, std::string& out) {
  return std::make_unique<json_view>(how, out);
}

}  // namespace dump
