#include "chunk/error.hpp"

#include <cerrno>

namespace chunk {
namespace {

class format_category_type final : public std::error_category {
 public:
  const char* name() const noexcept override { return "chunk"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::truncated: return "truncated";
      case errc::too_large: return "too large";
      case errc::malformed: return "malformed subchunks";
      case errc::violation: return "protocol violation";
      case errc::bad_id: return "not an ID of the framing";
      case errc::bad_notation: return "not a chunk";
      case errc::bad_address: return "not an address";
      case errc::bad_protocol: return "not a protocol";
    }
    return "unknown condition";
  }
};

/// "Connection refused" reads like any other reason in lower case; "RPC failed" does not.
std::string lower_first(std::string text) {
  const bool word = text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a';
  if (word) text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

/// With these a detail needs no message behind it.
bool detail_says_all(const std::error_category& category) {
  return category == format_category() || category == std::generic_category();
}

}  // namespace

const std::error_category& format_category() noexcept {
  static const format_category_type category;
  return category;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), format_category()};
}

std::string to_text(const error& what) {
  if (what.detail.empty()) return lower_first(what.code.message());
  if (detail_says_all(what.code.category())) return what.detail;
  return what.detail + ": " + lower_first(what.code.message());
}

error about(std::string subject, error what) {
  const bool complete = detail_says_all(what.code.category());
  if (complete && what.detail.empty()) what.detail = lower_first(what.code.message());
  if (!what.detail.empty()) subject += ": " + what.detail;
  what.detail = std::move(subject);
  return what;
}

failure::failure(error what) : std::system_error(what.code, what.detail), text_(to_text(what)) {}

failure::~failure() = default;

local_failure::~local_failure() = default;

error last_system_error(std::string subject) {
  return {std::error_code(errno, std::system_category()), std::move(subject)};
}

}  // namespace chunk
