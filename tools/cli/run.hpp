// Running a tool: from the command line to the exit status.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <functional>

namespace tools::cli {

class command_line;

/// Parses the command line, calls `work` and returns the exit status. No exception leaves: each
/// becomes a status and a line on standard error.
int run(command_line& line, int argc, char** argv,
        const std::function<int(asio::io_context&)>& work);

/// Runs a coroutine to its end.
///
/// Returns: the status that it returns
/// Throws:  what it throws
int run(asio::io_context& context, asio::awaitable<int> work);

/// Says that there is no memory left, without needing any. Returns: the exit status for that
int out_of_memory() noexcept;

/// The version of the toolkit, "0.1.0".
const char* version();

}  // namespace tools::cli
