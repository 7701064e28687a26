// Times commands, alternately in many rounds, so that other load on the machine affects all of them
// equally.
//
// spawn [-n ROUNDS] [-s] [-a AMOUNT] COMMAND...
//
// A COMMAND may start with a name and ": ". It is split at spaces, or with -s run by the shell. Its
// three standard streams are /dev/null. Prints the median and the minimum time of each, its
// processor time, its median relative to that of the first command, and with -a the AMOUNT per
// second.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using milliseconds = std::chrono::duration<double, std::milli>;

struct options {
  std::size_t rounds = 5;
  bool shell = false;
  double amount = 0;
};

struct command {
  std::string name;
  std::vector<std::string> words;
  std::vector<milliseconds> times;
  std::vector<milliseconds> processor_times;
};

command parse_command(const std::string& text, bool shell) {
  command out;
  const auto colon = text.find(": ");
  out.name = text.substr(0, colon);
  const auto line = colon == text.npos ? text : text.substr(colon + 2);
  if (shell) {
    out.words = {"/bin/sh", "-c", line};
    return out;
  }
  std::istringstream words(line);
  for (std::string word; words >> word;) out.words.push_back(word);
  if (out.words.empty()) throw std::runtime_error("an empty command");
  return out;
}

milliseconds to_milliseconds(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

/// Runs a command once. Its processor time includes that of the processes it waits for.
void run(command& what, const posix_spawn_file_actions_t& streams, bool counts) {
  std::vector<char*> arguments;
  for (auto& word : what.words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int problem =
      ::posix_spawnp(&child, arguments[0], &streams, nullptr, arguments.data(), environ);
  if (problem != 0) throw std::runtime_error(what.words[0] + ": " + std::strerror(problem));
  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  const milliseconds lasted = std::chrono::steady_clock::now() - begin;

  if (status != 0) {
    throw std::runtime_error(what.name + ": failed, wait status " + std::to_string(status));
  }
  if (!counts) return;
  what.times.push_back(lasted);
  what.processor_times.push_back(to_milliseconds(used.ru_utime) + to_milliseconds(used.ru_stime));
}

double median(std::vector<milliseconds> of) {
  std::ranges::sort(of);
  const auto half = of.size() / 2;
  return of.size() % 2 == 1 ? of[half].count() : (of[half - 1] + of[half]).count() / 2;
}

void print(const std::vector<command>& commands, const options& opt) {
  std::printf("%12s %12s %12s %9s", "median ms", "least ms", "CPU ms", "to first");
  std::printf("%s\n", opt.amount > 0 ? "  amount a second" : "");
  const auto first = median(commands.front().times);
  for (const auto& each : commands) {
    const auto middle = median(each.times);
    std::printf("%12.3f %12.3f %12.3f %9.3f", middle, std::ranges::min(each.times).count(),
                median(each.processor_times), middle / first);
    if (opt.amount > 0) std::printf(" %16.1f", opt.amount * 1000 / middle);
    std::printf("  %s\n", each.name.c_str());
  }
}

void measure(std::vector<command>& commands, const options& opt) {
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&streams, stream, "/dev/null", O_RDWR, 0);
  }
  // The first round only loads files into the page cache.
  for (std::size_t round = 0; round <= opt.rounds; ++round) {
    for (auto& each : commands) run(each, streams, round > 0);
  }
  ::posix_spawn_file_actions_destroy(&streams);
}

int work(int argc, char** argv) {
  options opt;
  for (int letter; (letter = ::getopt(argc, argv, "+n:sa:")) != -1;) {
    switch (letter) {
      case 'n': opt.rounds = std::stoul(optarg); break;
      case 's': opt.shell = true; break;
      case 'a': opt.amount = std::stod(optarg); break;
      default: optind = argc;
    }
  }
  if (optind >= argc || opt.rounds == 0) {
    std::fputs("usage: spawn [-n ROUNDS] [-s] [-a AMOUNT] COMMAND...\n", stderr);
    return 2;
  }
  std::vector<command> commands;
  for (int at = optind; at < argc; ++at) commands.push_back(parse_command(argv[at], opt.shell));
  measure(commands, opt);
  print(commands, opt);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return work(argc, argv);
  } catch (const std::exception& reason) {
    std::fprintf(stderr, "spawn: %s\n", reason.what());
    return 1;
  }
}
