// Lines of scripts whose expectations are filled in with what a peer has replied.
#pragma once

#include "script/language/pattern.hpp"
#include "script/language/step.hpp"
#include "script/language/variables.hpp"

#include <chunk/framing.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools::script {

/// Collects what to write into which line, and writes it at the end. A line that gives or uses
/// names keeps them, or is not changed at all.
class updates {
 public:
  /// A line that was changed.
  struct change {
    std::string file;
    std::size_t line = 0;  ///< from 1
    std::string before;    ///< the action
    std::string after;
  };

  /// Examines a reply to an `expect`. If it does not match, and the line can be filled in so that
  /// it does, clears `wrong` and gives the names that the new line captures. Otherwise adds to the
  /// reason why not.
  void examine(const step& now, const program& all, variables& values,
               const chunk::placed_chunk& reply, std::optional<mismatch>& wrong, captured& names);

  /// Examines the bytes that have come for an `expect-raw`; `same` says whether they are those of
  /// the line. If they are not, the line is filled in with them, or it is added to `reason` why
  /// not.
  ///
  /// Returns: whether they match
  bool examine_bytes(const step& now, std::span<const std::byte> came, bool same,
                     std::string& reason);

  /// Leaves all lines of a script as they are, since one of its cases has failed.
  void refuse(const unit& failed);

  /// Writes the files, each as a whole.
  ///
  /// Returns: the changes that were made, by file and line
  /// Throws:  local_failure; failure if a line is not as it was read
  std::vector<change> write();

  /// The files that would have been changed, but for refuse().
  std::vector<std::string> refused() const;

 private:
  struct line {
    bool matched = false;  // a reply, as it is
    std::string before;    // the action, from its name on
    std::string after;     // empty: it stays as it is
    std::string argument;  // of the action that it becomes
    bool in_order = false;
  };
  struct file {
    std::map<std::size_t, line> lines;
    bool refused = false;

    bool changes() const;
  };

  static std::string with_changes(const std::string& path, const file& of,
                                  std::vector<change>& out);

  std::map<std::string, file> files_;
};

}  // namespace tools::script
