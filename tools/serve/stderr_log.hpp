// What a command prints on its standard error, as records of the log.
#pragma once

#include "io/child.hpp"
#include "serve/log.hpp"

#include <asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace tools::serve {

/// Writes each line at once, and what was left without its end when this is destroyed.
class stderr_log {
 public:
  /// Each record begins as `start` does. `to` outlives this.
  stderr_log(log& to, record start) : to_(to), start_(std::move(start)) {}
  ~stderr_log() { put(); }
  stderr_log(const stderr_log&) = delete;
  stderr_log& operator=(const stderr_log&) = delete;

  /// Takes all that `from` prints, until it ends. It outlives that.
  asio::awaitable<void> follow(io::child& from);

 private:
  void add(std::span<const std::byte> bytes);
  void put();

  log& to_;
  record start_;
  std::string line_;
};

}  // namespace tools::serve
