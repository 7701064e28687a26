#include "script/actions.hpp"

#include <chunk/escape.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace script {
namespace {

using kind = action::kind;

/// None of the names has four bytes, so that whatever else has is an ID.
constexpr std::array<std::pair<std::string_view, kind>, 6> names{{
    {"request", kind::request},
    {"requestd", kind::request_decoded},
    {"expect", kind::expect},
    {"raw-send", kind::raw_send},
    {"raw-receive", kind::raw_receive},
    {"delay", kind::delay},
}};
static_assert(std::ranges::none_of(names, [](const auto& each) { return each.first.size() == 4; }));

/// Chosen: thirty years, which any clock can add.
constexpr double longest_delay = 1e9;

tl::unexpected<chunk::error> bad(std::string_view text, std::string_view reason) {
  const auto shown = chunk::quoted(text);
  return tl::unexpected(
      chunk::error{chunk::errc::bad_notation, fmt::format("'{}': {}", shown, reason)});
}

chunk::result<chunk::image> parse_and_encode(std::string_view text) {
  const auto draft = chunk::parse_chunk(text);
  if (!draft) return tl::unexpected(draft.error());
  return chunk::encode(*draft, load_file);
}

chunk::result<chunk::duration> parse_seconds(std::string_view text) {
  double value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  const bool usable = problem == std::errc{} && stop == end && value >= 0 && value <= longest_delay;
  if (!usable) return bad(text, "not a number of seconds");
  return std::chrono::duration_cast<chunk::duration>(std::chrono::duration<double>(value));
}

chunk::result<void> parse_expected(std::string_view text, action& out) {
  const auto draft = chunk::parse_chunk(text);
  if (!draft) return tl::unexpected(draft.error());
  if (draft->length || draft->cut) return bad(text, "no reply has a wrong length");
  auto image = chunk::encode(*draft, load_file);
  if (!image) return tl::unexpected(image.error());
  out.wanted = std::move(*image);
  out.any_contents = text.find(':') == text.npos;
  return {};
}

/// Reads what follows the name of an action.
chunk::result<void> parse_argument(std::string_view text, action& out) {
  switch (out.type) {
    case kind::send:
    case kind::request:
    case kind::request_decoded: {
      auto image = parse_and_encode(text);
      if (!image) return tl::unexpected(image.error());
      out.bytes = std::move(*image);
      return {};
    }
    case kind::expect: return parse_expected(text, out);
    case kind::raw_send: {
      const auto bytes = chunk::unescape(text);
      if (!bytes) return tl::unexpected(bytes.error());
      out.bytes = chunk::image::of(*bytes);
      return {};
    }
    case kind::raw_receive: {
      const auto count = chunk::parse_count(text, "raw-receive:", chunk::max_length);
      if (!count) return tl::unexpected(count.error());
      out.count = static_cast<std::size_t>(*count);
      return {};
    }
    case kind::delay: {
      const auto pause = parse_seconds(text);
      if (!pause) return tl::unexpected(pause.error());
      out.pause = *pause;
      return {};
    }
  }
  return {};
}

/// Chosen: one read of a file.
constexpr std::size_t block = 64 * 1024;

}  // namespace

bool action::reads() const {
  switch (type) {
    case kind::request:
    case kind::request_decoded:
    case kind::expect:
    case kind::raw_receive: return true;
    case kind::send:
    case kind::raw_send:
    case kind::delay: break;
  }
  return false;
}

bool action::matches(const chunk::view& reply) const {
  std::array<std::byte, chunk::header_size> head{};
  wanted.read(0, head);
  if (chunk::decode_header(head).id != reply.id) return false;
  if (any_contents) return true;
  if (wanted.size() != chunk::header_size + reply.payload.size()) return false;
  std::vector<std::byte> piece(std::min(block, reply.payload.size()));
  for (auto rest = reply.payload; !rest.empty();) {
    const auto done = reply.payload.size() - rest.size();
    const auto compared = wanted.read(chunk::header_size + done, piece);
    if (!std::ranges::equal(std::span(piece).first(compared), rest.first(compared))) return false;
    rest = rest.subspan(compared);
  }
  return true;
}

chunk::result<std::vector<std::byte>> load_file(const std::string& path) {
  const bool standard_input = path == "-";
  const int file = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return tl::unexpected(chunk::last_system_error(path));
  std::vector<std::byte> out;
  std::optional<chunk::error> problem;
  for (ssize_t got = 1; got > 0 && out.size() <= chunk::max_length;) {
    const auto held = out.size();
    out.resize(held + block);
    got = ::read(file, out.data() + held, block);
    if (got < 0) problem = chunk::last_system_error(path);
    out.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  if (!standard_input) ::close(file);
  if (problem) return tl::unexpected(*problem);
  if (out.size() > chunk::max_length) {
    return tl::unexpected(chunk::error{std::make_error_code(std::errc::file_too_large),
                                       path + ": longer than 4 GiB"});
  }
  return out;
}

chunk::result<action> parse_action(std::string_view text) {
  action out;
  out.text = chunk::quoted(text);
  const auto name = text.substr(0, text.find(':'));
  const auto known = std::ranges::find(names, name, &std::pair<std::string_view, kind>::first);
  auto argument = text;
  if (known != names.end()) {
    out.type = known->second;
    if (name.size() == text.size()) return bad(text, "needs an argument after a colon");
    argument = text.substr(name.size() + 1);
  } else if (const auto id = name.substr(0, name.find(','));
             id.size() > 4 && id.find('%') == id.npos) {
    return bad(text, "neither an action nor an ID of four bytes");
  }
  const auto done = parse_argument(argument, out);
  if (!done) return tl::unexpected(done.error());
  return out;
}

chunk::result<std::vector<action>> parse_script(std::string_view text, const std::string& name) {
  constexpr std::string_view blanks = " \t\r";
  std::vector<action> out;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto stop = std::min(text.find('\n'), text.size());
    auto step = text.substr(0, stop);
    text.remove_prefix(std::min(stop + 1, text.size()));
    step.remove_prefix(std::min(step.find_first_not_of(blanks), step.size()));
    step = step.substr(0, step.find_last_not_of(blanks) + 1);
    if (step.empty() || step.front() == '#') continue;
    auto next = parse_action(step);
    if (!next) {
      return tl::unexpected(chunk::about(fmt::format("{}:{}", name, line), next.error()));
    }
    out.push_back(std::move(*next));
  }
  return out;
}

}  // namespace script
