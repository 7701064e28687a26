// Arguments and script files: read completely before anything is done.
#pragma once

#include "script/language/mistake.hpp"
#include "script/language/names.hpp"
#include "script/language/step.hpp"

#include <chunk/error.hpp>
#include <chunk/notation.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools::script {

/// The text of a file, which may be long, and is shared.
class script_text {
 public:
  /// Copies a short text.
  script_text(std::string_view text) {
    const auto owner = std::make_shared<const std::string>(text);
    held_ = {std::as_bytes(std::span(*owner)), owner};
  }
  script_text(const std::string& text) : script_text(std::string_view(text)) {}
  script_text(const char* text) : script_text(std::string_view(text)) {}
  explicit script_text(chunk::shared_bytes held) : held_(std::move(held)) {}

  std::string_view view() const { return text_of(held_.bytes); }
  const std::shared_ptr<const void>& owner() const { return held_.owner; }

 private:
  chunk::shared_bytes held_;
};

struct script_file {
  std::string name;
  script_text text;
};

/// What the programs of a session leave to those that follow.
struct continuation {
  std::vector<std::string> connections{""};
  name_table::table names{};
  bool started = false;  ///< a server was started, so that %{address} has a value
};

/// What a program is made of, in this order.
struct sources {
  std::vector<std::string> arguments;  ///< an action each
  std::vector<script_file> files;
  shared_protocol rules = no_rules();        ///< with the side that sends
  std::uint64_t most_value = longest_value;  ///< bytes
  bool may_be_blank = false;                 ///< an expect that says nothing is to be filled in

  /// Of a session: what earlier programs have left, to which this one adds. Whether a connection is
  /// open is then found out when it is used.
  continuation* session = nullptr;
};

/// Who performs a program.
enum class role {
  client,     ///< over the connections that the program opens itself
  connected,  ///< the same, and there is a peer from the beginning
  server,     ///< over one connection that a client has opened
};

/// Reads a program and checks it: notation, names, nesting, connections. The files that it names
/// are loaded.
///
/// Without a test-case, all texts together are one case. Otherwise each file has its own cases, and
/// arguments that are allowed in a setup are performed before each file.
///
/// With `as_test` it is one whatever it consists of.
///
/// Source: chunk-script(5)
tl::expected<program, mistake> parse(const sources& from, role performer, bool as_test = false);

}  // namespace tools::script
