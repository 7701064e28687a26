#include "io/replaced_file.hpp"

#include "io/write.hpp"

#include <chunk/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

namespace tools::io {
namespace {

/// The file itself, if `path` is a symbolic link to one.
std::filesystem::path real_path(const std::string& path) {
  std::error_code unknown;
  auto out = std::filesystem::canonical(path, unknown);
  return unknown ? std::filesystem::path(path) : out;
}

/// Calls `work`. What fails is the file, whatever was made for it.
template <class Work>
void about_file(const std::string& path, Work work) {
  try {
    work();
  } catch (const chunk::local_failure& why) {
    throw chunk::local_failure({why.code(), path});
  }
}

}  // namespace

replaced_file::replaced_file(std::string path) : path_(std::move(path)) {
  about_file(path_, [this] { prepare(); });
}

void replaced_file::prepare() {
  struct stat there {};
  const bool exists = ::stat(path_.c_str(), &there) == 0;
  if (exists && !S_ISREG(there.st_mode)) {
    special_ = chunk::net::unique_descriptor(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
    if (special_.get() < 0) throw chunk::local_failure(chunk::last_system_error(path_));
    return;
  }
  if (exists && ::access(path_.c_str(), W_OK) != 0) {
    throw chunk::local_failure(chunk::last_system_error(path_));
  }
  const auto target = real_path(path_);
  name_ = target.filename().string();
  const auto parent = target.parent_path().string();
  in_.emplace(parent.empty() ? "." : parent);
  made_.emplace(*in_);
  if (exists) made_->take_after(there);
}

void replaced_file::write(std::string_view text) {
  if (made_) {
    about_file(path_, [&] {
      made_->append(std::as_bytes(std::span(text)));
      made_->replace(name_);
    });
    return;
  }
  if (!write_whole(special_.get(), text) || ::close(special_.release()) != 0) {
    throw chunk::local_failure(chunk::last_system_error(path_));
  }
}

}  // namespace tools::io
