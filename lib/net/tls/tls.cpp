#include "chunk/net/tls.hpp"

#include "bio.hpp"
#include "file_copy.hpp"
#include "library.hpp"
#include "trial.hpp"

#include <chunk/error.hpp>

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <cerrno>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace chunk::net {
namespace {

class tls_category_type final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int value) const override {
    const auto code = static_cast<unsigned long>(value);
    const auto* const text = openssl::get().ERR_reason_error_string(code);
    return text ? text : "TLS error " + std::to_string(value);
  }
};

/// Takes the earliest error from OpenSSL's queue and clears the queue.
std::error_code take_error(const openssl& api) {
  const auto code = api.ERR_get_error();
  api.ERR_clear_error();
  if ((code & ERR_SYSTEM_FLAG) != 0) {
    return {static_cast<int>(code & ERR_SYSTEM_MASK), std::system_category()};
  }
  return {static_cast<int>(code), tls_category()};
}

[[noreturn]] void fail_local(const openssl& api, const std::string& file) {
  auto why = take_error(api);
  if (!why) why = {ENOMEM, std::system_category()};  // the reason itself needs memory
  throw local_failure(error{why, file});
}

using context_pointer = std::shared_ptr<SSL_CTX>;

/// Copies of the files of a context, each read once even if it is used twice.
class file_copies {
 public:
  explicit file_copies(file_copy::source which) : which_(which) {}

  /// Gives a name for OpenSSL to open. Throws: local_failure
  const char* name_of(const std::string& path) {
    auto found = all_.find(path);
    if (found == all_.end()) found = all_.try_emplace(path, path, which_).first;
    return found->second.name().c_str();
  }

 private:
  file_copy::source which_;
  std::map<std::string, file_copy> all_;
};

void use_certificate(const openssl& api, SSL_CTX* context, const tls_options& options,
                     file_copies& files) {
  const auto& file = options.certificate_file;
  if (file.empty()) return;
  if (api.SSL_CTX_use_certificate_chain_file(context, files.name_of(file)) != 1) {
    fail_local(api, file);
  }
  const auto& key = options.key_file.empty() ? file : options.key_file;
  const auto* const name = files.name_of(key);
  const bool fits = api.SSL_CTX_use_PrivateKey_file(context, name, SSL_FILETYPE_PEM) == 1 &&
                    api.SSL_CTX_check_private_key(context) == 1;
  if (!fits) fail_local(api, key);
}

