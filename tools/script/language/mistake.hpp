// A mistake in a script, and its place.
#pragma once

#include "script/language/step.hpp"

#include <chunk/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

/// An error that quotes the text to which it belongs.
tl::unexpected<chunk::error> bad(std::string_view text, std::string_view reason);

/// A mistake in a program, and its place.
struct mistake {
  chunk::error what;     ///< the detail begins with "FILE:LINE: " for a file
  std::string action;    ///< as it was written, as plain ASCII
  std::size_t mark = 0;  ///< position of the offending text in the action
  std::size_t size = 0;  ///< its size; 0: nothing to mark

  /// `offending` is marked if it is a part of the text of the step.
  mistake(const step& at, std::string_view offending, chunk::error what);

  /// The same, quoting the offending text in the message.
  mistake(const step& at, std::string_view offending, std::string_view reason);

  /// The action, or what is around the mistake in a long one, with marks below it. Empty: there is
  /// nothing to mark.
  std::vector<std::string> rows() const;
};

}  // namespace tools::script
