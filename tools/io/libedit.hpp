// The functions of libedit that the line editor uses, loaded when a line is first edited.
#pragma once

#include <cstdio>
#include <cwchar>

struct editline;
struct historyW;

namespace tools::io {

/// libedit is not linked to, so that no other use of a tool loads it, and no package is needed to
/// build. Its interface has been the same for many years.
///
/// Source: editline(3)
struct libedit {
  struct line_info {
    const wchar_t* buffer;
    const wchar_t* cursor;
    const wchar_t* last;
  };
  struct history_event {
    int number;
    const wchar_t* text;
  };

  /// Operations of el_wset().
  enum operation : int {
    set_prompt = 0,
    set_editor = 2,
    bind_key = 4,
    add_function = 9,
    set_history = 10,
    set_read = 13,
    client_data = 14,
    unbuffered = 15,
    prepare_terminal = 16,
    draw = 20,
  };

  /// Operations of history_w().
  enum history_operation : int { set_size = 1, enter = 10, set_unique = 20 };

  /// What a function that a key is bound to returns.
  enum reaction : unsigned char { nothing = 0, refresh = 4, beep = 6 };

  /// Loads it, the first time.
  ///
  /// Returns: nullptr: it is not installed
  static const libedit* get();

  editline* (*el_init)(const char*, std::FILE*, std::FILE*, std::FILE*) = nullptr;
  void (*el_end)(editline*) = nullptr;
  int (*el_source)(editline*, const char*) = nullptr;
  const wchar_t* (*el_wgets)(editline*, int*) = nullptr;
  void (*el_wpush)(editline*, const wchar_t*) = nullptr;
  int (*el_wset)(editline*, int, ...) = nullptr;
  int (*el_wget)(editline*, int, ...) = nullptr;
  const line_info* (*el_wline)(editline*) = nullptr;
  int (*el_winsertstr)(editline*, const wchar_t*) = nullptr;
  void (*el_deletestr)(editline*, int) = nullptr;
  int (*el_cursor)(editline*, int) = nullptr;
  void (*el_resize)(editline*) = nullptr;
  historyW* (*history_winit)() = nullptr;
  void (*history_wend)(historyW*) = nullptr;
  int (*history_w)(historyW*, history_event*, int, ...) = nullptr;

 private:
  /// Returns: whether everything was found
  bool load();
};

}  // namespace tools::io
