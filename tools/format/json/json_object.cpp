#include "format/json/json_object.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace tools::format {
namespace {

std::optional<std::string> text_of(const nlohmann::ordered_json& from) {
  if (from.is_string()) return from.get<std::string>();
  if (from.is_null()) return std::string();
  if (from.is_structured()) return std::nullopt;
  return from.dump();
}

}  // namespace

std::optional<std::vector<json_member>> read_json_object(std::string_view text) {
  const auto object = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  std::vector<json_member> out;
  for (const auto& each : object.items()) out.push_back({each.key(), text_of(each.value())});
  return out;
}

}  // namespace tools::format
