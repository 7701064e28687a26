// TLS around a transport, by OpenSSL, which is loaded when the first context is made.
#pragma once

#include <chunk/net/deadline.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>

#include <memory>
#include <string>
#include <system_error>

namespace chunk::net {

/// Files are in PEM format; an empty name stands for no file.
struct tls_options {
  enum class version { tls_1_2, tls_1_3 };

  version least = version::tls_1_3;
  std::string certificate_file{};  ///< our own, followed by those of the chain up to a CA
  std::string key_file{};          ///< without one, the key is in certificate_file
  std::string ca_file{};           ///< the CAs that a client trusts, instead of the system's
  std::string client_ca_file{};    ///< the CAs of client certificates, which a server then requires
  std::string name{};              ///< the name that a client expects, instead of the host's
  bool verify = true;              ///< whether a client checks certificate and name at all
};

/// The category of OpenSSL's codes.
const std::error_category& tls_category() noexcept;

/// A transport that is encrypted by TLS once the handshake is done.
class tls_stream : public transport {
 public:
  /// Performs the TLS handshake. Nothing may be read or written before it is done.
  ///
  /// Throws: failure with a code of tls_category() or of the system;
  ///         std::errc::operation_canceled after cancel()
  virtual asio::awaitable<void> handshake() = 0;

 protected:
  using transport::transport;
};

/// The certificates, keys and rules that any number of TLS streams share.
class tls_context {
 public:
  enum class side { client, server };

  /// Throws: local_failure for a file that cannot be used, or when there is no OpenSSL
  tls_context(side which, tls_options options);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// Reads the files again for later streams. If that fails, what was read before stays in use.
  ///
  /// Throws: as the constructor
  void reload();

  /// Puts TLS around a connected stream. A client expects `host` to be in the certificate, unless
  /// the options name something else; it is a name or an IP address.
  std::unique_ptr<tls_stream> wrap(std::unique_ptr<transport> below,
                                   const std::string& host = {}) const;

  /// Wraps a connected stream, as wrap() does, and performs the handshake within `limit`. The
  /// context has to outlive the call.
  ///
  /// Throws: as tls_stream::handshake(); std::errc::timed_out with `late` as the detail
  asio::awaitable<std::unique_ptr<transport>> handshake(std::unique_ptr<transport> below,
                                                        duration limit, std::string late,
                                                        std::string host = {}) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace chunk::net
