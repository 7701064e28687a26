#include "bio.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace chunk::net {
namespace {

/// Chosen: two of the longest records, or a thousand of the shortest, which take some milliseconds.
constexpr std::size_t most_read = 32 * 1024;

}  // namespace

BIO* tls_bio::make(const openssl& api) {
  static BIO_METHOD* const method = make_method(api);
  auto* const out = api.BIO_new(method);
  if (!out) return nullptr;
  api.BIO_set_data(out, this);
  api.BIO_set_init(out, 1);
  return out;
}

void tls_bio::begin() noexcept {
  allowance_ = most_read;
  problem_ = nullptr;
}

void tls_bio::rethrow() {
  if (auto problem = std::exchange(problem_, nullptr)) std::rethrow_exception(problem);
}

BIO_METHOD* tls_bio::make_method(const openssl& api) {
  auto* const out = api.BIO_meth_new(BIO_TYPE_SOURCE_SINK, "chunk transport");
  api.BIO_meth_set_read_ex(out, read);
  api.BIO_meth_set_write_ex(out, write);
  api.BIO_meth_set_ctrl(out, control);
  return out;
}

template <class Call>
int tls_bio::perform(BIO* by, int retry, std::size_t* done, Call call) {
  const auto& api = openssl::get();
  api.BIO_clear_retry_flags(by);
  *done = 0;
  try {
    const std::optional<std::size_t> count = call();
    if (!count) api.BIO_set_flags(by, retry | BIO_FLAGS_SHOULD_RETRY);
    *done = count.value_or(0);
  } catch (const std::exception&) {
    problem_ = std::current_exception();
  }
  return *done > 0 ? 1 : 0;
}

int tls_bio::read(BIO* by, char* room, std::size_t size, std::size_t* done) {
  auto& self = *static_cast<tls_bio*>(openssl::get().BIO_get_data(by));
  return self.perform(by, BIO_FLAGS_READ, done, [&]() -> std::optional<std::size_t> {
    size = std::min(size, self.allowance_);
    if (size == 0) return std::nullopt;
    const auto got = self.below_.try_read(std::as_writable_bytes(std::span(room, size)));
    self.allowance_ -= got.value_or(0);
    if (got == 0) self.ended_ = true;
    return got;
  });
}

int tls_bio::write(BIO* by, const char* bytes, std::size_t size, std::size_t* done) {
  auto& self = *static_cast<tls_bio*>(openssl::get().BIO_get_data(by));
  return self.perform(by, BIO_FLAGS_WRITE, done,
                      [&] { return self.below_.try_write(std::as_bytes(std::span(bytes, size))); });
}

long tls_bio::control(BIO* by, int command, long, void*) {
  const auto& self = *static_cast<tls_bio*>(openssl::get().BIO_get_data(by));
  if (command == BIO_CTRL_FLUSH) return 1;
  return command == BIO_CTRL_EOF && self.ended_ ? 1 : 0;
}

}  // namespace chunk::net
