#include "cli/tls.hpp"

#include "cli/command_line.hpp"
#include "cli/status.hpp"

#include <chunk/net/endpoint.hpp>
#include <chunk/net/scheme.hpp>

namespace tools::cli {
namespace {

using version = chunk::net::tls_options::version;

bool is_tls(const std::string& address) {
  const auto where = chunk::net::parse_endpoint(address);
  return where && chunk::net::scheme_of(*where).traits.tls;
}

void add_certificate(const option_group& group, chunk::net::tls_options& out) {
  group.text("--tls-cert FILE", out.certificate_file, "Present the certificate in FILE (PEM)");
  group.text("--tls-key FILE", out.key_file, "Read the private key of --tls-cert from FILE")
      .needs("--tls-cert");
}

void add_least(const option_group& group, version& out) {
  const auto read = [&out](const std::string& text) -> chunk::result<void> {
    out = text == "1.2" ? version::tls_1_2 : version::tls_1_3;
    return {};
  };
  group.parsed("--tls-min VERSION", read, "Refuse TLS versions below VERSION")
      .choices({"1.2", "1.3"})
      .shows_default("1.3");
}

}  // namespace

void add_tls_trust_options(command_line& line, chunk::net::tls_options& out) {
  const auto group = line.group("TLS");
  group.text("--tls-ca FILE", out.ca_file, "Trust the CAs in FILE instead of the system's");
  group.text("--tls-name NAME", out.name, "Expect NAME in the server's certificate");
  group
      .flag(
          "--tls-insecure", [&out] { out.verify = false; },
          "Do not verify the server's certificate")
      .excludes({"--tls-ca"});
}

void add_tls_options(command_line& line, chunk::net::tls_options& out) {
  const auto group = line.group("TLS");
  add_tls_trust_options(line, out);
  add_certificate(group, out);
  add_least(group, out.least);
}

void add_tls_server_options(command_line& line, chunk::net::tls_options& out) {
  const auto group = line.group("TLS");
  add_certificate(group, out);
  group
      .text("--tls-client-ca FILE", out.client_ca_file,
            "Require client certificates issued by the CAs in FILE")
      .needs("--tls-cert");
  add_least(group, out.least);
}

std::shared_ptr<chunk::net::tls_context> client_tls(const std::string& address,
                                                    const chunk::net::tls_options& how) {
  if (!is_tls(address)) return nullptr;
  if (!how.verify) remark("warning: " + address + ": the server is not verified");
  return std::make_shared<chunk::net::tls_context>(chunk::net::tls_context::side::client, how);
}

std::shared_ptr<chunk::net::tls_context> server_tls(const std::string& address,
                                                    const chunk::net::tls_options& how) {
  return is_tls(address) ? require_server_tls(address, how) : nullptr;
}

std::shared_ptr<chunk::net::tls_context> require_server_tls(const std::string& address,
                                                            const chunk::net::tls_options& how) {
  if (how.certificate_file.empty()) {
    throw wrong_usage("'" + address + "': needs --tls-cert");
  }
  return std::make_shared<chunk::net::tls_context>(chunk::net::tls_context::side::server, how);
}

}  // namespace tools::cli
