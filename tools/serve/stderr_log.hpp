// Logs what a command prints on its standard error.
#pragma once

#include "io/child.hpp"
#include "serve/log.hpp"

#include <asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace tools::serve {

/// Logs each line as soon as it is complete, and an incomplete last line when this is destroyed.
class stderr_log {
 public:
  /// Each record begins with the fields of `start`. `to` has to outlive this.
  stderr_log(log& to, record start) : to_(to), start_(std::move(start)) {}
  ~stderr_log() { put(); }
  stderr_log(const stderr_log&) = delete;
  stderr_log& operator=(const stderr_log&) = delete;

  /// Logs everything that `from` prints until its standard error ends. `from` has to live until
  /// then.
  asio::awaitable<void> follow(io::child& from);

 private:
  void add(std::span<const std::byte> bytes);
  void put();

  log& to_;
  record start_;
  std::string line_;
};

}  // namespace tools::serve
