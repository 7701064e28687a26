// The children of this process: those that it has started, and orphans that the kernel gave to it.
#pragma once

#include "io/signal_watch.hpp"

#include <asio/io_context.hpp>

#include <sys/types.h>

namespace tools::io {

/// Makes room for one more child in the list of those that this process has started.
///
/// Throws: std::bad_alloc
void expect_child();

/// Adds a child for which expect_child() has made room. It leads a process group of its own.
void add_child(pid_t id) noexcept;

/// waitpid(2), repeated when a signal interrupts it. A child that it reaps, or that has been reaped
/// already, is removed from the list.
pid_t wait_for_child(pid_t which, int& status, int options) noexcept;

/// Says whether the process of a descriptor of pidfd_open() has ended. To be asked when a wait for
/// the descriptor is over: an event loop that waits for many may wake one for what it was told of
/// another, which had its place before.
bool has_ended(int process) noexcept;

/// Says whether a process group has a child of this process, dead or alive. Its ID is not in use by
/// others then.
bool has_child_in(pid_t group) noexcept;

/// Sends SIGTERM to the process groups of all children that this process has started, since it is
/// about to end itself.
void end_children() noexcept;

/// Reaps orphans, which come to process 1 and to a subreaper, as they end. Children that are in the
/// list are left to those who have started them.
class orphan_reaper {
 public:
  /// Throws: local_failure
  explicit orphan_reaper(asio::io_context& context);
  ~orphan_reaper();
  orphan_reaper(const orphan_reaper&) = delete;
  orphan_reaper& operator=(const orphan_reaper&) = delete;

 private:
  signal_watch ended_;
};

}  // namespace tools::io
