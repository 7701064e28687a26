// Lines typed in earlier sessions, one per line of a file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tools::io {

/// The most lines of a history. Chosen: those of some months.
inline constexpr std::size_t longest_history = 2000;

/// Adds each line to the file as it comes, so that sessions at the same time lose none. Only its
/// owner can read the file.
class history_file {
 public:
  /// Reads the last lines of the file NAME in the directory `chunk` of $XDG_STATE_HOME, or of
  /// ~/.local/state; a file that has grown long is made short. Without one, nothing is kept.
  explicit history_file(const std::string& name);
  ~history_file();
  history_file(const history_file&) = delete;
  history_file& operator=(const history_file&) = delete;

  /// The lines, the oldest first.
  const std::vector<std::string>& lines() const { return lines_; }

  /// Adds a line, unless it is the same as the last one, or begins with a blank.
  ///
  /// Returns: whether it is kept
  bool add(const std::string& line);

  /// Why lines are not kept in a file; empty: they are.
  const std::string& problem() const { return problem_; }

 private:
  void read();
  void shorten();
  void note_problem();

  std::string path_;
  int file_ = -1;
  std::vector<std::string> lines_;
  std::string problem_;
};

}  // namespace tools::io
