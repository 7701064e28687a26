#include "io/line_editor.hpp"

#include "io/libedit.hpp"
#include "io/write.hpp"

#include <chunk/error.hpp>

#include <fmt/core.h>

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cstdlib>
#include <utility>

namespace tools::io {
namespace {

/// Keys that no keyboard sends as they are: they are bound to functions of the editor.
constexpr const wchar_t* hide_key = L"\x1d";

constexpr wchar_t escape_key = 0x1b;
constexpr wchar_t end_key = 0x04;  // what libedit adds to the line when a search finds no key

/// How long to wait for the rest of a key that sends several characters. Chosen: a terminal sends
/// them at once, and a network may delay them.
constexpr int key_patience_ms = 500;

/// How often to look for a signal while a key is waited for. Chosen: a user does not notice it.
constexpr int look_for_signal_ms = 100;

/// The most words that are listed. Chosen: those that fit a terminal.
constexpr std::size_t most_listed = 100;

constexpr std::size_t usual_columns = 80;

/// Text of the locale. A character that it does not have becomes a question mark.
std::string to_narrow(const std::wstring& text) {
  std::string out;
  std::mbstate_t state{};
  std::array<char, 32> room{};
  for (const wchar_t each : text) {
    const auto size = std::wcrtomb(room.data(), each, &state);
    if (size > room.size()) state = {};
    out += size > room.size() ? "?" : std::string_view(room.data(), size);
  }
  return out;
}

/// The reverse. Bytes that are no character of the locale become question marks.
std::wstring to_wide(std::string_view text) {
  std::wstring out;
  std::mbstate_t state{};
  while (!text.empty()) {
    wchar_t next{};
    const auto size = std::mbrtowc(&next, text.data(), text.size(), &state);
    const bool valid = size > 0 && size <= text.size();
    if (!valid) state = {};
    out += valid ? next : L'?';
    text.remove_prefix(valid ? size : 1);
  }
  return out;
}

/// Columns that libedit takes for a text.
std::size_t columns_of(const std::wstring& text) {
  std::size_t out = 0;
  for (const wchar_t each : text) {
    const int width = ::wcwidth(each);
    out += width < 0 ? 2 : static_cast<std::size_t>(width);
  }
  return out;
}

std::size_t columns_of_terminal() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : usual_columns;
}

bool is_signal_pending() {
  sigset_t pending;
  if (::sigpending(&pending) != 0) return false;
  constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  return std::ranges::any_of(numbers, [&](int each) { return ::sigismember(&pending, each) == 1; });
}

void write_to_terminal(std::string_view text) {
  if (write_whole(STDOUT_FILENO, text)) return;
  throw chunk::local_failure(chunk::last_system_error("standard output"));
}

/// What all words begin with.
std::string_view common_beginning(const std::vector<std::string>& words) {
  auto out = std::string_view(words.front());
  for (const auto& each : words) {
    const auto differ = std::ranges::mismatch(out, each);
    out = out.substr(0, static_cast<std::size_t>(differ.in1 - out.begin()));
  }
  return out;
}

/// Words in columns, as many as the terminal has room for.
std::string in_columns(const std::vector<std::string>& words, std::size_t room) {
  std::size_t widest = 0;
  for (const auto& each : words) widest = std::max(widest, each.size() + 2);
  const auto columns = std::max<std::size_t>(room / widest, 1);
  const auto rows = (words.size() + columns - 1) / columns;
  std::string out;
  for (std::size_t row = 0; row < rows; ++row) {
    std::string line;
    for (auto at = row; at < words.size(); at += rows) {
      line.resize((at / rows) * widest, ' ');
      line += words[at];
    }
    out += line + '\n';
  }
  return out;
}

}  // namespace

/// What libedit has made.
struct line_editor::handles {
  explicit handles(const libedit& from)
      : api(from),
        edit(api.el_init(program_invocation_short_name, stdin, stdout, stderr)),
        history(api.history_winit()) {}
  ~handles() {
    if (edit) api.el_end(edit);
    if (history) api.history_wend(history);
  }
  handles(const handles&) = delete;
  handles& operator=(const handles&) = delete;