void trust(const openssl& api, SSL_CTX* context, tls_context::side which,
           const tls_options& options, file_copies& files) {
  if (which == tls_context::side::client) {
    api.SSL_CTX_set_verify(context, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (!options.verify) return;
    const auto& file = options.ca_file;
    const bool trusted = file.empty()
                             ? api.SSL_CTX_set_default_verify_paths(context) == 1
                             : api.SSL_CTX_load_verify_file(context, files.name_of(file)) == 1;
    if (!trusted) fail_local(api, file.empty() ? "the system's CAs" : file);
    return;
  }
  const auto& file = options.client_ca_file;
  if (file.empty()) return;
  if (api.SSL_CTX_load_verify_file(context, files.name_of(file)) != 1) fail_local(api, file);
  auto* const names = api.SSL_load_client_CA_file(files.name_of(file));
  if (!names) fail_local(api, file);
  api.SSL_CTX_set_client_CA_list(context, names);
  api.SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

context_pointer make_context(const openssl& api, tls_context::side which,
                             const tls_options& options, file_copies files) {
  api.ERR_clear_error();
  context_pointer out(api.SSL_CTX_new(api.TLS_method()), api.SSL_CTX_free);
  if (!out) fail_local(api, "TLS");
  auto* const context = out.get();
  const bool old = options.least == tls_options::version::tls_1_2;
  api.SSL_CTX_set_min_proto_version(context, old ? TLS1_2_VERSION : TLS1_3_VERSION);
  api.SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  api.SSL_CTX_set_read_ahead(context, 1);
  // A client that closes without having read a ticket resets the connection, and what it has sent
  // may be lost. So there are no tickets, and no sessions to resume.
  api.SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  api.SSL_CTX_set_num_tickets(context, 0);
  api.SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // A program that runs unattended cannot ask for the password of a key.
  api.SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  use_certificate(api, context, options, files);
  trust(api, context, which, options, files);
  const bool proves = which == tls_context::side::server && !options.certificate_file.empty();
  if (proves && !serves_a_client(api, context)) {
    fail_local(api, options.key_file.empty() ? options.certificate_file : options.key_file);
  }
  return out;
}

std::string text_of(const openssl& api, const ASN1_STRING* from) {
  if (!from) return {};
  const auto* const start = reinterpret_cast<const char*>(api.ASN1_STRING_get0_data(from));
  return {start, static_cast<std::size_t>(api.ASN1_STRING_length(from))};
}

/// The textual names in a certificate: those of subjectAltName, and the common name.
std::vector<std::string> names_of(const openssl& api, X509* certificate) {
  std::vector<std::string> out;
  auto* const all = static_cast<GENERAL_NAMES*>(
      api.X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const auto* const stack = reinterpret_cast<const OPENSSL_STACK*>(all);
  for (int at = 0; all && at < api.OPENSSL_sk_num(stack); ++at) {
    const auto* const name = static_cast<const GENERAL_NAME*>(api.OPENSSL_sk_value(stack, at));
    const bool is_text = name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI;
    if (is_text) out.push_back(text_of(api, name->d.ia5));
  }
  if (all) api.GENERAL_NAMES_free(all);
  const auto* const subject = api.X509_get_subject_name(certificate);
  const int at = api.X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) {
    out.push_back(text_of(api, api.X509_NAME_ENTRY_get_data(api.X509_NAME_get_entry(subject, at))));
  }
  return out;
}

class openssl_stream final : public tls_stream {
 public:
  openssl_stream(std::unique_ptr<transport> below, SSL_CTX* context, tls_context::side which)
      : tls_stream(below->name(), below->take_remote()),
        below_(std::move(below)),
        calls_(*below_),
        session_(api_.SSL_new(context), api_.SSL_free) {
    auto* const bio = session_ ? calls_.make(api_) : nullptr;
    if (!bio) throw std::bad_alloc();
    api_.SSL_set_bio(session_.get(), bio, bio);
    if (which == tls_context::side::client) {
      api_.SSL_set_connect_state(session_.get());
    } else {
      api_.SSL_set_accept_state(session_.get());
    }
  }

  ~openssl_stream() override { send_close_notify(); }

  void expect(const std::string& host) {
    auto* const parameters = api_.SSL_get0_param(session_.get());
    const bool is_address = api_.X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    if (is_address) return;
    const bool usable =
        api_.SSL_set_tlsext_host_name(session_.get(), const_cast<char*>(host.c_str())) == 1 &&
        api_.SSL_set1_host(session_.get(), host.c_str()) == 1;
    if (usable) return;
    api_.ERR_clear_error();
    throw failure(error{std::make_error_code(std::errc::invalid_argument),
                        name() + ": no certificate can have the name '" + host + "'"});
  }

  asio::awaitable<void> handshake() override {
    for (;;) {
      begin_call();
      const int outcome = api_.SSL_do_handshake(session_.get());
      if (outcome == 1) break;
      const auto next = judge(outcome);
      if (next == need::nothing) fail_by_end();
      auto wait = next == need::reading ? below_->wait_readable() : below_->wait_writable();
      const bool woken = co_await std::move(wait);
      if (!woken) throw failure(error{std::make_error_code(std::errc::operation_canceled), name()});
    }
    may_write_ = true;
    learn_names();
  }

  asio::awaitable<bool> wait_readable() override {
    if (close_notify_pending_) {
      auto either = wait_for_either();
      co_return co_await std::move(either);
    }
    if (read_needs_ == need::nothing) co_return true;
    auto wait = read_needs_ == need::writing ? below_->wait_writable() : below_->wait_readable();
    co_return co_await std::move(wait);
  }

  void when_readable(asio::io_context& context, std::weak_ptr<wait_observer> whom) override {
    if (read_needs_ == need::reading && !close_notify_pending_) {
      below_->when_readable(context, std::move(whom));
    } else {
      transport::when_readable(context, std::move(whom));
    }
  }

  asio::awaitable<bool> wait_writable() override {
    if (write_needs_ == need::nothing && !close_notify_pending_) co_return true;
    auto wait = write_needs_ == need::reading ? below_->wait_readable() : below_->wait_writable();
    co_return co_await std::move(wait);
  }

  void shutdown_write() noexcept override { send_close_notify(); }
  void shutdown_read() noexcept override { below_->shutdown_read(); }
  bool ended_cleanly() const noexcept override { return !cut_; }
  bool holds_part() const noexcept override { return api_.SSL_has_pending(session_.get()) == 1; }
  std::optional<std::size_t> unacked() const noexcept override { return below_->unacked(); }

  std::optional<std::size_t> unread() const noexcept override {
    constexpr std::size_t record = 16 * 1024;  // the longest one. Source: RFC 8446, 5.1
    const auto below = below_->unread();
    return below && holds_part() ? *below + record : below;
  }

  bool close_notify_pending() const noexcept override { return close_notify_pending_; }
  void keep_alive() noexcept override { below_->keep_alive(); }
  void cancel() noexcept override { below_->cancel(); }

  void reset() noexcept override {
    may_write_ = close_notify_pending_ = false;
    below_->reset();
  }

 private:
  enum class need { nothing, reading, writing };

  std::optional<std::size_t> read_now(std::span<std::byte> room) override {
    if (close_notify_pending_) send_close_notify();
    begin_call();
    std::size_t got = 0;
    const int outcome = api_.SSL_read_ex(session_.get(), room.data(), room.size(), &got);
    read_needs_ = need::nothing;
    if (outcome == 1) return got;
    read_needs_ = judge(outcome);
    if (read_needs_ != need::nothing) return std::nullopt;
    return 0;
  }

  std::optional<std::size_t> write_now(std::span<const std::byte> bytes) override {
    if (bytes.empty()) return 0;
    begin_call();
    std::size_t put = 0;
    const int outcome = api_.SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &put);
    write_needs_ = need::nothing;
    if (outcome == 1) return put;
    try {
      write_needs_ = judge(outcome);
    } catch (const failure&) {
      throw_alert();
      throw;
    }
    if (write_needs_ != need::nothing) return std::nullopt;
    throw failure(error{std::make_error_code(std::errc::broken_pipe), name() + ": broken pipe"});
  }

  /// What a call that did not succeed has to wait for. need::nothing: the stream has ended.
  ///
  /// Throws: failure
  need judge(int outcome) {
    const int kind = api_.SSL_get_error(session_.get(), outcome);
    if (kind == SSL_ERROR_WANT_READ) return need::reading;
    if (kind == SSL_ERROR_WANT_WRITE) return need::writing;
    if (kind == SSL_ERROR_ZERO_RETURN) return need::nothing;
    // Nothing more may be written, not even close_notify.
    may_write_ = close_notify_pending_ = false;
    calls_.rethrow();
    if (calls_.ended()) {
      cut_ = true;
      api_.ERR_clear_error();
      return need::nothing;
    }
    auto subject = name();
    const auto verdict = api_.SSL_get_verify_result(session_.get());
    if (verdict != X509_V_OK && !api_.SSL_is_init_finished(session_.get())) {
      subject += std::string(": ") + api_.X509_verify_cert_error_string(verdict);
    }
    throw failure(error{take_error(api_), std::move(subject)});
  }

  /// Throws the alert of a peer that has refused us, if there is one: it has closed as well, and a
  /// write may fail by that first.
  void throw_alert() {
    std::byte next{};
    std::size_t got = 0;
    begin_call();
    const int outcome = api_.SSL_peek_ex(session_.get(), &next, 1, &got);
    const bool refused = outcome != 1 && api_.ERR_peek_error() != 0 && !calls_.ended();
    if (refused) throw failure(error{take_error(api_), name()});
    api_.ERR_clear_error();
  }

  [[noreturn]] void fail_by_end() {
    throw failure(error{std::make_error_code(std::errc::connection_aborted),
                        name() + ": the connection ended during the TLS handshake"});
  }

  void begin_call() noexcept {
    api_.ERR_clear_error();
    calls_.begin();
  }

  /// Sends close_notify, once. It stays pending if the stream below does not take it now.
  void send_close_notify() noexcept {
    const bool due = std::exchange(may_write_, false) || close_notify_pending_;
    if (!due) return;
    begin_call();
    const int outcome = api_.SSL_shutdown(session_.get());
    close_notify_pending_ =
        outcome < 0 && api_.SSL_get_error(session_.get(), outcome) == SSL_ERROR_WANT_WRITE;
  }

  /// Waits until there is something to read, or until the pending close_notify can be sent, for
  /// which the peer may be waiting.
  asio::awaitable<bool> wait_for_either() {
    const auto executor = co_await asio::this_coro::executor;
    auto both = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, below_->wait_readable(), asio::experimental::deferred),
        asio::co_spawn(executor, below_->wait_writable(), asio::experimental::deferred));
    asio::experimental::wait_for_one first;
    const auto [order, read_problem, readable, write_problem, writable] =
        co_await both.async_wait(first, asio::use_awaitable);
    const auto& problem = order[0] == 0 ? read_problem : write_problem;
    if (problem) std::rethrow_exception(problem);
    co_return order[0] == 0 ? readable : writable;
  }

  void learn_names() {
    auto* const certificate = api_.SSL_get1_peer_certificate(session_.get());
    if (!certificate) return;
    auto who = remote();
    who.certificate_names = names_of(api_, certificate);
    api_.X509_free(certificate);
    set_remote(std::move(who));
  }

  const openssl& api_ = openssl::get();
  std::unique_ptr<transport> below_;
  tls_bio calls_;
  std::unique_ptr<SSL, void (*)(SSL*)> session_;
  bool may_write_ = false;  // the handshake is done, and writing has not failed or ended since
  bool close_notify_pending_ = false;
  bool cut_ = false;  // the stream ended without close_notify
  need read_needs_ = need::nothing;
  need write_needs_ = need::nothing;
};

}  // namespace

