// OpenSSL's reads and writes, done by a transport. Internal to the library.
#pragma once

#include "library.hpp"

#include <chunk/net/transport.hpp>

#include <cstddef>
#include <exception>

namespace chunk::net {

/// Passes OpenSSL's reads and writes on to the transport below, and keeps the exceptions of that,
/// which must not pass through OpenSSL.
class tls_bio {
 public:
  explicit tls_bio(transport& below) : below_(below) {}
  tls_bio(const tls_bio&) = delete;
  tls_bio& operator=(const tls_bio&) = delete;

  /// Makes a BIO that refers to this object; the caller owns it. Returns null if that fails.
  BIO* make(const openssl& api);

  /// Begins a call of OpenSSL and bounds what it reads: it reads on while records come that hold no
  /// data for us, and all other connections wait meanwhile.
  void begin() noexcept;

  /// Says whether the stream below has ended.
  bool ended() const { return ended_; }

  /// Throws again what the transport threw since begin().
  void rethrow();

 private:
  static BIO_METHOD* make_method(const openssl& api);
  static int read(BIO* by, char* room, std::size_t size, std::size_t* done);
  static int write(BIO* by, const char* bytes, std::size_t size, std::size_t* done);
  static long control(BIO* by, int command, long, void*);

  template <class Call>
  int perform(BIO* by, int retry, std::size_t* done, Call call);

  transport& below_;
  std::size_t allowance_ = 0;  // bytes that the call may still read
  bool ended_ = false;
  std::exception_ptr problem_;
};

}  // namespace chunk::net