  const libedit& api;
  editline* edit;
  historyW* history;
};

std::unique_ptr<line_editor> line_editor::make(asio::io_context& context, history_file& history,
                                               completer complete) {
  const char* const terminal = std::getenv("TERM");
  if (!terminal || !*terminal || std::string_view(terminal) == "dumb") return nullptr;
  const auto* const api = libedit::get();
  if (!api) return nullptr;
  std::setlocale(LC_CTYPE, "");
  std::unique_ptr<line_editor> out(new line_editor(context, *api, history, std::move(complete)));
  if (!out->handles_->edit || !out->handles_->history) return nullptr;
  out->prepare();
  return out;
}

line_editor::line_editor(asio::io_context& context, const libedit& api, history_file& history,
                         completer complete)
    : api_(api), history_(history), complete_(std::move(complete)) {
  ::tcgetattr(STDIN_FILENO, &before_);
  handles_ = std::make_unique<handles>(api);
  input_ = chunk::net::open_stdio(context);
}

line_editor::~line_editor() {
  if (handles_->edit) api_.el_wset(handles_->edit, libedit::unbuffered, 0);
  restore();
}

/// Tells libedit what to call, and what the user has typed earlier.
void line_editor::prepare() {
  auto* const edit = handles_->edit;
  constexpr const wchar_t* none = nullptr;
  api_.el_wset(edit, libedit::client_data, static_cast<void*>(this));
  api_.el_wset(edit, libedit::set_read, &read_key);
  api_.el_wset(edit, libedit::set_prompt, &prompt_of);
  api_.el_wset(edit, libedit::set_editor, L"emacs");
  api_.el_source(edit, nullptr);  // ~/.editrc
  api_.el_wset(edit, libedit::add_function, L"chunk-hide", L"Hide the line", &hide_line);
  api_.el_wset(edit, libedit::add_function, L"chunk-complete", L"Complete a word", &complete_word);
  api_.el_wset(edit, libedit::add_function, L"chunk-delete", L"Delete, or end", &delete_or_end);
  api_.el_wset(edit, libedit::bind_key, hide_key, L"chunk-hide", none);
  api_.el_wset(edit, libedit::bind_key, L"-a", hide_key, L"chunk-hide", none);
  api_.el_wset(edit, libedit::bind_key, L"^I", L"chunk-complete", none);
  api_.el_wset(edit, libedit::bind_key, L"^D", L"chunk-delete", none);
  libedit::history_event event{};
  api_.history_w(handles_->history, &event, libedit::set_size, static_cast<int>(longest_history));
  api_.history_w(handles_->history, &event, libedit::set_unique, 1);
  for (const auto& each : history_.lines()) enter(each);
  api_.el_wset(edit, libedit::set_history, api_.history_w, handles_->history);
}

/// Adds a line to those that the arrow keys give.
void line_editor::enter(const std::string& line) {
  libedit::history_event event{};
  api_.history_w(handles_->history, &event, libedit::enter, to_wide(line).c_str());
}

line_editor& line_editor::owner(editline* of) {
  void* out = nullptr;
  libedit::get()->el_wget(of, libedit::client_data, &out);
  return *static_cast<line_editor*>(out);
}

wchar_t* line_editor::prompt_of(editline* of) {
  static wchar_t empty[] = L"";
  auto& self = owner(of);
  return self.hidden_ ? empty : self.prompt_.data();
}

/// Waits for the next byte of a key: not at all for the first one.
bool line_editor::wait_for_key() {
  pollfd key{STDIN_FILENO, POLLIN, 0};
  if (!inside_) return ::poll(&key, 1, 0) > 0;
  for (int waited = 0; waits_ || waited < key_patience_ms; waited += look_for_signal_ms) {
    if (::poll(&key, 1, look_for_signal_ms) > 0) return true;
    if (is_signal_pending()) return false;
  }
  return false;
}

