#include "script/report/step_log.hpp"

#include "script/language/words.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace tools::script {

void step_log::begin(const step& now) {
  last_[count_++ % last_.size()] = &now;
  begin_unlisted(now);
}

void step_log::begin_unlisted(const step& now) {
  current_ = &now;
  restart_time();
}

std::vector<std::string> step_log::before(const step& now) const {
  std::vector<std::string> out;
  for (auto at = count_ - std::min(count_, last_.size()); at < count_; ++at) {
    const auto& each = *last_[at % last_.size()];
    if (at + 1 == count_ && each.text.data() == now.text.data()) break;
    out.push_back(
        fmt::format("{}: {}", to_text(each.where), shortened(chunk::quoted(each.text), 100)));
  }
  return out;
}

}  // namespace tools::script
