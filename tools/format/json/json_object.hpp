// Objects of JSON that anybody has written, as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools::format {

/// A member of an object.
struct json_member {
  std::string name;
  /// Of a string, a number or a literal. nullopt: an array or an object
  std::optional<std::string> text;
};

/// Reads an object of JSON. The text of null is empty.
///
/// Returns: its members in their order; nullopt if it is not an object
std::optional<std::vector<json_member>> read_json_object(std::string_view text);

}  // namespace tools::format
