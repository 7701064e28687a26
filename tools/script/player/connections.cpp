#include "script/player/connections.hpp"

namespace tools::script {

void connections::close_all() {
  for (auto& each : open_) each.reset();
}

void connections::forget_shown() {
  for (const auto& each : open_) {
    if (each) each->shown.clear();
  }
}

}  // namespace tools::script
