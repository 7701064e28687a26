#include "script/report/partial.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace tools::script {

std::string show_partial(const chunk::framing& how, std::span<const std::byte> bytes) {
  constexpr std::size_t most = 24;  // chosen: with the rest of the line one row
  if (bytes.empty()) return "nothing";
  const auto front = how.read_header(bytes);
  if (front.is != chunk::header_reading::state::whole) {
    std::string digits;
    for (const auto each : bytes) {
      digits += fmt::format(" {:02x}", std::to_integer<unsigned>(each));
    }
    return fmt::format("{} of {} header bytes:{}", bytes.size(), front.size, digits);
  }
  const auto& head = front.head;
  const auto payload = bytes.subspan(front.size);
  auto out =
      fmt::format("{}, {} of {} payload bytes", to_text(head.id), payload.size(), head.length);
  if (payload.empty()) return out;
  const auto shown = payload.first(std::min(payload.size(), most));
  out += ": " + chunk::escaped(shown, chunk::quote_escapes);
  return shown.size() == payload.size() ? out : out + "...";
}

std::string without_subject(std::string reason, const std::string& name) {
  const auto subject = name + ": ";
  return reason.starts_with(subject) ? reason.substr(subject.size()) : reason;
}

}  // namespace tools::script
