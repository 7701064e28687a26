#include "script/language/read.hpp"

#include "cli/status.hpp"
#include "io/files.hpp"

#include <utility>

namespace tools::script {

tl::expected<program, mistake> read_program(std::vector<std::string> arguments,
                                            const std::vector<std::string>& paths, role performer,
                                            bool as_test) {
  sources from;
  from.arguments = std::move(arguments);
  for (const auto& path : paths) {
    const auto held = io::load_file(path);
    if (!held) throw chunk::local_failure(held.error());
    from.files.push_back({path, {reinterpret_cast<const char*>(held->data()), held->size()}});
  }
  return parse(from, performer, as_test);
}

int refuse(const mistake& wrong) {
  cli::remark(to_text(wrong.what));
  cli::explain(wrong.rows());
  return wrong.what.code.category() == chunk::format_category() ? cli::usage : cli::local;
}

}  // namespace tools::script
