#include "script/language/read.hpp"

#include "cli/status.hpp"
#include "io/files.hpp"
#include "script/language/gathered_bytes.hpp"

#include <fmt/core.h>

#include <span>
#include <utility>

namespace tools::script {

tl::expected<program, mistake> read_program(std::vector<std::string> arguments,
                                            const std::vector<std::string>& paths, role performer,
                                            shared_protocol rules, std::uint64_t most_value,
                                            const read_options& how) {
  sources from;
  from.most_value = most_value;
  from.may_be_blank = how.may_be_blank;
  from.session = how.session;
  from.rules = std::move(rules);
  from.arguments = std::move(arguments);
  for (const auto& path : paths) {
    gathered_bytes gathered;
    const auto held =
        io::take_file(path, [&](std::span<const std::byte> piece) { gathered.append(piece); });
    if (!held && held.error().code == chunk::errc::bad_notation) {
      throw cli::wrong_usage("--script: " + held.error().detail);
    }
    if (!held && held.error().code == std::errc::timed_out) throw chunk::failure(held.error());
    if (!held) throw chunk::local_failure(held.error());
    script_text text(gathered.finish());
    if (const auto mark = io::byte_order_mark(text.view()); !mark.empty()) {
      throw cli::wrong_usage(fmt::format("{}:1: begins with a byte order mark of {}", path, mark));
    }
    from.files.push_back({path, std::move(text)});
  }
  return parse(from, performer, how.as_test);
}

void tell_remarks(const program& all) {
  for (const auto& each : all.remarks) cli::remark(each);
}

int refuse(const mistake& wrong) {
  cli::remark(to_text(wrong.what));
  cli::explain(wrong.rows());
  const auto& code = wrong.what.code;
  if (code == std::errc::timed_out) return cli::deadline;
  return code.category() == chunk::format_category() ? cli::usage : cli::local;
}

}  // namespace tools::script
