#include "cli/tls.hpp"

#include "cli/status.hpp"

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

namespace tools::cli {
namespace {

using version = chunk::net::tls_options::version;

bool is_tls(const std::string& address) {
  return address.starts_with("tls:");
}

CLI::Option* add_file(CLI::App& app, const char* name, std::string& out, const char* what) {
  return app.add_option(name, out, what)->type_name("FILE")->group("TLS");
}

CLI::Option* add_certificate(CLI::App& app, chunk::net::tls_options& out) {
  auto* certificate =
      add_file(app, "--tls-cert", out.certificate_file, "Show the certificate in FILE (PEM)");
  add_file(app, "--tls-key", out.key_file, "Take its private key from FILE")->needs(certificate);
  return certificate;
}

void add_least(CLI::App& app, version& out) {
  const auto set = [&out](const std::string& text) {
    out = text == "1.2" ? version::tls_1_2 : version::tls_1_3;
  };
  app.add_option_function<std::string>("--tls-min", set, "Accept TLS from this version on")
      ->check(CLI::IsMember({"1.2", "1.3"}))
      ->type_name("VERSION")
      ->default_str("1.3")
      ->group("TLS");
}

}  // namespace

void add_tls_trust_options(CLI::App& app, chunk::net::tls_options& out) {
  auto* ca = add_file(app, "--tls-ca", out.ca_file, "Trust the CAs in FILE, not the system's");
  app.add_option("--tls-name", out.name, "Expect NAME in the server's certificate")
      ->type_name("NAME")
      ->group("TLS");
  app.add_flag_callback(
         "--tls-insecure", [&out] { out.verify = false; }, "Do not verify the server")
      ->group("TLS")
      ->excludes(ca);
}

void add_tls_options(CLI::App& app, chunk::net::tls_options& out) {
  add_tls_trust_options(app, out);
  add_certificate(app, out);
  add_least(app, out.least);
}

void add_tls_server_options(CLI::App& app, chunk::net::tls_options& out) {
  auto* certificate = add_certificate(app, out);
  add_file(app, "--tls-client-ca", out.client_ca_file, "Require client certificates by its CAs")
      ->needs(certificate);
  add_least(app, out.least);
}

std::shared_ptr<chunk::net::tls_context> client_tls(const std::string& address,
                                                    const chunk::net::tls_options& how) {
  if (!is_tls(address)) return nullptr;
  if (!how.verify) remark("warning: " + address + ": the server is not verified");
  return std::make_shared<chunk::net::tls_context>(chunk::net::tls_context::side::client, how);
}

std::shared_ptr<chunk::net::tls_context> server_tls(const std::string& address,
                                                    const chunk::net::tls_options& how) {
  if (!is_tls(address)) return nullptr;
  if (how.certificate_file.empty()) {
    throw wrong_usage("'" + address + "': needs --tls-cert");
  }
  return std::make_shared<chunk::net::tls_context>(chunk::net::tls_context::side::server, how);
}

}  // namespace tools::cli