const std::error_category& tls_category() noexcept {
  static const tls_category_type category;
  return category;
}

struct tls_context::state {
  side which;
  tls_options options;
  context_pointer context;
};

tls_context::tls_context(side which, tls_options options) {
  file_copies files(file_copy::source::any);
  auto made = make_context(openssl::get(), which, options, std::move(files));
  state_ = std::make_unique<state>(state{which, std::move(options), std::move(made)});
}

tls_context::~tls_context() = default;

void tls_context::reload() {
  // A pipe has been read already, and waiting for another writer would keep all clients waiting.
  file_copies files(file_copy::source::regular);
  state_->context = make_context(openssl::get(), state_->which, state_->options, std::move(files));
}

std::unique_ptr<tls_stream> tls_context::wrap(std::unique_ptr<transport> below,
                                              const std::string& host) const {
  auto out =
      std::make_unique<openssl_stream>(std::move(below), state_->context.get(), state_->which);
  auto name = state_->options.name.empty() ? host : state_->options.name;
  // The dot that ends a fully qualified name is not in certificates.
  if (name.size() > 1 && name.ends_with('.')) name.pop_back();
  if (state_->which == side::client && !name.empty()) out->expect(name);
  return out;
}

asio::awaitable<std::unique_ptr<transport>> tls_context::handshake(std::unique_ptr<transport> below,
                                                                   duration limit, std::string late,
                                                                   std::string host) const {
  auto secured = wrap(std::move(below), host);
  auto handshaking = secured->handshake();
  co_await within(limit, std::move(handshaking), std::move(late));
  co_return secured;
}

}  // namespace chunk::net