/// Gives libedit a character.
///
/// Returns: 1; -1 if there is none, after which libedit returns with the line as it is
int line_editor::read_key(editline* of, wchar_t* out) {
  auto& self = owner(of);
  std::mbstate_t state{};
  while (self.takes_ && self.wait_for_key()) {
    char byte{};
    const auto got = ::read(STDIN_FILENO, &byte, 1);
    if (got <= 0) {
      self.ended_ = true;
      break;
    }
    if (!self.inside_) self.waits_ = byte != escape_key && (byte & 0x80) == 0;
    self.inside_ = true;
    const auto size = std::mbrtowc(out, &byte, 1, &state);
    if (size <= 1) return 1;
    if (size == static_cast<std::size_t>(-1)) state = {};  // none of this locale: it is dropped
  }
  self.dry_ = true;
  return -1;
}

/// The line without what Enter has added to it.
std::wstring line_editor::line() const {
  const auto& now = *api_.el_wline(handles_->edit);
  return {now.buffer, now.last};
}

void line_editor::begin() {
  hidden_ = ended_ = false;
  prompting_ = true;
  // Both together begin a new line, and draw the prompt.
  api_.el_wset(handles_->edit, libedit::unbuffered, 0);
  api_.el_wset(handles_->edit, libedit::unbuffered, 1);
}

asio::awaitable<std::optional<std::string>> line_editor::next(const std::string& prompt) {
  prompt_ = to_wide(prompt);
  begin();
  for (;;) {
    if (auto line = edit()) {
      if (history_.add(*line)) enter(*line);
      co_return line;
    }
    if (ended_) break;
    co_await input_->wait_readable();
  }
  if (std::exchange(prompting_, false)) write_to_terminal("\n");
  co_return std::nullopt;
}

/// Has libedit take the keys that there are.
///
/// Returns: the line, once it is complete
std::optional<std::string> line_editor::edit() {
  takes_ = true;
  for (dry_ = false; !dry_ && !ended_;) {
    inside_ = false;
    int count = 0;
    api_.el_wgets(handles_->edit, &count);
    auto text = line();
    const bool cut = dry_ && !text.empty() && text.back() == end_key;
    if (cut) take_back();  // a search that a signal has interrupted
    if (!text.empty() && text.back() == L'\n') {
      text.pop_back();
      takes_ = prompting_ = false;
      return to_narrow(text);
    }
    if (!listed_.empty()) list_words(std::exchange(listed_, {}));
  }
  takes_ = false;
  return std::nullopt;
}

/// Removes the last character.
void line_editor::take_back() {
  const auto& now = *api_.el_wline(handles_->edit);
  api_.el_cursor(handles_->edit, static_cast<int>(now.last - now.cursor));
  api_.el_deletestr(handles_->edit, 1);
}

unsigned char line_editor::hide_line(editline* of, wint_t) {
  auto& self = owner(of);
  const auto& now = *self.api_.el_wline(of);
  self.text_.assign(now.buffer, now.last);
  self.cursor_ = static_cast<std::size_t>(now.cursor - now.buffer);
  const auto size = static_cast<int>(self.text_.size());
  self.api_.el_cursor(of, size - static_cast<int>(self.cursor_));
  self.api_.el_deletestr(of, size);
  self.hidden_ = true;
  return libedit::refresh;
}

/// Takes the line off the screen. libedit knows where it is.
void line_editor::hide() {
  const bool took = std::exchange(takes_, false);
  api_.el_wpush(handles_->edit, hide_key);
  int count = 0;
  for (dry_ = false; !hidden_ && !dry_;) api_.el_wgets(handles_->edit, &count);
  takes_ = took;
  dry_ = false;
}

/// Draws it again, where the cursor is.
void line_editor::show() {
  hidden_ = false;
  auto* const edit = handles_->edit;
  if (!text_.empty()) api_.el_winsertstr(edit, text_.c_str());
  api_.el_cursor(edit, static_cast<int>(cursor_) - static_cast<int>(text_.size()));
  api_.el_wset(edit, libedit::draw);
}

