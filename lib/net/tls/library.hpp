// OpenSSL, loaded when it is first used. Internal to the library.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace chunk::net {

/// A shared library that stays loaded until the process ends.
class loaded_library {
 public:
  /// The address of a function, of the type that it is used as.
  struct symbol {
    void* address;

    template <class Function>
    operator Function*() const {  // NOLINT: that is its whole purpose
      return reinterpret_cast<Function*>(address);
    }
  };

  /// Throws: local_failure
  explicit loaded_library(const char* name);

  symbol find(const char* name) const;

 private:
  void* handle_;
};

/// The functions of OpenSSL 3 that we use. Linking to it would cost every start of a program some
/// milliseconds, whether it uses TLS or not. Many of its documented functions are macros over
/// these: `api.SSL_CTX_set_mode(...)` becomes `api.SSL_CTX_ctrl(...)`.
struct openssl {
  /// Loads it, the first time.
  ///
  /// Throws: local_failure
  static const openssl& get();

  loaded_library crypto{"libcrypto.so.3"};
  loaded_library ssl{"libssl.so.3"};

#define CHUNK_FUNCTION(library, name) decltype(&::name) name = library.find(#name)
  CHUNK_FUNCTION(crypto, BIO_clear_flags);
  CHUNK_FUNCTION(crypto, BIO_get_data);
  CHUNK_FUNCTION(crypto, BIO_meth_new);
  CHUNK_FUNCTION(crypto, BIO_meth_set_ctrl);
  CHUNK_FUNCTION(crypto, BIO_meth_set_read_ex);
  CHUNK_FUNCTION(crypto, BIO_meth_set_write_ex);
  CHUNK_FUNCTION(crypto, BIO_new);
  CHUNK_FUNCTION(crypto, BIO_new_bio_pair);
  CHUNK_FUNCTION(crypto, BIO_set_data);
  CHUNK_FUNCTION(crypto, BIO_set_flags);
  CHUNK_FUNCTION(crypto, BIO_set_init);
  CHUNK_FUNCTION(crypto, ASN1_STRING_get0_data);
  CHUNK_FUNCTION(crypto, ASN1_STRING_length);
  CHUNK_FUNCTION(crypto, ERR_clear_error);
  CHUNK_FUNCTION(crypto, ERR_get_error);
  CHUNK_FUNCTION(crypto, ERR_peek_error);
  CHUNK_FUNCTION(crypto, ERR_reason_error_string);
  CHUNK_FUNCTION(crypto, GENERAL_NAMES_free);
  CHUNK_FUNCTION(crypto, OPENSSL_sk_num);
  CHUNK_FUNCTION(crypto, OPENSSL_sk_value);
  CHUNK_FUNCTION(crypto, X509_NAME_ENTRY_get_data);
  CHUNK_FUNCTION(crypto, X509_NAME_get_entry);
  CHUNK_FUNCTION(crypto, X509_NAME_get_index_by_NID);
  CHUNK_FUNCTION(crypto, X509_VERIFY_PARAM_set1_ip_asc);
  CHUNK_FUNCTION(crypto, X509_free);
  CHUNK_FUNCTION(crypto, X509_get_ext_d2i);
  CHUNK_FUNCTION(crypto, X509_get_subject_name);
  CHUNK_FUNCTION(crypto, X509_verify_cert_error_string);
  CHUNK_FUNCTION(ssl, SSL_CTX_check_private_key);
  CHUNK_FUNCTION(ssl, SSL_CTX_ctrl);
  CHUNK_FUNCTION(ssl, SSL_CTX_free);
  CHUNK_FUNCTION(ssl, SSL_CTX_load_verify_file);
  CHUNK_FUNCTION(ssl, SSL_CTX_new);
  CHUNK_FUNCTION(ssl, SSL_CTX_set_client_CA_list);
  CHUNK_FUNCTION(ssl, SSL_CTX_set_default_passwd_cb);
  CHUNK_FUNCTION(ssl, SSL_CTX_set_default_verify_paths);
  CHUNK_FUNCTION(ssl, SSL_CTX_set_num_tickets);
  CHUNK_FUNCTION(ssl, SSL_CTX_set_options);
  CHUNK_FUNCTION(ssl, SSL_CTX_set_verify);
  CHUNK_FUNCTION(ssl, SSL_CTX_use_PrivateKey_file);
  CHUNK_FUNCTION(ssl, SSL_CTX_use_certificate_chain_file);
  CHUNK_FUNCTION(ssl, SSL_ctrl);
  CHUNK_FUNCTION(ssl, SSL_do_handshake);
  CHUNK_FUNCTION(ssl, SSL_free);
  CHUNK_FUNCTION(ssl, SSL_get0_param);
  CHUNK_FUNCTION(ssl, SSL_get1_peer_certificate);
  CHUNK_FUNCTION(ssl, SSL_get_error);
  CHUNK_FUNCTION(ssl, SSL_get_verify_result);
  CHUNK_FUNCTION(ssl, SSL_has_pending);
  CHUNK_FUNCTION(ssl, SSL_is_init_finished);
  CHUNK_FUNCTION(ssl, SSL_load_client_CA_file);
  CHUNK_FUNCTION(ssl, SSL_new);
  CHUNK_FUNCTION(ssl, SSL_peek_ex);
  CHUNK_FUNCTION(ssl, SSL_read_ex);
  CHUNK_FUNCTION(ssl, SSL_set1_host);
  CHUNK_FUNCTION(ssl, SSL_set_accept_state);
  CHUNK_FUNCTION(ssl, SSL_set_bio);
  CHUNK_FUNCTION(ssl, SSL_set_connect_state);
  CHUNK_FUNCTION(ssl, SSL_shutdown);
  CHUNK_FUNCTION(ssl, SSL_write_ex);
  CHUNK_FUNCTION(ssl, TLS_method);
#undef CHUNK_FUNCTION
};

}  // namespace chunk::net
