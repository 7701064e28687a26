// Running a tool: parse, work, and turn whatever comes of it into an exit status.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <functional>

namespace tools::cli {

class command_line;

/// Parses the command line, does `work` and turns whatever comes of it into an exit status and one
/// line on standard error. The only place that does.
int run(command_line& line, int argc, char** argv,
        const std::function<int(asio::io_context&)>& work);

/// Runs a coroutine to its end and gives its status.
int run(asio::io_context& context, asio::awaitable<int> work);

/// The version of the toolkit, "0.1.0".
const char* version();

}  // namespace tools::cli
