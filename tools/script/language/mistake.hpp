// What is wrong with a script, and where.
#pragma once

#include "script/language/step.hpp"

#include <chunk/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

/// What is wrong with a program, and where.
struct mistake {
  chunk::error what;     ///< the detail begins with "FILE:LINE: " for a file
  std::string action;    ///< as it was written, as plain ASCII
  std::size_t mark = 0;  ///< where in it the offending text begins
  std::size_t size = 0;  ///< and how much that is; 0: the message names all there is

  /// `offending` is what to mark, if it is a part of the step's text.
  mistake(const step& at, std::string_view offending, chunk::error what);

  /// The same, quoting the offending text in the message.
  mistake(const step& at, std::string_view offending, std::string_view reason);

  /// The action, and below it marks, or nothing.
  std::vector<std::string> rows() const;
};

}  // namespace tools::script
