// Memory for the time when the system has none.
#pragma once

#include <cstddef>

namespace tools::io {

/// Says whether the system has no memory left and much of the reserve is in use. Work that can be
/// refused should be, so that what is under way can be completed.
///
/// Small pieces of memory come from a reserve of fixed size when the system has none. Without it
/// a process could not even end in order: Asio allocates where it cannot report a failure, and so
/// do destructors and messages. Larger pieces are buffers, and a failure to get one is reported by
/// std::bad_alloc as usual.
bool memory_is_low() noexcept;

/// Says whether the system had no memory left the last time that it was asked for some.
bool is_out_of_memory() noexcept;

/// Takes memory from the system or, if that has none, from the reserve. For operator new.
///
/// Throws: std::bad_alloc
void* allocate(std::size_t size);

/// Gives back what allocate() took; nullptr is allowed. For operator delete.
void release(void* piece) noexcept;

/// Writes "<tool>: out of memory" on standard error, without allocating.
void complain_of_memory() noexcept;

}  // namespace tools::io
