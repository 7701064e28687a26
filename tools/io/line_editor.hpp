// Lines that are edited on the terminal, by libedit.
#pragma once

#include "io/history_file.hpp"
#include "io/line_source.hpp"

#include <termios.h>

#include <cstddef>
#include <cwchar>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools::io {

/// What a line can go on with.
struct completion {
  std::size_t begin = 0;           ///< of the text that is completed, in the line before the cursor
  std::vector<std::string> words;  ///< what can stand there, all of it plain ASCII
};

/// Gives what can stand at the end of a line.
using completer = std::function<completion(std::string_view before)>;

struct libedit;

/// Reads lines that are typed on the terminal of standard input and output, with a history and
/// completion. What else is written meanwhile makes the line go, and come again below.
///
/// The keys that make signals do so: the owner receives these, and calls interrupt(), suspend(),
/// resume() and resize(). Only while a search in the history is under way nothing else happens.
///
/// It has more functions than most classes, since libedit calls back for each of a dozen events.
class line_editor final : public line_source {
 public:
  /// Makes an editor. The history outlives it.
  ///
  /// Returns: null if libedit is not installed or the terminal cannot move its cursor
  static std::unique_ptr<line_editor> make(asio::io_context& context, history_file& history,
                                           completer complete);

  ~line_editor() override;

  asio::awaitable<std::optional<std::string>> next(const std::string& prompt) override;
  void above(const std::function<void()>& write) override;

  /// Clears the line; ends the input if it was empty, or if `ends` says so.
  void interrupt(bool ends);

  /// Stops the process, as a shell that controls jobs expects.
  void suspend();

  /// To be called when the process continues after it was stopped in another way.
  void resume();

  /// To be called when the terminal has another size.
  void resize();

  /// Sets the terminal as it was before, and leaves the line.
  void restore() noexcept;

 private:
  struct handles;

  line_editor(asio::io_context& context, const libedit& api, history_file& history,
              completer complete);

  static line_editor& owner(struct editline* of);
  static wchar_t* prompt_of(struct editline* of);
  static int read_key(struct editline* of, wchar_t* out);
  static unsigned char hide_line(struct editline* of, wint_t key);
  static unsigned char complete_word(struct editline* of, wint_t key);
  static unsigned char delete_or_end(struct editline* of, wint_t key);

  void prepare();
  void enter(const std::string& line);
  void begin();
  std::optional<std::string> edit();
  bool wait_for_key();
  std::wstring line() const;
  void take_back();
  void hide();
  void show();
  void list_words(const std::vector<std::string>& words);
  unsigned char complete();

  const libedit& api_;
  std::unique_ptr<handles> handles_;
  std::unique_ptr<chunk::net::transport> input_;
  history_file& history_;
  completer complete_;
  termios before_{};
  std::wstring prompt_;
  bool prompting_ = false;           // a line is being typed
  bool hidden_ = false;              // it is not on the screen
  std::wstring text_;                // of the hidden line
  std::size_t cursor_ = 0;           // in it
  std::vector<std::string> listed_;  // words to be listed above the line
  bool takes_ = false;               // whether keys are read
  bool inside_ = false;              // the first character of a key was read
  bool waits_ = false;  // for the rest of a key without a limit, since that is a search
  bool dry_ = false;    // there was no key to read
  bool ended_ = false;  // there are no more lines
};

}  // namespace tools::io
