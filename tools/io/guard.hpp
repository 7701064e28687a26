// A process that ends the commands of this one after it was killed.
#pragma once

#include <sys/types.h>

namespace tools::io {

/// Tells the guard of a process group to end by SIGTERM if this process is killed. The kernel
/// itself tells only the leader of the group. The first call starts the guard; commands also run
/// without one, if there is no descriptor or no process for it.
///
/// The guard is a child of this process, and keeps none of its descriptors. Process 1 needs none:
/// all others of its container end with it.
void guard_group(pid_t group) noexcept;

/// Tells the guard that a process group is not to be ended any more, since there is none left in it
/// or it was ended already: its ID may be in use again. Does nothing if it was told before.
void release_group(pid_t group) noexcept;

/// Asks all processes of a group to end, also those that are stopped.
void end_group(pid_t group) noexcept;

/// Ends the guard, with the process groups that it still knows, and reaps it.
void dismiss_guard() noexcept;

}  // namespace tools::io
