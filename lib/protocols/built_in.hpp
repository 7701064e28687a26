// The protocol files that are built in.
#pragma once

#include <span>
#include <string_view>

namespace chunk {

struct protocol_file {
  std::string_view name;     ///< of the protocol
  std::string_view summary;  ///< what it is, in one line
  std::string_view toml;     ///< the file without its comments
};

[[gnu::visibility("hidden")]] std::span<const protocol_file> built_in_files();

}  // namespace chunk
