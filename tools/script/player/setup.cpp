#include "script/player/setup.hpp"

namespace tools::script {

printer::~printer() = default;

conditions first_conditions(std::uint64_t seed, std::string_view client) {
  conditions out{.values = variables(seed)};
  out.values.set("client", client);
  return out;
}

}  // namespace tools::script
