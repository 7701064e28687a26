#include "cli/status.hpp"

#include "io/spool.hpp"
#include "io/status_line.hpp"
#include "io/write.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <cerrno>

namespace tools::cli {
namespace {

void complain(const std::string& text) {
  io::erase_status_line();
  io::write_error(text);
}

}  // namespace

status_failure::~status_failure() = default;

void remark(const std::string& text) {
  // Names and peers may contain control characters, which must not reach the terminal.
  const auto shown = chunk::quoted(text);
  complain(fmt::format("{}: {}\n", program_invocation_short_name, shown));
}

int status_of(const chunk::failure& reason) {
  const auto& code = reason.code();
  const bool is_local = dynamic_cast<const chunk::local_failure*>(&reason) != nullptr ||
                        dynamic_cast<const io::spool_failure*>(&reason) != nullptr;
  if (is_local) return local;
  if (const auto* const known = dynamic_cast<const status_failure*>(&reason))
    return known->status();
  if (code.category() == std::generic_category()) {
    if (code == std::errc::timed_out) return deadline;
    if (code == std::errc::invalid_argument || code == std::errc::not_supported) return usage;
  }
  if (code.category() != chunk::format_category()) return connection;
  switch (static_cast<chunk::errc>(code.value())) {
    case chunk::errc::truncated:
    case chunk::errc::too_large:
    case chunk::errc::malformed:
    case chunk::errc::violation: return format;
    case chunk::errc::bad_id:
    case chunk::errc::bad_notation:
    case chunk::errc::bad_address:
    case chunk::errc::bad_protocol: return usage;
  }
  return connection;
}

void print_line(const std::string& text) {
  complain(text + '\n');
}

void explain(std::span<const std::string> lines) {
  std::string text;
  for (const auto& each : lines) text += "  " + chunk::quoted(each) + '\n';
  complain(text);
}

chunk::failure wrong_usage(const std::string& text) {
  return chunk::failure({std::make_error_code(std::errc::invalid_argument), text});
}

}  // namespace tools::cli
