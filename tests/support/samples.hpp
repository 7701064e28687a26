// The files of tests/data.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// The sample streams; those before `corrupt.chunk` end between two chunks.
inline constexpr std::array<std::string_view, 7> sample_streams{
    "d1.chunk", "d2.chunk", "evil.chunk", "rep.chunk", "req.chunk", "corrupt.chunk", "trunc.chunk",
};
inline constexpr std::size_t whole_samples = 5;

/// Gives the path of a file in tests/data, which the environment variable CHUNK_TESTS_DATA names.
inline std::string sample_path(std::string_view name) {
  const char* const folder = std::getenv("CHUNK_TESTS_DATA");
  if (!folder)
    throw std::runtime_error("CHUNK_TESTS_DATA does not name tests/data; use meson test");
  return std::string(folder) + '/' + std::string(name);
}

/// Reads a file in tests/data.
inline std::string sample(std::string_view name) {
  const auto path = sample_path(name);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The names of the samples in tests/data/framings without their endings, such as
/// "postgres.client": a built-in protocol, and perhaps whose stream it is.
inline std::vector<std::string> framed_samples() {
  std::vector<std::string> out;
  for (const auto& each : std::filesystem::directory_iterator(sample_path("framings"))) {
    if (each.path().extension() == ".bin") out.push_back(each.path().stem());
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace support