void line_editor::above(const std::function<void()>& write) {
  if (!prompting_ || hidden_) return write();
  hide();
  write();
  show();
}

void line_editor::list_words(const std::vector<std::string>& words) {
  auto shown = words;
  if (shown.size() > most_listed) shown.resize(most_listed);
  auto text = in_columns(shown, columns_of_terminal());
  if (words.size() > shown.size())
    text += fmt::format("... {} more\n", words.size() - shown.size());
  above([&] { write_to_terminal(text); });
}

unsigned char line_editor::complete_word(editline* of, wint_t) {
  return owner(of).complete();
}

/// Deletes the character at the cursor; in an empty line, ends the input.
unsigned char line_editor::delete_or_end(editline* of, wint_t) {
  auto& self = owner(of);
  const auto& now = *self.api_.el_wline(of);
  if (now.buffer == now.last) self.ended_ = true;
  if (now.cursor == now.last) return libedit::nothing;
  self.api_.el_cursor(of, 1);
  self.api_.el_deletestr(of, 1);
  return libedit::refresh;
}

unsigned char line_editor::complete() {
  const auto& now = *api_.el_wline(handles_->edit);
  const auto before = to_narrow({now.buffer, now.cursor});
  auto found = complete_(before);
  const auto typed = std::string_view(before).substr(found.begin);
  std::erase_if(found.words, [&](const auto& each) { return !each.starts_with(typed); });
  std::ranges::sort(found.words);
  found.words.erase(std::ranges::unique(found.words).begin(), found.words.end());
  if (found.words.empty()) return libedit::beep;
  const auto more = common_beginning(found.words).substr(typed.size());
  if (!more.empty()) {
    api_.el_winsertstr(handles_->edit, to_wide(more).c_str());
    return libedit::refresh;
  }
  if (found.words.size() > 1) listed_ = std::move(found.words);
  return libedit::nothing;
}

void line_editor::interrupt(bool ends) {
  if (!prompting_) return;
  if (ends || line().empty()) {
    ended_ = true;
    return input_->cancel();
  }
  hide();
  begin();  // which also leaves the history
}

void line_editor::suspend() {
  const bool shown = prompting_ && !hidden_;
  if (shown) hide();
  api_.el_wset(handles_->edit, libedit::prepare_terminal, 0);
  sigset_t stop, both;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTSTP);
  both = stop;
  ::sigaddset(&both, SIGCONT);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
  ::raise(SIGTSTP);
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  // What follows is what resume() would do.
  const timespec at_once{};
  while (::sigtimedwait(&both, nullptr, &at_once) > 0) continue;
  api_.el_wset(handles_->edit, libedit::prepare_terminal, 1);
  api_.el_resize(handles_->edit);
  if (shown) show();
}

void line_editor::resume() {
  api_.el_wset(handles_->edit, libedit::prepare_terminal, 0);
  api_.el_wset(handles_->edit, libedit::prepare_terminal, 1);
  if (!prompting_ || hidden_) return;
  write_to_terminal("\r");
  api_.el_wset(handles_->edit, libedit::draw);
}

void line_editor::resize() {
  api_.el_resize(handles_->edit);
  if (!prompting_ || hidden_) return;
  // The terminal has broken the line anew.
  const auto& now = *api_.el_wline(handles_->edit);
  const auto columns = columns_of(prompt_) + columns_of({now.buffer, now.cursor});
  const auto rows = columns / columns_of_terminal();
  const auto up = rows > 0 ? fmt::format("\033[{}A", rows) : std::string();
  write_to_terminal("\r" + up + "\033[J");
  api_.el_wset(handles_->edit, libedit::draw);
}

void line_editor::restore() noexcept {
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  if (std::exchange(prompting_, false)) write_whole(STDOUT_FILENO, "\n");
}

}  // namespace tools::io
