// Refuses to compile where Asio might decide otherwise than it did for the library. Every header of
// chunk/net and chunk/session that includes Asio includes this one before.
#pragma once

#if !defined(ASIO_DISABLE_STD_ALIGNED_ALLOC) || !defined(ASIO_SEPARATE_COMPILATION)
#error "compile with the output of `pkg-config --cflags libchunk-net`, which configures Asio"
#endif
